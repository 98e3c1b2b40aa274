/** Names of values, which compare without regard to the case of ASCII letters. */

/** A name that rules look up: its octets, and their hash made once. */
export interface Name {
  readonly octets: Uint8Array;
  readonly hash: number;
  /** Which of the names of a rule set it is, from 0; `SLOT_NONE`: of none. */
  readonly slot: number;
}

export const SLOT_NONE = 0x3fffffff;

export function nameOf(octets: Uint8Array): Name {
  return { octets, hash: nameHash(octets, 0, octets.length), slot: SLOT_NONE };
}

/** The names of a rule set: those that are equal are one. */
export class NameTable {
  readonly #names = new Map<string, Name>();

  /** Slots given so far. */
  get size(): number {
    return this.#names.size;
  }

  of(octets: Uint8Array): Name {
    const key = Buffer.from(octets)
      .toString("latin1")
      .replace(/[A-Z]/g, (letter) => letter.toLowerCase());
    let name = this.#names.get(key);
    if (name === undefined) {
      name = { octets, hash: nameHash(octets, 0, octets.length), slot: this.#names.size };
      this.#names.set(key, name);
    }
    return name;
  }
}

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a of the octets in small letters, as an unsigned number of 32 bits. */
export function nameHash(octets: Uint8Array, start: number, end: number): number {
  let hash = FNV_OFFSET;
  for (let at = start; at < end; at += 1) hash = Math.imul(hash ^ lower(octets[at]!), FNV_PRIME);
  return hash >>> 0;
}

export function namesEqual(
  a: Uint8Array,
  aStart: number,
  aEnd: number,
  b: Uint8Array,
  bStart: number,
  bEnd: number,
): boolean {
  if (aEnd - aStart !== bEnd - bStart) return false;
  for (let at = aStart, other = bStart; at < aEnd; at += 1, other += 1) {
    const octet = a[at]!;
    if (octet !== b[other]! && lower(octet) !== lower(b[other]!)) return false;
  }
  return true;
}

/** Whether octets are a name. */
export function isName({ octets: known }: Name, octets: Uint8Array, start: number, end: number): boolean {
  return namesEqual(known, 0, known.length, octets, start, end);
}

export function lower(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
}
