/**
 * UDP datagrams as probes: RFC 768.
 */
import { finishChecksum, IP_PROTOCOL_UDP, internetSum, put16, UDP_HEADER_BYTES } from "@palisade/wire";
import type { ProbeTarget } from "../technique.js";

const at = { sourcePort: 0, destinationPort: 2, length: 4, checksum: 6 } as const;

/**
 * Writes a datagram at `offset`. Returns its length in octets.
 *
 * @param payloadSum `internetSum` of the payload, so that a long one is summed once and not for each probe
 */
export function writeDatagram(
  octets: Uint8Array,
  offset: number,
  target: ProbeTarget,
  port: number,
  payload: Uint8Array,
  payloadSum: number,
): number {
  const bytes = UDP_HEADER_BYTES + payload.length;
  put16(octets, offset + at.sourcePort, target.sourcePort);
  put16(octets, offset + at.destinationPort, port);
  put16(octets, offset + at.length, bytes);
  put16(octets, offset + at.checksum, 0);
  octets.set(payload, offset + UDP_HEADER_BYTES);
  const pseudo = target.addressSum + IP_PROTOCOL_UDP + bytes + payloadSum;
  const checksum = finishChecksum(internetSum(octets, offset, offset + UDP_HEADER_BYTES, pseudo));
  // A computed 0 is sent as all ones: 0 stands for "not computed" (RFC 768, "Fields").
  put16(octets, offset + at.checksum, checksum === 0 ? 0xffff : checksum);
  return bytes;
}
