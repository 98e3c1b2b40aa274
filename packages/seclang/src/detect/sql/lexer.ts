/**
 * Cuts a value into SQL tokens as a database would that finds it at a given place of a statement: outside of strings, or inside
 * one that the application opened with ', " or `.
 *
 * Two dialects of comments and escapes: MySQL's (MySQL 8.0 Reference Manual §11.1.1 and §11.7: `#` comments, `--` only before a
 * blank, a backslash escapes, the inside of a C comment that begins with `!` is run) and the standard's (`--` always, ISO/IEC 9075-2 §5.2),
 * which the others share. Where both read a value alike there is no need to run twice: `dialectsDiffer`.
 */
import {
  ARITHMETIC,
  CALL,
  CALL_GRAVE,
  CLOSE,
  COMMA,
  COMMENT,
  COMPARISON,
  COMPARISON_WORD,
  KEYWORD,
  LEFT_OPEN,
  LEFT_OPEN_EMPTY,
  LOGICAL,
  NAME,
  NOT,
  NOTHING,
  NUMBER,
  OPEN,
  OPENED,
  OTHER,
  SEMICOLON,
  SIGN,
  STAR,
  STRING,
  WORD,
} from "./kinds.js";
import { callKindOf, isProcedure, wordKindOf } from "./words.js";

const QUOTE = 0x27;
const DOUBLE_QUOTE = 0x22;
const BACKTICK = 0x60;
const BACKSLASH = 0x5c;

/** Longest name in brackets, with them: SQL Server's sysname has 128 characters; a longer one is not one token. */
export const BRACKETED_BYTES_MAX = 130;
/** Longest tag of a dollar-quoted string, with its first `$`; a longer one is a name. */
export const DOLLAR_TAG_BYTES_MAX = 32;
/** How often the end of a dollar-quoted string is sought in vain; further ones are taken to have none, so that work stays linear. */
export const DOLLAR_SEARCHES_MAX = 4;

const BLANK = 1;
const DIGIT = 2;
const LETTER = 3;
const OPERATOR = 4;
const OF_NAME = 5;

/** How often a word is read: to its end, back to its last dot, for its hash in two tables, and to compare it with what is there. */
const WORD_READS = 5;

/** By octet: what it can begin; 0 what is looked at by itself. */
const CLASS = new Uint8Array(256);
for (let octet = 0; octet <= 0x20; octet += 1) CLASS[octet] = BLANK;
CLASS[0x7f] = BLANK;
for (let octet = 0x30; octet <= 0x39; octet += 1) CLASS[octet] = DIGIT;
for (let octet = 0x41; octet <= 0x5a; octet += 1) CLASS[octet] = CLASS[octet | 0x20] = LETTER;
for (let octet = 0x80; octet <= 0xff; octet += 1) CLASS[octet] = LETTER;
CLASS[0x5f] = OF_NAME;
for (const octet of new TextEncoder().encode("=<>!|&+*%^~")) CLASS[octet] = OPERATOR;

function isNameOctet(octet: number): boolean {
  const kind = CLASS[octet]!;
  return kind === LETTER || kind === DIGIT || kind === OF_NAME || octet === 0x24;
}

function isSpace(octet: number): boolean {
  return CLASS[octet] === BLANK;
}

/** Tokens of one value, one after the other; an object serves any number of values. */
export class SqlLexer {
  #octets: Uint8Array = new Uint8Array(0);
  #at = 0;
  #end = 0;
  #quote = 0;
  #mysql = false;
  #first = true;
  /** Whether a MySQL version comment is open, so that its end is skipped. */
  #inVersion = false;
  #dollarSearches = 0;

  /** Where the last token began and ended. */
  tokenStart = 0;
  tokenEnd = 0;
  /** Of `CALL` and `CALL_GRAVE`: the name stands directly before its parenthesis, which comes next. */
  attached = false;
  /** The function is one that SQL names, directly before its parenthesis. */
  known = false;
  /** Where the string that the application opened ends (its content), or the value's start. */
  openedEnd = 0;
  /** Octets that were read in vain, or beyond a token and so again, of all values so far. */
  readAgain = 0;

  /** Where the next token is looked for. */
  get at(): number {
    return this.#at;
  }

  /** @param quote the octet that the application opened a string with; 0: outside of strings */
  reset(octets: Uint8Array, start: number, end: number, quote: number, mysql: boolean): void {
    this.#octets = octets;
    this.#at = start;
    this.#end = end;
    this.#quote = quote;
    this.#mysql = mysql;
    this.#first = true;
    this.#inVersion = false;
    this.#dollarSearches = 0;
    this.openedEnd = start;
  }

  /** The kind of the next token; `NOTHING` at the end. A comment is told only where it takes the rest of the value. */
  next(): number {
    const octets = this.#octets;
    const end = this.#end;
    if (this.#first) {
      this.#first = false;
      if (this.#quote !== 0) {
        this.tokenStart = this.#at;
        const closed = this.#closing(this.#at, this.#quote);
        this.openedEnd = closed < 0 ? end : closed;
        this.#at = closed < 0 ? end : closed + 1;
        this.tokenEnd = this.#at;
        return closed < 0 ? NOTHING : OPENED;
      }
    }
    for (;;) {
      while (this.#at < end && isSpace(octets[this.#at]!)) this.#at += 1;
      if (this.#at >= end) return NOTHING;
      const octet = octets[this.#at]!;
      const following = this.#at + 1 < end ? octets[this.#at + 1]! : 0;
      this.tokenStart = this.#at;
      this.attached = false;
      switch (CLASS[octet]) {
        case DIGIT:
          return this.#number();
        case LETTER:
          // A no-break space, in UTF-8 or Latin 1, is a blank to some databases.
          if (octet === 0xc2 && following === 0xa0) {
            this.#at += 2;
            continue;
          }
          if (octet === 0xa0) {
            this.#at += 1;
            continue;
          }
          return this.#word();
        case OF_NAME:
          return this.#word();
        case OPERATOR:
          if (octet === 0x2a && following === 0x2f && this.#inVersion) {
            this.#inVersion = false;
            this.#at += 2;
            continue;
          }
          return this.#operator();
      }
      switch (octet) {
        case QUOTE:
        case DOUBLE_QUOTE:
          return this.#string(octet);
        case BACKTICK:
          return this.#string(octet) === STRING ? NAME : LEFT_OPEN_EMPTY;
        case 0x28:
          return this.#take(1, OPEN);
        case 0x29:
          return this.#take(1, CLOSE);
        case 0x2c:
          return this.#take(1, COMMA);
        case 0x3b:
          return this.#take(1, SEMICOLON);
        case 0x23:
          if (!this.#mysql) return following === 0x3e ? this.#take(2, COMPARISON) : this.#take(1, OTHER);
          if (this.#skipLine()) return COMMENT;
          continue;
        case 0x2d:
          if (following === 0x2d && this.#dashesComment()) {
            if (this.#skipLine()) return COMMENT;
            continue;
          }
          if (following === 0x3e) return this.#take(2, ARITHMETIC);
          return this.#take(1, SIGN);
        case 0x2f:
          if (following !== 0x2a) return this.#take(1, ARITHMETIC);
          if (this.#skipBlock()) return COMMENT;
          continue;
        case 0x2e:
          if (CLASS[following] === DIGIT) return this.#number();
          return this.#take(1, OTHER);
        case 0x3a:
          if (following === 0x3a) {
            this.#skipType();
            continue;
          }
          if (following === 0x3d) return this.#take(2, COMPARISON);
          return this.#take(1, OTHER);
        case 0x40:
          return this.#variable();
        case 0x5b:
          return this.#bracketed();
        case 0x24:
          return this.#dollar();
        case 0x7b:
          // ODBC's and MySQL's `{word value}` is the value.
          if (CLASS[following] !== LETTER) return this.#take(1, OTHER);
          return this.#braced();
        case BACKSLASH:
          // MySQL's \N is NULL.
          return following === 0x4e ? this.#take(2, NUMBER) : this.#take(1, OTHER);
        default:
          return this.#take(1, OTHER);
      }
    }
  }

  #take(octets: number, kind: number): number {
    this.#at = Math.min(this.#at + octets, this.#end);
    this.tokenEnd = this.#at;
    return kind;
  }

  /** Where the quote stands that ends a string whose content begins at `from`; -1: none. A doubled quote is part of it. */
  #closing(from: number, quote: number): number {
    const octets = this.#octets;
    const end = this.#end;
    for (let at = from; at < end; at += 1) {
      const octet = octets[at]!;
      if (octet === BACKSLASH && this.#mysql && quote !== BACKTICK) at += 1;
      else if (octet === quote) {
        if (at + 1 >= end || octets[at + 1] !== quote) return at;
        at += 1;
      }
    }
    return -1;
  }

  #string(quote: number): number {
    const from = this.#at + 1;
    const closed = this.#closing(from, quote);
    this.#at = closed < 0 ? this.#end : closed + 1;
    this.tokenEnd = this.#at;
    if (closed >= 0) return STRING;
    return from === this.#end ? LEFT_OPEN_EMPTY : LEFT_OPEN;
  }

  #number(): number {
    const octets = this.#octets;
    const end = this.#end;
    let at = this.#at;
    const letter = at + 1 < end ? octets[at + 1]! | 0x20 : 0;
    if (octets[at] === 0x30 && (letter === 0x78 || letter === 0x62)) {
      const digits = at + 2;
      at = digits;
      while (at < end && isDigitOf(octets[at]!, letter === 0x78)) at += 1;
      if (at > digits) return this.#take(at - this.#at, NUMBER);
      at = this.#at;
    }
    while (at < end && CLASS[octets[at]!] === DIGIT) at += 1;
    // MySQL 5.7 and 8.0 pass over `1.e` before what is no digit.
    if (
      at + 2 < end &&
      octets[at] === 0x2e &&
      (octets[at + 1]! | 0x20) === 0x65 &&
      !isNameOctet(octets[at + 2]!)
    ) {
      return this.#take(at + 2 - this.#at, NOT);
    }
    if (at < end && octets[at] === 0x2e) at += 1;
    while (at < end && CLASS[octets[at]!] === DIGIT) at += 1;
    if (at < end && (octets[at]! | 0x20) === 0x65) {
      let digits = at + 1;
      if (digits < end && (octets[digits] === 0x2b || octets[digits] === 0x2d)) digits += 1;
      if (digits < end && CLASS[octets[digits]!] === DIGIT) {
        at = digits;
        while (at < end && CLASS[octets[at]!] === DIGIT) at += 1;
      }
    }
    // What follows at once is a word by itself where SQL knows it (`1or`), else the number is the beginning of a name (`90s`).
    let word = at;
    while (word < end && this.#isNameAt(word)) word += 1;
    this.readAgain += 2 * (word - at);
    if (word > at && wordKindOf(octets, at, word) === 0) return this.#take(word - this.#at, WORD);
    return this.#take(at - this.#at, NUMBER);
  }

  /** Whether a name goes on: a no-break space in UTF-8 ends it. */
  #isNameAt(at: number): boolean {
    const octet = this.#octets[at]!;
    return isNameOctet(octet) && !(octet === 0xc2 && at + 1 < this.#end && this.#octets[at + 1] === 0xa0);
  }

  #word(): number {
    const octets = this.#octets;
    const end = this.#end;
    const start = this.#at;
    let at = start;
    let kind = WORD;
    for (;;) {
      const from = at;
      while (at < end && this.#isNameAt(at)) {
        if (CLASS[octets[at]!] !== LETTER) kind = NAME;
        at += 1;
      }
      // A dot joins names, not a keyword and a number (`or.1`), nor the words around the end of a sentence.
      if (at + 1 >= end || octets[at] !== 0x2e || from === at) break;
      if (octets[at + 1] === 0x2e && at + 2 < end && isNameOctet(octets[at + 2]!)) at += 1;
      const next = octets[at + 1]!;
      if (
        (CLASS[next] !== LETTER && CLASS[next] !== OF_NAME) ||
        (from === start && wordKindOf(octets, start, at) !== 0)
      )
        break;
      kind = NAME;
      at += 1;
    }
    this.readAgain += (WORD_READS - 1) * (at - start);
    const octet = at < end ? octets[at]! : 0;
    if (octet === QUOTE && at - start <= 8 && isStringPrefix(octets, start, at)) {
      this.#at = at;
      return this.#string(QUOTE);
    }
    const call = callKindOf(octets, start, at);
    if (octet === 0x28) {
      const word = call === 0 ? wordKindOf(octets, start, at) : 0;
      // `waitFor(` is a function of programs; SQL's WAITFOR has no parenthesis.
      this.attached = word === 0 || word === CALL_GRAVE;
      this.known = call !== 0;
      return this.#take(at - start, this.attached ? Math.max(call, CALL) : word);
    }
    if (octet === 0x5b && kind === WORD && wordKindOf(octets, start, at) === 0) {
      // PostgreSQL's `array[1]`.
      const last = Math.min(end, at + BRACKETED_BYTES_MAX);
      for (let close = at; close < last; close += 1) {
        if (octets[close] === 0x5d) return this.#take(close + 1 - start, NAME);
      }
      this.readAgain += last - at;
    }
    if (call !== 0 || kind === NAME) {
      if (call === CALL_GRAVE && isProcedure(octets, start, at)) return this.#take(at - start, CALL_GRAVE);
      let paren = at;
      while (paren < end && isSpace(octets[paren]!)) paren += 1;
      this.readAgain += paren - at;
      if (paren < end && octets[paren] === 0x28) {
        this.attached = true;
        this.known = false;
        this.#at = paren;
        this.tokenEnd = paren;
        // In prose a word before a parenthesis is no call; a name is.
        return kind === NAME ? Math.max(call, CALL) : CALL;
      }
    }
    const word = wordKindOf(octets, start, at);
    if (word === COMPARISON_WORD && at - start === 2 && !this.#isParenthesisNext(at))
      return this.#take(2, KEYWORD);
    return this.#take(at - start, word === 0 ? kind : word);
  }

  /** IN compares where a list follows; elsewhere it is a word of clauses, and of prose. */
  #isParenthesisNext(from: number): boolean {
    let at = from;
    while (at < this.#end && isSpace(this.#octets[at]!)) at += 1;
    this.readAgain += at - from;
    return at < this.#end && this.#octets[at] === 0x28;
  }

  #operator(): number {
    const octets = this.#octets;
    let at = this.#at;
    const first = octets[at]!;
    const next = at + 1 < this.#end ? octets[at + 1]! : 0;
    if ((first === 0x7c || first === 0x26) && next === first) return this.#take(2, LOGICAL);
    if (first === 0x2a) return this.#take(1, STAR);
    if (first === 0x2b) return this.#take(1, SIGN);
    if (first === 0x25 || first === 0x5e || first === 0x26 || first === 0x7c) {
      return this.#take(1, ARITHMETIC);
    }
    if (next === first && (first === 0x3c || first === 0x3e)) return this.#take(2, ARITHMETIC);
    // `!` and `~` alone are unary; with what follows they compare.
    if (
      (first === 0x21 || first === 0x7e) &&
      next !== 0x3d &&
      next !== 0x7e &&
      next !== 0x3c &&
      next !== 0x3e
    ) {
      return this.#take(1, SIGN);
    }
    while (at < this.#end && at - this.#at < 3 && isComparisonOctet(octets[at]!)) at += 1;
    // `===` and `!==` are of programs.
    const equal = at - this.#at === 3 && octets[at - 1] === 0x3d && octets[at - 2] === 0x3d;
    return this.#take(at - this.#at, equal ? OTHER : COMPARISON);
  }

  /** MySQL takes `--` for a comment only before a blank; others always. */
  #dashesComment(): boolean {
    return !this.#mysql || this.#at + 2 >= this.#end || isSpace(this.#octets[this.#at + 2]!);
  }

  /** Skips to the next line; true where there is none. */
  #skipLine(): boolean {
    const end = this.#end;
    while (this.#at < end && this.#octets[this.#at] !== 0x0a) this.#at += 1;
    this.tokenEnd = end;
    return this.#at + 1 >= end;
  }

  /** Skips a C comment; true where it is not closed. */
  #skipBlock(): boolean {
    const octets = this.#octets;
    const end = this.#end;
    let at = this.#at + 2;
    if (this.#mysql && at < end && octets[at] === 0x21) {
      at += 1;
      while (at < end && CLASS[octets[at]!] === DIGIT) at += 1;
      this.#at = at;
      this.#inVersion = true;
      return false;
    }
    for (; at + 1 < end; at += 1) {
      if (octets[at] === 0x2a && octets[at + 1] === 0x2f) {
        this.#at = at + 2;
        return false;
      }
    }
    this.#at = end;
    this.tokenEnd = end;
    return true;
  }

  /** PostgreSQL's cast, `::type`. */
  #skipType(): void {
    this.#at += 2;
    while (this.#at < this.#end && isNameOctet(this.#octets[this.#at]!)) this.#at += 1;
  }

  /** `@x`, `@@x`, `@"x"`, and the operators `@>` and `@@`. */
  #variable(): number {
    const octets = this.#octets;
    let at = this.#at + 1;
    if (octets[at] === 0x3e && at < this.#end) return this.#take(2, COMPARISON);
    if (octets[at] === 0x40 && at < this.#end) at += 1;
    const quote = at < this.#end ? octets[at]! : 0;
    if (quote === QUOTE || quote === DOUBLE_QUOTE || quote === BACKTICK) {
      this.#at = at;
      const string = this.#string(quote);
      return string === STRING ? NAME : string;
    }
    while (at < this.#end && (isNameOctet(octets[at]!) || octets[at] === 0x2e)) at += 1;
    return this.#take(at - this.#at, at - this.#at > 1 ? NAME : OTHER);
  }

  /** SQL Server's `[name]`. */
  #bracketed(): number {
    const last = Math.min(this.#end, this.#at + BRACKETED_BYTES_MAX);
    for (let at = this.#at + 1; at < last; at += 1) {
      if (this.#octets[at] === 0x5d) return this.#take(at + 1 - this.#at, NAME);
    }
    this.readAgain += last - this.#at;
    return this.#take(1, OTHER);
  }

  #braced(): number {
    let at = this.#at + 1;
    while (at < this.#end && isNameOctet(this.#octets[at]!)) at += 1;
    if (at < this.#end && isSpace(this.#octets[at]!)) return this.#take(at - this.#at, NOT);
    this.readAgain += at - this.#at;
    return this.#take(1, OTHER);
  }

  /** PostgreSQL's `$1`, `$$text$$` and `$tag$text$tag$`. */
  #dollar(): number {
    const octets = this.#octets;
    const end = this.#end;
    let at = this.#at + 1;
    while (
      at < end &&
      at - this.#at < DOLLAR_TAG_BYTES_MAX &&
      octets[at] !== 0x24 &&
      isNameOctet(octets[at]!)
    )
      at += 1;
    if (at >= end || octets[at] !== 0x24) return this.#take(at - this.#at, at - this.#at > 1 ? NAME : OTHER);
    const tag = at + 1 - this.#at;
    if (this.#dollarSearches >= DOLLAR_SEARCHES_MAX) return this.#take(tag, OTHER);
    for (let from = at + 1; from + tag <= end; from += 1) {
      if (octets[from] !== 0x24) continue;
      let same = 1;
      while (same < tag && octets[from + same] === octets[this.#at + same]) same += 1;
      this.readAgain += same;
      if (same === tag) return this.#take(from + tag - this.#at, STRING);
    }
    this.#dollarSearches += 1;
    this.readAgain += end - at;
    return this.#take(tag, OTHER);
  }
}

function isDigitOf(octet: number, hexadecimal: boolean): boolean {
  if (!hexadecimal) return octet === 0x30 || octet === 0x31;
  const letter = octet | 0x20;
  return CLASS[octet] === DIGIT || (letter >= 0x61 && letter <= 0x66);
}

function isComparisonOctet(octet: number): boolean {
  return (
    octet === 0x3d || octet === 0x3c || octet === 0x3e || octet === 0x21 || octet === 0x7e || octet === 0x40
  );
}

/** Introducers of strings: N'', E'', B'', X'', U&'' without its ampersand, and character sets such as _utf8''. */
function isStringPrefix(octets: Uint8Array, start: number, end: number): boolean {
  if (octets[start] === 0x5f) return end - start > 1;
  if (end - start !== 1) return false;
  const letter = octets[start]! | 0x20;
  return letter === 0x6e || letter === 0x65 || letter === 0x62 || letter === 0x78;
}

/** Whether MySQL reads the value otherwise than the standard does. */
export function dialectsDiffer(octets: Uint8Array, start: number, end: number): boolean {
  for (let at = start; at < end; at += 1) {
    const octet = octets[at]!;
    if (octet === 0x23 || octet === BACKSLASH) return true;
    if (at + 1 >= end) return false;
    if (octet === 0x2d && octets[at + 1] === 0x2d) return true;
    if (octet === 0x2a && octets[at + 1] === 0x21) return true;
  }
  return false;
}
