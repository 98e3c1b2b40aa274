import { assert, Malformed } from "@palisade/base";
import { putChecksum } from "../checksum.js";
import { u8, u16, u32 } from "../octets.js";
import { needRoom, put8, put16, put32 } from "../put.js";

/**
 * Transmission Control Protocol: RFC 9293 §3.1; options of §3.2, RFC 7323 (window scale, timestamps) and RFC 2018
 * (selective acknowledgement).
 *
 * An option whose length is not the one its kind has is kept raw: RFC 9293 §3.1 (MUST-7) asks only that a receiver be
 * ready for it. An option that reaches out of the header makes the segment malformed.
 */
export const TCP_HEADER_BYTES = 20;
export const TCP_OPTIONS_BYTES_MAX = 40;

export const TCP_FIN = 0x01;
export const TCP_SYN = 0x02;
export const TCP_RST = 0x04;
export const TCP_PSH = 0x08;
export const TCP_ACK = 0x10;
export const TCP_URG = 0x20;
export const TCP_ECE = 0x40;
export const TCP_CWR = 0x80;
/** Accurate ECN: RFC 9768 §3.1. */
export const TCP_AE = 0x100;

export const TCP_OPTION_END = 0;
export const TCP_OPTION_NO_OPERATION = 1;
export const TCP_OPTION_MAXIMUM_SEGMENT_SIZE = 2;
export const TCP_OPTION_WINDOW_SCALE = 3;
export const TCP_OPTION_SACK_PERMITTED = 4;
export const TCP_OPTION_SACK = 5;
export const TCP_OPTION_TIMESTAMPS = 8;

/** Fewer octets than the header and its options. */
export const TCP_TRUNCATED: Malformed = new Malformed("tcp.truncated");
/** The data offset is below five words. */
export const TCP_OFFSET_IMPOSSIBLE: Malformed = new Malformed("tcp.offset-impossible");
/** An option has a length below 2, or reaches past the header. */
export const TCP_OPTION_LENGTH_IMPOSSIBLE: Malformed = new Malformed("tcp.option-length-impossible");

export type TcpOption =
  | { readonly kind: "no-operation" }
  /** RFC 9293 §3.7.1 */
  | { readonly kind: "maximum-segment-size"; readonly bytes: number }
  /** RFC 7323 §2: the shift, in bits */
  | { readonly kind: "window-scale"; readonly shift: number }
  /** RFC 2018 §2 */
  | { readonly kind: "sack-permitted" }
  /** RFC 2018 §3: received stretches, `left` the first sequence number of each and `right` the one after its last */
  | { readonly kind: "sack"; readonly blocks: readonly { readonly left: number; readonly right: number }[] }
  /** RFC 7323 §3 */
  | { readonly kind: "timestamps"; readonly value: number; readonly echo: number }
  /** Any other; `octets` is what follows its length */
  | { readonly kind: "raw"; readonly number: number; readonly octets: Uint8Array };

export interface Tcp {
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly sequence: number;
  readonly acknowledgement: number;
  /** Twelve bits: the eight control bits of RFC 9293, `TCP_AE`, and three reserved ones above. */
  readonly flags: number;
  /** As sent, not scaled. */
  readonly window: number;
  readonly checksum: number;
  readonly urgentPointer: number;
  /** In the order sent, up to the end of option list. */
  readonly options: readonly TcpOption[];
  readonly payload: Uint8Array;
}

const at = {
  sourcePort: 0,
  destinationPort: 2,
  sequence: 4,
  acknowledgement: 8,
  offsetAndFlags: 12,
  window: 14,
  checksum: 16,
  urgentPointer: 18,
} as const;

export function parseTcp(bytes: Uint8Array): Tcp | Malformed {
  if (bytes.length < TCP_HEADER_BYTES) return TCP_TRUNCATED;
  const offsetAndFlags = u16(bytes, at.offsetAndFlags);
  const headerBytes = (offsetAndFlags >>> 12) * 4;
  if (headerBytes < TCP_HEADER_BYTES) return TCP_OFFSET_IMPOSSIBLE;
  if (headerBytes > bytes.length) return TCP_TRUNCATED;
  const options = parseTcpOptions(bytes.subarray(TCP_HEADER_BYTES, headerBytes));
  if (options instanceof Malformed) return options;
  return {
    sourcePort: u16(bytes, at.sourcePort),
    destinationPort: u16(bytes, at.destinationPort),
    sequence: u32(bytes, at.sequence),
    acknowledgement: u32(bytes, at.acknowledgement),
    flags: offsetAndFlags & 0x0fff,
    window: u16(bytes, at.window),
    checksum: u16(bytes, at.checksum),
    urgentPointer: u16(bytes, at.urgentPointer),
    options,
    payload: bytes.subarray(headerBytes),
  };
}

/** The options of a header, without the end of option list and the padding after it. */
export function parseTcpOptions(bytes: Uint8Array): readonly TcpOption[] | Malformed {
  const options: TcpOption[] = [];
  let offset = 0;
  while (offset < bytes.length) {
    const number = u8(bytes, offset);
    if (number === TCP_OPTION_END) break;
    if (number === TCP_OPTION_NO_OPERATION) {
      options.push({ kind: "no-operation" });
      offset += 1;
      continue;
    }
    if (offset + 2 > bytes.length) return TCP_OPTION_LENGTH_IMPOSSIBLE;
    const length = u8(bytes, offset + 1);
    if (length < 2 || offset + length > bytes.length) return TCP_OPTION_LENGTH_IMPOSSIBLE;
    options.push(readOption(number, bytes, offset + 2, length - 2));
    offset += length;
  }
  return options;
}

function readOption(number: number, bytes: Uint8Array, offset: number, length: number): TcpOption {
  if (number === TCP_OPTION_MAXIMUM_SEGMENT_SIZE && length === 2) {
    return { kind: "maximum-segment-size", bytes: u16(bytes, offset) };
  }
  if (number === TCP_OPTION_WINDOW_SCALE && length === 1) {
    return { kind: "window-scale", shift: u8(bytes, offset) };
  }
  if (number === TCP_OPTION_SACK_PERMITTED && length === 0) return { kind: "sack-permitted" };
  if (number === TCP_OPTION_SACK && length > 0 && length % 8 === 0) {
    const blocks: { left: number; right: number }[] = [];
    for (let index = offset; index < offset + length; index += 8) {
      blocks.push({ left: u32(bytes, index), right: u32(bytes, index + 4) });
    }
    return { kind: "sack", blocks };
  }
  if (number === TCP_OPTION_TIMESTAMPS && length === 8) {
    return { kind: "timestamps", value: u32(bytes, offset), echo: u32(bytes, offset + 4) };
  }
  return { kind: "raw", number, octets: bytes.subarray(offset, offset + length) };
}

/** Octets that `emitTcp` writes. */
export function tcpBytes(segment: Tcp): number {
  return TCP_HEADER_BYTES + paddedOptionsBytes(segment.options) + segment.payload.length;
}

/**
 * Writes header, options (padded with zeros to whole words) and payload. Given `pseudoSum` (of `pseudoHeaderSum`) the
 * checksum is computed; without it, `segment.checksum` is written.
 *
 * @throws {AssertionFailure} where the options need more than 40 octets
 */
export function emitTcp(segment: Tcp, out: Uint8Array, offset: number, pseudoSum?: number): number {
  const optionsBytes = paddedOptionsBytes(segment.options);
  assert(optionsBytes <= TCP_OPTIONS_BYTES_MAX, `emitTcp: ${optionsBytes} octets of options`);
  const headerBytes = TCP_HEADER_BYTES + optionsBytes;
  const bytes = headerBytes + segment.payload.length;
  needRoom(out, offset, bytes);
  put16(out, offset + at.sourcePort, segment.sourcePort);
  put16(out, offset + at.destinationPort, segment.destinationPort);
  put32(out, offset + at.sequence, segment.sequence);
  put32(out, offset + at.acknowledgement, segment.acknowledgement);
  put16(out, offset + at.offsetAndFlags, ((headerBytes / 4) << 12) | (segment.flags & 0x0fff));
  put16(out, offset + at.window, segment.window);
  put16(out, offset + at.checksum, segment.checksum);
  put16(out, offset + at.urgentPointer, segment.urgentPointer);
  let index = offset + TCP_HEADER_BYTES;
  for (const option of segment.options) index = writeOption(option, out, index);
  out.fill(TCP_OPTION_END, index, offset + headerBytes);
  out.set(segment.payload, offset + headerBytes);
  if (pseudoSum !== undefined) putChecksum(out, offset, offset + bytes, offset + at.checksum, pseudoSum);
  return bytes;
}

function paddedOptionsBytes(options: readonly TcpOption[]): number {
  let bytes = 0;
  for (const option of options) bytes += optionBytes(option);
  return (bytes + 3) & ~3;
}

function optionBytes(option: TcpOption): number {
  switch (option.kind) {
    case "no-operation":
      return 1;
    case "maximum-segment-size":
      return 4;
    case "window-scale":
      return 3;
    case "sack-permitted":
      return 2;
    case "sack":
      return 2 + option.blocks.length * 8;
    case "timestamps":
      return 10;
    case "raw":
      return 2 + option.octets.length;
  }
}

/** Returns the index after the option. */
function writeOption(option: TcpOption, out: Uint8Array, offset: number): number {
  if (option.kind === "no-operation") {
    put8(out, offset, TCP_OPTION_NO_OPERATION);
    return offset + 1;
  }
  const bytes = optionBytes(option);
  put8(out, offset + 1, bytes);
  switch (option.kind) {
    case "maximum-segment-size":
      put8(out, offset, TCP_OPTION_MAXIMUM_SEGMENT_SIZE);
      put16(out, offset + 2, option.bytes);
      break;
    case "window-scale":
      put8(out, offset, TCP_OPTION_WINDOW_SCALE);
      put8(out, offset + 2, option.shift);
      break;
    case "sack-permitted":
      put8(out, offset, TCP_OPTION_SACK_PERMITTED);
      break;
    case "sack":
      put8(out, offset, TCP_OPTION_SACK);
      option.blocks.forEach((block, index) => {
        put32(out, offset + 2 + index * 8, block.left);
        put32(out, offset + 6 + index * 8, block.right);
      });
      break;
    case "timestamps":
      put8(out, offset, TCP_OPTION_TIMESTAMPS);
      put32(out, offset + 2, option.value);
      put32(out, offset + 6, option.echo);
      break;
    case "raw":
      put8(out, offset, option.number);
      out.set(option.octets, offset + 2);
      break;
  }
  return offset + bytes;
}
