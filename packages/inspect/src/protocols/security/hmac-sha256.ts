/**
 * HMAC-SHA-256 (RFC 2104, FIPS 180-4) for many short messages under few keys, which is what deriving QUIC's Initial keys
 * is: the state after a key's padding is kept, so that a message costs two or three blocks. `node:crypto` takes longer to
 * be called than these take to be hashed (`npm run bench:micro` shows both).
 */

const BLOCK_OCTETS = 64;
const DIGEST_WORDS = 8;
export const DIGEST_OCTETS = 32;

/** The first 32 bits of the fractional parts of the cube roots of the first 64 primes (FIPS 180-4 §4.2.2), and of the square roots of the first eight (§5.3.3). */
const { roundConstants, initialState } = fractionalParts();

function fractionalParts(): { roundConstants: Int32Array; initialState: Int32Array } {
  const roundConstants = new Int32Array(64);
  const initialState = new Int32Array(DIGEST_WORDS);
  let found = 0;
  for (let candidate = 2; found < 64; candidate += 1) {
    let prime = true;
    for (let divisor = 2; divisor * divisor <= candidate; divisor += 1)
      if (candidate % divisor === 0) prime = false;
    if (!prime) continue;
    roundConstants[found] = Number(rootFraction(BigInt(candidate), 3n));
    if (found < DIGEST_WORDS) initialState[found] = Number(rootFraction(BigInt(candidate), 2n));
    found += 1;
  }
  return { roundConstants, initialState };
}

/** 32 bits behind the point of the `degree`-th root of `value`, by bisection over integers. */
function rootFraction(value: bigint, degree: bigint): bigint {
  const scaled = value << (32n * degree);
  let low = 0n;
  let high = 1n << 40n;
  while (high - low > 1n) {
    const middle = (low + high) >> 1n;
    if (middle ** degree <= scaled) low = middle;
    else high = middle;
  }
  return low & 0xffff_ffffn;
}

const schedule = new Int32Array(64);

/** One block into the state (FIPS 180-4 §6.2.2). */
function compress(state: Int32Array, octets: Uint8Array, at: number): void {
  for (let word = 0; word < 16; word += 1) {
    const index = at + word * 4;
    schedule[word] =
      (octets[index]! << 24) | (octets[index + 1]! << 16) | (octets[index + 2]! << 8) | octets[index + 3]!;
  }
  for (let word = 16; word < 64; word += 1) {
    const early = schedule[word - 15]!;
    const late = schedule[word - 2]!;
    const small0 = ((early >>> 7) | (early << 25)) ^ ((early >>> 18) | (early << 14)) ^ (early >>> 3);
    const small1 = ((late >>> 17) | (late << 15)) ^ ((late >>> 19) | (late << 13)) ^ (late >>> 10);
    schedule[word] = (schedule[word - 16]! + small0 + schedule[word - 7]! + small1) | 0;
  }
  let a = state[0]!;
  let b = state[1]!;
  let c = state[2]!;
  let d = state[3]!;
  let e = state[4]!;
  let f = state[5]!;
  let g = state[6]!;
  let h = state[7]!;
  for (let round = 0; round < 64; round += 1) {
    const big1 = ((e >>> 6) | (e << 26)) ^ ((e >>> 11) | (e << 21)) ^ ((e >>> 25) | (e << 7));
    const choice = (e & f) ^ (~e & g);
    const first = (h + big1 + choice + roundConstants[round]! + schedule[round]!) | 0;
    const big0 = ((a >>> 2) | (a << 30)) ^ ((a >>> 13) | (a << 19)) ^ ((a >>> 22) | (a << 10));
    const majority = (a & b) ^ (a & c) ^ (b & c);
    h = g;
    g = f;
    f = e;
    e = (d + first) | 0;
    d = c;
    c = b;
    b = a;
    a = (first + big0 + majority) | 0;
  }
  state[0] = (state[0]! + a) | 0;
  state[1] = (state[1]! + b) | 0;
  state[2] = (state[2]! + c) | 0;
  state[3] = (state[3]! + d) | 0;
  state[4] = (state[4]! + e) | 0;
  state[5] = (state[5]! + f) | 0;
  state[6] = (state[6]! + g) | 0;
  state[7] = (state[7]! + h) | 0;
}

const block = new Uint8Array(BLOCK_OCTETS);
const digest = new Uint8Array(DIGEST_OCTETS);
const working = new Int32Array(DIGEST_WORDS);

/** Hashes on from `state`, in which one block is already, into `digest`. */
function finish(state: Int32Array, message: Uint8Array): void {
  working.set(state);
  let at = 0;
  for (; message.length - at >= BLOCK_OCTETS; at += BLOCK_OCTETS) compress(working, message, at);
  block.fill(0);
  block.set(at === 0 ? message : message.subarray(at));
  const rest = message.length - at;
  block[rest] = 0x80;
  // The length of all that was hashed, in bits, ends the last block: 64 bits, of which messages here need 32.
  if (rest >= BLOCK_OCTETS - 8) {
    compress(working, block, 0);
    block.fill(0);
  }
  const bits = (BLOCK_OCTETS + message.length) * 8;
  block[60] = bits >>> 24;
  block[61] = bits >>> 16;
  block[62] = bits >>> 8;
  block[63] = bits;
  compress(working, block, 0);
  for (let word = 0; word < DIGEST_WORDS; word += 1) {
    const value = working[word]!;
    digest[word * 4] = value >>> 24;
    digest[word * 4 + 1] = value >>> 16;
    digest[word * 4 + 2] = value >>> 8;
    digest[word * 4 + 3] = value;
  }
}

/** A key of at most 64 octets, ready for any number of messages. */
export class HmacKey {
  readonly #inner = new Int32Array(DIGEST_WORDS);
  readonly #outer = new Int32Array(DIGEST_WORDS);

  constructor(key: Uint8Array) {
    this.#pad(key, 0x36, this.#inner);
    this.#pad(key, 0x5c, this.#outer);
  }

  /** The authentication code of a message shorter than 2^28 octets, or the first `octets` of it, 32 at most. */
  sign(message: Uint8Array, octets: number = DIGEST_OCTETS): Uint8Array {
    finish(this.#inner, message);
    finish(this.#outer, digest);
    return digest.slice(0, octets);
  }

  #pad(key: Uint8Array, padding: number, state: Int32Array): void {
    block.fill(padding);
    for (let index = 0; index < key.length; index += 1) block[index]! ^= key[index]!;
    state.set(initialState);
    compress(state, block, 0);
  }
}
