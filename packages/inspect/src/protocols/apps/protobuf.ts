/**
 * Protocol Buffers wire format, as far as recognition needs it: varints and fields, read in place
 * (protobuf.dev, “Encoding”).
 */
import { u8 } from "@palisade/wire";

/** The octets end inside what was to be read. */
export const CUT = -1;
/** The octets are no protobuf: a varint of more than ten octets, or a wire type that is no longer used. */
export const NOT_PROTOBUF = -2;

const VARINT_BYTES_MAX = 10;
const VARINT = 0;
const FIXED_64 = 1;
const LENGTH_DELIMITED = 2;
const FIXED_32 = 5;

/** The field that `readField` read last. Values of more than 53 bits lose their low ones. */
export const field = { number: 0, type: 0, value: 0, start: 0, end: 0 };

/**
 * Reads the field at `at` into `field`: `value` is a varint's value, `start … end` a length-delimited field's octets.
 *
 * @returns the index after the field; `CUT` where it reaches beyond `end`, `NOT_PROTOBUF` where it is none
 */
export function readField(octets: Uint8Array, at: number, end: number): number {
  const afterTag = varintEnd(octets, at, end);
  if (afterTag < 0) return afterTag;
  const tag = varintValue(octets, at, afterTag);
  field.number = Math.floor(tag / 8);
  field.type = tag % 8;
  field.value = 0;
  if (field.number === 0) return NOT_PROTOBUF;
  if (field.type === VARINT) {
    const after = varintEnd(octets, afterTag, end);
    if (after < 0) return after;
    field.value = varintValue(octets, afterTag, after);
    return after;
  }
  if (field.type === LENGTH_DELIMITED) {
    const after = varintEnd(octets, afterTag, end);
    if (after < 0) return after;
    field.start = after;
    field.end = after + varintValue(octets, afterTag, after);
    return field.end > end ? CUT : field.end;
  }
  const bytes = field.type === FIXED_64 ? 8 : field.type === FIXED_32 ? 4 : 0;
  if (bytes === 0) return NOT_PROTOBUF;
  return afterTag + bytes > end ? CUT : afterTag + bytes;
}

export function isVarint(): boolean {
  return field.type === VARINT;
}

export function isLengthDelimited(): boolean {
  return field.type === LENGTH_DELIMITED;
}

/** Index after the varint at `at`, or `CUT` or `NOT_PROTOBUF`. */
export function varintEnd(octets: Uint8Array, at: number, end: number): number {
  for (let index = at; index - at < VARINT_BYTES_MAX; index += 1) {
    if (index >= end) return CUT;
    if (u8(octets, index) < 0x80) return index + 1;
  }
  return NOT_PROTOBUF;
}

/** Value of the varint in `start … end`. */
export function varintValue(octets: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let index = end - 1; index >= start; index -= 1) value = value * 0x80 + (u8(octets, index) & 0x7f);
  return value;
}
