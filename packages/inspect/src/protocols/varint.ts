/**
 * Unsigned numbers of seven bits an octet, the least significant first, with the upper bit set in all but the last:
 * Protocol Buffers (protobuf.dev, "Encoding"), MQTT (5.0 §1.5.5), HPACK (RFC 7541 §5.1), ClickHouse and Minecraft.
 */
import { u8 } from "@palisade/wire";

/** The octets end inside the number. */
export const VARINT_CUT = -1;
/** The number takes more octets than it may. */
export const VARINT_TOO_LONG = -2;

/** What 64 bits take. */
const OCTETS_MAX = 10;

/** Index after the number at `at`, of `octetsMax` octets at most; or `VARINT_CUT` or `VARINT_TOO_LONG`. */
export function varintEnd(octets: Uint8Array, at: number, end: number, octetsMax = OCTETS_MAX): number {
  for (let index = at; index - at < octetsMax; index += 1) {
    if (index >= end) return VARINT_CUT;
    if (u8(octets, index) < 0x80) return index + 1;
  }
  return VARINT_TOO_LONG;
}

/** Value of the number in `start … end`. One of more than 53 bits loses its low ones. */
export function varintValue(octets: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let index = end - 1; index >= start; index -= 1) value = value * 0x80 + (u8(octets, index) & 0x7f);
  return value;
}
