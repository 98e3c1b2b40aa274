/**
 * Frames of Initial packets: RFC 9000 §17.2.2 allows PADDING, PING, ACK, CRYPTO and CONNECTION_CLOSE there; Google's Q050
 * has a CRYPTO frame of another number.
 */
import { u8 } from "@palisade/wire";
import type { OffsetAssembler } from "./offset-assembler.js";
import { varint, varintOctets } from "./quic-packet.js";

const PADDING = 0x00;
const PING = 0x01;
const ACK = 0x02;
const ACK_ECN = 0x03;
const CRYPTO = 0x06;
const CRYPTO_GOOGLE = 0x08;
const CONNECTION_CLOSE = 0x1c;

/** Adds what the CRYPTO frames of `payload` carry to `crypto`. False where a frame may not be there, or is cut short. */
export function readCryptoFrames(payload: Uint8Array, crypto: OffsetAssembler, google: boolean): boolean {
  const end = payload.length;
  const cryptoType = google ? CRYPTO_GOOGLE : CRYPTO;
  let at = 0;
  while (at < end) {
    const type = u8(payload, at);
    at += 1;
    if (type === PADDING) {
      // Most of a client's packet.
      while (at < end && u8(payload, at) === PADDING) at += 1;
      continue;
    }
    if (type === PING) continue;
    if (type === cryptoType) {
      const offsetOctets = varintOctets(payload, at, end);
      const lengthOctets = varintOctets(payload, at + offsetOctets, end);
      if (offsetOctets === 0 || lengthOctets === 0) return false;
      const start = at + offsetOctets + lengthOctets;
      const length = varint(payload, at + offsetOctets);
      if (length > end - start) return false;
      crypto.insert(varint(payload, at), payload, start, start + length);
      at = start + length;
    } else if (type === ACK || type === ACK_ECN) {
      at = afterAck(payload, at, end, type === ACK_ECN);
      if (at < 0) return false;
    } else {
      // CONNECTION_CLOSE is the last that matters; of Google's other frames none stands before the hello.
      return type === CONNECTION_CLOSE || google;
    }
  }
  return true;
}

/** RFC 9000 §19.3: largest acknowledged, delay, range count, first range, then two integers a range, and three of ECN. */
function afterAck(payload: Uint8Array, start: number, end: number, ecn: boolean): number {
  let at = start;
  let left = 4;
  let index = 0;
  while (index < left) {
    const size = varintOctets(payload, at, end);
    if (size === 0) return -1;
    // Each range takes octets, so a count that lies ends at the end of the payload.
    if (index === 2) left += 2 * varint(payload, at) + (ecn ? 3 : 0);
    at += size;
    index += 1;
  }
  return at;
}
