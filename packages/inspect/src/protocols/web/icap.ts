import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWithNoCase, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import { LINE_NOT_TEXT, LINE_OPEN, lineStop, MAGIC_OTHER, magicAt, textLine } from "../text-line.js";

/** REQMOD, RESPMOD or OPTIONS. */
export const ICAP_METHOD = attribute("icap.method", "text");
export const ICAP_URI = attribute("icap.uri", "text");
export const ICAP_STATUS = attribute("icap.status", "number");

/** Neither a request line nor a status line of ICAP (RFC 3507 §4.3) where a connection begins. */
export const ICAP_START_LINE_INVALID = new Malformed("icap.start-line-invalid");

const METHODS: readonly string[] = ["REQMOD icap://", "RESPMOD icap://", "OPTIONS icap://"];
const STATUS = "ICAP/1.0 ";

/** Of `stage`: the direction's first line was read; shifted by its number. */
const READ = 1;

export const icap: Protocol = {
  name: "icap",
  title: "Internet Content Adaptation Protocol",
  spec: "RFC 3507",
  category: "web",
  attributes: [ICAP_METHOD, ICAP_URI, ICAP_STATUS],
  malformed: [ICAP_START_LINE_INVALID],
  recognises: "A request line of REQMOD, RESPMOD or OPTIONS for an icap URI, or a status line of ICAP/1.0.",
  omits: "Everything after the first line of each side, with the HTTP messages that it encapsulates.",
  stream: {
    ports: [1344],
    firstOctets: [0x52, 0x4f, 0x49],
    dissect(octets, offset, end, flow): Outcome {
      if ((flow.stage & (READ << flow.direction)) !== 0) {
        flow.consume(end - offset);
        return MATCH;
      }
      const isFirst = flow.stage === 0;
      const isStatus = magicAt(octets, offset, end, STATUS) !== MAGIC_OTHER;
      if (!isStatus && !isMethod(octets, offset, end)) return isFirst ? NO : ICAP_START_LINE_INVALID;
      const lineFeed = textLine(octets, offset, end);
      if (lineFeed === LINE_OPEN) return isFirst ? MORE : MATCH;
      if (lineFeed === LINE_NOT_TEXT) return isFirst ? NO : ICAP_START_LINE_INVALID;
      const stop = lineStop(octets, offset, lineFeed);
      if (isStatus) {
        const code = statusCode(octets, offset + STATUS.length, stop);
        if (code < 0) return isFirst ? NO : ICAP_START_LINE_INVALID;
        flow.set(ICAP_STATUS, code);
      } else {
        if (stop - offset < 9 || !startsWithNoCase(octets, stop - 9, stop, " icap/1.0")) {
          return isFirst ? NO : ICAP_START_LINE_INVALID;
        }
        const blank = indexOfOctet(octets, 0x20, offset, stop);
        flow.text(ICAP_METHOD, octets, offset, blank);
        flow.text(ICAP_URI, octets, blank + 1, stop - 9);
      }
      flow.stage |= READ << flow.direction;
      flow.consume(lineFeed + 1 - offset);
      return MATCH;
    },
  },
};

function isMethod(octets: Uint8Array, offset: number, end: number): boolean {
  for (const method of METHODS) {
    if (magicAt(octets, offset, end, method) !== MAGIC_OTHER) return true;
  }
  return false;
}

function statusCode(octets: Uint8Array, start: number, stop: number): number {
  if (stop - start < 3) return -1;
  let code = 0;
  for (let index = start; index < start + 3; index += 1) {
    const digit = u8(octets, index) - 0x30;
    if (digit < 0 || digit > 9) return -1;
    code = code * 10 + digit;
  }
  return code;
}
