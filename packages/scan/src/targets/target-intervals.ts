/**
 * What target expressions name, as intervals of addresses.
 */
import { PalisadeError } from "@palisade/base";
import { formatIpAddress, IPV4_BYTES } from "@palisade/wire";
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

/** Most intervals that the expressions of one list come apart into; an address or a prefix is one. */
export const TARGET_INTERVALS_MAX = 1_048_576;

/** ::ffff:0:0/96 (RFC 4291 §2.5.5.2): IPv4 addresses in the form of IPv6. */
export const MAPPED_FIRST = 0xffffn << 32n;
const MAPPED_LAST = MAPPED_FIRST + 0xffffffffn;

export interface Intervals {
  readonly ipv4: readonly Interval<number>[];
  readonly ipv6: readonly Interval<bigint>[];
}

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

/**
 * What a list of expressions names.
 *
 * @param addressesOf addresses of a host name
 * @param restricts whether the list says what is left out or allowed, not what is asked for
 * @throws {PalisadeError} `SCAN_TARGET_INVALID`: a prefix length too long for a name's address, an IPv4-mapped address.
 *   `SCAN_TARGETS_TOO_MANY`: more than `TARGET_INTERVALS_MAX` intervals.
 */
export function intervalsOf(
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

/** What is in the one and not in the other. */
export function without(set: Intervals, other: Intervals): Intervals {
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

/** Says which target is the first that names something of what is outside the scope. */
export function outOfScope(
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
