/**
 * What only we know about an address and port: 32 bits that a probe carries and a true reply gives back, so that nothing has
 * to be remembered per probe and nobody who did not see the probe can make up an answer.
 *
 * HalfSipHash-1-3 with a 64-bit key: Aumasson and Bernstein, "SipHash: a fast short-input PRF" (INDOCRYPT 2012), and
 * Aumasson's reference of the variant with 32-bit words, whose authors call it no match for SipHash in strength. It is for
 * 32 bits that are good for one scan: a key is made anew for each.
 *
 * The message is destination address (4 or 16 octets), destination port, source port, protocol number: the destination
 * belongs to it, or one host's answer would do for another.
 */
import { assert } from "@palisade/base";
import { u32le } from "@palisade/wire";

/** Octets of a key. */
export const COOKIE_KEY_BYTES = 8;

/** HalfSipHash's last two words of the initial state ("lygetedb", read as two words from the least significant octet). */
const STATE_2 = 0x6c796765;
const STATE_3 = 0x74656462;
/** What marks the end of the message where 32 bits are asked for. */
const FINAL_MARK = 0xff;
const FINAL_ROUNDS = 3;

export class Cookie {
  readonly #key0: number;
  readonly #key1: number;

  /** @param key eight octets that nobody else knows, from a source of randomness that cannot be foretold */
  constructor(key: Uint8Array) {
    assert(key.length === COOKIE_KEY_BYTES, "a cookie's key is 8 octets");
    this.#key0 = u32le(key, 0) | 0;
    this.#key1 = u32le(key, 4) | 0;
  }

  /**
   * The cookie of a probe to the address of `addressBytes` octets (4 or 16) at `addressAt`. `protocol` is the IP protocol
   * number. Unsigned 32 bits. Allocates nothing.
   */
  of(
    protocol: number,
    sourcePort: number,
    octets: Uint8Array,
    addressAt: number,
    addressBytes: number,
    destinationPort: number,
  ): number {
    let v0 = this.#key0;
    let v1 = this.#key1;
    let v2 = STATE_2 ^ this.#key0;
    let v3 = STATE_3 ^ this.#key1;
    const addressWords = addressBytes >>> 2;
    const words = addressWords + 2;
    // Ports as they stand in a header (big-endian), in a word that is read from the least significant octet.
    const ports =
      (destinationPort >>> 8) |
      ((destinationPort & 0xff) << 8) |
      ((sourcePort >>> 8) << 16) |
      ((sourcePort & 0xff) << 24);
    // One round a word, then the last three with no word: one loop, so that the round is written once.
    for (let round = 0; round < words + FINAL_ROUNDS; round += 1) {
      let word = 0;
      if (round < addressWords) {
        const at = addressAt + (round << 2);
        word = octets[at]! | (octets[at + 1]! << 8) | (octets[at + 2]! << 16) | (octets[at + 3]! << 24);
      } else if (round === addressWords) word = ports;
      else if (round === addressWords + 1) word = ((addressBytes + 5) << 24) | protocol;
      else if (round === words) v2 ^= FINAL_MARK;
      v3 ^= word;
      v0 = (v0 + v1) | 0;
      v1 = ((v1 << 5) | (v1 >>> 27)) ^ v0;
      v0 = (v0 << 16) | (v0 >>> 16);
      v2 = (v2 + v3) | 0;
      v3 = ((v3 << 8) | (v3 >>> 24)) ^ v2;
      v0 = (v0 + v3) | 0;
      v3 = ((v3 << 7) | (v3 >>> 25)) ^ v0;
      v2 = (v2 + v1) | 0;
      v1 = ((v1 << 13) | (v1 >>> 19)) ^ v2;
      v2 = (v2 << 16) | (v2 >>> 16);
      v0 ^= word;
    }
    return (v1 ^ v3) >>> 0;
  }
}
