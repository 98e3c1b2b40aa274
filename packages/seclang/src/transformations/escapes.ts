/** Backslash escapes of JavaScript, CSS and C. */
import { u8 } from "@palisade/wire";
import { areHex, hexAt, hexNumber, isHex, isSpace, narrow, octetsOf, sameBytes } from "./octets.js";
import type { Transformation } from "./transformation.js";

const BACKSLASH = 0x5c;
const LINE_FEED = 0x0a;
const LETTER_U = 0x75;
const LETTER_X = 0x78;

/** CSS 2.1 §4.1.3: "one to six hexadecimal digits". */
const CSS_DIGITS = 6;

/** The control character that a letter after the backslash stands for; any other octet stands for itself. */
const C_ESCAPES = new Uint8Array(256).map((_, octet) => octet);
for (const [letter, control] of Object.entries({ a: 7, b: 8, f: 12, n: 10, r: 13, t: 9, v: 11 })) {
  C_ESCAPES[letter.charCodeAt(0)] = control;
}

const isOctal = (octet: number): boolean => octet >= 0x30 && octet <= 0x37;

/** How many octal digits, at most three, stand at `index`. */
function octalDigits(octets: Uint8Array, index: number, end: number): number {
  let digits = 0;
  while (digits < 3 && index + digits < end && isOctal(u8(octets, index + digits))) digits++;
  return digits;
}

function octalNumber(octets: Uint8Array, index: number, digits: number): number {
  let value = 0;
  for (let i = index; i < index + digits; i++) value = value * 8 + (u8(octets, i) - 0x30);
  return value;
}

/**
 * `jsDecode`: `\uHHHH` (full-width forms become ASCII, of others the lowest octet is left), `\xHH`, `\OOO`, `\a \b \f \n \r \t \v`;
 * before anything else, cut hexadecimal escapes included, the backslash goes. One at the end of the value stays. An octal escape takes
 * a third digit only where it stays below 256 (ECMA-262 annex B.1.2).
 */
export const jsDecode: Transformation = {
  name: "jsDecode",
  actsOn: octetsOf("\\"),
  bytesMax: sameBytes,
  apply(octets, start, end, out, at) {
    let to = at;
    for (let i = start; i < end; i++) {
      const octet = u8(octets, i);
      if (octet !== BACKSLASH || i + 1 >= end) {
        out[to++] = octet;
        continue;
      }
      const next = u8(octets, ++i);
      if (next === LETTER_U && areHex(octets, i + 1, 4, end)) {
        out[to++] = narrow(hexNumber(octets, i + 1, 4));
        i += 4;
      } else if (next === LETTER_X && areHex(octets, i + 1, 2, end)) {
        out[to++] = hexNumber(octets, i + 1, 2);
        i += 2;
      } else if (isOctal(next)) {
        let digits = octalDigits(octets, i, end);
        if (digits === 3 && next > 0x33) digits = 2;
        out[to++] = octalNumber(octets, i, digits);
        i += digits - 1;
      } else out[to++] = u8(C_ESCAPES, next);
    }
    return to - at;
  },
};

/**
 * `cssDecode`: CSS 2.1 §4.1.3. A backslash and one to six hexadecimal digits become the lowest octet of the code point (a full-width
 * form its ASCII), and one octet of white space behind them goes; a backslash and a line feed both go; before anything else, and at the
 * end of the value, the backslash goes. Where ModSecurity 3.0.9 cuts the value at a decoded NUL, it goes on here: what follows must be
 * seen as well.
 */
export const cssDecode: Transformation = {
  name: "cssDecode",
  actsOn: octetsOf("\\"),
  bytesMax: sameBytes,
  apply(octets, start, end, out, at) {
    let to = at;
    for (let i = start; i < end; i++) {
      const octet = u8(octets, i);
      if (octet !== BACKSLASH) {
        out[to++] = octet;
        continue;
      }
      if (++i >= end) break;
      const next = u8(octets, i);
      if (isHex(next)) {
        let codePoint = hexAt(octets, i);
        const last = Math.min(end, i + CSS_DIGITS) - 1;
        while (i < last && isHex(u8(octets, i + 1))) codePoint = (codePoint << 4) | hexAt(octets, ++i);
        out[to++] = narrow(codePoint);
        if (i + 1 < end && isSpace(u8(octets, i + 1))) i++;
      } else if (next !== LINE_FEED) out[to++] = next;
    }
    return to - at;
  },
};

/**
 * `escapeSeqDecode`: the escapes of C: `\a \b \f \n \r \t \v`, `\xHH`, `\OOO` (one to three digits, of which the lowest octet is left).
 * The manual: "Invalid encodings are left in the output". So is a `\x` without two digits, backslash and all, as in Coraza
 * (ModSecurity 3.0.9 drops the backslash); before any other octet the backslash goes, as both engines have it. Both pass the
 * tests of the Core Rule Set.
 */
export const escapeSeqDecode: Transformation = {
  name: "escapeSeqDecode",
  actsOn: octetsOf("\\"),
  bytesMax: sameBytes,
  apply(octets, start, end, out, at) {
    let to = at;
    for (let i = start; i < end; i++) {
      const octet = u8(octets, i);
      if (octet !== BACKSLASH || i + 1 >= end) {
        out[to++] = octet;
        continue;
      }
      const next = u8(octets, ++i);
      if ((next | 0x20) === LETTER_X) {
        if (areHex(octets, i + 1, 2, end)) {
          out[to++] = hexNumber(octets, i + 1, 2);
          i += 2;
        } else {
          out[to++] = BACKSLASH;
          out[to++] = next;
        }
      } else if (isOctal(next)) {
        const digits = octalDigits(octets, i, end);
        out[to++] = octalNumber(octets, i, digits) & 0xff;
        i += digits - 1;
      } else out[to++] = u8(C_ESCAPES, next);
    }
    return to - at;
  },
};
