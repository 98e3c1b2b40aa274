/**
 * `URLENCODED`: `application/x-www-form-urlencoded` (WHATWG URL §5.1), of bodies and query strings. `+` is a space and `%41` an octet, in
 * names and values; what is no escape stays as it is and is told (`URLENCODED_ERROR`). Empty parts between separators are left out.
 */
import {
  type BodyError,
  type BodyOptions,
  type BodyProcessor,
  BodyReport,
  type BodySink,
  bodyError,
} from "./body.js";
import { OctetBuffer } from "./octet-buffer.js";

/** A `%` without two hexadecimal digits behind it. */
export const URLENCODED_ESCAPE: BodyError = bodyError(
  "urlencoded.escape",
  "A percent sign has no two hexadecimal digits behind it",
  { variable: "URLENCODED_ERROR", fails: false },
);

export interface UrlencodedOptions extends BodyOptions {
  /** Octet between arguments (`SecArgumentSeparator`); default `&`. */
  readonly separator?: number;
}

const PERCENT = 0x25;
const PLUS = 0x2b;
const EQUALS = 0x3d;
const AMPERSAND = 0x26;

/** 0 … 15, or -1. */
export function hexDigit(octet: number): number {
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30;
  const letter = octet | 0x20;
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1;
}

export class UrlencodedBody implements BodyProcessor {
  readonly name = "URLENCODED";
  readonly #report: BodyReport;
  readonly #separator: number;
  /** Name and value of the argument that is read. */
  readonly #text = new OctetBuffer();
  /** Where the value begins; -1 before the `=`. */
  #valueStart = -1;
  /** Octets of an escape that have come: 0, `%`, or `%` and `#digit`. */
  #escape = 0;
  #digit = 0;
  /** Escapes that were none. */
  #escapesInvalid = 0;

  constructor(sink: BodySink, options: UrlencodedOptions = {}) {
    this.#report = new BodyReport(sink, options);
    this.#separator = options.separator ?? AMPERSAND;
  }

  /** How many `%` stood without two hexadecimal digits. */
  get escapesInvalid(): number {
    return this.#escapesInvalid;
  }

  feed(octets: Uint8Array, start: number, end: number): void {
    const report = this.#report;
    const to = report.admit(start, end);
    const text = this.#text;
    const shift = report.before - start;
    for (let at = start; at < to && !report.stopped; at += 1) {
      const octet = octets[at]!;
      if (this.#escape !== 0) {
        const digit = hexDigit(octet);
        if (digit >= 0) {
          if (this.#escape === 1) {
            this.#digit = octet;
            this.#escape = 2;
          } else {
            text.push((hexDigit(this.#digit) << 4) | digit);
            this.#escape = 0;
          }
          continue;
        }
        this.#spoiled(at + shift);
      }
      if (octet === this.#separator) this.#end(at + shift);
      else if (octet === PERCENT) this.#escape = 1;
      else if (octet === EQUALS && this.#valueStart < 0) this.#valueStart = text.length;
      else text.push(octet === PLUS ? 0x20 : octet);
    }
    report.passed(start, to, end);
  }

  finish(): void {
    if (this.#report.stopped) return;
    if (this.#escape !== 0) this.#spoiled(this.#report.before);
    this.#end(this.#report.before);
  }

  #spoiled(at: number): void {
    this.#text.push(PERCENT);
    if (this.#escape === 2) this.#text.push(this.#digit);
    this.#escape = 0;
    this.#escapesInvalid += 1;
    this.#report.error(URLENCODED_ESCAPE, at);
  }

  #end(at: number): void {
    const { octets, length } = this.#text;
    const valueStart = this.#valueStart < 0 ? length : this.#valueStart;
    if (length > 0 || this.#valueStart >= 0)
      this.#report.argument(octets, 0, valueStart, octets, valueStart, length, at);
    this.#text.length = 0;
    this.#valueStart = -1;
  }
}
