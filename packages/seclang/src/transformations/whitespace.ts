/**
 * White space: what the C locale calls so, and, where it is removed or compressed, the no-break space: 0xA0, which the manual lists, and
 * what it is in UTF-8, C2 A0. An A0 that ends another character of UTF-8, as in `à`, counts as well; octets do not tell which it is.
 */
import { u8 } from "@palisade/wire";
import { copy, isSpace, octetsOf, sameBytes } from "./octets.js";
import type { Transformation } from "./transformation.js";

const SPACE = 0x20;
const NO_BREAK_SPACE = 0xa0;
const UTF8_LEAD = 0xc2;

const ASCII_SPACES = octetsOf(" \t\n\v\f\r");

/** How many octets of one white space stand at `index`: 0, 1, or 2. */
function spaceBytes(octets: Uint8Array, index: number, end: number): number {
  const octet = u8(octets, index);
  if (isSpace(octet) || octet === NO_BREAK_SPACE) return 1;
  return octet === UTF8_LEAD && index + 1 < end && u8(octets, index + 1) === NO_BREAK_SPACE ? 2 : 0;
}

/** `removeWhitespace`. ModSecurity 3.0.9 drops every C2 as well; here only that of a no-break space goes. */
export const removeWhitespace: Transformation = {
  name: "removeWhitespace",
  ignoresCase: true,
  actsOn: octetsOf(" \t\n\v\f\r\xa0"),
  bytesMax: sameBytes,
  apply(octets, start, end, out, at) {
    let to = at;
    for (let i = start; i < end; ) {
      const bytes = spaceBytes(octets, i, end);
      if (bytes === 0) out[to++] = u8(octets, i++);
      else i += bytes;
    }
    return to - at;
  },
};

/**
 * `compressWhitespace`: each run becomes one space. The manual counts 0xA0; ModSecurity 3.0.9 in the C locale does not.
 */
export const compressWhitespace: Transformation = {
  name: "compressWhitespace",
  ignoresCase: true,
  actsOn: octetsOf(" \t\n\v\f\r\xa0"),
  changes(octets, start, end) {
    for (let i = start; i < end; i++) {
      const octet = u8(octets, i);
      if (octet === SPACE) {
        // Only what begins a run; what follows is seen here, or in the next turn where it is no space.
        if (i + 1 < end && u8(octets, i + 1) === SPACE) return true;
      } else if (isSpace(octet) || octet === NO_BREAK_SPACE) return true;
    }
    return false;
  },
  bytesMax: sameBytes,
  apply(octets, start, end, out, at) {
    let to = at;
    let inRun = false;
    for (let i = start; i < end; ) {
      const bytes = spaceBytes(octets, i, end);
      if (bytes === 0) out[to++] = u8(octets, i++);
      else {
        if (!inRun) out[to++] = SPACE;
        i += bytes;
      }
      inRun = bytes > 0;
    }
    return to - at;
  },
};

function firstNotSpace(octets: Uint8Array, start: number, end: number): number {
  let first = start;
  while (first < end && isSpace(u8(octets, first))) first++;
  return first;
}

/** Where the white space at the end begins. */
function lastNotSpace(octets: Uint8Array, start: number, end: number): number {
  let last = end;
  while (last > start && isSpace(u8(octets, last - 1))) last--;
  return last;
}

/** `trimLeft`: of white space of the C locale only. */
export const trimLeft: Transformation = {
  name: "trimLeft",
  ignoresCase: true,
  actsOn: ASCII_SPACES,
  bytesMax: sameBytes,
  apply: (octets, start, end, out, at) => copy(octets, firstNotSpace(octets, start, end), end, out, at),
};

/** `trimRight`: of white space of the C locale only. */
export const trimRight: Transformation = {
  name: "trimRight",
  ignoresCase: true,
  actsOn: ASCII_SPACES,
  bytesMax: sameBytes,
  apply: (octets, start, end, out, at) => copy(octets, start, lastNotSpace(octets, start, end), out, at),
};

/** `trim`: of white space of the C locale only. */
export const trim: Transformation = {
  name: "trim",
  ignoresCase: true,
  actsOn: ASCII_SPACES,
  bytesMax: sameBytes,
  apply(octets, start, end, out, at) {
    const first = firstNotSpace(octets, start, end);
    return copy(octets, first, lastNotSpace(octets, first, end), out, at);
  },
};
