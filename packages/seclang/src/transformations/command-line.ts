import { u8 } from "@palisade/wire";
import { bytesOf, octetsOf, sameBytes } from "./octets.js";
import type { Transformation } from "./transformation.js";

const SPACE = 0x20;

/** What each octet becomes; `DELETED` for those that go. */
const BECOMES = new Int16Array(256).map((_, octet) =>
  octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet,
);
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
  actsOn: octetsOf("\\\"'^,; \t\r\nABCDEFGHIJKLMNOPQRSTUVWXYZ"),
  foldsLetters: true,
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
      if (afterSpace && (octet === 0x2f || octet === 0x28)) to--;
      out[to++] = octet;
      afterSpace = false;
    }
    return to - at;
  },
};
