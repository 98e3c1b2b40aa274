import { u8 } from "@palisade/wire";
import { bytesOf, octetsOf, sameBytes } from "./octets.js";
import type { Transformation } from "./transformation.js";

const SPACE = 0x20;
const SLASH = 0x2f;
const PARENTHESIS = 0x28;

/** What each octet becomes; `DELETED` for those that go. */
const BECOMES = new Int16Array(256).map((_, octet) =>
  octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet,
);
const isLetter = (octet: number): boolean => (octet | 0x20) >= 0x61 && (octet | 0x20) <= 0x7a;
const DELETED = -1;
for (const octet of bytesOf("\\\"'^")) BECOMES[octet] = DELETED;
for (const octet of bytesOf(",;\t\r\n")) BECOMES[octet] = SPACE;

/**
 * `cmdLine`: a command as shells of Unix and Windows take it: `\ " ' ^` go, `, ;` become spaces, runs of spaces (`\t`, `\r`, `\n` among
 * them, not `\v` and `\f`: the manual says "tab, newline, etc.", and ModSecurity 3.0.9 takes these) become one, spaces before `/` and
 * `(` go, letters become lower case.
 */
export const cmdLine: Transformation = {
  name: "cmdLine",
  ignoresCase: true,
  actsOn: octetsOf("\\\"'^,; \t\r\nABCDEFGHIJKLMNOPQRSTUVWXYZ"),
  foldsLetters: true,
  changes(octets, start, end) {
    for (let i = start; i < end; i++) {
      const octet = u8(octets, i);
      if (octet === SPACE) {
        const next = i + 1 < end ? u8(octets, i + 1) : 0;
        if (next === SPACE || next === SLASH || next === PARENTHESIS) return true;
      } else if (BECOMES[octet] !== octet && !isLetter(octet)) return true;
    }
    return false;
  },
  bytesMax: sameBytes,
  apply(octets, start, end, out, at) {
    let to = at;
    let afterSpace = false;
    for (let i = start; i < end; i++) {
      const octet = BECOMES[u8(octets, i)]! | 0;
      if (octet === DELETED) continue;
      if (octet === SPACE) {
        if (!afterSpace) out[to++] = SPACE;
        afterSpace = true;
        continue;
      }
      if (afterSpace && (octet === SLASH || octet === PARENTHESIS)) to--;
      out[to++] = octet;
      afterSpace = false;
    }
    return to - at;
  },
};
