import { assert, Malformed } from "@palisade/base";
import { u8, u16, u24 } from "../octets.js";
import { needRoom, put8, put16, put24 } from "../put.js";

/** Generic Network Virtualization Encapsulation: RFC 8926 §3.4, options §3.5. */
export const GENEVE_HEADER_BYTES = 8;
export const GENEVE_PORT = 6081;
export const GENEVE_OPTION_HEADER_BYTES = 4;
/** The length of all options is 6 bits of words. */
export const GENEVE_OPTIONS_BYTES_MAX = 252;
/** The length of one option's data is 5 bits of words. */
export const GENEVE_OPTION_DATA_BYTES_MAX = 124;

/** Fewer octets than the header and its options. */
export const GENEVE_TRUNCATED: Malformed = new Malformed("geneve.truncated");
/** The version is not 0 (RFC 8926 §3.4: such packets are dropped). */
export const GENEVE_VERSION_UNKNOWN: Malformed = new Malformed("geneve.version-unknown");
/** An option reaches past the options' length. */
export const GENEVE_OPTION_LENGTH_IMPOSSIBLE: Malformed = new Malformed("geneve.option-length-impossible");

export interface GeneveOption {
  /** Namespace of the type, 16 bits. */
  readonly class: number;
  /** 8 bits; the highest says that the option is critical. */
  readonly type: number;
  /** Whole words. */
  readonly data: Uint8Array;
}

export interface Geneve {
  /** A control packet: not data of a tenant. */
  readonly control: boolean;
  /** One of the options is critical. */
  readonly critical: boolean;
  /** An EtherType; 0x6558 is an Ethernet frame. */
  readonly protocol: number;
  /** Virtual network identifier, 24 bits. */
  readonly vni: number;
  readonly options: readonly GeneveOption[];
  readonly payload: Uint8Array;
}

const at = { lengths: 0, flags: 1, protocol: 2, vni: 4, reserved: 7 } as const;
const CONTROL = 0x80;
const CRITICAL = 0x40;

export function parseGeneve(bytes: Uint8Array): Geneve | Malformed {
  if (bytes.length < GENEVE_HEADER_BYTES) return GENEVE_TRUNCATED;
  const lengths = u8(bytes, at.lengths);
  if (lengths >>> 6 !== 0) return GENEVE_VERSION_UNKNOWN;
  const headerBytes = GENEVE_HEADER_BYTES + (lengths & 0x3f) * 4;
  if (headerBytes > bytes.length) return GENEVE_TRUNCATED;
  const options: GeneveOption[] = [];
  for (let offset = GENEVE_HEADER_BYTES; offset < headerBytes; ) {
    // Options are whole words, so where one octet of a header is left all four are.
    const end = offset + GENEVE_OPTION_HEADER_BYTES + (u8(bytes, offset + 3) & 0x1f) * 4;
    if (end > headerBytes) return GENEVE_OPTION_LENGTH_IMPOSSIBLE;
    options.push({
      class: u16(bytes, offset),
      type: u8(bytes, offset + 2),
      data: bytes.subarray(offset + GENEVE_OPTION_HEADER_BYTES, end),
    });
    offset = end;
  }
  const flags = u8(bytes, at.flags);
  return {
    control: (flags & CONTROL) !== 0,
    critical: (flags & CRITICAL) !== 0,
    protocol: u16(bytes, at.protocol),
    vni: u24(bytes, at.vni),
    options,
    payload: bytes.subarray(headerBytes),
  };
}

/** Octets that `emitGeneve` writes. */
export function geneveBytes(packet: Geneve): number {
  return GENEVE_HEADER_BYTES + optionsBytes(packet.options) + packet.payload.length;
}

/** @throws {AssertionFailure} where an option is no whole words, or one of them or all together are too long */
export function emitGeneve(packet: Geneve, out: Uint8Array, offset: number): number {
  const allOptionsBytes = optionsBytes(packet.options);
  assert(allOptionsBytes <= GENEVE_OPTIONS_BYTES_MAX, `emitGeneve: ${allOptionsBytes} octets of options`);
  const bytes = geneveBytes(packet);
  needRoom(out, offset, bytes);
  put8(out, offset + at.lengths, allOptionsBytes / 4);
  put8(out, offset + at.flags, (packet.control ? CONTROL : 0) | (packet.critical ? CRITICAL : 0));
  put16(out, offset + at.protocol, packet.protocol);
  put24(out, offset + at.vni, packet.vni);
  put8(out, offset + at.reserved, 0);
  let index = offset + GENEVE_HEADER_BYTES;
  for (const option of packet.options) {
    put16(out, index, option.class);
    put8(out, index + 2, option.type);
    put8(out, index + 3, option.data.length / 4);
    out.set(option.data, index + GENEVE_OPTION_HEADER_BYTES);
    index += GENEVE_OPTION_HEADER_BYTES + option.data.length;
  }
  out.set(packet.payload, index);
  return bytes;
}

function optionsBytes(options: readonly GeneveOption[]): number {
  let bytes = 0;
  for (const { data } of options) {
    assert(
      data.length % 4 === 0 && data.length <= GENEVE_OPTION_DATA_BYTES_MAX,
      `geneve: an option of ${data.length} octets`,
    );
    bytes += GENEVE_OPTION_HEADER_BYTES + data.length;
  }
  return bytes;
}
