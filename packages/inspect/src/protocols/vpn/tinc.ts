import { Malformed } from "@palisade/base";
import { lineEnd, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Protocol } from "../../dissector.js";
import { decimal } from "../text-head.js";

/** Names of the two daemons. */
export const TINC_NAME = attribute("tinc.name", "text", { many: true });
/** Version of the meta protocol: `17`, `17.7`. */
export const TINC_VERSION = attribute("tinc.version", "text", { many: true });

/** After the daemons' greeting: a line that is no request. */
export const TINC_REQUEST_MALFORMED = new Malformed("tinc.request-malformed");

const UDP = 17;
const SPACE = 0x20;
const LINE_OCTETS_MAX = 96;
/** The meta protocol of every tinc since 1.0; 1.1 counts minor versions behind a dot. */
const MAJOR_VERSION = 17;
const DIGIT_1 = 0x31;
const DIGIT_9 = 0x39;

export const tinc: Protocol = {
  name: "tinc",
  title: "tinc meta connection",
  spec: "The tinc manual, “The meta-protocol” and “Authentication protocol”",
  category: "vpn",
  attributes: [TINC_NAME, TINC_VERSION],
  malformed: [TINC_REQUEST_MALFORMED],
  recognises:
    "A greeting line of request 0, a daemon's name and version 17; the packets between the same ports are announced by it.",
  omits: "Keys and all that is encrypted, and packets over UDP but for their announcement.",
  stream: {
    ports: [655],
    firstOctets: [0x30],
    dissect(octets, offset, end, flow) {
      const bit = 1 << flow.direction;
      if ((flow.stage & bit) !== 0) {
        // Behind the greeting come keys, as requests of numbers above 0; then everything is encrypted.
        const first = u8(octets, offset);
        return first >= DIGIT_1 && first <= DIGIT_9 ? DONE : TINC_REQUEST_MALFORMED;
      }
      if (u8(octets, offset) !== 0x30) return NO;
      if (end - offset >= 2 && u8(octets, offset + 1) !== SPACE) return NO;
      const lineFeed = lineEnd(octets, offset, Math.min(end, offset + LINE_OCTETS_MAX));
      if (lineFeed < 0) {
        if (end - offset >= LINE_OCTETS_MAX) return NO;
        return flow.stage === 0 ? MORE : MATCH;
      }
      const name = offset + 2;
      let nameEnd = name;
      while (nameEnd < lineFeed && isNameOctet(u8(octets, nameEnd))) nameEnd += 1;
      if (nameEnd === name || nameEnd >= lineFeed || u8(octets, nameEnd) !== SPACE) return NO;
      let dot = nameEnd + 1;
      while (dot < lineFeed && u8(octets, dot) !== 0x2e) dot += 1;
      if (decimal(octets, nameEnd + 1, dot) !== MAJOR_VERSION) return NO;
      if (dot < lineFeed && decimal(octets, dot + 1, lineFeed) < 0) return NO;
      flow.stage |= bit;
      flow.text(TINC_NAME, octets, name, nameEnd);
      flow.text(TINC_VERSION, octets, nameEnd + 1, lineFeed);
      // Packets of the tunnel go over UDP between the ports on which the daemons listen; one of them is known here.
      flow.expect(flow.direction === 0 ? flow.destinationPort : flow.sourcePort, UDP, "tinc");
      flow.consume(lineFeed + 1 - offset);
      return MATCH;
    },
  },
};

/** Names are letters, digits and underscores (tinc manual, “Name”). */
function isNameOctet(octet: number): boolean {
  const lower = octet | 0x20;
  return (octet >= 0x30 && octet <= 0x39) || (lower >= 0x61 && lower <= 0x7a) || octet === 0x5f;
}
