/** Lists of hosts: for tests of what asks them. */
import { parseIpAddress, put32, u32 } from "@palisade/wire";
import type { HostList } from "./scan-plan.js";

/** By IP version: a prefix of its own for hosts whose addresses do not matter. */
export const FIRST_ADDRESS = { 4: "10.0.0.0", 6: "2001:db8:1::" } as const;

/** The 4 or 16 octets of an address. */
export function octetsOf(address: string): Uint8Array {
  const octets = parseIpAddress(address);
  if (octets === undefined) throw new Error(`${address} is no address`);
  return octets;
}

/** So many hosts with consecutive addresses, as far as those differ in their last 32 bits alone. */
export function hostsFrom(first: string, size: number): HostList {
  const octets = octetsOf(first);
  const addressBytes = octets.length as 4 | 16;
  const prefixBytes = addressBytes - 4;
  const number = u32(octets, prefixBytes);
  return {
    addressBytes,
    size,
    write(host, out, at) {
      out.set(octets, at);
      put32(out, at + prefixBytes, number + host);
    },
    indexAt(from, at) {
      for (let octet = 0; octet < prefixBytes; octet += 1) if (from[at + octet] !== octets[octet]) return -1;
      const host = u32(from, at + prefixBytes) - number;
      return host >= 0 && host < size ? host : -1;
    },
  };
}

/** The hosts of these addresses, in this order: each once, and all of one IP version. */
export function hostsOf(addresses: readonly string[]): HostList {
  const list = addresses.map(octetsOf);
  const addressBytes = list[0]!.length as 4 | 16;
  const numbers = new Map(list.map((address, host) => [address.join("."), host]));
  return {
    addressBytes,
    size: list.length,
    write: (host, octets, at) => octets.set(list[host]!, at),
    indexAt: (octets, at) => numbers.get(octets.subarray(at, at + addressBytes).join(".")) ?? -1,
  };
}
