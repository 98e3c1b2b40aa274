/**
 * The key of a packet's flow: endpoints in canonical order, so that both directions give the same key, and two hashes:
 * one of the host pair, which chooses the shard, and one of the whole key.
 */
import { u32 } from "@palisade/wire";
import type { PacketView } from "../decode/packet-view.js";

/** Shards of the flow table. Fixed, so that what a flow meets there does not depend on how many workers share them. */
export const SHARDS = 64;

function mix(hash: number, word: number): number {
  let mixed = Math.imul(hash ^ word, 0x9e37_79b1);
  mixed ^= mixed >>> 15;
  return mixed;
}

function finish(hash: number): number {
  let mixed = Math.imul(hash ^ (hash >>> 16), 0x85eb_ca6b);
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0xc2b2_ae35);
  return mixed ^ (mixed >>> 16);
}

/** The hash of two hosts by their IPv4 addresses, 32 bits each. */
export function hashIpv4Hosts(low: number, high: number): number {
  return mix(mix(0x5bd1_e995, low), high);
}

/** The hash of two hosts by their IPv6 addresses, as `FlowKey.words` has them. */
export function hashIpv6Hosts(words: Int32Array): number {
  let pair = hashIpv4Hosts(words[0]!, words[4]!);
  for (let word = 1; word < 4; word += 1) pair = mix(mix(pair, words[word]!), words[word + 4]!);
  return pair;
}

/** The shard of the hosts of this hash: 0 … SHARDS - 1. */
export function shardOfHosts(pair: number): number {
  return finish(pair) & (SHARDS - 1);
}

/**
 * Puts two IPv6 addresses into `words`, the lower first. Below 0 where the source is that, above where it is the higher,
 * 0 where both are one.
 */
export function orderIpv6Hosts(
  words: Int32Array,
  octets: Uint8Array,
  source: number,
  destination: number,
): number {
  let order = 0;
  for (let at = 0; at < 16 && order === 0; at += 4) {
    const a = u32(octets, source + at);
    const b = u32(octets, destination + at);
    order = a < b ? -1 : a > b ? 1 : 0;
  }
  const low = order > 0 ? destination : source;
  const high = order > 0 ? source : destination;
  for (let word = 0; word < 4; word += 1) {
    words[word] = u32(octets, low + word * 4);
    words[word + 4] = u32(octets, high + word * 4);
  }
  return order;
}

export class FlowKey {
  /** Lower address, then higher: four words each, IPv4 in the first. */
  readonly words: Int32Array = new Int32Array(8);
  /** Lower endpoint's port in the high half. */
  ports = 0;
  /** IP protocol, IP version << 8, VLAN id plus one << 16. */
  kind = 0;
  isIpv4 = false;
  /** The packet goes from the higher endpoint to the lower. */
  reversed = false;
  /** 0 … SHARDS - 1. */
  shard = 0;
  hash = 0;
  readonly #seed: number;
  readonly #vlans: boolean;

  /**
   * @param seed of the table's hash, 32 bits; the shard does not depend on it
   * @param vlans whether one 5-tuple on two VLANs is two flows
   */
  constructor(seed: number, vlans: boolean) {
    this.#seed = seed | 0;
    this.#vlans = vlans;
  }

  /** Reads the key of a decoded packet with an IP header. Ports count for TCP, UDP, UDP-Lite and SCTP, else they are 0. */
  set(view: PacketView): void {
    const { octets } = view;
    const { words } = this;
    const source = view.sourceAddress;
    const destination = view.destinationAddress;
    let order = 0;
    let pair = 0;
    this.isIpv4 = view.ipVersion === 4;
    if (this.isIpv4) {
      const a = u32(octets, source);
      const b = u32(octets, destination);
      order = a < b ? -1 : a > b ? 1 : 0;
      words[0] = order > 0 ? b : a;
      words[1] = 0;
      words[2] = 0;
      words[3] = 0;
      words[4] = order > 0 ? a : b;
      words[5] = 0;
      words[6] = 0;
      words[7] = 0;
      pair = hashIpv4Hosts(words[0]!, words[4]!);
    } else {
      order = orderIpv6Hosts(words, octets, source, destination);
      pair = hashIpv6Hosts(words);
    }
    if (order === 0) order = view.sourcePort - view.destinationPort;
    this.reversed = order > 0;
    this.ports =
      order > 0
        ? (view.destinationPort << 16) | view.sourcePort
        : (view.sourcePort << 16) | view.destinationPort;
    this.kind = view.protocol | (view.ipVersion << 8) | (this.#vlans ? view.vlan << 16 : 0);
    this.shard = shardOfHosts(pair);
    this.hash = finish(mix(mix(pair ^ this.#seed, this.ports), this.kind));
  }
}
