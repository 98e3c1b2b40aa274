import { Malformed } from "@palisade/base";
import { u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import {
  DNS_HEADER_BYTES,
  holdsAddress,
  isNameWrong,
  nameText,
  readRecord,
  record,
  setAddress,
  skipName,
  skipQuestions,
  skipRecords,
  TYPE_PTR,
  TYPE_SRV,
  targetName,
} from "./dns-message.js";

/** Names asked for: hosts, or services as in `_ipp._tcp.local`. */
export const MDNS_QUERY = attribute("mdns.query", "text", { many: true });
/** Service instances announced, as PTR records name them: `Printer._ipp._tcp.local`, blanks as `\032`. */
export const MDNS_SERVICE = attribute("mdns.service", "text", { many: true });
/** Hosts that services run on (SRV) or that addresses were announced for. */
export const MDNS_HOST = attribute("mdns.host", "text", { many: true });
/** Addresses announced. */
export const MDNS_ADDRESS = attribute("mdns.address", "address", { many: true });

/** Fewer octets than a header, or than the counts of the header promise. */
export const MDNS_TRUNCATED = new Malformed("mdns.truncated");
/** A name with a wrong pointer, a reserved label type, or more than 255 octets. */
export const MDNS_NAME_WRONG = new Malformed("mdns.name-wrong");

export const PORT_MDNS = 5353;
const PORT_DNS = 53;

export const mdns: Protocol = {
  name: "mdns",
  title: "Multicast DNS",
  spec: "RFC 6762, RFC 6763 (service discovery)",
  category: "network",
  attributes: [MDNS_QUERY, MDNS_SERVICE, MDNS_HOST, MDNS_ADDRESS],
  malformed: [MDNS_TRUNCATED, MDNS_NAME_WRONG],
  recognises:
    "A datagram from or to port 5353 with a DNS header of opcode 0, and questions and records that all hold.",
  omits: "TXT data, NSEC records, and conflict resolution.",
  datagram: {
    ports: [PORT_MDNS],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      // A resolver's own port may be 5353 by chance.
      if (flow.sourcePort === PORT_DNS || flow.destinationPort === PORT_DNS) return NO;
      if (end - offset < DNS_HEADER_BYTES) return MDNS_TRUNCATED;
      // RFC 6762 §18.3: the opcode is zero in both kinds.
      if ((u16(octets, offset + 2) & 0x7800) !== 0) return NO;
      const questions = u16(octets, offset + 4);
      const records = u16(octets, offset + 6) + u16(octets, offset + 8) + u16(octets, offset + 10);
      if (questions + records === 0) return MDNS_TRUNCATED;
      const first = offset + DNS_HEADER_BYTES;
      const afterQuestions = skipQuestions(octets, offset, first, end, questions);
      if (afterQuestions < 0) return malformedOf(afterQuestions);
      const after = skipRecords(octets, offset, afterQuestions, end, records);
      if (after < 0) return malformedOf(after);
      readQuestions(octets, offset, first, end, questions, flow);
      readRecords(octets, offset, afterQuestions, end, records, flow);
      return MATCH;
    },
  },
};

function malformedOf(code: number): Malformed {
  return isNameWrong(code) ? MDNS_NAME_WRONG : MDNS_TRUNCATED;
}

function readQuestions(
  octets: Uint8Array,
  message: number,
  at: number,
  end: number,
  count: number,
  flow: FlowContext,
): void {
  if (!flow.wants(MDNS_QUERY)) return;
  let index = at;
  for (let question = 0; question < count; question += 1) {
    flow.set(MDNS_QUERY, nameText(octets, message, index));
    index = skipName(octets, message, index, end) + 4;
  }
}

function readRecords(
  octets: Uint8Array,
  message: number,
  at: number,
  end: number,
  count: number,
  flow: FlowContext,
): void {
  if (!flow.wants(MDNS_SERVICE) && !flow.wants(MDNS_HOST) && !flow.wants(MDNS_ADDRESS)) return;
  let index = at;
  for (let left = count; left > 0; left -= 1) {
    index = readRecord(octets, message, index, end);
    if (holdsAddress()) {
      if (flow.wants(MDNS_HOST)) flow.set(MDNS_HOST, nameText(octets, message, record.name));
      setAddress(flow, MDNS_ADDRESS, octets);
    } else if (record.type === TYPE_PTR || record.type === TYPE_SRV) {
      const target = targetName(octets, message);
      const attribute = record.type === TYPE_PTR ? MDNS_SERVICE : MDNS_HOST;
      if (target >= 0) flow.set(attribute, nameText(octets, message, target));
    }
  }
}
