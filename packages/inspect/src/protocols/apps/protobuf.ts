/**
 * Protocol Buffers wire format, as far as recognition needs it: fields, read in place
 * (protobuf.dev, “Encoding”).
 */
import { VARINT_CUT, VARINT_TOO_LONG, varintEnd, varintValue } from "../varint.js";

/** The octets end inside the field. */
export const CUT = VARINT_CUT;
/** The octets are no protobuf: a varint of more than ten octets, a field of number 0, or a wire type that is no longer used. */
export const NOT_PROTOBUF = VARINT_TOO_LONG;

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
