/** The targets of a scan by address family: a scan asks one after the other. */
import { formatIpAddress } from "@palisade/wire";
import type { HostList } from "./scan-plan.js";
import type { TargetSet } from "./targets/target-set.js";

/** The targets of each address family, where there are any, in ascending order. */
export function familiesOf(targets: TargetSet): HostList[] {
  const room = new Uint8Array(16);
  const family = (addressBytes: 4 | 16, first: number, size: number): HostList => ({
    addressBytes,
    size,
    write(host, octets, at) {
      targets.address(first + host, room);
      for (let octet = 0; octet < addressBytes; octet += 1) octets[at + octet] = room[octet]!;
    },
    indexAt(octets, at) {
      const index = targets.indexOf(octets, at, addressBytes);
      return index < 0 ? -1 : index - first;
    },
  });
  return [
    family(4, 0, targets.ipv4Size),
    family(16, targets.ipv4Size, targets.size - targets.ipv4Size),
  ].filter(({ size }) => size > 0);
}

export function familyName({ addressBytes }: HostList): "ipv4" | "ipv6" {
  return addressBytes === 4 ? "ipv4" : "ipv6";
}

/** The first address with link-local scope, fe80::/10 (RFC 4291 §2.5.6); the list ascends. */
export function firstLinkLocal(hosts: HostList): string | undefined {
  if (hosts.addressBytes === 4) return undefined;
  const octets = new Uint8Array(16);
  const prefixOf = (host: number): number => {
    hosts.write(host, octets, 0);
    return ((octets[0]! << 8) | octets[1]!) & 0xffc0;
  };
  let first = 0;
  for (let end = hosts.size; first < end; ) {
    const middle = first + Math.floor((end - first) / 2);
    if (prefixOf(middle) < 0xfe80) first = middle + 1;
    else end = middle;
  }
  return first < hosts.size && prefixOf(first) === 0xfe80 ? formatIpAddress(octets) : undefined;
}

/** Whether an address, 4 or 16 octets, has link-local scope in IPv6: fe80::/10 (RFC 4291 §2.5.6). */
export function isLinkLocal(address: Uint8Array): boolean {
  return address.length === 16 && address[0] === 0xfe && (address[1]! & 0xc0) === 0x80;
}

/** The names that the user gave for each address. */
export function namesByAddress(targets: TargetSet): ReadonlyMap<string, readonly string[]> {
  const names = new Map<string, string[]>();
  for (const { name, addresses } of targets.names) {
    for (const address of addresses) names.set(address, [...(names.get(address) ?? []), name]);
  }
  return names;
}
