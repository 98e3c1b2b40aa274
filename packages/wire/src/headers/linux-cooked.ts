import { assert, Malformed } from "@palisade/base";
import { u8, u16, u32 } from "../octets.js";
import { needRoom, put8, put16, put32 } from "../put.js";

/**
 * What Linux gives in place of a link header on the pseudo-device `any` and on links without a fixed one:
 * LINKTYPE_LINUX_SLL and LINKTYPE_LINUX_SLL2 of tcpdump.org's registry.
 *
 * The protocol is an EtherType, or one of Linux's own numbers below 0x0600 (4 is 802.2 LLC). Of a link address longer than
 * eight octets only the first eight are there.
 */
export const LINUX_COOKED_HEADER_BYTES = 16;
export const LINUX_COOKED2_HEADER_BYTES = 20;
const ADDRESS_BYTES = 8;

/** Sent to us, broadcast, multicast, to somebody else, sent by us. */
export const COOKED_TO_US = 0;
export const COOKED_BROADCAST = 1;
export const COOKED_MULTICAST = 2;
export const COOKED_TO_OTHER = 3;
export const COOKED_OUTGOING = 4;

export const LINUX_COOKED_TRUNCATED: Malformed = new Malformed("linux-cooked.truncated");

export interface LinuxCooked {
  /** `COOKED_TO_US` … `COOKED_OUTGOING`. */
  readonly packetType: number;
  /** ARPHRD_ number of the device. */
  readonly hardwareType: number;
  /** Octets the link address has; more than eight are not all in `address`. */
  readonly addressLength: number;
  /** Of the sender: the first eight octets at most. */
  readonly address: Uint8Array;
  readonly protocol: number;
  readonly payload: Uint8Array;
}

export interface LinuxCooked2 extends LinuxCooked {
  readonly interfaceIndex: number;
}

const at = { packetType: 0, hardwareType: 2, addressLength: 4, address: 6, protocol: 14 } as const;
const at2 = {
  protocol: 0,
  reserved: 2,
  interfaceIndex: 4,
  hardwareType: 8,
  packetType: 10,
  addressLength: 11,
  address: 12,
} as const;

export function parseLinuxCooked(bytes: Uint8Array): LinuxCooked | Malformed {
  if (bytes.length < LINUX_COOKED_HEADER_BYTES) return LINUX_COOKED_TRUNCATED;
  const addressLength = u16(bytes, at.addressLength);
  return {
    packetType: u16(bytes, at.packetType),
    hardwareType: u16(bytes, at.hardwareType),
    addressLength,
    address: bytes.subarray(at.address, at.address + Math.min(addressLength, ADDRESS_BYTES)),
    protocol: u16(bytes, at.protocol),
    payload: bytes.subarray(LINUX_COOKED_HEADER_BYTES),
  };
}

export function parseLinuxCooked2(bytes: Uint8Array): LinuxCooked2 | Malformed {
  if (bytes.length < LINUX_COOKED2_HEADER_BYTES) return LINUX_COOKED_TRUNCATED;
  const addressLength = u8(bytes, at2.addressLength);
  return {
    packetType: u8(bytes, at2.packetType),
    hardwareType: u16(bytes, at2.hardwareType),
    addressLength,
    address: bytes.subarray(at2.address, at2.address + Math.min(addressLength, ADDRESS_BYTES)),
    protocol: u16(bytes, at2.protocol),
    payload: bytes.subarray(LINUX_COOKED2_HEADER_BYTES),
    interfaceIndex: u32(bytes, at2.interfaceIndex),
  };
}

/** Octets that `emitLinuxCooked` writes. */
export function linuxCookedBytes(frame: LinuxCooked): number {
  return LINUX_COOKED_HEADER_BYTES + frame.payload.length;
}

/** @throws {AssertionFailure} where the address is over eight octets */
export function emitLinuxCooked(frame: LinuxCooked, out: Uint8Array, offset: number): number {
  const bytes = linuxCookedBytes(frame);
  needRoom(out, offset, bytes);
  put16(out, offset + at.packetType, frame.packetType);
  put16(out, offset + at.hardwareType, frame.hardwareType);
  put16(out, offset + at.addressLength, frame.addressLength);
  putAddress(out, offset + at.address, frame.address);
  put16(out, offset + at.protocol, frame.protocol);
  out.set(frame.payload, offset + LINUX_COOKED_HEADER_BYTES);
  return bytes;
}

/** Octets that `emitLinuxCooked2` writes. */
export function linuxCooked2Bytes(frame: LinuxCooked2): number {
  return LINUX_COOKED2_HEADER_BYTES + frame.payload.length;
}

/** @throws {AssertionFailure} where the address is over eight octets */
export function emitLinuxCooked2(frame: LinuxCooked2, out: Uint8Array, offset: number): number {
  const bytes = linuxCooked2Bytes(frame);
  needRoom(out, offset, bytes);
  put16(out, offset + at2.protocol, frame.protocol);
  put16(out, offset + at2.reserved, 0);
  put32(out, offset + at2.interfaceIndex, frame.interfaceIndex);
  put16(out, offset + at2.hardwareType, frame.hardwareType);
  put8(out, offset + at2.packetType, frame.packetType);
  put8(out, offset + at2.addressLength, frame.addressLength);
  putAddress(out, offset + at2.address, frame.address);
  out.set(frame.payload, offset + LINUX_COOKED2_HEADER_BYTES);
  return bytes;
}

function putAddress(out: Uint8Array, index: number, address: Uint8Array): void {
  assert(address.length <= ADDRESS_BYTES, `linux cooked: an address of ${address.length} octets`);
  out.fill(0, index, index + ADDRESS_BYTES);
  out.set(address, index);
}
