/**
 * `JSON`: RFC 8259, octet by octet. Every string, number, true, false and null becomes an argument, named by its path: `json.a.0.b` for
 * `{"a":[{"b":1}]}`, counted from 0, `json` for a value alone. Values are as written, strings with their escapes decoded to UTF-8, null empty.
 * Octets of strings are not checked for UTF-8, and a surrogate without its other half becomes three octets: what comes is inspected.
 *
 * What is not JSON ends the reading, with its place; what was read before has been told.
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
import { hexDigit } from "./urlencoded.js";

/** Default of `depthMax`: arrays and objects inside each other. */
export const JSON_DEPTH_MAX = 512;
/** Octets of an argument's name. */
export const JSON_NAME_BYTES_MAX = 8192;

/** Octets that the names of all values may have together, besides `JSON_NAMES_FACTOR_MAX` for each octet of the body. */
export const JSON_NAMES_BYTES_MAX = 262_144;
/** Octets of names for each octet of the body: every value has its whole path, so a long one before many values is many times what came. */
export const JSON_NAMES_FACTOR_MAX = 16;

export const JSON_SYNTAX: BodyError = bodyError("json.syntax", "The body is not JSON");
export const JSON_CONTROL: BodyError = bodyError(
  "json.control",
  "A string of the JSON body holds a control character",
);
export const JSON_TRUNCATED: BodyError = bodyError("json.truncated", "The JSON body ends too early");
export const JSON_TRAILING: BodyError = bodyError("json.trailing", "Something follows the JSON value");
export const JSON_TOO_DEEP: BodyError = bodyError("json.too-deep", "The JSON body is nested too deeply");
export const JSON_NAME_TOO_LONG: BodyError = bodyError(
  "json.name-too-long",
  "The path of a JSON value is too long",
);
export const JSON_NAMES_TOO_LONG: BodyError = bodyError(
  "json.names-too-long",
  "The paths of the JSON values are together many times as long as the body",
);

export interface JsonOptions extends BodyOptions {
  /** `SecRequestBodyJsonDepthLimit`; default `JSON_DEPTH_MAX`. */
  readonly depthMax?: number;
}

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const DOT = 0x2e;
const MINUS = 0x2d;

/** What may come next. */
const VALUE = 0;
const VALUE_OR_END = 1;
const KEY_OR_END = 2;
const KEY = 3;
const COLON = 4;
const AFTER = 5;
const STRING = 6;
const ESCAPE = 7;
const UNICODE = 8;
const NUMBER = 9;
const LITERAL = 10;
const DONE = 11;

/** Parts of a number (RFC 8259 §6), by what has come last. */
const SIGN = 0;
const ZERO = 1;
const INTEGER = 2;
const POINT = 3;
const FRACTION = 4;
const EXPONENT = 5;
const EXPONENT_SIGN = 6;
const EXPONENT_DIGITS = 7;

const TRUE = new TextEncoder().encode("true");
const FALSE = new TextEncoder().encode("false");
const NULL = new TextEncoder().encode("null");

/** What single-letter escapes stand for (§7); 0: none. */
const escapes = new Uint8Array(128);
for (const [letter, octet] of ['""', "\\\\", "//", "b\b", "f\f", "n\n", "r\r", "t\t"].map(
  (pair) => [pair.charCodeAt(0), pair.charCodeAt(1)] as const,
))
  escapes[letter] = octet;

export class JsonBody implements BodyProcessor {
  readonly name = "JSON";
  readonly #report: BodyReport;
  readonly #depthMax: number;
  #state = VALUE;
  /** The path of the value that is read. */
  readonly #path = new OctetBuffer();
  readonly #value = new OctetBuffer();
  /** Octets of the names that have been told. */
  #namesBytes = 0;
  /** By depth: the path's length at the container, and the index of the element, -1 in objects. */
  readonly #pathLengths: number[] = [];
  readonly #indexes: number[] = [];
  #isKey = false;
  #number = SIGN;
  #literal: Uint8Array = NULL;
  /** Octets of a literal, or digits of `\u`, that have come. */
  #count = 0;
  #code = 0;
  /** The first half of a surrogate pair that waits for the second; 0: none. */
  #high = 0;

  constructor(sink: BodySink, options: JsonOptions = {}) {
    this.#report = new BodyReport(sink, options);
    this.#depthMax = options.depthMax ?? JSON_DEPTH_MAX;
    for (const octet of [0x6a, 0x73, 0x6f, 0x6e]) this.#path.push(octet);
  }

  feed(octets: Uint8Array, start: number, end: number): void {
    const report = this.#report;
    const to = report.admit(start, end);
    const shift = report.before - start;
    let at = start;
    while (at < to && !report.stopped) {
      if (this.#state === STRING) {
        at = this.#string(octets, at, to, shift);
        continue;
      }
      this.#step(octets[at]!, at + shift);
      at += 1;
    }
    report.passed(start, to, end);
  }

  finish(): void {
    const report = this.#report;
    if (report.stopped || report.before === 0) return;
    // Only a number has no end of its own.
    if (this.#state === NUMBER && this.#numberEnds()) this.#emit(report.before);
    if (!report.stopped && this.#state !== DONE) report.stop(JSON_TRUNCATED, report.before);
  }

  /** A string's octets up to an end, an escape, or the end of the piece. */
  #string(octets: Uint8Array, start: number, end: number, shift: number): number {
    let at = start;
    while (at < end) {
      const octet = octets[at]!;
      if (octet === QUOTE || octet === BACKSLASH || octet < 0x20) break;
      at += 1;
    }
    const into = this.#isKey ? this.#path : this.#value;
    if (at > start) {
      this.#flushHigh(into);
      into.append(octets, start, at);
      if (this.#isKey && into.length > JSON_NAME_BYTES_MAX) {
        this.#report.stop(JSON_NAME_TOO_LONG, at + shift);
        return at;
      }
    }
    if (at === end) return at;
    const octet = octets[at]!;
    if (octet === BACKSLASH) this.#state = ESCAPE;
    else if (octet === QUOTE) {
      this.#flushHigh(into);
      if (this.#isKey) this.#state = COLON;
      else this.#emit(at + 1 + shift);
    } else this.#report.stop(JSON_CONTROL, at + shift);
    return at + 1;
  }

  #step(octet: number, at: number): void {
    switch (this.#state) {
      case ESCAPE:
        this.#escape(octet, at);
        return;
      case UNICODE:
        this.#unicode(octet, at);
        return;
      case LITERAL:
        if (octet !== this.#literal[this.#count]) {
          this.#report.stop(JSON_SYNTAX, at);
          return;
        }
        this.#count += 1;
        if (this.#literal !== NULL) this.#value.push(octet);
        if (this.#count === this.#literal.length) this.#emit(at + 1);
        return;
      case NUMBER:
        if (this.#numberTakes(octet)) {
          this.#value.push(octet);
          return;
        }
        if (!this.#numberEnds()) {
          this.#report.stop(JSON_SYNTAX, at);
          return;
        }
        this.#emit(at);
        if (this.#report.stopped) return;
    }
    if (octet === 0x20 || octet === 0x0a || octet === 0x0d || octet === 0x09) return;
    switch (this.#state) {
      case VALUE:
      case VALUE_OR_END:
        if (octet === 0x5d && this.#state === VALUE_OR_END) {
          this.#close();
          return;
        }
        this.#beginValue(octet, at);
        return;
      case KEY_OR_END:
      case KEY:
        if (octet === 0x7d && this.#state === KEY_OR_END) {
          this.#close();
          return;
        }
        if (octet !== QUOTE) {
          this.#report.stop(JSON_SYNTAX, at);
          return;
        }
        this.#path.length = this.#pathLengths.at(-1)!;
        this.#path.push(DOT);
        this.#isKey = true;
        this.#state = STRING;
        return;
      case COLON:
        if (octet !== 0x3a) {
          this.#report.stop(JSON_SYNTAX, at);
          return;
        }
        this.#state = VALUE;
        return;
      case AFTER:
        this.#after(octet, at);
        return;
      default:
        this.#report.stop(JSON_TRAILING, at);
    }
  }

  #after(octet: number, at: number): void {
    const inArray = this.#indexes.at(-1)! >= 0;
    if (octet === (inArray ? 0x5d : 0x7d)) {
      this.#close();
      return;
    }
    if (octet !== COMMA) {
      this.#report.stop(JSON_SYNTAX, at);
      return;
    }
    this.#state = inArray ? VALUE : KEY;
    if (inArray) this.#indexes[this.#indexes.length - 1]! += 1;
  }

  #beginValue(octet: number, at: number): void {
    const index = this.#indexes.at(-1) ?? -1;
    if (index >= 0) {
      this.#path.length = this.#pathLengths.at(-1)!;
      this.#path.push(DOT);
      this.#path.pushDecimal(index);
    }
    if (this.#path.length > JSON_NAME_BYTES_MAX) {
      this.#report.stop(JSON_NAME_TOO_LONG, at);
      return;
    }
    this.#value.length = 0;
    if (octet === QUOTE) {
      this.#isKey = false;
      this.#state = STRING;
    } else if (octet === 0x7b || octet === 0x5b) {
      if (this.#indexes.length >= this.#depthMax) {
        this.#report.stop(JSON_TOO_DEEP, at);
        return;
      }
      this.#pathLengths.push(this.#path.length);
      this.#indexes.push(octet === 0x5b ? 0 : -1);
      this.#state = octet === 0x5b ? VALUE_OR_END : KEY_OR_END;
    } else if (octet === MINUS || (octet >= 0x30 && octet <= 0x39)) {
      this.#number = octet === MINUS ? SIGN : octet === 0x30 ? ZERO : INTEGER;
      this.#value.push(octet);
      this.#state = NUMBER;
    } else {
      if (octet !== 0x74 && octet !== 0x66 && octet !== 0x6e) {
        this.#report.stop(JSON_SYNTAX, at);
        return;
      }
      this.#literal = octet === 0x74 ? TRUE : octet === 0x66 ? FALSE : NULL;
      this.#count = 1;
      if (octet !== 0x6e) this.#value.push(octet);
      this.#state = LITERAL;
    }
  }

  #close(): void {
    this.#path.length = this.#pathLengths.pop()!;
    this.#indexes.pop();
    this.#state = this.#indexes.length === 0 ? DONE : AFTER;
  }

  #emit(at: number): void {
    this.#state = this.#indexes.length === 0 ? DONE : AFTER;
    this.#namesBytes += this.#path.length;
    if (this.#namesBytes > JSON_NAMES_BYTES_MAX + JSON_NAMES_FACTOR_MAX * at) {
      this.#report.stop(JSON_NAMES_TOO_LONG, at);
      return;
    }
    const { octets, length } = this.#value;
    this.#report.argument(this.#path.octets, 0, this.#path.length, octets, 0, length, at);
  }

  #escape(octet: number, at: number): void {
    if (octet === 0x75) {
      this.#state = UNICODE;
      this.#count = 0;
      this.#code = 0;
      return;
    }
    const decoded = octet < 0x80 ? escapes[octet]! : 0;
    if (decoded === 0) {
      this.#report.stop(JSON_SYNTAX, at);
      return;
    }
    const into = this.#isKey ? this.#path : this.#value;
    this.#flushHigh(into);
    into.push(decoded);
    this.#escaped(into, at);
  }

  #unicode(octet: number, at: number): void {
    const digit = hexDigit(octet);
    if (digit < 0) {
      this.#report.stop(JSON_SYNTAX, at);
      return;
    }
    this.#code = (this.#code << 4) | digit;
    this.#count += 1;
    if (this.#count < 4) return;
    const into = this.#isKey ? this.#path : this.#value;
    const code = this.#code;
    if (this.#high !== 0 && code >= 0xdc00 && code <= 0xdfff) {
      into.pushCodePoint(0x10000 + ((this.#high - 0xd800) << 10) + (code - 0xdc00));
      this.#high = 0;
    } else {
      this.#flushHigh(into);
      if (code >= 0xd800 && code <= 0xdbff) this.#high = code;
      else into.pushCodePoint(code);
    }
    this.#escaped(into, at);
  }

  /** A key may be all escapes, which `#string` never counts. */
  #escaped(into: OctetBuffer, at: number): void {
    this.#state = STRING;
    if (this.#isKey && into.length > JSON_NAME_BYTES_MAX) this.#report.stop(JSON_NAME_TOO_LONG, at);
  }

  #flushHigh(into: OctetBuffer): void {
    if (this.#high === 0) return;
    into.pushCodePoint(this.#high);
    this.#high = 0;
  }

  /** Whether the octet goes on with the number. */
  #numberTakes(octet: number): boolean {
    const isDigit = octet >= 0x30 && octet <= 0x39;
    const part = this.#number;
    if (isDigit) {
      if (part === ZERO) return false;
      if (part === SIGN) this.#number = octet === 0x30 ? ZERO : INTEGER;
      else if (part === POINT) this.#number = FRACTION;
      else if (part === EXPONENT || part === EXPONENT_SIGN) this.#number = EXPONENT_DIGITS;
      return true;
    }
    if (octet === DOT && (part === ZERO || part === INTEGER)) this.#number = POINT;
    else if ((octet | 0x20) === 0x65 && (part === ZERO || part === INTEGER || part === FRACTION))
      this.#number = EXPONENT;
    else if ((octet === 0x2b || octet === MINUS) && part === EXPONENT) this.#number = EXPONENT_SIGN;
    else return false;
    return true;
  }

  #numberEnds(): boolean {
    const part = this.#number;
    return part === ZERO || part === INTEGER || part === FRACTION || part === EXPONENT_DIGITS;
  }
}
