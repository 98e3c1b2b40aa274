import { Malformed } from "@palisade/base";
import { u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Protocol } from "../../dissector.js";

/** Transport session, which with the sender's address names what is being delivered. */
export const FLUTE_SESSION = attribute("flute.session", "number", { many: true });
/** Version of FLUTE in a file delivery table's header: 1 or 2. */
export const FLUTE_VERSION = attribute("flute.version", "number");

/** A header extension that reaches beyond the header, or of no length (RFC 5651 §5.2.1). */
export const FLUTE_EXTENSION_IMPOSSIBLE = new Malformed("flute.extension-impossible");

/** RFC 5651 §5.1: version 1 in the first four bits. */
const LCT_VERSION = 1;
const EXTENSION_FDT = 192;
/** From this type on, an extension is one word long. */
const FIXED_LENGTH_FIRST = 128;
const FIXED_HEADER_BYTES = 4;

export const flute: Protocol = {
  name: "flute",
  title: "File Delivery over Unidirectional Transport",
  spec: "RFC 6726 and RFC 3926 (FLUTE), RFC 5775 (ALC), RFC 5651 (LCT)",
  category: "media",
  attributes: [FLUTE_SESSION, FLUTE_VERSION],
  malformed: [FLUTE_EXTENSION_IMPOSSIBLE],
  recognises:
    "An LCT header of version 1 for object 0 whose extensions fit and name a file delivery table of version 1 or 2.",
  omits: "File delivery tables, and sessions of which no table is seen.",
  datagram: {
    ports: [4001],
    firstOctets: Array.from({ length: 16 }, (_, index) => (LCT_VERSION << 4) | index),
    dissect(octets, offset, end, flow) {
      const length = end - offset;
      const short = flow.stage === 0 ? MORE : MATCH;
      if (length < 12 || u8(octets, offset) >>> 4 !== LCT_VERSION) return NO;
      const flags = u16(octets, offset);
      const header = 4 * u8(octets, offset + 2);
      // Fields by flags C (2 bits), S, O (2 bits) and H; the rest of the sixteen bits holds PSI, reserved bits, A and B.
      const control = 4 * (((flags >>> 10) & 3) + 1);
      const session = 4 * ((flags >>> 7) & 1) + 2 * ((flags >>> 4) & 1);
      const object = 4 * ((flags >>> 5) & 3) + 2 * ((flags >>> 4) & 1);
      if ((flags & 0x000c) !== 0 || object > 8) return NO;
      const start = FIXED_HEADER_BYTES + control + session + object;
      if (header < start || header > length) return NO;
      let at = offset + FIXED_HEADER_BYTES + control;
      const sessionId = session === 4 ? u32(octets, at) : session === 2 ? u16(octets, at) : 0;
      at += session;
      for (let index = 0; index < object; index += 1) {
        // Only a file delivery table is object 0; others follow it.
        if (u8(octets, at + index) !== 0) return short;
      }
      at = offset + start;
      const stop = offset + header;
      while (at < stop) {
        const type = u8(octets, at);
        const words = type < FIXED_LENGTH_FIRST ? u8(octets, at + 1) : 1;
        if (words === 0 || at + 4 * words > stop) return FLUTE_EXTENSION_IMPOSSIBLE;
        if (type === EXTENSION_FDT) {
          const version = u8(octets, at + 1) >>> 4;
          if (version !== 1 && version !== 2) return NO;
          flow.stage = 1;
          flow.set(FLUTE_VERSION, version);
          flow.set(FLUTE_SESSION, sessionId);
          return MATCH;
        }
        at += 4 * words;
      }
      return short;
    },
  },
};
