/**
 * Text of a rule file that knows where each of its octets stood. A character is one octet (ISO 8859-1), so that whatever the
 * file holds stays as it is.
 */
import { type Place, ruleError, shown } from "./place.js";

const NEWLINE = 0x0a;

/** A file's octets, and where its lines begin. */
export class Source {
  readonly file: string;
  readonly chars: string;
  #lineStarts: number[] | undefined;
  /** The place that was asked for last: the next one is mostly near, and a line can be long. */
  #last = { line: -1, offset: 0, column: 1 };

  constructor(octets: Uint8Array, file: string) {
    this.file = file;
    this.chars = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString("latin1");
  }

  /** The place of an octet, or of the end. */
  placeAt(offset: number): Place {
    this.#lineStarts ??= this.#findLines();
    const starts = this.#lineStarts;
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (starts[middle]! <= offset) low = middle;
      else high = middle - 1;
    }
    const known = this.#last.line === low ? this.#last : { offset: starts[low]!, column: 1 };
    const column =
      known.offset <= offset
        ? known.column + this.#characters(known.offset, offset)
        : known.column - this.#characters(offset, known.offset);
    this.#last = { line: low, offset, column };
    return { file: this.file, line: low + 1, column };
  }

  #characters(start: number, end: number): number {
    let count = 0;
    for (let at = start; at < end; at += 1) if ((this.chars.charCodeAt(at) & 0xc0) !== 0x80) count += 1;
    return count;
  }

  #findLines(): number[] {
    const starts = [0];
    for (let at = 0; at < this.chars.length; at += 1)
      if (this.chars.charCodeAt(at) === NEWLINE) starts.push(at + 1);
    return starts;
  }
}

/** A piece of a file, after line continuations and escaped quotes have been taken out. */
export class Text {
  readonly #source: Source;
  /** One octet a character. */
  readonly chars: string;
  /** Where each character stood, and behind the last: where the piece ended. */
  readonly #origins: Int32Array;

  constructor(source: Source, chars: string, origins: Int32Array) {
    this.#source = source;
    this.chars = chars;
    this.#origins = origins;
  }

  get length(): number {
    return this.chars.length;
  }

  /** The place of a character; by default of the first. */
  place(index = 0): Place {
    return this.#source.placeAt(this.#origins[Math.min(index, this.chars.length)]!);
  }

  slice(start: number, end = this.chars.length): Text {
    return new Text(this.#source, this.chars.slice(start, end), this.#origins.subarray(start, end + 1));
  }

  /** Without blanks around it. */
  trim(): Text {
    let start = 0;
    let end = this.chars.length;
    while (start < end && isBlank(this.chars.charCodeAt(start))) start += 1;
    while (end > start && isBlank(this.chars.charCodeAt(end - 1))) end -= 1;
    return start === 0 && end === this.chars.length ? this : this.slice(start, end);
  }

  /** Without the characters at some indices, in ascending order. */
  without(indices: readonly number[]): Text {
    if (indices.length === 0) return this;
    const origins = new Int32Array(this.chars.length - indices.length + 1);
    const pieces: string[] = [];
    let from = 0;
    let at = 0;
    for (const index of [...indices, this.chars.length]) {
      pieces.push(this.chars.slice(from, index));
      origins.set(this.#origins.subarray(from, index), at);
      at += index - from;
      from = index + 1;
    }
    origins[at] = this.#origins[this.chars.length]!;
    return new Text(this.#source, pieces.join(""), origins);
  }

  octets(): Uint8Array {
    return octetsOf(this.chars);
  }

  /** As a name or label, which people read: UTF-8. @throws {PalisadeError} `SECLANG_VALUE` where it is not */
  name(what: string): string {
    try {
      return UTF8.decode(this.octets());
    } catch {
      throw ruleError(
        "SECLANG_VALUE",
        this.place(),
        `${what} ${shown(this.chars)} is not UTF-8, expected UTF-8`,
      );
    }
  }
}

const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Octets of a text of one octet a character. */
export function octetsOf(chars: string): Uint8Array {
  const octets = new Uint8Array(chars.length);
  for (let at = 0; at < chars.length; at += 1) octets[at] = chars.charCodeAt(at);
  return octets;
}

/** Text of one octet a character. */
export function charsOf(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength).toString("latin1");
}

/** One octet a character, of a name. */
export function charsOfName(name: string): string {
  return Buffer.from(name, "utf8").toString("latin1");
}

/** Space, tab, vertical tab, form feed, carriage return. */
export function isBlank(code: number): boolean {
  return code === 0x20 || code === 0x09 || (code >= 0x0b && code <= 0x0d);
}

/** Backslashes that stand in a row right before an index. */
export function backslashesBefore(chars: string, index: number): number {
  let at = index;
  while (at > 0 && chars.charCodeAt(at - 1) === 0x5c) at -= 1;
  return index - at;
}
