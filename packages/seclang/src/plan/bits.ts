/** Sets of small numbers: bit `number & 31` of word `number >>> 5`. */

export function hasBit(bits: Uint32Array, number: number): boolean {
  return ((bits[number >>> 5]! >>> (number & 31)) & 1) === 1;
}

export function setBit(bits: Uint32Array, number: number): void {
  bits[number >>> 5]! |= 1 << (number & 31);
}

/** The first number from `from` on that is in a set; -1: none is. */
export function nextBit(bits: Uint32Array, from: number): number {
  let word = from >>> 5;
  if (word >= bits.length) return -1;
  let left = bits[word]! & (-1 << (from & 31));
  while (left === 0) {
    word += 1;
    if (word === bits.length) return -1;
    left = bits[word]!;
  }
  return (word << 5) + 31 - Math.clz32(left & -left);
}

/** Adds what `others` has, which is no larger. */
export function addBits(bits: Uint32Array, others: Uint32Array): void {
  for (let word = 0; word < others.length; word += 1) bits[word]! |= others[word]!;
}

/** Takes out what `others` has, which is no larger. */
export function removeBits(bits: Uint32Array, others: Uint32Array): void {
  for (let word = 0; word < others.length; word += 1) bits[word]! &= ~others[word]!;
}

/** Whether two sets have a number in common. */
export function shareBits(bits: Uint32Array, others: Uint32Array): boolean {
  for (let word = 0; word < Math.min(bits.length, others.length); word += 1)
    if ((bits[word]! & others[word]!) !== 0) return true;
  return false;
}
