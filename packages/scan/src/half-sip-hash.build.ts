/**
 * HalfSipHash in its plain form, of any octets and rounds: for tests. The constants are those that the paper and the reference
 * name (see cookie.ts), written down once more, so that a slip in one of the two shows.
 */
import { assert } from "@palisade/base";
import { u32le } from "@palisade/wire";
import { COOKIE_KEY_BYTES } from "./cookie.js";

/** Rounds of HalfSipHash: per word, and at the end. HalfSipHash-1-3 is `{ perWord: 1, final: 3 }`. */
export interface HalfSipHashRounds {
  readonly perWord: number;
  readonly final: number;
}

/**
 * HalfSipHash of `start … end`, 32 bits, unsigned: the plain form that `Cookie` is measured against, and by which the
 * published vectors (of HalfSipHash-2-4) are checked.
 */
export function halfSipHash(
  key: Uint8Array,
  octets: Uint8Array,
  start: number,
  end: number,
  rounds: HalfSipHashRounds,
): number {
  assert(key.length === COOKIE_KEY_BYTES, "a key of HalfSipHash is 8 octets");
  const state = new Int32Array([
    u32le(key, 0),
    u32le(key, 4),
    0x6c796765 ^ u32le(key, 0),
    0x74656462 ^ u32le(key, 4),
  ]);
  const length = end - start;
  const whole = start + (length - (length & 3));
  for (let at = start; at < whole; at += 4) absorb(state, u32le(octets, at), rounds.perWord);
  let last = length << 24;
  for (let at = whole; at < end; at += 1) last |= octets[at]! << ((at - whole) * 8);
  absorb(state, last, rounds.perWord);
  state[2]! ^= 0xff;
  absorb(state, 0, rounds.final);
  return (state[1]! ^ state[3]!) >>> 0;
}

function absorb(state: Int32Array, word: number, rounds: number): void {
  state[3]! ^= word;
  for (let round = 0; round < rounds; round += 1) {
    state[0]! += state[1]!;
    state[1] = rotate(state[1]!, 5) ^ state[0]!;
    state[0] = rotate(state[0]!, 16);
    state[2]! += state[3]!;
    state[3] = rotate(state[3]!, 8) ^ state[2]!;
    state[0]! += state[3]!;
    state[3] = rotate(state[3]!, 7) ^ state[0]!;
    state[2]! += state[1]!;
    state[1] = rotate(state[1]!, 13) ^ state[2]!;
    state[2] = rotate(state[2]!, 16);
  }
  state[0]! ^= word;
}

function rotate(word: number, by: number): number {
  return (word << by) | (word >>> (32 - by));
}
