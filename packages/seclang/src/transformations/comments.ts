/** Comments of C and SQL, of shells, and of HTML. */
import { u8 } from "@palisade/wire";
import { bytesOf, octetsOf, sameBytes } from "./octets.js";
import type { Transformation } from "./transformation.js";

const SPACE = 0x20;
const HASH = 0x23;
const ASTERISK = 0x2a;
const DASH = 0x2d;
const SLASH = 0x2f;
const LESS_THAN = 0x3c;

const C_OPEN = bytesOf("/*");
const C_CLOSE = bytesOf("*/");
const HTML_OPEN = bytesOf("<!--");
const HTML_CLOSE = bytesOf("-->");
const DASHES = bytesOf("--");

function standsAt(mark: Uint8Array, octets: Uint8Array, index: number, end: number): boolean {
  if (end - index < mark.length) return false;
  for (let i = 0; i < mark.length; i++) if (u8(octets, index + i) !== u8(mark, i)) return false;
  return true;
}

/** Where the first `mark` from `index` on ends; -1 if there is none. */
function endOf(mark: Uint8Array, octets: Uint8Array, index: number, end: number): number {
  for (let i = index; i < end; i++) if (standsAt(mark, octets, i, end)) return i + mark.length;
  return -1;
}

/** `replaceComments`: a comment of C becomes a space, also one that is not closed. A lone end of one stays. */
export const replaceComments: Transformation = {
  name: "replaceComments",
  ignoresCase: true,
  // No comment without an asterisk, which is rarer than the slash.
  actsOn: octetsOf("*"),
  bytesMax: sameBytes,
  apply(octets, start, end, out, at) {
    let to = at;
    for (let i = start; i < end; i++) {
      const octet = u8(octets, i);
      if (octet !== SLASH || !standsAt(C_OPEN, octets, i, end)) {
        out[to++] = octet;
        continue;
      }
      out[to++] = SPACE;
      const after = endOf(C_CLOSE, octets, i + C_OPEN.length, end);
      if (after < 0) break;
      i = after - 1;
    }
    return to - at;
  },
};

/**
 * `removeComments`: comments of C and of HTML go; one that is not closed becomes a space; from `--` or `#` on all goes, line ends
 * included, as in ModSecurity 3.0.9. The manual calls this one unreliable. Unlike there, what follows the end of a comment is looked at
 * too.
 */
export const removeComments: Transformation = {
  name: "removeComments",
  ignoresCase: true,
  actsOn: octetsOf("*-#"),
  bytesMax: sameBytes,
  apply(octets, start, end, out, at) {
    let to = at;
    for (let i = start; i < end; i++) {
      const octet = u8(octets, i);
      let after: number;
      if (octet === SLASH && standsAt(C_OPEN, octets, i, end)) {
        after = endOf(C_CLOSE, octets, i + C_OPEN.length, end);
      } else if (octet === LESS_THAN && standsAt(HTML_OPEN, octets, i, end)) {
        after = endOf(HTML_CLOSE, octets, i + HTML_OPEN.length, end);
      } else if (octet === HASH || (octet === DASH && standsAt(DASHES, octets, i, end))) break;
      else {
        out[to++] = octet;
        continue;
      }
      if (after < 0) {
        out[to++] = SPACE;
        break;
      }
      i = after - 1;
    }
    return to - at;
  },
};

/** How many octets the mark at `index` has that `removeCommentsChar` takes away; 0 where there is none. */
function markBytes(octets: Uint8Array, index: number, end: number): number {
  switch (u8(octets, index)) {
    case HASH:
      return 1;
    case SLASH:
      return standsAt(C_OPEN, octets, index, end) ? C_OPEN.length : 0;
    case ASTERISK:
      return standsAt(C_CLOSE, octets, index, end) ? C_CLOSE.length : 0;
    case LESS_THAN:
      return standsAt(HTML_OPEN, octets, index, end) ? HTML_OPEN.length : 0;
    case DASH:
      if (standsAt(HTML_CLOSE, octets, index, end)) return HTML_CLOSE.length;
      return standsAt(DASHES, octets, index, end) ? DASHES.length : 0;
    default:
      return 0;
  }
}

/** `removeCommentsChar`: the marks of comments go, from left to right, what is between them stays: those of C, of HTML, `--` and `#`. */
export const removeCommentsChar: Transformation = {
  name: "removeCommentsChar",
  ignoresCase: true,
  actsOn: octetsOf("*-#"),
  bytesMax: sameBytes,
  apply(octets, start, end, out, at) {
    let to = at;
    for (let i = start; i < end; ) {
      const bytes = markBytes(octets, i, end);
      if (bytes === 0) out[to++] = u8(octets, i++);
      else i += bytes;
    }
    return to - at;
  },
};
