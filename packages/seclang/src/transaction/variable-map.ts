/** Variables that rules write: values by name, as those of `TX` and of collections that outlive a transaction. */
import { Arena } from "./arena.js";
import { type Name, nameHash, namesEqual } from "./names.js";

/** Most variables of a collection that rules write; further ones are not set. */
export const COLLECTION_VARIABLES_MAX = 16_384;
/** Most octets of a variable that a rule sets, and of what a macro becomes; the rest is cut off. */
export const VARIABLE_BYTES_MAX = 1_048_576;
/** Most octets of a collection that rules write; a variable that does not fit is not set. */
export const COLLECTION_BYTES_MAX = 16_777_216;

const INITIAL_ENTRIES = 64;
/** Octets that nobody refers to any more, beside those in use, before what is in use is copied together. */
const GARBAGE_BYTES = 65_536;
/** Octets and table entries to keep from one transaction to the next. */
const KEPT_ENTRIES = 1024;

export class VariableMap {
  /** Entries that have ever been set since it was emptied: some may be gone. In the order in which they came. */
  count = 0;
  /** Variables that did not fit. */
  dropped = 0;
  readonly #arena = new Arena();
  /** Index of an entry plus one, by hash. */
  #table = new Int32Array(INITIAL_ENTRIES * 2);
  #hashes = new Uint32Array(INITIAL_ENTRIES);
  /** Four numbers an entry: name from, to, value from (-1: gone), to. */
  #spans = new Int32Array(INITIAL_ENTRIES * 4);
  /** When an entry is gone, in milliseconds; infinity: never. */
  #expires = new Float64Array(INITIAL_ENTRIES);
  #bytesLive = 0;
  /** Index of an entry plus one, by a name's slot, once it was found. */
  readonly #bySlot: Int32Array;
  readonly #variablesMax: number;
  readonly #bytesMax: number;

  /** @param slots of a rule set's names: those are found without looking; 0: none are */
  constructor(variablesMax = COLLECTION_VARIABLES_MAX, bytesMax = COLLECTION_BYTES_MAX, slots = 0) {
    this.#bySlot = new Int32Array(slots);
    this.#variablesMax = variablesMax;
    this.#bytesMax = bytesMax;
  }

  get octets(): Uint8Array {
    return this.#arena.octets;
  }

  nameStart(entry: number): number {
    return this.#spans[entry * 4]!;
  }

  nameEnd(entry: number): number {
    return this.#spans[entry * 4 + 1]!;
  }

  valueStart(entry: number): number {
    return this.#spans[entry * 4 + 2]!;
  }

  valueEnd(entry: number): number {
    return this.#spans[entry * 4 + 3]!;
  }

  isSet(entry: number, nowMs: number): boolean {
    return this.#spans[entry * 4 + 2]! >= 0 && this.#expires[entry]! > nowMs;
  }

  /** The entry of a name, which may be gone; -1 where it has never been. */
  find(octets: Uint8Array, start: number, end: number, hash: number): number {
    const mask = this.#table.length - 1;
    for (let slot = hash & mask; ; slot = (slot + 1) & mask) {
      const entry = this.#table[slot]! - 1;
      if (entry < 0) return -1;
      if (this.#hashes[entry] !== hash) continue;
      const { octets: own } = this.#arena;
      if (namesEqual(own, this.nameStart(entry), this.nameEnd(entry), octets, start, end)) return entry;
    }
  }

  /** As `find`, for a name that a rule has. */
  findName(name: Name): number {
    const { slot, octets, hash } = name;
    if (slot >= this.#bySlot.length) return this.find(octets, 0, octets.length, hash);
    const known = this.#bySlot[slot]! - 1;
    if (known >= 0) return known;
    const entry = this.find(octets, 0, octets.length, hash);
    this.#bySlot[slot] = entry + 1;
    return entry;
  }

  /**
   * Neither name nor value may lie in this map's own octets, unless they were fetched just now.
   *
   * @param found what `find` has said of the name
   */
  set(
    name: Uint8Array,
    nameStart: number,
    nameEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
    hash = nameHash(name, nameStart, nameEnd),
    found = this.find(name, nameStart, nameEnd, hash),
  ): void {
    const end = Math.min(valueEnd, valueStart + VARIABLE_BYTES_MAX);
    let entry = found;
    const added = end - valueStart + (entry < 0 ? nameEnd - nameStart : 0);
    const freed = entry < 0 || this.valueStart(entry) < 0 ? 0 : this.valueEnd(entry) - this.valueStart(entry);
    const full = entry < 0 && this.count === this.#variablesMax;
    if (full || this.#bytesLive - freed + added > this.#bytesMax) {
      this.dropped += 1;
      return;
    }
    if (entry < 0) entry = this.#add(name, nameStart, nameEnd, hash);
    const at = this.#arena.append(value, valueStart, end);
    this.#spans[entry * 4 + 2] = at;
    this.#spans[entry * 4 + 3] = at + end - valueStart;
    this.#expires[entry] = Number.POSITIVE_INFINITY;
    this.#bytesLive += added - freed;
    if (this.#arena.length > 2 * this.#bytesLive + GARBAGE_BYTES) this.#gather();
  }

  unset(entry: number): void {
    const start = this.valueStart(entry);
    if (start < 0) return;
    this.#bytesLive -= this.valueEnd(entry) - start;
    this.#spans[entry * 4 + 2] = -1;
  }

  expire(entry: number, atMs: number): void {
    this.#expires[entry] = atMs;
  }

  /** As another one of the same bounds and slots stands; this one is empty. */
  copy(other: VariableMap): void {
    while (this.#hashes.length < other.#hashes.length) this.#grow();
    this.count = other.count;
    this.dropped = other.dropped;
    this.#bytesLive = other.#bytesLive;
    this.#bySlot.set(other.#bySlot);
    this.#hashes.set(other.#hashes.subarray(0, other.count));
    this.#spans.set(other.#spans.subarray(0, other.count * 4));
    this.#expires.set(other.#expires.subarray(0, other.count));
    this.#arena.append(other.octets, 0, other.#arena.length);
    if (this.#table.length === other.#table.length) this.#table.set(other.#table);
    else for (let entry = 0; entry < this.count; entry += 1) this.#insert(entry);
  }

  /** Nothing in it. */
  reset(): void {
    this.#bySlot.fill(0);
    if (this.count > KEPT_ENTRIES) {
      this.#table = new Int32Array(INITIAL_ENTRIES * 2);
      this.#hashes = new Uint32Array(INITIAL_ENTRIES);
      this.#spans = new Int32Array(INITIAL_ENTRIES * 4);
      this.#expires = new Float64Array(INITIAL_ENTRIES);
    } else if (this.count > 0) this.#table.fill(0);
    this.count = 0;
    this.dropped = 0;
    this.#bytesLive = 0;
    this.#arena.reset();
  }

  #add(name: Uint8Array, start: number, end: number, hash: number): number {
    if (this.count === this.#hashes.length) this.#grow();
    const entry = this.count;
    this.count += 1;
    const at = this.#arena.append(name, start, end);
    this.#spans.set([at, at + end - start, -1, 0], entry * 4);
    this.#hashes[entry] = hash;
    this.#insert(entry);
    return entry;
  }

  #insert(entry: number): void {
    const mask = this.#table.length - 1;
    let slot = this.#hashes[entry]! & mask;
    while (this.#table[slot] !== 0) slot = (slot + 1) & mask;
    this.#table[slot] = entry + 1;
  }

  #grow(): void {
    const size = this.#hashes.length * 2;
    const hashes = new Uint32Array(size);
    hashes.set(this.#hashes);
    this.#hashes = hashes;
    const spans = new Int32Array(size * 4);
    spans.set(this.#spans);
    this.#spans = spans;
    const expires = new Float64Array(size);
    expires.set(this.#expires);
    this.#expires = expires;
    this.#table = new Int32Array(size * 2);
    for (let entry = 0; entry < this.count; entry += 1) this.#insert(entry);
  }

  /** Copies what is in use into an array of its own, so that what others still read of the old one holds. */
  #gather(): void {
    const old = this.#arena.octets;
    this.#arena.length = 0;
    this.#arena.octets = new Uint8Array(Math.max(this.#bytesLive * 2, 4096));
    for (let entry = 0; entry < this.count; entry += 1) {
      for (let part = 0; part < 4; part += 2) {
        const start = this.#spans[entry * 4 + part]!;
        if (start < 0) continue;
        const end = this.#spans[entry * 4 + part + 1]!;
        const at = this.#arena.append(old, start, end);
        this.#spans[entry * 4 + part] = at;
        this.#spans[entry * 4 + part + 1] = at + end - start;
      }
    }
  }
}
