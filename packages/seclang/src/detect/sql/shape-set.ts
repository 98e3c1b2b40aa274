/** A set of shapes: a number each, in a table of open addressing. */
import { KIND_LETTERS } from "./kinds.js";

/** Bits that a kind takes. */
const KIND_BITS = 5;

/** A shape of up to six kinds as a number above 0. */
function keyOf(kinds: Uint8Array, count: number): number {
  let key = 0;
  for (let index = 0; index < count; index += 1) key |= kinds[index]! << (KIND_BITS * index);
  return key;
}

/** Set in the key of a shape that may go on in any way. */
const OPEN_ENDED = 1 << 30;

export class ShapeSet {
  readonly #slots: Int32Array;
  readonly #mask: number;
  readonly size: number;

  /** @param shapes each of 1 … `SHAPE_TOKENS_MAX` letters of `KIND_LETTERS`; with `+` behind them: any may follow */
  constructor(shapes: readonly string[]) {
    let slots = 64;
    while (slots < shapes.length * 4) slots *= 2;
    this.#slots = new Int32Array(slots);
    this.#mask = slots - 1;
    this.size = shapes.length;
    for (const shape of shapes) {
      const letters = shape.replace("+", "");
      const kinds = Uint8Array.from(letters, (letter) => KIND_LETTERS.indexOf(letter));
      const key = keyOf(kinds, kinds.length) | (shape.endsWith("+") ? OPEN_ENDED : 0);
      this.#slots[this.#slotOf(key)] = key;
    }
  }

  /** Whether the shape, or a beginning of it that may go on in any way, is in the set. */
  has(kinds: Uint8Array, count: number): boolean {
    let key = 0;
    for (let index = 0; index < count; index += 1) {
      key |= kinds[index]! << (KIND_BITS * index);
      if (this.#holds(key | OPEN_ENDED)) return true;
    }
    return count > 0 && this.#holds(key);
  }

  #holds(key: number): boolean {
    return this.#slots[this.#slotOf(key)] === key;
  }

  #slotOf(key: number): number {
    const hash = Math.imul(key, 0x9e37_79b1);
    let slot = (hash ^ (hash >>> 15)) & this.#mask;
    while (this.#slots[slot] !== 0 && this.#slots[slot] !== key) slot = (slot + 1) & this.#mask;
    return slot;
  }
}

/**
 * Shapes from the text of shapes.ts: in order, each as the number of letters that it shares with the one before and the letters
 * that it has beyond.
 */
export function readShapes(text: string): readonly string[] {
  const shapes: string[] = [];
  let last = "";
  for (const entry of text.split(" ")) {
    last = last.slice(0, Number(entry[0])) + entry.slice(1);
    shapes.push(last);
  }
  return shapes;
}
