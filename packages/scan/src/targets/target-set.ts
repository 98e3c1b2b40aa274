/**
 * The addresses of a scan, numbered from 0: IPv4 in ascending order, then IPv6. Held as intervals, so that a number is turned
 * into its address, and back, in as many steps as the number of intervals has bits, without a list of addresses.
 *
 * What is excluded is taken out last, whatever it was named by, and what is outside the scope is refused, not left out: a
 * scan that asks for more than it may is a mistake that somebody should see.
 */
import { PalisadeError } from "@palisade/base";
import { crc32c, formatIpAddress, IPV4_BYTES, IPV6_BYTES, put32, u32 } from "@palisade/wire";
import type { NameTarget, TargetExpression } from "./expression.js";
import { type Intervals, intervalsOf, outOfScope, without } from "./target-intervals.js";
import { lookUp, type ResolveName, unresolved } from "./target-names.js";

/** Most addresses of one run, of both families together: what a `Permutation` orders. */
export const TARGET_ADDRESSES_MAX = 2 ** 48;
/** Most IPv4 addresses that are scanned without anything being excluded: a /8, such as 10.0.0.0/8. */
export const TARGETS_WITHOUT_EXCLUDE_MAX = 2 ** 24;

export interface TargetSetOptions {
  readonly targets: readonly TargetExpression[];
  /** Never scanned, whatever else names them; a host name stands for all of its addresses. */
  readonly excludes?: readonly TargetExpression[];
  /** Where given, all that may be scanned. */
  readonly scope?: readonly TargetExpression[];
  /** Needed where there is a name. */
  readonly resolve?: ResolveName;
  /** Scan all addresses of a host name; otherwise its first. */
  readonly resolveAll?: boolean;
  /** Only addresses of this IP version count for the host names of `targets`. */
  readonly nameVersion?: 4 | 6;
  readonly signal?: AbortSignal;
  /**
   * Told of each name in `targets` that has no address, which is then left out; without it such a name is an error. In
   * `excludes` and `scope` it always is.
   */
  readonly unresolved?: (name: string, error: PalisadeError) => void;
}

/** A host name of the targets, and the addresses that it was scanned by. */
export interface ResolvedName {
  readonly name: string;
  readonly addresses: readonly string[];
}

export class TargetSet {
  /** How many addresses there are: 0 … 2^48. 0 where all were excluded. */
  readonly size: number;
  /** How many of them are IPv4: these have the numbers below it. */
  readonly ipv4Size: number;
  /** The interface that link-local addresses were given with. */
  readonly zone: string | undefined;
  /** The host names among the targets, in their order. */
  readonly names: readonly ResolvedName[];

  readonly #ipv4First: Uint32Array;
  readonly #ipv4Last: Uint32Array;
  /** Addresses before each interval. */
  readonly #ipv4Before: Float64Array;
  /** Four words an interval, the most significant first. */
  readonly #ipv6First: Uint32Array;
  readonly #ipv6Last: Uint32Array;
  readonly #ipv6Before: Float64Array;

  private constructor(intervals: Intervals, names: readonly ResolvedName[], zone: string | undefined) {
    const { ipv4, ipv6 } = intervals;
    this.names = names;
    this.zone = zone;
    this.#ipv4First = Uint32Array.from(ipv4, ([first]) => first);
    this.#ipv4Last = Uint32Array.from(ipv4, ([, last]) => last);
    this.#ipv4Before = new Float64Array(ipv4.length);
    let before = 0;
    for (const [at, [first, last]] of ipv4.entries()) {
      this.#ipv4Before[at] = before;
      before += last - first + 1;
    }
    this.ipv4Size = before;
    this.#ipv6First = new Uint32Array(ipv6.length * 4);
    this.#ipv6Last = new Uint32Array(ipv6.length * 4);
    this.#ipv6Before = new Float64Array(ipv6.length);
    for (const [at, [first, last]] of ipv6.entries()) {
      this.#ipv6Before[at] = before;
      before += Number(last - first + 1n);
      for (let word = 0; word < 4; word += 1) {
        this.#ipv6First[at * 4 + word] = Number((first >> BigInt(96 - word * 32)) & 0xffffffffn);
        this.#ipv6Last[at * 4 + word] = Number((last >> BigInt(96 - word * 32)) & 0xffffffffn);
      }
    }
    this.size = before;
  }

  /**
   * The set of what `targets` name without what `excludes` name, after host names have been looked up.
   *
   * @throws {PalisadeError} `SCAN_NAME_UNRESOLVED`: a name has no address.
   *   `SCAN_TARGET_INVALID`: a prefix length too long for a name's address, an IPv4-mapped address, two zones.
   *   `SCAN_TARGETS_TOO_MANY`: more than `TARGET_ADDRESSES_MAX` addresses or `TARGET_INTERVALS_MAX` intervals.
   *   `SCAN_OUT_OF_SCOPE`: a target that is not excluded is not in the scope either; the first such is named.
   *   `SCAN_EXCLUDE_MISSING`: more than `TARGETS_WITHOUT_EXCLUDE_MAX` IPv4 addresses, and nothing excluded.
   *   What aborted `signal`, where that was before the names were known.
   */
  static async build(options: TargetSetOptions): Promise<TargetSet> {
    const { targets, excludes = [], scope } = options;
    const signal = options.signal ?? new AbortController().signal;
    const addressesOf = await lookUp([...targets, ...excludes, ...(scope ?? [])], options.resolve, signal);

    const names: ResolvedName[] = [];
    const named = (target: NameTarget): readonly Uint8Array[] => {
      const found = addressesOf.get(target.name)!;
      if (found instanceof PalisadeError) {
        if (options.unresolved === undefined) throw found;
        return [];
      }
      const { nameVersion } = options;
      const wanted =
        nameVersion === undefined ? found : found.filter((octets) => versionOf(octets) === nameVersion);
      if (wanted.length === 0) {
        const error = unresolved(target.name, `it has no IPv${nameVersion} address`);
        if (options.unresolved === undefined) throw error;
        addressesOf.set(target.name, error);
        return [];
      }
      return options.resolveAll === true ? wanted : wanted.slice(0, 1);
    };
    const allNamed = (target: NameTarget): readonly Uint8Array[] => {
      const found = addressesOf.get(target.name)!;
      if (found instanceof PalisadeError) throw found;
      return found;
    };

    // Excludes and scope first: `named` may mark a name that has no address of the version that is scanned.
    const excluded = intervalsOf(excludes, allNamed, true);
    const allowed = scope === undefined ? undefined : intervalsOf(scope, allNamed, true);
    const asked = intervalsOf(targets, named, false);
    const told = new Set<string>();
    for (const target of targets) {
      if (target.kind !== "name" || told.has(target.name)) continue;
      told.add(target.name);
      const found = addressesOf.get(target.name)!;
      if (found instanceof PalisadeError) options.unresolved?.(target.name, found);
      else
        names.push({ name: target.name, addresses: named(target).map((octets) => formatIpAddress(octets)) });
    }

    const left = without(asked, excluded);
    if (allowed !== undefined) {
      const outside = without(left, allowed);
      if (outside.ipv4.length + outside.ipv6.length > 0) throw outOfScope(targets, outside, named);
    }
    const ipv4Size = left.ipv4.reduce((sum, [first, last]) => sum + (last - first + 1), 0);
    const size = left.ipv6.reduce((sum, [first, last]) => sum + (last - first + 1n), BigInt(ipv4Size));
    if (size > BigInt(TARGET_ADDRESSES_MAX)) {
      throw new PalisadeError(
        "SCAN_TARGETS_TOO_MANY",
        `the targets are ${approximate(size)} addresses, and one run takes at most 2^48, whatever the options: ` +
          `give longer prefixes (an IPv6 /80 is 2^48) or lists of known hosts`,
      );
    }
    if (ipv4Size > TARGETS_WITHOUT_EXCLUDE_MAX && excludes.length === 0) {
      throw new PalisadeError(
        "SCAN_EXCLUDE_MISSING",
        `the targets are ${ipv4Size} IPv4 addresses and nothing is excluded: ` +
          `more than a /8 is scanned only with a list of what must be left alone (--exclude, --excludefile)`,
      );
    }
    return new TargetSet(left, names, zoneOf(targets));
  }

  /**
   * Writes the address of number `index`, 0 … size - 1, to the start of `out`, which has room for 16 octets. Returns its
   * length in octets. Allocates nothing.
   */
  address(index: number, out: Uint8Array): 4 | 16 {
    if (index < this.ipv4Size) {
      const at = lastAtMost(this.#ipv4Before, index);
      put32(out, 0, this.#ipv4First[at]! + (index - this.#ipv4Before[at]!));
      return IPV4_BYTES;
    }
    const at = lastAtMost(this.#ipv6Before, index);
    const words = this.#ipv6First;
    let carried = index - this.#ipv6Before[at]!;
    for (let word = 3; word >= 0; word -= 1) {
      // Below 2^49: what is carried is below 2^48.
      carried += words[at * 4 + word]!;
      put32(out, word * 4, carried % 0x1_0000_0000);
      carried = Math.floor(carried / 0x1_0000_0000);
    }
    return IPV6_BYTES;
  }

  /** The number of the address of `length` octets (4 or 16) from `offset`; -1 where it is no target. Allocates nothing. */
  indexOf(octets: Uint8Array, offset = 0, length = octets.length - offset): number {
    if (length === IPV4_BYTES) return this.#indexOfIpv4(u32(octets, offset));
    return length === IPV6_BYTES ? this.#indexOfIpv6(octets, offset) : -1;
  }

  /**
   * CRC32c of the set: two sets of the same addresses have the same. A scan that is resumed compares it, because a name may
   * have got other addresses meanwhile.
   */
  checksum(): number {
    const octets = new Uint8Array(4);
    let sum = 0;
    for (const words of [this.#ipv4First, this.#ipv4Last, this.#ipv6First, this.#ipv6Last]) {
      put32(octets, 0, words.length);
      sum = crc32c(octets, 0, 4, sum);
      for (const word of words) {
        put32(octets, 0, word);
        sum = crc32c(octets, 0, 4, sum);
      }
    }
    return sum;
  }

  #indexOfIpv4(address: number): number {
    const at = lastAtMost(this.#ipv4First, address);
    if (at < 0 || address > this.#ipv4Last[at]!) return -1;
    return this.#ipv4Before[at]! + (address - this.#ipv4First[at]!);
  }

  #indexOfIpv6(octets: Uint8Array, offset: number): number {
    let low = 0;
    let high = this.#ipv6Before.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareWords(this.#ipv6First, middle * 4, octets, offset) <= 0) low = middle + 1;
      else high = middle;
    }
    const at = low - 1;
    if (at < 0 || compareWords(this.#ipv6Last, at * 4, octets, offset) < 0) return -1;
    // After each word the distance of the addresses cut off behind it: below 2^48, so a double holds it.
    let distance = 0;
    for (let word = 0; word < 4; word += 1) {
      distance =
        distance * 0x1_0000_0000 + (u32(octets, offset + word * 4) - this.#ipv6First[at * 4 + word]!);
    }
    return this.#ipv6Before[at]! + distance;
  }
}

function zoneOf(targets: readonly TargetExpression[]): string | undefined {
  let zone: string | undefined;
  for (const target of targets) {
    if (target.kind !== "ipv6" || target.zone === undefined) continue;
    if (zone !== undefined && zone !== target.zone) {
      throw new PalisadeError(
        "SCAN_TARGET_INVALID",
        `${target.text}: another target is in zone ${zone}: scan one interface's link-local addresses at a time`,
      );
    }
    zone = target.zone;
  }
  return zone;
}

function versionOf(octets: Uint8Array): 4 | 6 {
  return octets.length === IPV4_BYTES ? 4 : 6;
}

function approximate(size: bigint): string {
  const bits = size.toString(2).length - 1;
  return size === 1n << BigInt(bits) ? `2^${bits}` : `more than 2^${bits}`;
}

/** The last place in an ascending array whose value is at most `value`; -1 where all are more. */
function lastAtMost(array: Uint32Array | Float64Array, value: number): number {
  let low = 0;
  let high = array.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (array[middle]! <= value) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}

/** Below, at or above 0 as the four words from `at` are less than, equal to or more than the address from `offset`. */
function compareWords(words: Uint32Array, at: number, octets: Uint8Array, offset: number): number {
  for (let word = 0; word < 4; word += 1) {
    const difference = words[at + word]! - u32(octets, offset + word * 4);
    if (difference !== 0) return difference;
  }
  return 0;
}
