import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWith, u8 } from "@palisade/wire";
import { type Attribute, attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";

/** Kind of message and event: "ADT^A01". */
export const HL7_MESSAGE_TYPE = attribute("hl7.message-type", "text", { many: true });
export const HL7_VERSION = attribute("hl7.version", "text");
export const HL7_SENDING_APPLICATION = attribute("hl7.sending-application", "text", { many: true });
export const HL7_SENDING_FACILITY = attribute("hl7.sending-facility", "text", { many: true });

/** After the verdict: octets between messages that are not the block's frame. */
export const HL7_FRAME_INVALID = new Malformed("hl7.frame-invalid");

/** Minimal lower layer protocol (HL7 implementation support guide): 0x0b, the message, 0x1c 0x0d. */
const START = 0x0b;
const END = 0x1c;
const CR = 0x0d;
const SEGMENT_OCTETS_MAX = 1024;

// `flow.stage`: bits; the message's end is still to come in the direction.
const KNOWN = 1;
const INSIDE = 2;

/** Fields of the header segment by number, MSH-1 being the separator itself (HL7 v2 §2.15.9). */
const FIELDS: readonly (readonly [number, Attribute<"text">])[] = [
  [3, HL7_SENDING_APPLICATION],
  [4, HL7_SENDING_FACILITY],
  [9, HL7_MESSAGE_TYPE],
  [12, HL7_VERSION],
];

export const hl7: Protocol = {
  name: "hl7",
  title: "Health Level Seven, version 2, over MLLP",
  spec: "HL7 version 2, Minimal Lower Layer Protocol",
  category: "messaging",
  attributes: [HL7_MESSAGE_TYPE, HL7_VERSION, HL7_SENDING_APPLICATION, HL7_SENDING_FACILITY],
  malformed: [HL7_FRAME_INVALID],
  recognises:
    "A block that begins with a header, batch or file segment with its separator and encoding characters.",
  omits: "Everything about patients: only the header segment is read.",
  stream: {
    ports: [2575],
    firstOctets: [START],
    dissect(octets, offset, end, flow) {
      const inside = INSIDE << flow.direction;
      if ((flow.stage & inside) !== 0) {
        const stop = indexOfOctet(octets, END, offset, end);
        if (stop < 0) {
          flow.consume(end - offset);
          return MATCH;
        }
        if (stop + 1 >= end) {
          flow.consume(stop - offset);
          return MATCH;
        }
        // The end block is two octets; a message may hold the first alone.
        if (u8(octets, stop + 1) === CR) flow.stage &= ~inside;
        flow.consume(stop + 2 - offset);
        return MATCH;
      }
      const wrong: Outcome = (flow.stage & KNOWN) === 0 ? NO : flow.gap ? DONE : HL7_FRAME_INVALID;
      if (u8(octets, offset) !== START) return wrong;
      const atHand = end - offset;
      const named = ["MSH", "BHS", "FHS"].some((name) =>
        startsWith(octets, offset + 1, end, name.slice(0, atHand - 1)),
      );
      if (!named) return wrong;
      const limit = Math.min(end, offset + SEGMENT_OCTETS_MAX);
      const segmentEnd = indexOfOctet(octets, CR, offset, limit);
      // The separator and "^~\&" or others of their kind: punctuation, all different.
      for (let index = offset + 4; index < Math.min(offset + 8, limit); index += 1) {
        const octet = u8(octets, index);
        const letter = (octet | 0x20) >= 0x61 && (octet | 0x20) <= 0x7a;
        if (octet <= 0x20 || octet > 0x7e || letter || (octet >= 0x30 && octet <= 0x39)) return wrong;
      }
      if (atHand < 9 || (segmentEnd < 0 && atHand < SEGMENT_OCTETS_MAX)) return MORE;
      const stop = segmentEnd < 0 ? limit : segmentEnd;
      const separator = u8(octets, offset + 4);
      if (indexOfOctet(octets, separator, offset + 5, Math.min(stop, offset + 11)) < 0) return wrong;
      flow.stage |= KNOWN | inside;
      let at = offset + 5;
      for (let field = 2; field <= 12 && at <= stop; field += 1) {
        const next = indexOfOctet(octets, separator, at, stop);
        const fieldEnd = next < 0 ? stop : next;
        for (const [number, target] of FIELDS) {
          if (number === field && fieldEnd > at) flow.text(target, octets, at, fieldEnd);
        }
        at = fieldEnd + 1;
      }
      flow.consume(stop - offset);
      return MATCH;
    },
  },
};
