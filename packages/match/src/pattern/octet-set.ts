/** A set of octets: 256 entries, 1 where the octet is in it. Never changed once it is part of a pattern. */
export type OctetSet = Readonly<Uint8Array>;

/** How many octets there are. */
export const OCTETS = 256;
/** Octets that a character of a set's key stands for. */
const UNIT_BITS = 16;

/** The set of the inclusive ranges `[first, last]`. */
export function rangesSet(...ranges: readonly (readonly [first: number, last: number])[]): Uint8Array {
  const set = new Uint8Array(OCTETS);
  for (const [first, last] of ranges) set.fill(1, first, last + 1);
  return set;
}

const SINGLES: OctetSet[] = [];
const FOLDED: OctetSet[] = [];

/** The set of one octet: the same object each time, so that sets can be told apart quickly. */
export function singleSet(octet: number): OctetSet {
  return (SINGLES[octet] ??= rangesSet([octet, octet]));
}

/** The set of an octet and its other case, if it is an ASCII letter: the same object each time. */
export function eitherCaseSet(octet: number): OctetSet {
  let set = FOLDED[octet];
  if (set === undefined) {
    const both = rangesSet([octet, octet]);
    foldSet(both);
    set = FOLDED[octet] = both;
  }
  return set;
}

export function invertedSet(set: OctetSet): Uint8Array {
  return set.map((held) => 1 - held);
}

/** Adds what `other` holds to `set`. */
export function addSet(set: Uint8Array, other: OctetSet): void {
  for (let octet = 0; octet < OCTETS; octet += 1) set[octet]! |= other[octet]!;
}

/** Adds the other case of every ASCII letter that `set` holds; octets from 0x80 on have no case. */
export function foldSet(set: Uint8Array): void {
  for (let upper = 0x41; upper <= 0x5a; upper += 1) {
    const either = set[upper]! | set[upper + 0x20]!;
    set[upper] = either;
    set[upper + 0x20] = either;
  }
}

export function setsMeet(one: OctetSet, other: OctetSet): boolean {
  for (let octet = 0; octet < OCTETS; octet += 1) if ((one[octet]! & other[octet]!) !== 0) return true;
  return false;
}

/** The same text for sets of the same octets, and for no others. */
export function setKey(set: OctetSet): string {
  const units: number[] = [];
  for (let first = 0; first < OCTETS; first += UNIT_BITS) {
    let unit = 0;
    for (let octet = first; octet < first + UNIT_BITS; octet += 1) unit = (unit << 1) | set[octet]!;
    units.push(unit);
  }
  return String.fromCharCode(...units);
}

export function setSize(set: OctetSet): number {
  let size = 0;
  for (let octet = 0; octet < OCTETS; octet += 1) size += set[octet]!;
  return size;
}

/** `\d`, and `[:digit:]`. */
export const DIGITS: OctetSet = rangesSet([0x30, 0x39]);
/** `\w`, and `[:word:]`: letters and digits of ASCII and the underscore. */
export const WORD: OctetSet = rangesSet([0x30, 0x39], [0x41, 0x5a], [0x5f, 0x5f], [0x61, 0x7a]);
/** `\s`, and `[:space:]`: tab, line feed, vertical tab, form feed, carriage return, space (pcre2pattern(3)). */
export const SPACE: OctetSet = rangesSet([0x09, 0x0d], [0x20, 0x20]);
/** `\h`: what pcre2pattern(3) calls horizontal space and fits an octet. */
export const HORIZONTAL_SPACE: OctetSet = rangesSet([0x09, 0x09], [0x20, 0x20], [0xa0, 0xa0]);
/** `\v`: what pcre2pattern(3) calls vertical space and fits an octet. */
export const VERTICAL_SPACE: OctetSet = rangesSet([0x0a, 0x0d], [0x85, 0x85]);
/** Every octet. */
export const ANY: OctetSet = rangesSet([0, OCTETS - 1]);
/** Every octet but the line feed. */
export const NOT_NEWLINE: OctetSet = invertedSet(singleSet(0x0a));

/** Names of classes as in `[[:alpha:]]`, in the POSIX locale (POSIX.1-2017, Base Definitions §7.3.1), and `word`. */
export const POSIX_CLASSES: ReadonlyMap<string, OctetSet> = new Map<string, OctetSet>([
  ["alpha", rangesSet([0x41, 0x5a], [0x61, 0x7a])],
  ["digit", DIGITS],
  ["alnum", rangesSet([0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a])],
  ["upper", rangesSet([0x41, 0x5a])],
  ["lower", rangesSet([0x61, 0x7a])],
  ["space", SPACE],
  ["blank", rangesSet([0x09, 0x09], [0x20, 0x20])],
  ["punct", rangesSet([0x21, 0x2f], [0x3a, 0x40], [0x5b, 0x60], [0x7b, 0x7e])],
  ["print", rangesSet([0x20, 0x7e])],
  ["graph", rangesSet([0x21, 0x7e])],
  ["cntrl", rangesSet([0x00, 0x1f], [0x7f, 0x7f])],
  ["xdigit", rangesSet([0x30, 0x39], [0x41, 0x46], [0x61, 0x66])],
  ["word", WORD],
  ["ascii", rangesSet([0x00, 0x7f])],
]);
