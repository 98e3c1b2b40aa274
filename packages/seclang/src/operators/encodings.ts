import { octetsWhere } from "../transformations/octets.js";
import { argumentError, commaSeparated, quoted, textOf } from "./argument.js";
import type { OperatorKind } from "./operator.js";

const OCTETS = 256;
const PERCENT = 0x25;

/**
 * `@validateByteRange`: the value has an octet that is outside the ranges.
 *
 * SecRule ARGS "@validateByteRange 10,13,32-126" "id:101,phase:2,deny"
 */
export const validateByteRange: OperatorKind = {
  name: "validateByteRange",
  needsArgument: true,
  compile(argument) {
    const valid = new Uint8Array(OCTETS);
    for (const entry of commaSeparated(argument)) {
      const [, first, last] = /^(\d+)(?:\s*-\s*(\d+))?$/.exec(textOf(entry)) ?? [];
      const low = Number(first);
      const high = Number(last ?? first);
      // Also where one is NaN, as there is no number.
      if (!(low <= high && high < OCTETS)) {
        throw argumentError(
          "validateByteRange",
          `${quoted(entry)} is no octet and no range; write numbers from 0 to 255, as in 9,10,13,32-126`,
        );
      }
      valid.fill(1, low, high + 1);
    }
    return {
      requiredOctets: [valid.map((is) => 1 - is)],
      test(octets, start, end) {
        for (let at = start; at < end; at += 1) if (valid[octets[at]!] === 0) return true;
        return false;
      },
    };
  },
};

/** `@validateUrlEncoding`: the value has a `%` that two hexadecimal digits do not follow. */
export const validateUrlEncoding: OperatorKind = {
  name: "validateUrlEncoding",
  needsArgument: false,
  compile: () => ({
    requiredOctets: [octetsWhere((octet) => octet === PERCENT)],
    test(octets, start, end) {
      for (let at = start; at < end; at += 1) {
        if (octets[at] !== PERCENT) continue;
        if (end - at < 3 || !isHexDigit(octets[at + 1]!) || !isHexDigit(octets[at + 2]!)) return true;
        at += 2;
      }
      return false;
    },
  }),
};

/** `@validateUtf8Encoding`: the value is not UTF-8 (RFC 3629 §4): overlong forms, surrogates and what is beyond U+10FFFF are none. */
export const validateUtf8Encoding: OperatorKind = {
  name: "validateUtf8Encoding",
  needsArgument: false,
  compile: () => ({
    requiredOctets: [octetsWhere((octet) => octet >= 0x80)],
    test: (octets, start, end) => !isUtf8(octets, start, end),
  }),
};

function isUtf8(octets: Uint8Array, start: number, end: number): boolean {
  let at = start;
  while (at < end) {
    const first = octets[at]!;
    at += 1;
    if (first < 0x80) continue;
    // Octets below 0xc2 begin nothing, or an overlong form.
    if (first < 0xc2 || first > 0xf4) return false;
    const more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (end - at < more) return false;
    const second = octets[at]!;
    const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) return false;
    for (let index = 1; index < more; index += 1) {
      if ((octets[at + index]! & 0xc0) !== 0x80) return false;
    }
    at += more;
  }
  return true;
}

function isHexDigit(octet: number): boolean {
  const letter = octet | 0x20;
  return (octet >= 0x30 && octet <= 0x39) || (letter >= 0x61 && letter <= 0x66);
}
