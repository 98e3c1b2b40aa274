/** Paths without detours: RFC 3986 §5.2.4 without its base, and with runs of slashes taken together. */
import { u8 } from "@palisade/wire";
import { octetsOf, sameBytes } from "./octets.js";
import type { Transformation } from "./transformation.js";

const SLASH = 0x2f;
const BACKSLASH = 0x5c;
const DOT = 0x2e;

function isDots(octets: Uint8Array, start: number, end: number, dots: number): boolean {
  if (end - start !== dots) return false;
  for (let i = start; i < end; i++) if (u8(octets, i) !== DOT) return false;
  return true;
}

function normalize(
  octets: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
  other: number,
): number {
  if (start >= end) return 0;
  const first = u8(octets, start);
  const absolute = first === SLASH || first === other;
  if (absolute) out[at] = SLASH;
  // What stands before `floor`, the root or the `../` that lead out of a relative path, is never taken back.
  const root = absolute ? at + 1 : at;
  let floor = root;
  let to = root;
  let i = start;
  for (;;) {
    while (i < end && (u8(octets, i) === SLASH || u8(octets, i) === other)) i++;
    if (i >= end) return to - at;
    const from = i;
    while (i < end && u8(octets, i) !== SLASH && u8(octets, i) !== other) i++;
    const up = isDots(octets, from, i, 2);
    const dots = up || isDots(octets, from, i, 1);
    if (up && to > floor) {
      // Each octet is taken back at most once, so this is linear.
      to--;
      while (to > floor && out[to - 1] !== SLASH) to--;
    } else if (!dots || (up && !absolute)) {
      for (let j = from; j < i; j++) out[to++] = u8(octets, j);
      if (i < end) out[to++] = SLASH;
      if (up) floor = to;
    }
    // "a/b/.." is "a" and "a/b/../" is "a/".
    if (i >= end) return (dots && to > root && out[to - 1] === SLASH ? to - 1 : to) - at;
  }
}

/** Whether there are two slashes in a row, a segment of one dot or two, or an `other` that becomes a slash. */
function hasDetour(octets: Uint8Array, start: number, end: number, other: number): boolean {
  let from = start;
  for (let i = start; i <= end; i++) {
    const octet = i < end ? u8(octets, i) : SLASH;
    if (octet === other && other !== SLASH) return true;
    if (octet !== SLASH) continue;
    if (i === from ? start < i && i < end : isDots(octets, from, i, 1) || isDots(octets, from, i, 2))
      return true;
    from = i + 1;
  }
  return false;
}

/**
 * `normalizePath`: runs of slashes become one, `.` goes, `..` goes with the name before it; it stays where it leads out of a relative
 * path. Names of three dots and more are names (ModSecurity 3.0.9 drops them), and the root stays the root (there it becomes empty).
 */
export const normalizePath: Transformation = {
  name: "normalizePath",
  ignoresCase: true,
  actsOn: octetsOf("/."),
  changes: (octets, start, end) => hasDetour(octets, start, end, SLASH),
  bytesMax: sameBytes,
  apply: (octets, start, end, out, at) => normalize(octets, start, end, out, at, SLASH),
};

/** `normalizePathWin`: as `normalizePath`, backslashes being slashes. */
export const normalizePathWin: Transformation = {
  name: "normalizePathWin",
  ignoresCase: true,
  actsOn: octetsOf("/.\\"),
  changes: (octets, start, end) => hasDetour(octets, start, end, BACKSLASH),
  bytesMax: sameBytes,
  apply: (octets, start, end, out, at) => normalize(octets, start, end, out, at, BACKSLASH),
};
