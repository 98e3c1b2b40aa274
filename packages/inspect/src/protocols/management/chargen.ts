import { Malformed } from "@palisade/base";
import { u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";

/** Octets of the longest answer to one datagram. */
export const CHARGEN_ANSWER_BYTES = attribute("chargen.answer-bytes", "number");

/** An answer that begins with the pattern and does not go on with it. */
export const CHARGEN_PATTERN_BROKEN = new Malformed("chargen.pattern-broken");

/** RFC 864: any datagram is answered with up to 512 octets, whoever its source address says it is from. */
export const CHARGEN_REACHABLE: FindingKind = {
  name: "chargen.reachable",
  severity: "medium",
  title: "A character generator answers over UDP, which serves to amplify attacks",
};

const PORT_CHARGEN = 19;
const LINE_BYTES = 72;
const CR = 0x0d;
const LF = 0x0a;
const FIRST = 0x20;
const LAST = 0x7e;

export const chargen: Protocol = {
  name: "chargen",
  title: "Character Generator Protocol",
  spec: "RFC 864",
  category: "management",
  attributes: [CHARGEN_ANSWER_BYTES],
  malformed: [CHARGEN_PATTERN_BROKEN],
  findings: [CHARGEN_REACHABLE],
  recognises:
    "A line of 72 printing characters of the responder, each the next one in ASCII, and its line end; from port 19.",
  omits: "Generators with another pattern than the one that RFC 864 calls popular.",
  datagram: {
    ports: [PORT_CHARGEN],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      // Whatever is sent to it is discarded, so a request says nothing.
      if (flow.destinationPort === PORT_CHARGEN) return flow.stage === 0 ? MORE : MATCH;
      const outcome = checkLine(octets, offset, end);
      if (outcome !== MATCH) return flow.stage === 0 ? NO : CHARGEN_PATTERN_BROKEN;
      flow.stage = 1;
      flow.set(CHARGEN_ANSWER_BYTES, end - offset);
      flow.report(CHARGEN_REACHABLE);
      return MATCH;
    },
  },
  stream: {
    ports: [PORT_CHARGEN],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      if (flow.destinationPort === PORT_CHARGEN) return MORE;
      const outcome = checkLine(octets, offset, end);
      return outcome === MATCH ? DONE : outcome;
    },
  },
};

/** `MATCH` for a whole line of the pattern, `MORE` for its beginning. */
function checkLine(octets: Uint8Array, offset: number, end: number): Outcome {
  const stop = Math.min(end, offset + LINE_BYTES);
  if (u8(octets, offset) < FIRST || u8(octets, offset) > LAST) return NO;
  for (let index = offset + 1; index < stop; index += 1) {
    const before = u8(octets, index - 1);
    if (u8(octets, index) !== (before === LAST ? FIRST : before + 1)) return NO;
  }
  if (end - offset > LINE_BYTES && u8(octets, offset + LINE_BYTES) !== CR) return NO;
  if (end - offset < LINE_BYTES + 2) return MORE;
  return u8(octets, offset + LINE_BYTES + 1) === LF ? MATCH : NO;
}
