import { Malformed } from "@palisade/base";
import { u8, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";

/** Protocol version: 3, 4 or 5. */
export const UFTP_VERSION = attribute("uftp.version", "number");
/** Message types: 1 announce, 2 register, 7 file information, 9 file segment, 10 done … */
export const UFTP_MESSAGE = attribute("uftp.message", "number", { many: true });
/** Sender of the session's first message. */
export const UFTP_SOURCE = attribute("uftp.source-id", "hex");

/** Another version, an undefined type, or a second header that does not agree with the first. */
export const UFTP_HEADER_INVALID = new Malformed("uftp.header-invalid");

const HEADER_BYTES = 16;
const TYPE_MAX = 0x11;
/** The message is encrypted: what follows has no header that can be read. */
const ENCRYPTED = 0x10;

export const uftp: Protocol = {
  name: "uftp",
  title: "UFTP encrypted multicast file transfer",
  spec: "UFTP protocol specification, versions 3 to 5 (Dennis A. Bush)",
  category: "file-transfer",
  attributes: [UFTP_VERSION, UFTP_MESSAGE, UFTP_SOURCE],
  malformed: [UFTP_HEADER_INVALID],
  recognises:
    "A header of version 3, 4 or 5 with a defined type and zero reserved octet, and behind it a header of the same type that fits the datagram.",
  omits: "File names, contents, and encrypted sessions whose announcement was not seen.",
  datagram: {
    ports: [1044],
    firstOctets: [0x30, 0x40, 0x50],
    dissect(octets, offset, end, flow) {
      if (end - offset < HEADER_BYTES + 4) return NO;
      const version = u8(octets, offset);
      const type = u8(octets, offset + 1);
      if (version !== 0x30 && version !== 0x40 && version !== 0x50) return UFTP_HEADER_INVALID;
      if (type < 1 || type > TYPE_MAX || u8(octets, offset + 15) !== 0) return UFTP_HEADER_INVALID;
      if (type === ENCRYPTED) {
        if (flow.stage === 0) return NO;
      } else {
        // Second header: its type again, and its length in words of four octets.
        const words = u8(octets, offset + HEADER_BYTES + 1);
        const fits = words >= 1 && offset + HEADER_BYTES + 4 * words <= end;
        if (u8(octets, offset + HEADER_BYTES) !== type || !fits) return UFTP_HEADER_INVALID;
        // Nobody is node 0.
        if (u32(octets, offset + 4) === 0) return UFTP_HEADER_INVALID;
      }
      flow.stage = 1;
      flow.set(UFTP_VERSION, version >>> 4);
      flow.set(UFTP_MESSAGE, type);
      flow.hex(UFTP_SOURCE, octets, offset + 4, offset + 8);
      return MATCH;
    },
  },
};
