/**
 * Who is on the link: the link address of each host that answered, by the host's number.
 *
 * Memory: 11 octets for each host of the list, whether it answers or not (a link address of 6, a time of 4, and what is
 * known of it in 2 bits): 11 MiB for `LINK_HOSTS_MAX`.
 */
import { assert, PalisadeError } from "@palisade/base";
import { MAC_BYTES } from "@palisade/wire";
import type { HostList } from "../scan-plan.js";
import { StateTable } from "../state-table.js";

/** Hosts of a list whose link addresses are kept: a link of that many, an IPv4 /12, is larger than any that works. */
export const LINK_HOSTS_MAX = 1_048_576;

/** A host whose address two stations have: one of them should not, or a machine answers by all of its interfaces. */
export interface DuplicateNeighbour {
  readonly host: number;
  /** Link addresses, 6 octets each: the one that was heard first, and that is kept, and another. */
  readonly first: Uint8Array;
  readonly second: Uint8Array;
}

const ALONE = 1;
const DUPLICATE = 2;

export class Neighbours {
  readonly hosts: HostList;
  /** By host: 0 while nothing was heard of it. */
  readonly table: StateTable;
  /** Six octets for each host, zeros where nothing is known. */
  readonly linkAddresses: Uint8Array;
  /** The first that was found. */
  duplicate: DuplicateNeighbour | undefined;
  #duplicates = 0;
  /** By host: microseconds of a clock that wraps when it was asked, and once it has answered how long that took. */
  readonly #timesUs: Uint32Array;

  /** @throws {PalisadeError} `SCAN_LINK_HOSTS_TOO_MANY` where there are more than `LINK_HOSTS_MAX` */
  constructor(hosts: HostList) {
    if (hosts.size > LINK_HOSTS_MAX) {
      throw new PalisadeError(
        "SCAN_LINK_HOSTS_TOO_MANY",
        `${hosts.size} hosts are more than are asked on one link (${LINK_HOSTS_MAX}): scan fewer at a time`,
      );
    }
    this.hosts = hosts;
    this.table = new StateTable(hosts.size);
    this.linkAddresses = new Uint8Array(hosts.size * MAC_BYTES);
    this.#timesUs = new Uint32Array(hosts.size);
  }

  /** Hosts that answered. */
  get answered(): number {
    return this.table.answered;
  }

  /** Hosts whose address two stations have, as far as both were heard. */
  get duplicates(): number {
    return this.#duplicates;
  }

  has(host: number): boolean {
    return this.table.get(host) !== 0;
  }

  isDuplicate(host: number): boolean {
    return this.table.get(host) === DUPLICATE;
  }

  /** A copy of a host's link address, 6 octets; undefined where it did not answer. For reports. */
  linkAddressOf(host: number): Uint8Array | undefined {
    if (!this.has(host)) return undefined;
    return this.linkAddresses.slice(host * MAC_BYTES, (host + 1) * MAC_BYTES);
  }

  /** Writes the link address of the host whose address stands at `octets[at]`, where it answered; false where not. */
  writeLinkAddress(octets: Uint8Array, at: number, out: Uint8Array, outAt: number): boolean {
    const host = this.hosts.indexAt(octets, at);
    if (host < 0 || !this.has(host)) return false;
    for (let octet = 0; octet < MAC_BYTES; octet += 1) {
      out[outAt + octet] = this.linkAddresses[host * MAC_BYTES + octet]!;
    }
    return true;
  }

  /**
   * Microseconds from the last question to the answer, up to 71 minutes; 0 for hosts that spoke before they were asked, and
   * undefined for those that did not answer.
   */
  replyUs(host: number): number | undefined {
    return this.has(host) ? this.#timesUs[host] : undefined;
  }

  /** A host is asked now. Times are whole microseconds modulo 2^32. */
  asked(host: number, timeUs: number): void {
    this.#timesUs[host] = timeUs;
  }

  /**
   * A host was heard, with its link address at `octets[at]`. The first that it says stays.
   *
   * @param timeUs as for `asked`; undefined where it was not asked for
   * @returns how long it took in microseconds where this is the first that is heard, else -1
   */
  heard(host: number, octets: Uint8Array, at: number, timeUs: number | undefined): number {
    assert(host >= 0 && host < this.hosts.size, "a neighbour is one of the hosts");
    const start = host * MAC_BYTES;
    if (this.has(host)) {
      if (!sameLink(this.linkAddresses, start, octets, at)) this.#another(host, octets, at);
      return -1;
    }
    if (!this.table.set(host, ALONE)) return -1;
    for (let octet = 0; octet < MAC_BYTES; octet += 1) {
      this.linkAddresses[start + octet] = octets[at + octet]!;
    }
    const tookUs = timeUs === undefined ? 0 : (timeUs - this.#timesUs[host]!) >>> 0;
    // The kernel's clock and ours may differ by a little: what came before it was asked for took no time.
    this.#timesUs[host] = tookUs > HALF ? 0 : tookUs;
    return this.#timesUs[host]!;
  }

  #another(host: number, octets: Uint8Array, at: number): void {
    if (this.isDuplicate(host)) return;
    this.table.set(host, DUPLICATE);
    this.#duplicates += 1;
    this.duplicate ??= {
      host,
      first: this.linkAddresses.slice(host * MAC_BYTES, (host + 1) * MAC_BYTES),
      second: octets.slice(at, at + MAC_BYTES),
    };
  }
}

const HALF = 2 ** 31;

function sameLink(left: Uint8Array, leftAt: number, right: Uint8Array, rightAt: number): boolean {
  for (let octet = 0; octet < MAC_BYTES; octet += 1) {
    if (left[leftAt + octet] !== right[rightAt + octet]) return false;
  }
  return true;
}
