import { Malformed } from "@palisade/base";
import { startsWith, u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Protocol } from "../../dissector.js";

/** Protocol that the client asks for: "stream", "single-operation", "multiplex". */
export const JRMI_PROTOCOL = attribute("jrmi.protocol", "text");
/** Name under which the server sees the client, or the client names itself. */
export const JRMI_ENDPOINT = attribute("jrmi.endpoint", "text");

/** After the verdict: an answer that is neither acknowledgement nor refusal. */
export const JRMI_ANSWER_INVALID = new Malformed("jrmi.answer-invalid");

/** "Java Remote Method Invocation Specification" §10.2: magic, version 1 or 2, protocol. */
const HEADER_BYTES = 7;
const PROTOCOLS: ReadonlyMap<number, string> = new Map([
  [0x4b, "stream"],
  [0x4c, "single-operation"],
  [0x4d, "multiplex"],
]);
const PROTOCOL_ACK = 0x4e;
const PROTOCOL_NOT_SUPPORTED = 0x4f;
const HOST_OCTETS_MAX = 255;

export const jrmi: Protocol = {
  name: "jrmi",
  title: "Java Remote Method Protocol",
  spec: "Java Remote Method Invocation Specification, chapter 10",
  category: "rpc",
  attributes: [JRMI_PROTOCOL, JRMI_ENDPOINT],
  malformed: [JRMI_ANSWER_INVALID],
  recognises:
    "The client's magic number with a published version and protocol, or a server's acknowledgement that names an address on port 1099.",
  omits: "Calls and the serialised objects in them.",
  stream: {
    ports: [1099],
    firstOctets: [0x4a, PROTOCOL_ACK],
    dissect(octets, offset, end, flow) {
      const atHand = end - offset;
      const known = flow.stage !== 0;
      if (!known && u8(octets, offset) === 0x4a) {
        if (!startsWith(octets, offset, end, "JRMI".slice(0, atHand))) return NO;
        if (atHand < HEADER_BYTES) return MORE;
        const version = u16(octets, offset + 4);
        const protocol = PROTOCOLS.get(u8(octets, offset + 6));
        if (version < 1 || version > 2 || protocol === undefined) return NO;
        flow.stage = 1;
        flow.set(JRMI_PROTOCOL, protocol);
        // A single operation follows at once and is not acknowledged.
        if (u8(octets, offset + 6) === 0x4c) return DONE;
        // What the client sends next is its own address and calls: only the server's answer is waited for.
        flow.consume(Number.MAX_SAFE_INTEGER - end);
        return MATCH;
      }
      const kind = u8(octets, offset);
      if (kind === PROTOCOL_NOT_SUPPORTED && known) return DONE;
      if (kind !== PROTOCOL_ACK) return known ? JRMI_ANSWER_INVALID : NO;
      if (!known && flow.sourcePort !== 1099) return NO;
      // The client's address as the server sees it: a text of a two-octet length, and a port in four.
      if (atHand < 3) return MORE;
      const length = u16(octets, offset + 1);
      if (length === 0 || length > HOST_OCTETS_MAX) return known ? JRMI_ANSWER_INVALID : NO;
      if (atHand < 7 + length) return MORE;
      const hostEnd = offset + 3 + length;
      for (let index = offset + 3; index < hostEnd; index += 1) {
        if (u8(octets, index) < 0x25 || u8(octets, index) > 0x7a) return known ? JRMI_ANSWER_INVALID : NO;
      }
      if (u32(octets, hostEnd) > 65_535) return known ? JRMI_ANSWER_INVALID : NO;
      flow.text(JRMI_ENDPOINT, octets, offset + 3, hostEnd);
      return DONE;
    },
  },
};
