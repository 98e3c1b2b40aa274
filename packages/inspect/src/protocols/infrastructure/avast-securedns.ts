import { startsWithNoCase, u16 } from "@palisade/wire";
import { MATCH, NO, type Protocol } from "../../dissector.js";

/** Question of one name in labels: 2.securedns.avast.com. Letters may be of either case, mixed as a defence (0x20). */
const NAME = "\x012\x09securedns\x05avast\x03com\0";
const HEADER_BYTES = 12;
const TYPE_TXT = 16;
const CLASS_IN = 1;
/** Query or response, operation 0; truncation and reserved bits clear. */
const FLAGS_FIXED = 0x7a70;

export const avastSecuredns: Protocol = {
  name: "avast-securedns",
  title: "Avast Secure DNS",
  spec: "DNSCrypt version 2 protocol (certificates as TXT records) with Avast's provider name",
  category: "security",
  attributes: [],
  malformed: [],
  recognises:
    "A DNS question for the certificate of the provider 2.securedns.avast.com, or the answer to it.",
  omits: "What is encrypted afterwards.",
  datagram: {
    ports: [443],
    dissect(octets, offset, end) {
      const question = offset + HEADER_BYTES + NAME.length;
      if (end < question + 4) return NO;
      if (!startsWithNoCase(octets, offset + HEADER_BYTES, end, NAME)) return NO;
      if ((u16(octets, offset + 2) & FLAGS_FIXED) !== 0 || u16(octets, offset + 4) !== 1) return NO;
      return u16(octets, question) === TYPE_TXT && u16(octets, question + 2) === CLASS_IN ? MATCH : NO;
    },
  },
};
