import { Malformed } from "@palisade/base";
import { u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Protocol } from "../../dissector.js";

/** Version of ZMTP that an end offers: "3.0", "2". */
export const ZEROMQ_VERSION = attribute("zeromq.version", "text", { many: true });
/** Security mechanism of version 3: "NULL", "PLAIN", "CURVE". */
export const ZEROMQ_MECHANISM = attribute("zeromq.mechanism", "text", { many: true });

/** After the verdict: an end that greets with other octets. */
export const ZEROMQ_GREETING_INVALID = new Malformed("zeromq.greeting-invalid");

/** RFC 23/ZMTP: signature of ten octets (0xff, eight of padding, 0x7f), version, mechanism, role, filler. */
const SIGNATURE_BYTES = 10;
const GREETING_BYTES = 64;
const MECHANISM_BYTES = 20;

export const zeromq: Protocol = {
  name: "zeromq",
  title: "ZeroMQ Message Transport Protocol",
  spec: "rfc.zeromq.org 15/ZMTP, 23/ZMTP, 37/ZMTP",
  category: "messaging",
  attributes: [ZEROMQ_VERSION, ZEROMQ_MECHANISM],
  malformed: [ZEROMQ_GREETING_INVALID],
  recognises:
    "A greeting: the signature of ten octets, then a version of 3 with a mechanism, or of 2 with a socket type.",
  omits: "Everything behind the greeting, and version 1, which has none.",
  stream: {
    ports: [5555],
    firstOctets: [0xff],
    dissect(octets, offset, end, flow) {
      const atHand = end - offset;
      const wrong = flow.stage === 0 ? NO : ZEROMQ_GREETING_INVALID;
      if (u8(octets, offset) !== 0xff) return wrong;
      // The padding holds a length for version 1 peers: none is longer than the last of its octets.
      for (let index = 1; index < Math.min(8, atHand); index += 1)
        if (u8(octets, offset + index) !== 0) return wrong;
      if (atHand >= SIGNATURE_BYTES && u8(octets, offset + 9) !== 0x7f) return wrong;
      if (atHand < SIGNATURE_BYTES + 2) return MORE;
      const major = u8(octets, offset + 10);
      if (major === 1) {
        // Revision 1 is ZMTP 2.0, followed by a socket type, PAIR 0 … PULL 8.
        if (u8(octets, offset + 11) > 8) return wrong;
        flow.set(ZEROMQ_VERSION, "2.0");
        return DONE;
      }
      if (major !== 3 || u8(octets, offset + 11) > 1) return wrong;
      if (atHand < GREETING_BYTES) return MORE;
      const mechanism = offset + 12;
      let stop = mechanism;
      while (stop < mechanism + MECHANISM_BYTES && u8(octets, stop) !== 0) {
        const octet = u8(octets, stop);
        if (octet < 0x2b || octet > 0x5f) return wrong;
        stop += 1;
      }
      if (stop === mechanism || u8(octets, mechanism + MECHANISM_BYTES) > 1) return wrong;
      for (let index = mechanism + MECHANISM_BYTES + 1; index < offset + GREETING_BYTES; index += 1) {
        if (u8(octets, index) !== 0) return wrong;
      }
      if (flow.wants(ZEROMQ_VERSION)) flow.set(ZEROMQ_VERSION, `3.${u8(octets, offset + 11)}`);
      flow.text(ZEROMQ_MECHANISM, octets, mechanism, stop);
      flow.stage |= 1 << flow.direction;
      if (flow.stage === 3) return DONE;
      // What this end sends after its greeting is read by nobody; the other end's greeting is waited for.
      flow.consume(Number.MAX_SAFE_INTEGER - end);
      return MATCH;
    },
  },
};
