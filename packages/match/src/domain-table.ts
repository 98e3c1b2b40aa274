import { assert, Malformed } from "@palisade/base";

/** Longest name in octets, without its last dot: RFC 1035 §2.3.4 allows 255 on the wire, which is 253 as text. */
export const DOMAIN_ENTRY_BYTES_MAX = 253;
/** A longer name has no value. What is looked up may be a host field of any protocol, so the bound is the round one. */
export const DOMAIN_NAME_BYTES_MAX = 255;
const LABEL_BYTES_MAX = 63;

/**
 * The text is no domain name: empty, too long, with an empty or overlong label, or with a character other than
 * letters, digits, `-` and `_` (an internationalized name is written in its A-label form, RFC 5890 §2.3.2.1).
 */
export const DOMAIN_ENTRY_MALFORMED: Malformed = new Malformed("domain.entry-malformed");

const DOT = 0x2e;
const ROOT = 0;
const NONE = -1;

/**
 * Domain names → values, looked up in place: `example.com` holds for itself and every name below it, `=example.com` for
 * itself alone, and the longest entry wins. Names compare as RFC 4343 says, ASCII letters without case; one dot at the end of
 * a name is ignored.
 *
 * The entries are a tree of labels from the right. The edges of all nodes share one hash table in typed arrays, keyed by
 * parent and label; a hit is confirmed by comparing the label's octets. A look-up walks the name once from the right and stops
 * at the first label that is in no entry, makes no string, and allocates nothing.
 */
export class DomainTable<T> {
  readonly #values: T[] = [];
  /** Open addressing: node number, or 0 for an empty slot (the root is nobody's child). Power of two, at most half full. */
  #slots = new Int32Array(64);
  #nodes = 1;
  #parents = new Int32Array(32);
  #hashes = new Int32Array(32);
  /** Where the node's label lies in `#text`. */
  #labelStarts = new Int32Array(32);
  #labelBytes = new Uint8Array(32);
  /** Index into `#values`, or NONE. */
  #suffixValues = new Int32Array(32).fill(NONE);
  #exactValues = new Int32Array(32).fill(NONE);
  /** Labels in lower case, one after the other. */
  #text = new Uint8Array(256);
  #textBytes = 0;
  #frozen = false;

  /** Entries added, counting one added twice as two. */
  get size(): number {
    return this.#values.length;
  }

  /**
   * Of two equal entries the later one's value holds.
   *
   * @returns `DOMAIN_ENTRY_MALFORMED` where `entry` is no domain name
   * @throws {AssertionFailure} when the table is frozen
   */
  add(entry: string, value: T): Malformed | undefined {
    assert(!this.#frozen, "DomainTable: frozen");
    const exact = entry.startsWith("=");
    const name = entry.slice(exact ? 1 : 0).replace(/\.$/, "");
    if (!isDomainName(name)) return DOMAIN_ENTRY_MALFORMED;
    const octets = Uint8Array.from(name, (character) => character.charCodeAt(0));
    let node = ROOT;
    let end = octets.length;
    while (end >= 0) {
      const start = labelStart(octets, 0, end);
      node = this.#childOrNew(node, octets, start, end);
      end = start - 1;
    }
    this.#values.push(value);
    (exact ? this.#exactValues : this.#suffixValues)[node] = this.#values.length - 1;
    return undefined;
  }

  /** Nothing can be added afterwards. */
  freeze(): this {
    this.#frozen = true;
    return this;
  }

  /** The value of the longest entry that the name in `start … end` is, or is below. */
  lookup(octets: Uint8Array, start = 0, end = octets.length): T | undefined {
    let labelEnd = end;
    if (labelEnd > start && octets[labelEnd - 1] === DOT) labelEnd -= 1;
    if (labelEnd <= start || labelEnd - start > DOMAIN_NAME_BYTES_MAX) return undefined;
    let best = NONE;
    let node = ROOT;
    for (;;) {
      // The label's start is looked for and its hash taken in one walk.
      let from = labelEnd;
      let mixed = hashSeed(node);
      for (let octet: number; from > start && (octet = octets[from - 1]!) !== DOT; from -= 1) {
        mixed = hashStep(mixed, octet);
      }
      node = this.#child(node, octets, from, labelEnd, hashEnd(mixed));
      if (node === ROOT) break;
      const suffix = this.#suffixValues[node]!;
      if (suffix !== NONE) best = suffix;
      if (from <= start) {
        const exact = this.#exactValues[node]!;
        if (exact !== NONE) best = exact;
        break;
      }
      labelEnd = from - 1;
    }
    return best === NONE ? undefined : this.#values[best];
  }

  /** As `lookup`, of a text: for tools and configuration; characters above 255 are in no name. */
  lookupText(name: string): T | undefined {
    for (let index = 0; index < name.length; index += 1) if (name.charCodeAt(index) > 0xff) return undefined;
    return this.lookup(Uint8Array.from(name, (character) => character.charCodeAt(0)));
  }

  /** The child of `parent` with this label, or ROOT where there is none. */
  #child(parent: number, octets: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#slots.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const node = this.#slots[slot]!;
      if (node === 0) return ROOT;
      if (this.#hashes[node] !== hash || this.#parents[node] !== parent) continue;
      if (this.#labelBytes[node] === end - start && this.#labelIs(node, octets, start, end)) return node;
    }
  }

  #labelIs(node: number, octets: Uint8Array, start: number, end: number): boolean {
    const text = this.#labelStarts[node]! - start;
    for (let index = start; index < end; index += 1) {
      if (lowerCase(octets[index]!) !== this.#text[text + index]) return false;
    }
    return true;
  }

  #childOrNew(parent: number, octets: Uint8Array, start: number, end: number): number {
    const hash = hashLabel(parent, octets, start, end);
    const known = this.#child(parent, octets, start, end, hash);
    if (known !== ROOT) return known;
    this.#makeRoom(end - start);
    const node = this.#nodes;
    this.#nodes += 1;
    this.#parents[node] = parent;
    this.#hashes[node] = hash;
    this.#labelStarts[node] = this.#textBytes;
    this.#labelBytes[node] = end - start;
    for (let index = start; index < end; index += 1) {
      this.#text[this.#textBytes] = lowerCase(octets[index]!);
      this.#textBytes += 1;
    }
    this.#place(node);
    return node;
  }

  #place(node: number): void {
    const mask = this.#slots.length - 1;
    let slot = this.#hashes[node]! & mask;
    while (this.#slots[slot] !== 0) slot = (slot + 1) & mask;
    this.#slots[slot] = node;
  }

  #makeRoom(labelBytes: number): void {
    if (this.#textBytes + labelBytes > this.#text.length) {
      const text = new Uint8Array(this.#text.length * 2);
      text.set(this.#text);
      this.#text = text;
    }
    if (this.#nodes === this.#parents.length) {
      this.#parents = doubled(this.#parents, 0);
      this.#hashes = doubled(this.#hashes, 0);
      this.#labelStarts = doubled(this.#labelStarts, 0);
      this.#suffixValues = doubled(this.#suffixValues, NONE);
      this.#exactValues = doubled(this.#exactValues, NONE);
      const labelBytesOf = new Uint8Array(this.#labelBytes.length * 2);
      labelBytesOf.set(this.#labelBytes);
      this.#labelBytes = labelBytesOf;
    }
    if (this.#nodes * 2 >= this.#slots.length) {
      this.#slots = new Int32Array(this.#slots.length * 2);
      for (let node = 1; node < this.#nodes; node += 1) this.#place(node);
    }
  }
}

/** Index of the first octet of the label that ends before `end`. */
function labelStart(octets: Uint8Array, start: number, end: number): number {
  let index = end;
  while (index > start && octets[index - 1] !== DOT) index -= 1;
  return index;
}

/**
 * FNV-1a over the lower-case label from its last octet to its first, started from the parent so that equal labels of different
 * parents differ.
 */
function hashLabel(parent: number, octets: Uint8Array, start: number, end: number): number {
  let mixed = hashSeed(parent);
  for (let index = end - 1; index >= start; index -= 1) mixed = hashStep(mixed, octets[index]!);
  return hashEnd(mixed);
}

function hashSeed(parent: number): number {
  return Math.imul(parent ^ 0x811c9dc5, 0x0100_0193);
}

function hashStep(mixed: number, octet: number): number {
  return Math.imul(mixed ^ lowerCase(octet), 0x0100_0193);
}

/** The multiplication carries upwards only, while a slot is taken from the low bits. */
function hashEnd(mixed: number): number {
  return mixed ^ (mixed >>> 15);
}

function lowerCase(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
}

function doubled(array: Int32Array, filler: number): Int32Array<ArrayBuffer> {
  const larger = new Int32Array(array.length * 2).fill(filler, array.length);
  larger.set(array);
  return larger;
}

/** Labels of 1 … 63 octets between dots; letters, digits, `-`, and `_`, which service names use (RFC 8552). */
function isDomainName(name: string): boolean {
  if (name.length === 0 || name.length > DOMAIN_ENTRY_BYTES_MAX) return false;
  return name.split(".").every((label) => label.length <= LABEL_BYTES_MAX && /^[0-9A-Za-z_-]+$/.test(label));
}
