/** Fields that a writer is told to add and to leave out. */
import { PalisadeError } from "@palisade/base";
import {
  FIELD_CONNECTION,
  FIELD_CONTENT_LENGTH,
  FIELD_HOST,
  FIELD_IDS,
  FIELD_OTHER,
  FIELD_TRANSFER_ENCODING,
  FIELD_UPGRADE,
  fieldId,
  HOP_BY_HOP,
} from "./field-names.js";
import type { HttpFields } from "./fields.js";
import { ascii, equalsIgnoringCase, isToken, latin1 } from "./octets.js";

/** A field to add: name and value. */
export type AddedField = readonly [name: string, value: string];

/** By number: 1 for fields that a writer writes as the message needs them. */
const DECIDED: Uint8Array = (() => {
  const table = new Uint8Array(FIELD_IDS);
  for (const id of [
    FIELD_HOST,
    FIELD_CONTENT_LENGTH,
    FIELD_TRANSFER_ENCODING,
    FIELD_CONNECTION,
    FIELD_UPGRADE,
  ])
    table[id] = 1;
  return table;
})();

/**
 * Octets of lines to add.
 *
 * @throws {PalisadeError} `HTTP_FIELD` where one is no field, or one that the writer decides: Host, and what is hop by hop or framing
 */
export function fieldLines(fields: readonly AddedField[]): Uint8Array {
  return ascii(
    fields
      .map(([name, value]) => {
        const id = numberOf(name);
        if (DECIDED[id] === 1 || HOP_BY_HOP[id] === 1) throw decided(name);
        return `${name}: ${checkedValue(name, value)}\r\n`;
      })
      .join(""),
  );
}

/** Fields to leave out of what is written: by number where they have one, else by name. */
export class LeftOut {
  /** By number: 1 for a field that is left out. */
  readonly numbers: Uint8Array = new Uint8Array(FIELD_IDS);
  readonly #names: readonly Uint8Array[];

  /** @throws {PalisadeError} `HTTP_FIELD` for what is no name, and for a field that is there whatever this says, or written anew */
  constructor(names: readonly string[]) {
    const others: Uint8Array[] = [];
    for (const name of names) {
      const id = numberOf(name);
      if (DECIDED[id] === 1) throw decided(name);
      if (id === FIELD_OTHER) others.push(ascii(name.toLowerCase()));
      else this.numbers[id] = 1;
    }
    this.#names = others;
  }

  /** Whether there are names without a number. */
  get byName(): boolean {
    return this.#names.length > 0;
  }

  has(fields: HttpFields, field: number, id: number): boolean {
    if (id !== FIELD_OTHER) return this.numbers[id] === 1;
    const names = this.#names;
    for (let index = 0; index < names.length; index += 1) {
      if (equalsIgnoringCase(fields.octets, fields.nameStart(field), fields.nameEnd(field), names[index]!))
        return true;
    }
    return false;
  }
}

function decided(name: string): PalisadeError {
  return new PalisadeError(
    "HTTP_FIELD",
    `${name} is written as the message needs it and can be neither added nor left out: take it out of \`add\` and \`remove\``,
  );
}

/** @throws {PalisadeError} `HTTP_FIELD` */
function numberOf(name: string): number {
  const octets = ascii(name);
  const exact = latin1(octets, 0, octets.length) === name;
  if (!exact || !isToken(octets, 0, octets.length)) {
    throw new PalisadeError("HTTP_FIELD", `${JSON.stringify(name)} is no field name: give a token`);
  }
  return fieldId(octets, 0, octets.length);
}

/** @throws {PalisadeError} `HTTP_FIELD` */
export function checkedValue(name: string, value: string): string {
  if (!/^[\t\x20-\x7e\x80-\xff]*$/.test(value)) {
    throw new PalisadeError(
      "HTTP_FIELD",
      `the value of ${name} has a control character or one above U+00FF: give it as Latin-1 text of one line`,
    );
  }
  return value;
}
