import { assert, Malformed } from "@palisade/base";
import { IPV4_BYTES } from "../address.js";
import { putChecksum } from "../checksum.js";
import { u8, u16 } from "../octets.js";
import { needRoom, put8, put16, putExactly } from "../put.js";

/**
 * Internet Group Management Protocol: version 1 (RFC 1112), 2 (RFC 2236), 3 (RFC 9776).
 *
 * A query of at least twelve octets is one of version 3 (RFC 9776 §7.1). Every other message but the version 3 report has
 * the eight octets of version 2.
 */
export const IGMP_HEADER_BYTES = 8;
const QUERY3_BYTES = 12;
const RECORD_BYTES = 8;

export const IGMP_QUERY = 0x11;
export const IGMP_REPORT_V1 = 0x12;
export const IGMP_REPORT_V2 = 0x16;
export const IGMP_LEAVE = 0x17;
export const IGMP_REPORT_V3 = 0x22;

/** Fewer octets than the message, or than its counts promise. */
export const IGMP_TRUNCATED: Malformed = new Malformed("igmp.truncated");

/** RFC 9776 §4.2.3. */
export interface IgmpRecord {
  /** 1 … 6: mode or change of mode. */
  readonly type: number;
  readonly group: Uint8Array;
  readonly sources: readonly Uint8Array[];
  /** Whole words. */
  readonly auxiliary: Uint8Array;
}

export type Igmp =
  | {
      readonly kind: "message";
      readonly type: number;
      /** Version 2: in tenths of a second. */
      readonly responseCode: number;
      readonly checksum: number;
      readonly group: Uint8Array;
    }
  | {
      readonly kind: "query-3";
      readonly responseCode: number;
      readonly checksum: number;
      readonly group: Uint8Array;
      /** Suppress router-side processing. */
      readonly suppress: boolean;
      /** Querier's robustness variable, 0 … 7. */
      readonly robustness: number;
      /** Querier's query interval code. */
      readonly intervalCode: number;
      readonly sources: readonly Uint8Array[];
    }
  | { readonly kind: "report-3"; readonly checksum: number; readonly records: readonly IgmpRecord[] };

const at = {
  type: 0,
  responseCode: 1,
  checksum: 2,
  group: 4,
  records: 6,
  flags: 8,
  interval: 9,
  sources: 10,
} as const;

export function parseIgmp(bytes: Uint8Array): Igmp | Malformed {
  if (bytes.length < IGMP_HEADER_BYTES) return IGMP_TRUNCATED;
  const type = u8(bytes, at.type);
  const checksum = u16(bytes, at.checksum);
  if (type === IGMP_REPORT_V3) {
    const records = readRecords(bytes, u16(bytes, at.records));
    return records instanceof Malformed ? records : { kind: "report-3", checksum, records };
  }
  const responseCode = u8(bytes, at.responseCode);
  const group = bytes.subarray(at.group, at.group + IPV4_BYTES);
  if (type !== IGMP_QUERY || bytes.length < QUERY3_BYTES) {
    return { kind: "message", type, responseCode, checksum, group };
  }
  const sources = readAddresses(bytes, QUERY3_BYTES, u16(bytes, at.sources));
  if (sources instanceof Malformed) return sources;
  const flags = u8(bytes, at.flags);
  return {
    kind: "query-3",
    responseCode,
    checksum,
    group,
    suppress: (flags & 0x08) !== 0,
    robustness: flags & 0x07,
    intervalCode: u8(bytes, at.interval),
    sources,
  };
}

function readRecords(bytes: Uint8Array, count: number): IgmpRecord[] | Malformed {
  const records: IgmpRecord[] = [];
  let offset = IGMP_HEADER_BYTES;
  for (let index = 0; index < count; index += 1) {
    if (offset + RECORD_BYTES > bytes.length) return IGMP_TRUNCATED;
    const sources = readAddresses(bytes, offset + RECORD_BYTES, u16(bytes, offset + 2));
    if (sources instanceof Malformed) return sources;
    const auxiliary = offset + RECORD_BYTES + sources.length * IPV4_BYTES;
    const end = auxiliary + u8(bytes, offset + 1) * 4;
    if (end > bytes.length) return IGMP_TRUNCATED;
    records.push({
      type: u8(bytes, offset),
      group: bytes.subarray(offset + 4, offset + 8),
      sources,
      auxiliary: bytes.subarray(auxiliary, end),
    });
    offset = end;
  }
  return records;
}

function readAddresses(bytes: Uint8Array, offset: number, count: number): Uint8Array[] | Malformed {
  if (offset + count * IPV4_BYTES > bytes.length) return IGMP_TRUNCATED;
  const addresses: Uint8Array[] = [];
  for (let index = 0; index < count; index += 1) {
    const start = offset + index * IPV4_BYTES;
    addresses.push(bytes.subarray(start, start + IPV4_BYTES));
  }
  return addresses;
}

/** Octets that `emitIgmp` writes. */
export function igmpBytes(message: Igmp): number {
  if (message.kind === "message") return IGMP_HEADER_BYTES;
  if (message.kind === "query-3") return QUERY3_BYTES + message.sources.length * IPV4_BYTES;
  let bytes = IGMP_HEADER_BYTES;
  for (const record of message.records) {
    bytes += RECORD_BYTES + record.sources.length * IPV4_BYTES + record.auxiliary.length;
  }
  return bytes;
}

/**
 * Writes `message.checksum`, or with `computeChecksum` the right one.
 *
 * @throws {AssertionFailure} where an address is not of four octets, or auxiliary data no whole words or over 1020 octets
 */
export function emitIgmp(message: Igmp, out: Uint8Array, offset: number, computeChecksum = false): number {
  const bytes = igmpBytes(message);
  needRoom(out, offset, bytes);
  put16(out, offset + at.checksum, message.checksum);
  if (message.kind === "report-3") {
    put8(out, offset + at.type, IGMP_REPORT_V3);
    put8(out, offset + at.responseCode, 0);
    put16(out, offset + at.group, 0);
    put16(out, offset + at.records, message.records.length);
    let index = offset + IGMP_HEADER_BYTES;
    for (const record of message.records) index = writeRecord(record, out, index);
  } else {
    put8(out, offset + at.type, message.kind === "message" ? message.type : IGMP_QUERY);
    put8(out, offset + at.responseCode, message.responseCode);
    putExactly(out, offset + at.group, message.group, IPV4_BYTES);
    if (message.kind === "query-3") {
      put8(out, offset + at.flags, (message.suppress ? 0x08 : 0) | (message.robustness & 0x07));
      put8(out, offset + at.interval, message.intervalCode);
      put16(out, offset + at.sources, message.sources.length);
      writeAddresses(message.sources, out, offset + QUERY3_BYTES);
    }
  }
  if (computeChecksum) {
    putChecksum(out, offset, offset + bytes, offset + at.checksum);
  }
  return bytes;
}

/** Returns the index after the record. */
function writeRecord(record: IgmpRecord, out: Uint8Array, offset: number): number {
  const auxiliaryBytes = record.auxiliary.length;
  assert(
    auxiliaryBytes % 4 === 0 && auxiliaryBytes <= 255 * 4,
    `emitIgmp: ${auxiliaryBytes} octets of auxiliary data`,
  );
  put8(out, offset, record.type);
  put8(out, offset + 1, auxiliaryBytes / 4);
  put16(out, offset + 2, record.sources.length);
  putExactly(out, offset + 4, record.group, IPV4_BYTES);
  const auxiliary = writeAddresses(record.sources, out, offset + RECORD_BYTES);
  out.set(record.auxiliary, auxiliary);
  return auxiliary + auxiliaryBytes;
}

/** Returns the index after the addresses. */
function writeAddresses(addresses: readonly Uint8Array[], out: Uint8Array, offset: number): number {
  let index = offset;
  for (const address of addresses) {
    putExactly(out, index, address, IPV4_BYTES);
    index += IPV4_BYTES;
  }
  return index;
}
