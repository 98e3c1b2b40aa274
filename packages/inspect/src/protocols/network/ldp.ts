import { Malformed } from "@palisade/base";
import { formatIpAddress, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Routers, by the first four octets of their LDP identifiers. */
export const LDP_ROUTER = attribute("ldp.router", "address", { many: true });
/** Message types: 0x100 hello, 0x200 initialization, 0x201 keep alive, 0x400 label mapping … */
export const LDP_MESSAGE = attribute("ldp.message", "number", { many: true });

/** Another version, or a length that no PDU has. */
export const LDP_HEADER_INVALID = new Malformed("ldp.header-invalid");
/** A message that reaches beyond its PDU, or whose type is not assigned. */
export const LDP_MESSAGE_INVALID = new Malformed("ldp.message-invalid");

/** Version 2, length 2, identifier 6; the length does not count the first two fields. */
const HEADER_BYTES = 10;
const PDU_BYTES_MIN = 6 + 8;
const PDU_BYTES_MAX = 4096;
/** RFC 5036 §4.3, and capability messages (RFC 5561). */
const TYPES: ReadonlySet<number> = new Set([
  0x0001, 0x0100, 0x0200, 0x0201, 0x0202, 0x0300, 0x0301, 0x0400, 0x0401, 0x0402, 0x0403, 0x0404, 0x0405,
]);

export const ldp: Protocol = {
  name: "ldp",
  title: "Label Distribution Protocol",
  spec: "RFC 5036",
  category: "network",
  attributes: [LDP_ROUTER, LDP_MESSAGE],
  malformed: [LDP_HEADER_INVALID, LDP_MESSAGE_INVALID],
  recognises:
    "A PDU of version 1 for the platform's label space or an interface's, filled by messages of assigned types.",
  omits: "Labels and forwarding equivalence classes.",
  datagram: {
    ports: [646],
    firstOctets: [0],
    dissect(octets, offset, end, flow) {
      if (end - offset < HEADER_BYTES + 8 || !headerValid(octets, offset)) return LDP_HEADER_INVALID;
      if (u16(octets, offset + 2) + 4 !== end - offset) return LDP_HEADER_INVALID;
      if (!walk(octets, offset, end, undefined)) return LDP_MESSAGE_INVALID;
      walk(octets, offset, end, flow);
      return MATCH;
    },
  },
  stream: {
    ports: [646],
    firstOctets: [0],
    dissect(octets, offset, end, flow) {
      const short = flow.stage === 1 ? MATCH : MORE;
      if (end - offset >= 2 && u16(octets, offset) !== 1) return LDP_HEADER_INVALID;
      if (end - offset < HEADER_BYTES) return short;
      if (!headerValid(octets, offset)) return LDP_HEADER_INVALID;
      const pduEnd = offset + 4 + u16(octets, offset + 2);
      if (end < pduEnd) return short;
      if (!walk(octets, offset, pduEnd, undefined)) return LDP_MESSAGE_INVALID;
      flow.stage = 1;
      walk(octets, offset, pduEnd, flow);
      flow.consume(pduEnd - offset);
      return MATCH;
    },
  },
};

function headerValid(octets: Uint8Array, offset: number): boolean {
  const length = u16(octets, offset + 2);
  return u16(octets, offset) === 1 && length >= PDU_BYTES_MIN && length <= PDU_BYTES_MAX;
}

/** Passes over the messages: type 2 (the high bit asks for silence), length 2, which counts the identifier 4 and the rest. */
function walk(octets: Uint8Array, offset: number, end: number, flow: FlowContext | undefined): boolean {
  if (flow?.wants(LDP_ROUTER)) flow.set(LDP_ROUTER, formatIpAddress(octets, offset + 4, 4));
  let at = offset + HEADER_BYTES;
  while (at + 8 <= end) {
    const type = u16(octets, at) & 0x7fff;
    const length = u16(octets, at + 2);
    if (length < 4 || at + 4 + length > end || !TYPES.has(type)) return false;
    flow?.set(LDP_MESSAGE, type);
    at += 4 + length;
  }
  return at === end;
}
