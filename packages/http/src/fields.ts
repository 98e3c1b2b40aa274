/** Fields of a message in the order in which they were written, as positions in its octets. */
import { FIELD_IDS, FIELD_OTHER } from "./field-names.js";
import { EMPTY, equalsIgnoringCase, latin1, sameIgnoringCase } from "./octets.js";

/** Positions of one field: start and end of the name, start and end of the value. */
const POSITIONS = 4;
/** Fields that there is room for at first; most heads have fewer. */
const FIELDS_INITIAL = 32;

/**
 * Names and values are octets of `octets`; strings are made by `name` and `value` alone. A value is without the whitespace
 * around it (RFC 9110 §5.5), and with the line ends of folded lines where folding is only noted.
 */
export class HttpFields {
  /** What the positions count in. */
  octets: Uint8Array = EMPTY;
  readonly #fieldsMax: number;
  #positions = new Int32Array(FIELDS_INITIAL * POSITIONS);
  #ids = new Uint8Array(FIELDS_INITIAL);
  readonly #counts = new Uint16Array(FIELD_IDS);
  readonly #firsts = new Int32Array(FIELD_IDS);
  /** One bit a number: whether its count means anything. */
  #met = 0;
  #count = 0;

  constructor(fieldsMax: number) {
    this.#fieldsMax = fieldsMax;
  }

  get count(): number {
    return this.#count;
  }

  /** Whether another field would be one too many. */
  get full(): boolean {
    return this.#count === this.#fieldsMax;
  }

  nameStart(field: number): number {
    return this.#positions[field * POSITIONS]!;
  }

  nameEnd(field: number): number {
    return this.#positions[field * POSITIONS + 1]!;
  }

  valueStart(field: number): number {
    return this.#positions[field * POSITIONS + 2]!;
  }

  valueEnd(field: number): number {
    return this.#positions[field * POSITIONS + 3]!;
  }

  /** One of the numbers of field-names.ts. */
  id(field: number): number {
    return this.#ids[field]!;
  }

  /** How many fields have a number of field-names.ts other than 0. */
  countOf(id: number): number {
    return this.#has(id) ? this.#counts[id]! : 0;
  }

  /** The first field with a number other than 0; -1 where there is none. */
  firstOf(id: number): number {
    return this.#has(id) ? this.#firsts[id]! : -1;
  }

  /** As it was written, one character an octet. */
  name(field: number): string {
    return latin1(this.octets, this.nameStart(field), this.nameEnd(field));
  }

  /** One character an octet. */
  value(field: number): string {
    return latin1(this.octets, this.valueStart(field), this.valueEnd(field));
  }

  /** The next field from `from` on with a name that is given in lower case; -1 where there is none. */
  find(name: Uint8Array, from = 0): number {
    for (let field = from; field < this.#count; field += 1) {
      if (equalsIgnoringCase(this.octets, this.nameStart(field), this.nameEnd(field), name)) return field;
    }
    return -1;
  }

  /** @internal */
  clear(octets: Uint8Array): void {
    this.octets = octets;
    this.#met = 0;
    this.#count = 0;
  }

  /** @internal The caller has looked at `full`. */
  add(id: number, nameStart: number, nameEnd: number, valueStart: number, valueEnd: number): void {
    const field = this.#count;
    if (field === this.#ids.length) this.#grow();
    const at = field * POSITIONS;
    const positions = this.#positions;
    positions[at] = nameStart;
    positions[at + 1] = nameEnd;
    positions[at + 2] = valueStart;
    positions[at + 3] = valueEnd;
    this.#ids[field] = id;
    if (id !== FIELD_OTHER) this.#meet(id, field);
    this.#count = field + 1;
  }

  /** @internal Gives fields of number 0 that have the same name as octets of this head another number. */
  mark(start: number, end: number, id: number): void {
    const { octets } = this;
    for (let field = 0; field < this.#count; field += 1) {
      if (
        this.#ids[field] !== FIELD_OTHER ||
        !sameIgnoringCase(octets, this.nameStart(field), this.nameEnd(field), start, end)
      )
        continue;
      this.#ids[field] = id;
      this.#meet(id, field);
    }
  }

  #has(id: number): boolean {
    return ((this.#met >>> id) & 1) === 1;
  }

  #meet(id: number, field: number): void {
    if (this.#has(id)) {
      this.#counts[id]! += 1;
      if (field < this.#firsts[id]!) this.#firsts[id] = field;
    } else {
      this.#met |= 1 << id;
      this.#counts[id] = 1;
      this.#firsts[id] = field;
    }
  }

  #grow(): void {
    const fields = Math.min(this.#fieldsMax, this.#ids.length * 2);
    const positions = new Int32Array(fields * POSITIONS);
    positions.set(this.#positions);
    const ids = new Uint8Array(fields);
    ids.set(this.#ids);
    this.#positions = positions;
    this.#ids = ids;
  }
}
