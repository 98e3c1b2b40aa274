/**
 * A rule file cut into directives and their words, as Apache's configuration files are.
 *
 * - A line whose last character is a backslash goes on in the next one; both characters vanish, the blanks that begin the next
 *   line stay. A directive may not end in the midst of quotes.
 * - A line that begins with `#` is a comment, to its end and no further, whatever its last character is. (Readers differ on
 *   whether a comment can be continued; a rule that one of them would leave out is thereby read, not lost.)
 * - A word in double quotes may hold blanks; `\"` in it is a quote, every other backslash stays as it is, and one that is itself
 *   behind a backslash escapes nothing (so `\\"` ends the word).
 * - `SecDataset NAME` and a backquote at the line's end begin a list, one entry a line, up to a line of a backquote alone (as
 *   Coraza has it).
 */
import { ruleError } from "./place.js";
import { isBlank, Source, Text } from "./text.js";

/** Most octets of a rule file. */
export const RULE_FILE_BYTES_MAX = 16_777_216;
/** Most octets of a directive, its continuation lines put together. */
export const DIRECTIVE_BYTES_MAX = 1_048_576;
/** Most words of a directive, and most lines of a dataset. */
export const DIRECTIVE_WORDS_MAX = 65_536;

export interface Word {
  readonly text: Text;
  readonly quoted: boolean;
}

/** A directive before anybody knows what it means. */
export interface RawDirective {
  readonly name: Text;
  readonly words: readonly Word[];
  /** The lines between the backquotes of a dataset. */
  readonly block: readonly Text[] | undefined;
}

const NEWLINE = 0x0a;
const RETURN = 0x0d;
const QUOTE = 0x22;
const HASH = 0x23;
const APOSTROPHE = 0x27;
const BACKSLASH = 0x5c;
const BACKQUOTE = "`";

/** How UTF-16 begins, as some editors of Windows write it: with its byte order mark, or with a character of ASCII. */
const UTF16 = /^(?:\xff\xfe|\xfe\xff|[^\0]\0|\0[^\0])/s;

/** Cuts a file into directives, one at a time. */
export class Lexer {
  readonly #source: Source;
  readonly #chars: string;
  #at = 0;

  /** @throws {PalisadeError} `SECLANG_LIMIT`, `SECLANG_SYNTAX` */
  constructor(octets: Uint8Array, file: string) {
    if (octets.length > RULE_FILE_BYTES_MAX)
      throw ruleError(
        "SECLANG_LIMIT",
        { file, line: 1, column: 1 },
        `the file has ${octets.length} octets, expected at most ${RULE_FILE_BYTES_MAX}`,
      );
    this.#source = new Source(octets, file);
    this.#chars = this.#source.chars;
    // A byte order mark, as some editors leave it, is no part of the first directive.
    if (this.#chars.startsWith("\xef\xbb\xbf")) this.#at = 3;
    if (UTF16.test(this.#chars))
      throw ruleError(
        "SECLANG_SYNTAX",
        { file, line: 1, column: 1 },
        "the file is UTF-16, expected UTF-8: save it as that",
      );
  }

  /** The next directive; undefined at the end. @throws {PalisadeError} `SECLANG_SYNTAX`, `SECLANG_LIMIT` */
  next(): RawDirective | undefined {
    this.#skipToDirective();
    if (this.#at >= this.#chars.length) return undefined;
    const start = this.#at;
    const words: Word[] = [];
    for (let word = this.#word(start); word !== undefined; word = this.#word(start)) {
      words.push(word);
      if (words.length > DIRECTIVE_WORDS_MAX + 1) throw this.#tooLong(start, DIRECTIVE_WORDS_MAX, "words");
    }
    const name = words.shift()!;
    if (name.quoted)
      throw ruleError("SECLANG_SYNTAX", name.text.place(), "a quoted word, expected the name of a directive");
    const last = words.at(-1);
    const opensBlock = last !== undefined && !last.quoted && last.text.chars === BACKQUOTE;
    return { name: name.text, words, block: opensBlock ? this.#block(last.text) : undefined };
  }

  #tooLong(start: number, most: number, unit: string) {
    return ruleError(
      "SECLANG_LIMIT",
      this.#source.placeAt(start),
      `a directive of more than ${most} ${unit}, expected fewer`,
    );
  }

  #skipToDirective(): void {
    for (; this.#at < this.#chars.length; ) {
      const code = this.#chars.charCodeAt(this.#at);
      if (code === HASH) this.#at = this.#lineEnd(this.#at);
      else if (code === NEWLINE || isBlank(code)) this.#at += 1;
      else if (this.#continuation(this.#at) > 0) this.#at += this.#continuation(this.#at);
      else return;
    }
  }

  /** Index of the newline that ends a line, or of the file's end. */
  #lineEnd(from: number): number {
    const end = this.#chars.indexOf("\n", from);
    return end < 0 ? this.#chars.length : end;
  }

  /** Octets of a backslash and the line end behind it; 0 where there is none. */
  #continuation(at: number): number {
    if (this.#chars.charCodeAt(at) !== BACKSLASH) return 0;
    if (this.#chars.charCodeAt(at + 1) === NEWLINE) return 2;
    return this.#chars.charCodeAt(at + 1) === RETURN && this.#chars.charCodeAt(at + 2) === NEWLINE ? 3 : 0;
  }

  /** The next word of the directive that began at `start`; undefined at its end. */
  #word(start: number): Word | undefined {
    for (; this.#at < this.#chars.length; ) {
      const continued = this.#continuation(this.#at);
      if (continued > 0) this.#at += continued;
      else if (isBlank(this.#chars.charCodeAt(this.#at))) this.#at += 1;
      else break;
    }
    if (this.#at >= this.#chars.length || this.#chars.charCodeAt(this.#at) === NEWLINE) return undefined;
    return this.#chars.charCodeAt(this.#at) === QUOTE ? this.#quoted(start) : this.#bare(start);
  }

  #bare(start: number): Word {
    const from = this.#at;
    if (this.#chars.charCodeAt(from) === APOSTROPHE)
      throw this.#syntax(from, "a word in single quotes, expected double quotes");
    const taken = new Taken(this.#source, from);
    let escaped = false;
    for (; this.#at < this.#chars.length; ) {
      const continued = this.#continuation(this.#at);
      if (continued > 0) {
        this.#at += continued;
        continue;
      }
      const code = this.#chars.charCodeAt(this.#at);
      if (code === NEWLINE || isBlank(code)) break;
      if (code === QUOTE)
        throw this.#syntax(this.#at, "a double quote inside of a word, expected the whole word in quotes");
      escaped = code === BACKSLASH && !escaped;
      taken.take(this.#at);
      this.#at += 1;
      this.#bound(start);
    }
    if (escaped)
      throw this.#syntax(
        this.#at - 1,
        "a backslash ends a word, expected the line's end right behind it, or the word in double quotes",
      );
    return { text: taken.text(this.#at), quoted: false };
  }

  #quoted(start: number): Word {
    const from = this.#at;
    const taken = new Taken(this.#source, from + 1);
    this.#at += 1;
    for (let escaped = false; ; ) {
      const continued = this.#continuation(this.#at);
      if (continued > 0) {
        this.#at += continued;
        continue;
      }
      const code = this.#chars.charCodeAt(this.#at);
      if (this.#at >= this.#chars.length || code === NEWLINE)
        throw this.#syntax(
          from,
          'the quotes are not closed, expected " (a line that goes on in the next one ends in \\, with nothing behind it)',
        );
      if (code === QUOTE && !escaped) break;
      if (code === QUOTE) taken.dropLast();
      escaped = code === BACKSLASH && !escaped;
      taken.take(this.#at);
      this.#at += 1;
      this.#bound(start);
    }
    const text = taken.text(this.#at);
    this.#at += 1;
    const behind = this.#chars.charCodeAt(this.#at);
    const ends =
      this.#at >= this.#chars.length ||
      behind === NEWLINE ||
      isBlank(behind) ||
      this.#continuation(this.#at) > 0;
    if (!ends) throw this.#syntax(this.#at, "text right behind a closing quote, expected a blank");
    return { text, quoted: true };
  }

  #block(opening: Text): Text[] {
    const lines: Text[] = [];
    for (;;) {
      this.#at = this.#lineEnd(this.#at) + 1;
      if (this.#at >= this.#chars.length)
        throw ruleError(
          "SECLANG_SYNTAX",
          opening.place(),
          "the list is not closed, expected a line of ` alone",
        );
      const end = this.#lineEnd(this.#at);
      const taken = new Taken(this.#source, this.#at);
      for (let at = this.#at; at < end; at += 1) taken.take(at);
      const line = taken.text(end).trim();
      this.#at = end;
      if (line.chars === BACKQUOTE) return lines;
      if (line.length === 0 || line.chars.startsWith("#")) continue;
      lines.push(line);
      if (lines.length > DIRECTIVE_WORDS_MAX)
        throw ruleError(
          "SECLANG_LIMIT",
          opening.place(),
          `a list of more than ${DIRECTIVE_WORDS_MAX} lines, expected fewer`,
        );
    }
  }

  #bound(start: number): void {
    if (this.#at - start > DIRECTIVE_BYTES_MAX) throw this.#tooLong(start, DIRECTIVE_BYTES_MAX, "octets");
  }

  #syntax(at: number, message: string) {
    return ruleError("SECLANG_SYNTAX", this.#source.placeAt(at), message);
  }
}

/** Octets taken out of a file for a word: runs of them, since there are few. */
class Taken {
  readonly #source: Source;
  readonly #start: number;
  readonly #runStarts: number[] = [];
  /** The index behind each run's last octet. */
  readonly #runEnds: number[] = [];
  #count = 0;

  constructor(source: Source, start: number) {
    this.#source = source;
    this.#start = start;
  }

  take(at: number): void {
    this.#count += 1;
    const last = this.#runEnds.length - 1;
    if (last >= 0 && this.#runEnds[last] === at) {
      this.#runEnds[last] = at + 1;
      return;
    }
    this.#runStarts.push(at);
    this.#runEnds.push(at + 1);
  }

  dropLast(): void {
    this.#count -= 1;
    this.#runEnds[this.#runEnds.length - 1]! -= 1;
  }

  /** @param end where the word ends in the file */
  text(end: number): Text {
    const origins = new Int32Array(this.#count + 1);
    const pieces: string[] = [];
    let index = 0;
    this.#runStarts.forEach((start, run) => {
      const runEnd = this.#runEnds[run]!;
      pieces.push(this.#source.chars.slice(start, runEnd));
      for (let at = start; at < runEnd; at += 1) origins[index++] = at;
    });
    origins[index] = index === 0 ? this.#start : end;
    return new Text(this.#source, pieces.join(""), origins);
  }
}
