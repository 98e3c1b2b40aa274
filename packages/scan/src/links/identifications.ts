/**
 * Identifications of packets, which fragments of one packet share: by chance, for the eye of who watches, and no secret.
 */

/** The number after one, both of 32 bits and not 0: Marsaglia's xorshift ("Xorshift RNGs", 2003). */
export function nextRandom(previous: number): number {
  let state = previous;
  state ^= state << 13;
  state ^= state >>> 17;
  state ^= state << 5;
  return state >>> 0;
}

/** One to one over 32 bits, so that neighbours come out far apart: the last step of MurmurHash3 (Appleby; public domain). */
export function mixed(value: number): number {
  let bits = Math.imul(value ^ (value >>> 16), 0x85eb_ca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2_ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
}

/** Sixteen bits that are never 0: a raw socket puts a number of its own in the place of that. */
export function identification4(identification: number): number {
  return identification & 0xffff || 1;
}
