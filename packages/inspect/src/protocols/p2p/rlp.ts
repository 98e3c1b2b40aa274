/**
 * Recursive Length Prefix (Ethereum yellow paper, appendix B): measured in place, one level at a time.
 */
import { u8 } from "@palisade/wire";

/** First octet of the content of the item at the last `rlpEnd`, and whether it is a list. */
export const rlpItem: { start: number; isList: boolean } = { start: 0, isList: false };

/** Index past the item at `at`, or -1 where it does not end by `end` or its length is not written in the shortest way. */
export function rlpEnd(octets: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1;
  const first = u8(octets, at);
  rlpItem.isList = first >= 0xc0;
  if (first < 0x80) {
    rlpItem.start = at;
    return at + 1;
  }
  const short = first - (rlpItem.isList ? 0xc0 : 0x80);
  if (short <= 55) {
    rlpItem.start = at + 1;
    const stop = at + 1 + short;
    return stop <= end ? stop : -1;
  }
  const lengthBytes = short - 55;
  // No datagram or handshake is longer than 24 bits can say.
  if (lengthBytes > 3 || at + 1 + lengthBytes > end) return -1;
  let length = 0;
  for (let index = 0; index < lengthBytes; index += 1) length = length * 256 + u8(octets, at + 1 + index);
  if (length <= 55) return -1;
  rlpItem.start = at + 1 + lengthBytes;
  const stop = rlpItem.start + length;
  return stop <= end ? stop : -1;
}

/** How many items fill `start … end` exactly, at most `limit`; -1 where they do not. */
export function rlpCount(octets: Uint8Array, start: number, end: number, limit: number): number {
  let at = start;
  let count = 0;
  while (at < end) {
    at = rlpEnd(octets, at, end);
    if (at < 0) return -1;
    count += 1;
    if (count > limit) return -1;
  }
  return count;
}
