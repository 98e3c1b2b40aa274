import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWithNoCase } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import { startTls } from "../starttls.js";
import { isWord, LINE_NOT_TEXT, LINE_OPEN, lineStop, textLine } from "../text-line.js";

/** What the server calls itself in its capabilities. */
export const MANAGESIEVE_IMPLEMENTATION = attribute("managesieve.implementation", "text");

/** A line with control characters, or beyond every bound. */
export const MANAGESIEVE_LINE_INVALID = new Malformed("managesieve.line-invalid");

const IMPLEMENTATION = '"implementation" "';

// Bits of `stage`.
const RECOGNISED = 1;
const STARTTLS_SENT = 2;

export const managesieve: Protocol = {
  name: "managesieve",
  title: "ManageSieve",
  spec: "RFC 5804",
  category: "mail",
  attributes: [MANAGESIEVE_IMPLEMENTATION],
  malformed: [MANAGESIEVE_LINE_INVALID],
  recognises: 'A greeting whose first capability is "IMPLEMENTATION" (RFC 5804 §1.7).',
  omits: "Commands but STARTTLS, and scripts.",
  stream: {
    ports: [4190, 2000],
    firstOctets: [0x22],
    dissect(octets, offset, end, flow): Outcome {
      const isRecognised = (flow.stage & RECOGNISED) !== 0;
      const tls = isRecognised ? startTls(octets, offset, end, flow, STARTTLS_SENT) : undefined;
      if (tls !== undefined) return tls;
      const lineFeed = textLine(octets, offset, end);
      if (lineFeed === LINE_OPEN) return isRecognised ? MATCH : MORE;
      if (lineFeed === LINE_NOT_TEXT) return isRecognised ? MANAGESIEVE_LINE_INVALID : NO;
      const stop = lineStop(octets, offset, lineFeed);
      if (startsWithNoCase(octets, offset, stop, IMPLEMENTATION)) {
        const from = offset + IMPLEMENTATION.length;
        const closing = indexOfOctet(octets, 0x22, from, stop);
        flow.text(MANAGESIEVE_IMPLEMENTATION, octets, from, closing < 0 ? stop : closing);
        flow.stage |= RECOGNISED;
      } else if (!isRecognised) {
        return NO;
      } else if (flow.direction === 0 && isWord(octets, offset, stop, "starttls")) {
        flow.stage |= STARTTLS_SENT;
      }
      flow.consume(lineFeed + 1 - offset);
      if ((flow.stage & STARTTLS_SENT) !== 0 && flow.direction === 1) {
        flow.stage &= ~STARTTLS_SENT;
        if (isWord(octets, offset, stop, "ok")) return flow.become("tls");
      }
      return MATCH;
    },
  },
};
