/** What the rule that runs has matched so far: `MATCHED_VAR`, `MATCHED_VARS` and their names. Copied, for values come and go. */
import { Arena } from "./arena.js";

/** Most matches of one rule that `MATCHED_VARS` and a hit hold; later ones are `MATCHED_VAR` only. */
export const MATCHED_VARIABLES_MAX = 1024;
/** Most octets of them; a match that does not fit is cut. */
export const MATCHED_BYTES_MAX = 16_777_216;

const COLON = 0x3a;

export class Matched {
  readonly arena = new Arena();
  count = 0;
  /** Four numbers each: name from, to, value from, to. The last is `MATCHED_VAR`. */
  readonly #spans = new Int32Array((MATCHED_VARIABLES_MAX + 1) * 4);
  #last = -1;

  /** Index of `MATCHED_VAR`; -1 where nothing has matched. */
  get last(): number {
    return this.#last;
  }

  at(index: number, part: 0 | 1 | 2 | 3): number {
    return this.#spans[index * 4 + part]!;
  }

  /** The name is the variable's, and behind a colon the value's own where it has one. */
  add(
    label: Uint8Array,
    name: Uint8Array,
    nameStart: number,
    nameEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): void {
    const full = this.count === MATCHED_VARIABLES_MAX;
    const index = this.count;
    if (!full) this.count += 1;
    else this.arena.length = this.#spans[index * 4] || this.arena.length;
    this.#last = index;
    const { arena } = this;
    const nameAt = arena.append(label, 0, label.length);
    if (nameEnd > nameStart) {
      arena.push(COLON);
      arena.append(name, nameStart, nameEnd);
    }
    const room = Math.max(0, MATCHED_BYTES_MAX - arena.length);
    const valueAt = arena.append(value, valueStart, Math.min(valueEnd, valueStart + room));
    const at = index * 4;
    this.#spans[at] = nameAt;
    this.#spans[at + 1] = valueAt;
    this.#spans[at + 2] = valueAt;
    this.#spans[at + 3] = arena.length;
  }

  /** A rule begins. `MATCHED_VAR` stays what it was, as rules that run behind another ask for it. */
  begin(): void {
    const carried = this.#last === MATCHED_VARIABLES_MAX && this.count === 0;
    this.count = 0;
    if (this.#last < 0 || carried) return;
    const at = this.#last * 4;
    const start = this.#spans[at]!;
    this.arena.octets.copyWithin(0, start, this.#spans[at + 3]!);
    for (let part = 0; part < 4; part += 1) {
      this.#spans[MATCHED_VARIABLES_MAX * 4 + part] = this.#spans[at + part]! - start;
    }
    this.arena.length = this.#spans[MATCHED_VARIABLES_MAX * 4 + 3]!;
    this.#last = MATCHED_VARIABLES_MAX;
  }

  /** As another one stands. */
  copy(other: Matched): void {
    this.count = other.count;
    this.#last = other.#last;
    this.#spans.set(other.#spans.subarray(0, other.count * 4));
    this.#spans.set(other.#spans.subarray(MATCHED_VARIABLES_MAX * 4), MATCHED_VARIABLES_MAX * 4);
    this.arena.length = 0;
    this.arena.append(other.arena.octets, 0, other.arena.length);
  }

  reset(): void {
    this.count = 0;
    this.#last = -1;
    this.#spans[MATCHED_VARIABLES_MAX * 4] = 0;
    this.arena.reset();
  }
}
