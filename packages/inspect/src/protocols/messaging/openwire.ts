import { startsWith, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Protocol } from "../../dissector.js";

/** Version of the format that an end offers first; both use the smaller one. */
export const OPENWIRE_VERSION = attribute("openwire.version", "number", { many: true });

/** Length, command type 1 (WIREFORMAT_INFO), magic, version ("OpenWire Version 2 Specification"). */
const INFO_BYTES = 17;
const MAGIC = "\x01ActiveMQ";
const INFO_OCTETS_MAX = 0x1_0000;
const VERSION_MAX = 255;

export const openwire: Protocol = {
  name: "openwire",
  title: "OpenWire (ActiveMQ)",
  spec: "Apache ActiveMQ, “OpenWire Version 2 Specification”",
  category: "messaging",
  attributes: [OPENWIRE_VERSION],
  malformed: [],
  recognises: "The format information that each end sends first, with its magic text and version.",
  omits: "Everything behind the format information.",
  stream: {
    ports: [61616],
    firstOctets: [0x00],
    dissect(octets, offset, end, flow) {
      const atHand = end - offset;
      if (
        atHand > 4 &&
        !startsWith(octets, offset + 4, end, MAGIC.slice(0, Math.min(MAGIC.length, atHand - 4)))
      ) {
        return flow.stage === 0 ? NO : DONE;
      }
      if (atHand < INFO_BYTES) return MORE;
      const length = u32(octets, offset);
      const version = u32(octets, offset + 13);
      if (length < INFO_BYTES - 4 || length > INFO_OCTETS_MAX || version === 0 || version > VERSION_MAX) {
        return flow.stage === 0 ? NO : DONE;
      }
      flow.set(OPENWIRE_VERSION, version);
      flow.stage |= 1 << flow.direction;
      if (flow.stage === 3) return DONE;
      flow.consume(4 + length);
      return MATCH;
    },
  },
};
