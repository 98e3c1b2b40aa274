/**
 * The addresses of a scan, numbered from 0: IPv4 in ascending order, then IPv6. Held as intervals, so that a number is turned
 * into its address, and back, in as many steps as the number of intervals has bits, without a list of addresses.
 *
 * What is excluded is taken out last, whatever it was named by, and what is outside the scope is refused, not left out: a
 * scan that asks for more than it may is a mistake that somebody should see.
 */
import { PalisadeError } from "@palisade/base";
import { crc32c, formatIpAddress, IPV4_BYTES, IPV6_BYTES, parseIpAddress, put32, u32 } from "@palisade/wire";
import {
  type Ipv4OctetsTarget,
  ipv4Number,
  ipv4Prefix,
  ipv4Text,
  ipv6Number,
  ipv6Prefix,
  ipv6Text,
  type NameTarget,
  type TargetExpression,
} from "./expression.js";
import { bigintStep, firstWithin, type Interval, numberStep, subtract, union } from "./intervals.js";

/** Most addresses of one run, of both families together: what a `Permutation` orders. */
export const TARGET_ADDRESSES_MAX = 2 ** 48;
/** Most intervals that the expressions of one list come apart into; an address or a prefix is one. */
export const TARGET_INTERVALS_MAX = 1_048_576;
/** Most IPv4 addresses that are scanned without anything being excluded: a /8, such as 10.0.0.0/8. */
export const TARGETS_WITHOUT_EXCLUDE_MAX = 2 ** 24;
/** Most names that are looked up at the same time. */
export const NAMES_AT_ONCE_MAX = 16;

export interface TargetSetOptions {
  readonly targets: readonly TargetExpression[];
  /** Never scanned, whatever else names them; a host name stands for all of its addresses. */
  readonly excludes?: readonly TargetExpression[];
  /** Where given, all that may be scanned. */
  readonly scope?: readonly TargetExpression[];
  /** Addresses of a host name, best first. Needed where there is a name. */
  readonly resolve?: (name: string, signal: AbortSignal) => Promise<readonly string[]>;
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

interface Intervals {
  readonly ipv4: readonly Interval<number>[];
  readonly ipv6: readonly Interval<bigint>[];
}

/** ::ffff:0:0/96 (RFC 4291 §2.5.5.2): IPv4 addresses in the form of IPv6. */
const MAPPED_FIRST = 0xffffn << 32n;
const MAPPED_LAST = MAPPED_FIRST + 0xffffffffn;

/**
 * Adds what one expression names to the lists.
 *
 * A connection to an IPv4-mapped address goes to the IPv4 host. So such a target, which an exclude list of IPv4 prefixes
 * would not hold back, is refused, and such an exclude or scope (`restricts`) counts for IPv4 as well.
 */
function addIntervals(
  target: TargetExpression,
  addressesOf: (target: NameTarget) => readonly Uint8Array[],
  restricts: boolean,
  ipv4: Interval<number>[],
  ipv6: Interval<bigint>[],
): void {
  switch (target.kind) {
    case "ipv4":
      ipv4.push([target.first, target.last]);
      return;
    case "ipv4-octets":
      addOctetRanges(target, ipv4);
      return;
    case "ipv6":
      ipv6.push([target.first, target.last]);
      if (target.first > MAPPED_LAST || target.last < MAPPED_FIRST) return;
      if (!restricts) {
        throw new PalisadeError(
          "SCAN_TARGET_INVALID",
          `${target.text}: addresses in ::ffff:0:0/96 stand for IPv4 hosts: write those, as in 192.0.2.1`,
        );
      }
      ipv4.push([
        Number((target.first > MAPPED_FIRST ? target.first : MAPPED_FIRST) & 0xffffffffn),
        Number((target.last < MAPPED_LAST ? target.last : MAPPED_LAST) & 0xffffffffn),
      ]);
      return;
    case "name":
      for (const octets of addressesOf(target)) {
        const bits = octets.length * 8;
        const prefixLength = target.prefixLength ?? bits;
        if (prefixLength > bits) {
          throw new PalisadeError(
            "SCAN_TARGET_INVALID",
            `${target.text}: ${formatIpAddress(octets)} is its address, and an IPv4 prefix length is 0 to 32`,
          );
        }
        if (octets.length === IPV4_BYTES) ipv4.push(ipv4Prefix(ipv4Number(octets), prefixLength));
        else ipv6.push(ipv6Prefix(ipv6Number(octets), prefixLength));
      }
  }
}

function intervalsOf(
  targets: readonly TargetExpression[],
  addressesOf: (target: NameTarget) => readonly Uint8Array[],
  restricts: boolean,
): Intervals {
  const ipv4: Interval<number>[] = [];
  const ipv6: Interval<bigint>[] = [];
  for (const target of targets) {
    let runs = 1;
    if (target.kind === "ipv4-octets") runs = octetRunsOf(target);
    else if (target.kind === "name") runs = addressesOf(target).length;
    if (ipv4.length + ipv6.length + runs > TARGET_INTERVALS_MAX) {
      throw new PalisadeError(
        "SCAN_TARGETS_TOO_MANY",
        `${target.text}: with it the list comes apart into more than ${TARGET_INTERVALS_MAX} ranges: ` +
          `write prefixes, or scan in parts`,
      );
    }
    addIntervals(target, addressesOf, restricts, ipv4, ipv6);
  }
  return { ipv4: union(ipv4, numberStep), ipv6: union(ipv6, bigintStep) };
}

function without(set: Intervals, other: Intervals): Intervals {
  return {
    ipv4: subtract(set.ipv4, other.ipv4, numberStep),
    ipv6: subtract(set.ipv6, other.ipv6, bigintStep),
  };
}

/** Which octet is the last that does not take every value; those behind it make each run longer. */
function lastNarrow(target: Ipv4OctetsTarget): number {
  let at = IPV4_BYTES - 1;
  while (at > 0 && target.octets[at]!.length === 256) at -= 1;
  return at;
}

function runsOf(list: Uint8Array): [first: number, last: number][] {
  const runs: [number, number][] = [];
  for (const octet of list) {
    const run = runs.at(-1);
    if (run !== undefined && octet === run[1] + 1) run[1] = octet;
    else runs.push([octet, octet]);
  }
  return runs;
}

/** How many intervals the octet ranges come apart into. */
function octetRunsOf(target: Ipv4OctetsTarget): number {
  const narrow = lastNarrow(target);
  let count = runsOf(target.octets[narrow]!).length;
  for (let at = 0; at < narrow; at += 1) count *= target.octets[at]!.length;
  return count;
}

function addOctetRanges(target: Ipv4OctetsTarget, ipv4: Interval<number>[]): void {
  const narrow = lastNarrow(target);
  const runs = runsOf(target.octets[narrow]!);
  const unit = 256 ** (IPV4_BYTES - 1 - narrow);
  const descend = (at: number, prefix: number): void => {
    if (at === narrow) {
      for (const [first, last] of runs) {
        ipv4.push([(prefix * 256 + first) * unit, (prefix * 256 + last + 1) * unit - 1]);
      }
      return;
    }
    for (const octet of target.octets[at]!) descend(at + 1, prefix * 256 + octet);
  };
  descend(0, 0);
}

function outOfScope(
  targets: readonly TargetExpression[],
  outside: Intervals,
  addressesOf: (target: NameTarget) => readonly Uint8Array[],
): PalisadeError {
  for (const target of targets) {
    const ipv4: Interval<number>[] = [];
    const ipv6: Interval<bigint>[] = [];
    addIntervals(target, addressesOf, false, ipv4, ipv6);
    for (const interval of ipv4) {
      const found = firstWithin(outside.ipv4, interval);
      if (found !== undefined) return outOfScopeAt(target, ipv4Text(found));
    }
    for (const interval of ipv6) {
      const found = firstWithin(outside.ipv6, interval);
      if (found !== undefined) return outOfScopeAt(target, ipv6Text(found));
    }
  }
  throw new Error("what is outside the scope belongs to one of the targets");
}

function outOfScopeAt(target: TargetExpression, address: string): PalisadeError {
  const which = target.text === address ? address : `${target.text}: ${address}`;
  return new PalisadeError(
    "SCAN_OUT_OF_SCOPE",
    `${which} is outside the scope: nothing was sent; narrow the targets, exclude it, or widen --scope`,
  );
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

/** Addresses, best first, or why there are none, of every name among the expressions; each name is looked up once. */
async function lookUp(
  targets: readonly TargetExpression[],
  resolve: TargetSetOptions["resolve"],
  signal: AbortSignal,
): Promise<Map<string, readonly Uint8Array[] | PalisadeError>> {
  const found = new Map<string, readonly Uint8Array[] | PalisadeError>();
  const names = [...new Set(targets.flatMap((target) => (target.kind === "name" ? [target.name] : [])))];
  let next = 0;
  const work = async (): Promise<void> => {
    while (next < names.length) {
      const name = names[next++]!;
      signal.throwIfAborted();
      found.set(name, await lookUpOne(name, resolve, signal));
    }
  };
  await Promise.all(Array.from({ length: Math.min(NAMES_AT_ONCE_MAX, names.length) }, work));
  signal.throwIfAborted();
  return found;
}

async function lookUpOne(
  name: string,
  resolve: TargetSetOptions["resolve"],
  signal: AbortSignal,
): Promise<readonly Uint8Array[] | PalisadeError> {
  if (resolve === undefined) return unresolved(name, "names are not looked up here");
  let texts: readonly string[];
  try {
    texts = await resolve(name, signal);
  } catch (cause) {
    signal.throwIfAborted();
    return unresolved(name, "looking it up failed", cause);
  }
  const addresses: Uint8Array[] = [];
  for (const text of texts) {
    const octets = parseIpAddress(text);
    if (octets === undefined) {
      return unresolved(
        name,
        `it was given ${JSON.stringify(text.slice(0, 64))} as an address, which is none`,
      );
    }
    addresses.push(unmapped(octets));
  }
  return addresses.length === 0 ? unresolved(name, "it has no address") : addresses;
}

function unresolved(name: string, why: string, cause?: unknown): PalisadeError {
  return new PalisadeError(
    "SCAN_NAME_UNRESOLVED",
    `${name}: ${why}; check the name, or give the address itself`,
    {
      cause,
    },
  );
}

/** An IPv4-mapped address as the IPv4 address it stands for; any other as it is. */
function unmapped(octets: Uint8Array): Uint8Array {
  if (octets.length === IPV4_BYTES || ipv6Number(octets) >> 32n !== MAPPED_FIRST >> 32n) return octets;
  return octets.slice(IPV6_BYTES - IPV4_BYTES);
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
