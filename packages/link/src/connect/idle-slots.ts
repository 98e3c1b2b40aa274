/** Slots of a connector that nothing is under way in, sorted by what their sockets are good for. */
import { assert } from "@palisade/base";
import { LOCAL_ENDS_MAX } from "./local-ends.js";

export const NO_SLOT = -1;
/** Beside the ends of sockets: slots without a socket. */
export const BARE = LOCAL_ENDS_MAX;

/** By end, the slot laid down last first: what was used a moment ago is in the processor's cache. */
export class IdleSlots {
  /** By end: the slot on top. */
  readonly #tops = new Int32Array(BARE + 1).fill(NO_SLOT);
  /** By slot: the one below it. */
  readonly #below: Int32Array;

  constructor(slotCount: number) {
    this.#below = new Int32Array(slotCount);
  }

  has(end: number): boolean {
    return this.#tops[end] !== NO_SLOT;
  }

  /** Lays down a slot that lies in none. @param end an end of local-ends.ts, or `BARE` */
  push(end: number, slot: number): void {
    this.#below[slot] = this.#tops[end]!;
    this.#tops[end] = slot;
  }

  /** Takes the slot that was laid down last; there is one. */
  pop(end: number): number {
    const slot = this.#tops[end]!;
    assert(slot !== NO_SLOT, "connector: a slot that is taken lies there");
    this.#tops[end] = this.#below[slot]!;
    return slot;
  }

  /** An end with a socket that is idle, else `BARE`. */
  other(): number {
    let end = 0;
    while (end < BARE && !this.has(end)) end += 1;
    return end;
  }
}
