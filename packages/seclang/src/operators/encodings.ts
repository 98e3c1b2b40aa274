import { isHex, octetsWhere } from "../transformations/octets.js";
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
    const work = { steps: 0 };
    return {
      requiredOctets: [valid.map((is) => 1 - is)],
      engine: "octets",
      work,
      test(octets, start, end) {
        let at = start;
        while (at < end && valid[octets[at]!] === 1) at += 1;
        work.steps += at - start;
        return at < end;
      },
    };
  },
};

/** `@validateUrlEncoding`: the value has a `%` that two hexadecimal digits do not follow. */
export const validateUrlEncoding: OperatorKind = {
  name: "validateUrlEncoding",
  compile() {
    const work = { steps: 0 };
    return {
      engine: "octets",
      requiredOctets: [octetsWhere((octet) => octet === PERCENT)],
      work,
      test(octets, start, end) {
        const wrong = wrongEscape(octets, start, end);
        work.steps += wrong - start;
        return wrong < end;
      },
    };
  },
};

/** `@validateUtf8Encoding`: the value is not UTF-8 (RFC 3629 §4): overlong forms, surrogates and what is beyond U+10FFFF are none. */
export const validateUtf8Encoding: OperatorKind = {
  name: "validateUtf8Encoding",
  compile() {
    const work = { steps: 0 };
    return {
      engine: "octets",
      requiredOctets: [octetsWhere((octet) => octet >= 0x80)],
      work,
      test(octets, start, end) {
        const wrong = wrongCharacter(octets, start, end);
        work.steps += wrong - start;
        return wrong < end;
      },
    };
  },
};

/** Where a `%` stands that begins no escape; `end` where none does. */
function wrongEscape(octets: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at += 1) {
    if (octets[at] !== PERCENT) continue;
    if (end - at < 3 || !isHex(octets[at + 1]!) || !isHex(octets[at + 2]!)) return at;
    at += 2;
  }
  return end;
}

/** Where something begins that is no character in UTF-8; `end` where nothing does. */
function wrongCharacter(octets: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end) {
    const first = octets[at]!;
    if (first < 0x80) {
      at += 1;
      continue;
    }
    // Octets below 0xc2 begin nothing, or an overlong form.
    if (first < 0xc2 || first > 0xf4) return at;
    const more = first < 0xe0 ? 1 : first < 0xf0 ? 2 : 3;
    if (end - at <= more) return at;
    const second = octets[at + 1]!;
    const low = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
    const high = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
    if (second < low || second > high) return at;
    for (let index = 2; index <= more; index += 1) {
      if ((octets[at + index]! & 0xc0) !== 0x80) return at;
    }
    at += more + 1;
  }
  return end;
}
