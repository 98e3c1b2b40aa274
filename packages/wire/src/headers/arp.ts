import { assert, Malformed } from "@palisade/base";
import { u8, u16 } from "../octets.js";
import { needRoom, put8, put16 } from "../put.js";

/** Address resolution protocol: RFC 826, "Packet format". Of any hardware and protocol; padding after it is left out. */
export const ARP_HEADER_BYTES = 8;
export const ARP_REQUEST = 1;
export const ARP_REPLY = 2;
/** RFC 903. */
export const ARP_REVERSE_REQUEST = 3;
export const ARP_REVERSE_REPLY = 4;
/** IANA "ARP Parameters": Ethernet. */
export const ARP_HARDWARE_ETHERNET = 1;

/** Fewer octets than the header and the four addresses. */
export const ARP_TRUNCATED: Malformed = new Malformed("arp.truncated");

export interface Arp {
  readonly hardwareType: number;
  /** An EtherType. */
  readonly protocolType: number;
  readonly operation: number;
  readonly senderHardware: Uint8Array;
  readonly senderProtocol: Uint8Array;
  readonly targetHardware: Uint8Array;
  readonly targetProtocol: Uint8Array;
}

const at = { hardwareType: 0, protocolType: 2, hardwareBytes: 4, protocolBytes: 5, operation: 6 } as const;

export function parseArp(bytes: Uint8Array): Arp | Malformed {
  if (bytes.length < ARP_HEADER_BYTES) return ARP_TRUNCATED;
  const hardwareBytes = u8(bytes, at.hardwareBytes);
  const protocolBytes = u8(bytes, at.protocolBytes);
  const senderProtocol = ARP_HEADER_BYTES + hardwareBytes;
  const targetHardware = senderProtocol + protocolBytes;
  const targetProtocol = targetHardware + hardwareBytes;
  const end = targetProtocol + protocolBytes;
  if (bytes.length < end) return ARP_TRUNCATED;
  return {
    hardwareType: u16(bytes, at.hardwareType),
    protocolType: u16(bytes, at.protocolType),
    operation: u16(bytes, at.operation),
    senderHardware: bytes.subarray(ARP_HEADER_BYTES, senderProtocol),
    senderProtocol: bytes.subarray(senderProtocol, targetHardware),
    targetHardware: bytes.subarray(targetHardware, targetProtocol),
    targetProtocol: bytes.subarray(targetProtocol, end),
  };
}

/** Octets that `emitArp` writes. */
export function arpBytes(packet: Arp): number {
  return ARP_HEADER_BYTES + 2 * (packet.senderHardware.length + packet.senderProtocol.length);
}

/** @throws {AssertionFailure} where sender and target have addresses of other lengths, or one is over 255 octets */
export function emitArp(packet: Arp, out: Uint8Array, offset: number): number {
  const hardwareBytes = packet.senderHardware.length;
  const protocolBytes = packet.senderProtocol.length;
  assert(
    packet.targetHardware.length === hardwareBytes && packet.targetProtocol.length === protocolBytes,
    "emitArp: sender's and target's addresses differ in length",
  );
  assert(hardwareBytes <= 255 && protocolBytes <= 255, "emitArp: an address is over 255 octets");
  const bytes = arpBytes(packet);
  needRoom(out, offset, bytes);
  put16(out, offset + at.hardwareType, packet.hardwareType);
  put16(out, offset + at.protocolType, packet.protocolType);
  put8(out, offset + at.hardwareBytes, hardwareBytes);
  put8(out, offset + at.protocolBytes, protocolBytes);
  put16(out, offset + at.operation, packet.operation);
  let index = offset + ARP_HEADER_BYTES;
  for (const address of [
    packet.senderHardware,
    packet.senderProtocol,
    packet.targetHardware,
    packet.targetProtocol,
  ]) {
    out.set(address, index);
    index += address.length;
  }
  return bytes;
}
