/**
 * Where a socket is, or connects to, as the kernel is told: struct sockaddr_in and sockaddr_in6 (ip(7), ipv6(7)). The family and the
 * scope are in the machine's order, the port and the address in the network's.
 */
import { IPV4_BYTES } from "@palisade/wire";
import { AF_INET, AF_INET6, type Memory } from "./system.js";

export const SOCKADDR4_BYTES = 16;
export const SOCKADDR6_BYTES = 28;
/** Where their members are; the scope is in sockaddr_in6 alone. */
export const sockaddr = { family: 0, port: 2, address4: 4, address6: 8, scope: 24 } as const;

const LITTLE_ENDIAN = true;

/**
 * Writes a socket address.
 *
 * @param at octets from the memory's beginning; there is room for `SOCKADDR6_BYTES`
 * @param address in network order, of which the first `addressBytes` count: 4 or 16
 * @param port 0 … 65,535; 0 for any
 * @param scopeId index of the interface that a link-local address is on, else 0
 * @returns the octets that it takes, 16 or 28
 */
export function emitSocketAddress(
  { octets, view }: Memory,
  at: number,
  address: Uint8Array,
  addressBytes: number,
  port: number,
  scopeId: number,
): number {
  const is4 = addressBytes === IPV4_BYTES;
  octets.fill(0, at, at + SOCKADDR6_BYTES);
  view.setUint16(at + sockaddr.family, is4 ? AF_INET : AF_INET6, LITTLE_ENDIAN);
  view.setUint16(at + sockaddr.port, port);
  const to = at + (is4 ? sockaddr.address4 : sockaddr.address6);
  for (let index = 0; index < addressBytes; index += 1) octets[to + index] = address[index]!;
  if (is4) return SOCKADDR4_BYTES;
  view.setUint32(at + sockaddr.scope, scopeId, LITTLE_ENDIAN);
  return SOCKADDR6_BYTES;
}
