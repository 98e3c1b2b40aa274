/** Words, strings and patterns of one line of a text file, with the place of whatever is wrong there. */
import { PalisadeError } from "@palisade/base";
import { concat, latin1 } from "@palisade/wire";

const ESCAPES: Readonly<Record<string, number>> = {
  "0": 0,
  a: 7,
  b: 8,
  e: 27,
  f: 12,
  n: 10,
  r: 13,
  t: 9,
  v: 11,
  "\\": 92,
  '"': 34,
  "'": 39,
};
/** A string has no more octets, and neither have octets in hexadecimal digits: four times what a probe may send. */
const STRING_BYTES_MAX = 65_536;
/** Of what a line holds, a message shows no more characters. */
const MESSAGE_CHARACTERS_MAX = 240;
/** And of one word. */
const WORD_CHARACTERS_MAX = 48;
const HEX_OCTET = /^[0-9a-fA-F]{2}$/;
const PLAIN = /^[ !#-[\]-~]*$/;
const utf8 = new TextEncoder();

export class LineReader {
  readonly file: string;
  /** From 1. */
  readonly line: number;
  readonly #text: string;
  #at = 0;

  readonly #comments: boolean;

  /** @param comments whether `#` begins a comment within a line */
  constructor(file: string, line: number, text: string, comments = true) {
    this.#comments = comments;
    this.file = file;
    this.line = line;
    this.#text = text;
    this.#skip();
  }

  /** Where the next word begins, in characters from 1. */
  get column(): number {
    return this.#at + 1;
  }

  /** Nothing is left but space and a comment. */
  get atEnd(): boolean {
    return this.#at >= this.#text.length || (this.#comments && this.#text[this.#at] === "#");
  }

  /** The next character; empty at the end. */
  peek(): string {
    return this.atEnd ? "" : this.#text[this.#at]!;
  }

  /** Whether the line goes on with a text. */
  lookingAt(text: string): boolean {
    return this.#text.startsWith(text, this.#at);
  }

  /** What is left of the line as it stands, without space at its end; nothing is left then. */
  rest(): string {
    const rest = this.#text.slice(this.#at).trimEnd();
    this.#at = this.#text.length;
    return rest;
  }

  /** @throws {PalisadeError} `SERVICES_MALFORMED`, always: `file:line:column: message` */
  fail(message: string, column: number = this.column): never {
    // Words of the file stand in messages, and a file may hold what a terminal obeys.
    const brief = message.replace(/"([^"]*)"/g, (quoted, word: string) =>
      word.length > WORD_CHARACTERS_MAX ? `"${word.slice(0, WORD_CHARACTERS_MAX)}…"` : quoted,
    );
    const shown = brief.slice(0, MESSAGE_CHARACTERS_MAX).replace(/[\p{C}\p{Zl}\p{Zp}]/gu, "?");
    const cut = brief.length > MESSAGE_CHARACTERS_MAX ? "…" : "";
    throw new PalisadeError("SERVICES_MALFORMED", `${this.file}:${this.line}:${column}: ${shown}${cut}`);
  }

  /** Characters up to the next space. @param what it is, for the error where there is none */
  word(what: string): string {
    if (this.atEnd) this.fail(`${what} is missing`);
    const begin = this.#at;
    while (this.#at < this.#text.length && !/\s/.test(this.#text[this.#at]!)) this.#at += 1;
    const word = this.#text.slice(begin, this.#at);
    this.#skip();
    return word;
  }

  /** A whole number within a range. */
  number(what: string, least: number, most: number): number {
    const column = this.column;
    const word = this.word(what);
    const value = /^\d{1,9}$/.test(word) ? Number(word) : Number.NaN;
    if (!(value >= least && value <= most)) {
      this.fail(`${what} is "${word}", not a number from ${least} to ${most}`, column);
    }
    return value;
  }

  /**
   * The octets of `"…"`: escapes as in C, `\xHH` for an octet, other characters as UTF-8.
   *
   * @throws {PalisadeError} `SERVICES_MALFORMED`, also where there are more than `STRING_BYTES_MAX`
   */
  string(what: string): Uint8Array {
    if (this.peek() !== '"') this.fail(`${what} must stand in double quotes`);
    const opened = this.column;
    const plain = this.#plainString();
    if (plain !== undefined) return plain;
    const octets: number[] = [];
    for (this.#at += 1; ; ) {
      const character = this.#text[this.#at];
      if (character === undefined) this.fail(`${what} has no closing quote`, opened);
      if (character === '"') break;
      if (octets.length > STRING_BYTES_MAX)
        this.fail(`${what} is longer than ${STRING_BYTES_MAX} octets`, opened);
      if (character === "\\") octets.push(this.#escape(what));
      else {
        const point = String.fromCodePoint(this.#text.codePointAt(this.#at)!);
        octets.push(...utf8.encode(point));
        this.#at += point.length;
      }
    }
    this.#at += 1;
    this.#skip();
    return Uint8Array.from(octets);
  }

  /** A string of printable ASCII without escapes, as most are; undefined, and nothing is read, where it is another. */
  #plainString(): Uint8Array | undefined {
    const end = this.#text.indexOf('"', this.#at + 1);
    if (end < 0 || end - this.#at > STRING_BYTES_MAX) return undefined;
    const text = this.#text.slice(this.#at + 1, end);
    if (!PLAIN.test(text)) return undefined;
    this.#at = end + 1;
    this.#skip();
    return latin1(text);
  }

  #escape(what: string): number {
    const letter = this.#text[this.#at + 1] ?? "";
    if (letter === "x") {
      const digits = this.#text.slice(this.#at + 2, this.#at + 4);
      if (!HEX_OCTET.test(digits)) this.fail(`\\x in ${what} needs two hexadecimal digits, as in \\x0d`);
      this.#at += 4;
      return Number.parseInt(digits, 16);
    }
    const value = ESCAPES[letter];
    if (value === undefined) {
      this.fail(
        `\\${letter} in ${what} is no escape: use \\0 \\a \\b \\e \\f \\n \\r \\t \\v \\\\ \\" or \\xHH`,
      );
    }
    this.#at += 2;
    return value;
  }

  /** Octets as any number of strings and of `hex 0d 0a …`, one behind the other. */
  octets(what: string): Uint8Array {
    const parts: Uint8Array[] = [];
    for (;;) {
      if (this.peek() === '"') parts.push(this.string(what));
      else if (/^hex(?:\s|$)/.test(this.#text.slice(this.#at))) {
        this.word("hex");
        const column = this.column;
        const octets: number[] = [];
        while (/^[0-9a-fA-F]{2}(?:\s|$)/.test(this.#text.slice(this.#at, this.#at + 3))) {
          octets.push(Number.parseInt(this.word(what), 16));
          if (octets.length > STRING_BYTES_MAX)
            this.fail(`${what} is longer than ${STRING_BYTES_MAX} octets`, column);
        }
        if (octets.length === 0)
          this.fail("hex needs pairs of digits with spaces between, as in: hex 0d 0a", column);
        parts.push(Uint8Array.from(octets));
      } else break;
    }
    if (parts.length === 0)
      this.fail(`${what} must be a string in double quotes, or hex and pairs of digits`);
    return parts.length === 1 ? parts[0]! : concat(...parts);
  }

  /** Text between a delimiter and its next occurrence. @param escapable a backslash before it makes it part of the text */
  delimited(delimiter: string, what: string, escapable: boolean): string {
    const opened = this.column;
    let text = "";
    this.#at += delimiter.length;
    if (!escapable) {
      const end = this.#text.indexOf(delimiter, this.#at);
      if (end < 0) {
        this.#at = this.#text.length;
        this.fail(`${what} has no closing ${delimiter}`, opened);
      }
      text = this.#text.slice(this.#at, end);
      this.#at = end + delimiter.length;
      return text;
    }
    for (;;) {
      const character = this.#text[this.#at];
      if (character === undefined) this.fail(`${what} has no closing ${delimiter}`, opened);
      if (character === delimiter) break;
      if (text.length > STRING_BYTES_MAX)
        this.fail(`${what} is longer than ${STRING_BYTES_MAX} characters`, opened);
      if (character === "\\" && this.#at + 1 < this.#text.length) {
        const next = this.#text[this.#at + 1]!;
        text += next === delimiter && delimiter === "/" ? next : character + next;
        this.#at += 2;
        continue;
      }
      text += character;
      this.#at += 1;
    }
    this.#at += 1;
    return text;
  }

  /** The letters right behind what was read last. */
  letters(): string {
    const begin = this.#at;
    while (this.#at < this.#text.length && /[A-Za-z]/.test(this.#text[this.#at]!)) this.#at += 1;
    return this.#text.slice(begin, this.#at);
  }

  /** Takes as many characters, and the space behind them. */
  take(count: number): string {
    const text = this.#text.slice(this.#at, this.#at + count);
    this.#at += count;
    this.#skip();
    return text;
  }

  /** Steps over space. */
  skip(): void {
    this.#skip();
  }

  /** @throws {PalisadeError} `SERVICES_MALFORMED` where something but a comment is left */
  end(after: string): void {
    if (!this.atEnd) this.fail(`"${this.#text.slice(this.#at, this.#at + 40)}" is too much after ${after}`);
  }

  #skip(): void {
    while (this.#at < this.#text.length && /\s/.test(this.#text[this.#at]!)) this.#at += 1;
  }
}
