/**
 * What a scan asks: every port of every host, as pairs that are numbered host by host and asked in the order of a
 * permutation; of several shards, only one's.
 */
import { PalisadeError } from "@palisade/base";
import { Permutation, type Shard, shardIndex, shardSize } from "./permutation.js";
import { STATE_ENTRIES_MAX } from "./state-table.js";

/** The hosts of one address family, by number; nothing is stored per host. */
export interface HostList {
  /** 4 for IPv4, 16 for IPv6. */
  readonly addressBytes: 4 | 16;
  readonly size: number;
  /** Writes the address of a host, 0 … size - 1, at `at`. */
  write(host: number, octets: Uint8Array, at: number): void;
  /** The host whose address stands at `at`, -1 where none is. */
  indexAt(octets: Uint8Array, at: number): number;
}

export const WHOLE: Shard = { index: 0, count: 1 };

export class ScanPlan {
  readonly hosts: HostList;
  /** Sorted, each once; protocol numbers where those are asked about. */
  readonly ports: Uint16Array;
  /** Pairs in all shards. */
  readonly pairs: number;
  /** Pairs of this shard: those that are asked. */
  readonly size: number;
  readonly shard: Shard;
  readonly #order: Permutation;
  /** By port: its place in `ports`, plus one. */
  readonly #places = new Uint32Array(65_536);

  /**
   * @param seed of the order, 0 … 2^53 - 1
   * @throws {PalisadeError} `SCAN_TABLE_TOO_LARGE` where there are more than `STATE_ENTRIES_MAX` pairs
   */
  constructor(hosts: HostList, ports: readonly number[] | Uint16Array, seed: number, shard: Shard = WHOLE) {
    this.hosts = hosts;
    this.ports = ports instanceof Uint16Array ? ports : Uint16Array.from(ports);
    this.pairs = hosts.size * ports.length;
    if (this.pairs > STATE_ENTRIES_MAX) {
      throw new PalisadeError(
        "SCAN_TABLE_TOO_LARGE",
        `${hosts.size} addresses with ${ports.length} ports each are more pairs than one run keeps (${STATE_ENTRIES_MAX}): scan fewer`,
      );
    }
    this.shard = shard;
    this.size = shardSize(this.pairs, shard);
    this.#order = new Permutation(Math.max(1, this.pairs), seed);
    const places = this.#places;
    const sorted = this.ports;
    for (let place = 0; place < sorted.length; place += 1) places[sorted[place]!] = place + 1;
  }

  /** Of the order. */
  get seed(): number {
    return this.#order.seed;
  }

  /** The pair that is asked as the `nth`, 0 … size - 1. */
  pairAt(nth: number): number {
    return this.#order.at(shardIndex(this.shard, nth));
  }

  /** Where a pair stands in the order, as `pairAt` counts; -1 for a pair of another shard. */
  placeOf(pair: number): number {
    const { index, count } = this.shard;
    const place = this.#order.indexOf(pair);
    if (count === 1) return place;
    return place % count === index ? Math.floor(place / count) : -1;
  }

  hostOf(pair: number): number {
    return Math.floor(pair / this.ports.length);
  }

  portOf(pair: number): number {
    return this.ports[pair % this.ports.length]!;
  }

  /** The pair of a host's address and a port; -1 where it is none that any shard asks. */
  pairOf(octets: Uint8Array, addressAt: number, port: number): number {
    const place = this.#places[port]!;
    if (place === 0) return -1;
    const host = this.hosts.indexAt(octets, addressAt);
    return host < 0 ? -1 : host * this.ports.length + place - 1;
  }

  /** Whether the pair is this shard's. */
  isOurs(pair: number): boolean {
    return this.shard.count === 1 || this.placeOf(pair) >= 0;
  }
}
