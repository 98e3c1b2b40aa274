/**
 * What replies said of hosts besides that they are up: errors that told of them, times to live and round trips, link addresses.
 * A resume file holds it.
 */
import { assert } from "@palisade/base";
import { MAC_BYTES } from "@palisade/wire";
import { StateTable } from "../state-table.js";

/** Hosts whose replies' time to live and round trip are remembered: some 50 octets each. */
export const HOST_DETAILS_MAX = 65_536;
/** A round trip stands above the time to live in one number; 0 stands for one that is not known. */
const TTL_SHIFT = 256;
/** Some nine hours: what is slower is no round trip. */
const ROUND_TRIP_US_MAX = 2 ** 35;
/** Above any number that a round trip and a time to live make. */
export const REPLY_DETAIL_END = (ROUND_TRIP_US_MAX + 2) * TTL_SHIFT;

/** Link addresses of some hosts: 14 octets each. */
export interface LinkAddresses {
  /** Numbers of the hosts, ascending. */
  readonly hosts: Float64Array;
  /** Six octets for each of them. */
  readonly octets: Uint8Array;
}

export class HostDetails {
  /** By host: the error that told of it, 0 for none; what they mean is the part's to know. */
  readonly errors: StateTable;
  /** By host: time to live and round trip of the reply that showed it to be up, as one number. */
  readonly replies = new Map<number, number>();
  /** A list for each link that was asked. */
  readonly links: LinkAddresses[] = [];

  /** @throws {PalisadeError} `SCAN_TABLE_TOO_LARGE` where there are more than `STATE_ENTRIES_MAX` hosts */
  constructor(hosts: number) {
    this.errors = new StateTable(hosts);
  }

  /** @param ttl 0 where it is not known @param roundTripUs negative where it is not */
  replied(host: number, ttl: number, roundTripUs: number): void {
    if (this.replies.size >= HOST_DETAILS_MAX) return;
    const roundTrip = roundTripUs < 0 ? 0 : Math.min(ROUND_TRIP_US_MAX, Math.round(roundTripUs)) + 1;
    this.replies.set(host, roundTrip * TTL_SHIFT + ttl);
  }

  /** Time to live, or hop limit; 0 where it is not known. */
  ttlOf(host: number): number {
    return (this.replies.get(host) ?? 0) % TTL_SHIFT;
  }

  /** Microseconds; undefined where they are not known. */
  roundTripUsOf(host: number): number | undefined {
    const roundTrip = Math.floor((this.replies.get(host) ?? 0) / TTL_SHIFT);
    return roundTrip === 0 ? undefined : roundTrip - 1;
  }

  addLinkAddresses(link: LinkAddresses): void {
    assert(link.octets.length === link.hosts.length * MAC_BYTES, "each host has a link address");
    if (link.hosts.length > 0) this.links.push(link);
  }

  /** A copy of a host's link address, 6 octets; undefined where it is not known. What was heard last counts. */
  linkAddressOf(host: number): Uint8Array | undefined {
    for (const { hosts, octets } of this.links.toReversed()) {
      const at = placeOf(hosts, host);
      if (at >= 0) return octets.slice(at * MAC_BYTES, (at + 1) * MAC_BYTES);
    }
    return undefined;
  }
}

/** The place of a number among ascending ones; -1 where it is not among them. */
function placeOf(numbers: Float64Array, number: number): number {
  let low = 0;
  let high = numbers.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (numbers[middle]! < number) low = middle + 1;
    else high = middle;
  }
  return numbers[low] === number ? low : -1;
}
