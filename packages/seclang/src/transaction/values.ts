/** What a message holds, as octets in one arena: names and values that nothing changes while the transaction lasts. */
import { Arena } from "./arena.js";

/** Most names and values of a transaction: headers, cookies, arguments, parts. Further ones are not taken, which is told. */
export const VALUES_MAX = 65_536;

const INITIAL_VALUES = 128;

export class Values {
  readonly arena = new Arena();
  count = 0;
  /** Four numbers a record: name from, to, value from, to. */
  #spans = new Int32Array(INITIAL_VALUES * 4);

  nameStart(record: number): number {
    return this.#spans[record * 4]!;
  }

  nameEnd(record: number): number {
    return this.#spans[record * 4 + 1]!;
  }

  valueStart(record: number): number {
    return this.#spans[record * 4 + 2]!;
  }

  valueEnd(record: number): number {
    return this.#spans[record * 4 + 3]!;
  }

  /** Copies a name and its value. Returns the record; -1 where there are too many. */
  add(
    name: Uint8Array,
    nameStart: number,
    nameEnd: number,
    value: Uint8Array,
    valueStart: number,
    valueEnd: number,
  ): number {
    const nameAt = this.arena.append(name, nameStart, nameEnd);
    const valueAt = this.arena.append(value, valueStart, valueEnd);
    return this.addSpan(nameAt, nameAt + nameEnd - nameStart, valueAt, valueAt + valueEnd - valueStart);
  }

  /** A record of octets that are in the arena. */
  addSpan(nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): number {
    if (this.count === VALUES_MAX) return -1;
    const record = this.count;
    if ((record + 1) * 4 > this.#spans.length) {
      const spans = new Int32Array(this.#spans.length * 2);
      spans.set(this.#spans);
      this.#spans = spans;
    }
    const at = record * 4;
    this.#spans[at] = nameStart;
    this.#spans[at + 1] = nameEnd;
    this.#spans[at + 2] = valueStart;
    this.#spans[at + 3] = valueEnd;
    this.count = record + 1;
    return record;
  }

  reset(): void {
    this.count = 0;
    this.arena.reset();
  }
}

/** Records of a collection, in their order. */
export class RecordList {
  records = new Int32Array(16);
  count = 0;

  push(record: number): void {
    if (record < 0) return;
    if (this.count === this.records.length) {
      const records = new Int32Array(this.count * 2);
      records.set(this.records);
      this.records = records;
    }
    this.records[this.count] = record;
    this.count += 1;
  }
}

/**
 * What the transformation cache and, later, a plan know a value by: the same octets under the same id for as long as the transaction
 * lasts. A record has two, one of its value and one of its name. 0: a value that may change, of which nothing is kept.
 */
export const VOLATILE = 0;
export const REQUEST_BODY_ID = 1;
export const RESPONSE_BODY_ID = 2;
const RECORD_IDS = 4;

export function valueId(record: number): number {
  return RECORD_IDS + record * 2;
}

export function nameId(record: number): number {
  return RECORD_IDS + record * 2 + 1;
}
