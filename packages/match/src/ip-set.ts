import { assert, Malformed } from "@palisade/base";
import { type Cidr, IPV4_BYTES, IPV6_BYTES, parseCidr, parseIpAddress, u32 } from "@palisade/wire";
import { atOnce, Pace, type Sliced } from "./slices.js";
import { sorting } from "./sorting.js";

/** The text names neither an address nor a prefix. */
export const IP_PREFIX_MALFORMED: Malformed = new Malformed("ip.prefix-malformed");

const NO_VALUE = -1;
/** What it takes to cut at a prefix, in units of work. */
const CUT_UNITS = 128;

/**
 * Prefixes → values; an address gets the value of the longest prefix that holds it.
 *
 * Filled first, then frozen (by `freeze` or by the first look-up). Freezing cuts each family's address space at every edge
 * of a prefix into at most 2n + 1 stretches of one value, kept as a sorted typed array of their first addresses; a look-up is
 * a binary search, allocates nothing, and its time does not depend on what an attacker sends. Memory: at most 16 octets a
 * prefix for IPv4, 40 for IPv6.
 *
 * The families are apart: `::ffff:192.0.2.1` is an IPv6 address and no IPv4 prefix holds it.
 */
export class IpTable<T> {
  readonly #values: T[] = [];
  readonly #ipv4 = new Stretches(1);
  readonly #ipv6 = new Stretches(4);
  #frozen = false;

  /** Prefixes added, counting a prefix added twice as two. */
  get size(): number {
    return this.#values.length;
  }

  /**
   * Of two equal prefixes the later one's value holds.
   *
   * @returns `IP_PREFIX_MALFORMED` where `prefix` is text and names none
   * @throws {AssertionFailure} when the table is frozen
   */
  add(prefix: string | Cidr, value: T): Malformed | undefined {
    assert(!this.#frozen, "IpTable: frozen");
    const cidr = typeof prefix === "string" ? parseCidr(prefix) : prefix;
    if (cidr === undefined) return IP_PREFIX_MALFORMED;
    const { length } = cidr.address;
    if (length !== IPV4_BYTES && length !== IPV6_BYTES) return IP_PREFIX_MALFORMED;
    if (cidr.prefixLength < 0 || cidr.prefixLength > length * 8) return IP_PREFIX_MALFORMED;
    this.#values.push(value);
    (length === IPV4_BYTES ? this.#ipv4 : this.#ipv6).add(cidr, this.#values.length - 1);
    return undefined;
  }

  /** Builds what look-ups need; nothing can be added afterwards. */
  freeze(): this {
    return atOnce(this.freezing());
  }

  /** As `freeze`; may be interrupted. Until it is done nothing is looked up. */
  *freezing(): Sliced<this> {
    if (!this.#frozen) {
      this.#frozen = true;
      const pace = new Pace();
      yield* this.#ipv4.freezing(pace);
      yield* this.#ipv6.freezing(pace);
    }
    return this;
  }

  /** The value for the address of `length` octets from `offset`; no other length than 4 and 16 has one. */
  lookup(octets: Uint8Array, offset = 0, length = octets.length - offset): T | undefined {
    const index = this.#find(octets, offset, length);
    return index === NO_VALUE ? undefined : this.#values[index];
  }

  /** Whether any prefix holds the address. */
  has(octets: Uint8Array, offset = 0, length = octets.length - offset): boolean {
    return this.#find(octets, offset, length) !== NO_VALUE;
  }

  #find(octets: Uint8Array, offset: number, length: number): number {
    if (!this.#frozen) this.freeze();
    if (offset < 0 || offset + length > octets.length) return NO_VALUE;
    if (length === IPV4_BYTES) return this.#ipv4.find1(u32(octets, offset));
    if (length !== IPV6_BYTES) return NO_VALUE;
    return this.#ipv6.find4(
      u32(octets, offset),
      u32(octets, offset + 4),
      u32(octets, offset + 8),
      u32(octets, offset + 12),
    );
  }
}

/** A set of prefixes: `set.add("192.0.2.0/24")`, then `set.has(octets, offset, 4)`. Filled, then frozen, as `IpTable`. */
export class IpSet {
  readonly #table = new IpTable<true>();

  get size(): number {
    return this.#table.size;
  }

  /**
   * @returns `IP_PREFIX_MALFORMED` where `prefix` is text and names none
   * @throws {AssertionFailure} when the set is frozen
   */
  add(prefix: string | Cidr): Malformed | undefined {
    return this.#table.add(prefix, true);
  }

  freeze(): this {
    return atOnce(this.freezing());
  }

  /** As `freeze`; may be interrupted. Until it is done nothing is looked up. */
  *freezing(): Sliced<this> {
    yield* this.#table.freezing();
    return this;
  }

  /** Whether the address of `length` octets (4 or 16) from `offset` is in the set. */
  has(octets: Uint8Array, offset = 0, length = octets.length - offset): boolean {
    return this.#table.has(octets, offset, length);
  }

  /** Whether `text` is an address in the set; false for text that is no address. */
  hasText(text: string): boolean {
    const octets = parseIpAddress(text);
    return octets !== undefined && this.#table.has(octets);
  }
}

interface Entry {
  /** First and last address of the prefix, as big-endian words. */
  readonly first: Uint32Array;
  readonly last: Uint32Array;
  readonly prefixLength: number;
  readonly value: number;
}

/** One family's address space, cut where the value changes. An address is `words` numbers of 32 bits. */
class Stretches {
  readonly #words: number;
  #entries: Entry[] = [];
  #starts: Uint32Array = new Uint32Array(0);
  #values: Int32Array = new Int32Array(0);

  constructor(words: number) {
    this.#words = words;
  }

  add(cidr: Cidr, value: number): void {
    const first = new Uint32Array(this.#words);
    const last = new Uint32Array(this.#words);
    for (let word = 0; word < this.#words; word += 1) {
      const bits = Math.min(32, Math.max(0, cidr.prefixLength - word * 32));
      const host = bits === 32 ? 0 : 0xffff_ffff >>> bits;
      const network = u32(cidr.address, word * 4) & ~host;
      first[word] = network;
      last[word] = network | host;
    }
    this.#entries.push({ first, last, prefixLength: cidr.prefixLength, value });
  }

  /** Sorted by first address with wider prefixes first, prefixes open and close like brackets. */
  *freezing(pace: Pace): Sliced<void> {
    const entries = yield* sorting(this.#entries, before, pace);
    this.#entries = [];
    const starts = new Uint32Array((entries.length * 2 + 1) * this.#words);
    const values = new Int32Array(entries.length * 2 + 1);
    let count = 0;
    const cut = (start: Uint32Array, value: number): void => {
      const sameStart =
        count > 0 && compare(starts.subarray((count - 1) * this.#words, count * this.#words), start) === 0;
      if (sameStart) count -= 1;
      starts.set(start, count * this.#words);
      values[count] = value;
      count += 1;
    };
    const open: Entry[] = [];
    const closeBefore = (start: Uint32Array | undefined): void => {
      for (let top = open.at(-1); top !== undefined; top = open.at(-1)) {
        if (start !== undefined && compare(top.last, start) >= 0) return;
        open.pop();
        const next = successor(top.last);
        if (next !== undefined) cut(next, open.at(-1)?.value ?? NO_VALUE);
      }
    };
    cut(new Uint32Array(this.#words), NO_VALUE);
    for (const entry of entries) {
      closeBefore(entry.first);
      cut(entry.first, entry.value);
      open.push(entry);
      if (pace.isDue(CUT_UNITS)) yield pace.turn();
    }
    closeBefore(undefined);
    this.#starts = starts.slice(0, count * this.#words);
    this.#values = values.slice(0, count);
  }

  /** Value of the last stretch that starts at or before the address. The first starts at zero, so there is one. */
  find1(address: number): number {
    const starts = this.#starts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (starts[middle]! <= address) low = middle;
      else high = middle - 1;
    }
    return this.#values[low]!;
  }

  /** As `find1`, for an address of four words. */
  find4(word0: number, word1: number, word2: number, word3: number): number {
    const starts = this.#starts;
    let low = 0;
    let high = this.#values.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      const at = middle * 4;
      let difference = starts[at]! - word0;
      if (difference === 0) difference = starts[at + 1]! - word1;
      if (difference === 0) difference = starts[at + 2]! - word2;
      if (difference === 0) difference = starts[at + 3]! - word3;
      if (difference <= 0) low = middle;
      else high = middle - 1;
    }
    return this.#values[low]!;
  }
}

function before(a: Entry, b: Entry): number {
  return compare(a.first, b.first) || a.prefixLength - b.prefixLength || a.value - b.value;
}

function compare(a: Uint32Array, b: Uint32Array): number {
  for (let word = 0; word < a.length; word += 1) {
    const difference = a[word]! - b[word]!;
    if (difference !== 0) return difference;
  }
  return 0;
}

/** The next address, or `undefined` after the last. */
function successor(address: Uint32Array): Uint32Array | undefined {
  const next = Uint32Array.from(address);
  for (let word = next.length - 1; word >= 0; word -= 1) {
    next[word] = next[word]! + 1;
    if (next[word] !== 0) return next;
  }
  return undefined;
}
