/** Folds a value's tokens into its shape: what the order of the first few says, whatever they were made of. */
import {
  ARITHMETIC,
  BY,
  CALL,
  CALL_GRAVE,
  CASE,
  CLAUSE,
  CLAUSE_HALF,
  CLOSE,
  COMMA,
  COMMENT,
  COMPARISON,
  COMPARISON_WORD,
  END,
  FILE_OUT,
  KEYWORD,
  LEFT_OPEN,
  LEFT_OPEN_EMPTY,
  NAME,
  NOT,
  NOTHING,
  NUMBER,
  OPEN,
  OPENED,
  OTHER,
  QUANTIFIER,
  QUERY_WORD,
  SELECT,
  SIGN,
  STAR,
  STRING,
  SUBQUERY,
  SUBQUERY_OPEN,
  TAUTOLOGY,
  UNION,
  WORD,
} from "./kinds.js";
import type { SqlLexer } from "./lexer.js";

/** Tokens of a shape: further ones do not count. */
export const SHAPE_TOKENS_MAX = 6;
/** Tokens held while they are folded; where they are full the rest of the value is not read. */
export const FOLD_TOKENS_MAX = 64;
/** Parentheses followed; deeper ones are not there. */
export const PARENTHESES_MAX = 32;

/** Octets of a plural's ending in parentheses, `file(s)`. */
const PLURAL_BYTES_MAX = 3;

/** Most tokens that one token of the lexer puts on top: CASE puts a call and its parenthesis. */
const PLACED_AT_ONCE = 2;

/** By kind: how strong a value is beside another that it is combined with; 0 is no value. */
const RANK = new Uint8Array(64);
for (const [rank, kind] of [
  WORD,
  STAR,
  NAME,
  NUMBER,
  STRING,
  TAUTOLOGY,
  CALL,
  SUBQUERY,
  CALL_GRAVE,
].entries()) {
  RANK[kind] = rank + 1;
}

const GROUP = 0;
const QUERY = 1;
const ARGUMENTS = 2;
/** Of a function that SQL does not name. */
const ARGUMENTS_OF_ANY = 3;
const CASES = 4;

/** The shape of one value at a time; an object serves any number. */
export class SqlFolder {
  /** Kinds of the first tokens, `count` of them. */
  readonly kinds: Uint8Array = new Uint8Array(FOLD_TOKENS_MAX + PLACED_AT_ONCE);
  count = 0;
  /** Where the comment or the open string began that ends the value; -1: none. */
  lastStart = -1;
  /** Where the last token before it ended. */
  lastBefore = 0;
  /** Octets read and tokens gone through, of all values so far. */
  steps = 0;

  readonly #frameAt = new Uint8Array(PARENTHESES_MAX);
  readonly #frameType = new Uint8Array(PARENTHESES_MAX);
  #frames = 0;
  /** Parentheses opened beyond `PARENTHESES_MAX`. */
  #deeper = 0;
  /** A parenthesis has just been opened. */
  #opened = false;
  /** Octets of the last word. */
  #wordBytes = 0;
  #called = false;
  /** SQL has the function that is called. */
  #known = false;

  /** Reads the lexer to its end, or as far as matters. */
  fold(lexer: SqlLexer): void {
    this.count = 0;
    this.lastStart = -1;
    this.lastBefore = 0;
    this.#frames = 0;
    this.#deeper = 0;
    this.#opened = false;
    this.#called = false;
    for (;;) {
      const from = lexer.at + lexer.readAgain;
      const kind = lexer.next();
      this.steps += lexer.at + lexer.readAgain - from + 1;
      if (kind === NOTHING) break;
      if (kind === COMMENT || kind === LEFT_OPEN || kind === LEFT_OPEN_EMPTY) {
        this.lastStart = lexer.tokenStart;
        if (kind === COMMENT) this.#closeAll();
        this.#push(kind);
        break;
      }
      this.#push(kind);
      if (kind === WORD) this.#wordBytes = lexer.tokenEnd - lexer.tokenStart;
      this.lastBefore = lexer.tokenEnd;
      if (lexer.attached) {
        this.#called = true;
        this.#known = lexer.known;
      }
      if (this.count >= FOLD_TOKENS_MAX || this.#isProse()) break;
    }
    this.#closeAll();
    this.#settle();
    if (this.count > SHAPE_TOKENS_MAX) this.count = SHAPE_TOKENS_MAX;
  }

  /** Two words in a row to begin with, or a word directly behind the string that was opened: no injection begins so. */
  #isProse(): boolean {
    return this.count === 3 && this.kinds[1] === WORD && (this.kinds[0] === WORD || this.kinds[0] === OPENED);
  }

  #push(given: number): void {
    const kinds = this.kinds;
    let kind = given;
    if (kind === OPEN) {
      this.#open();
      return;
    }
    this.#called = false;
    if (kind === CLOSE) {
      this.#close();
      return;
    }
    const opened = this.#opened;
    this.#opened = false;
    const top = this.count === 0 ? NOTHING : kinds[this.count - 1]!;
    switch (kind) {
      case NOT:
        return;
      case BY:
        if (top === CLAUSE_HALF) {
          kinds[this.count - 1] = CLAUSE;
          return;
        }
        // SIMILAR TO.
        if (top === COMPARISON_WORD) return;
        kind = WORD;
        break;
      case QUANTIFIER:
        if (top === SELECT || top === UNION) return;
        kind = WORD;
        break;
      case FILE_OUT:
        kind = top === KEYWORD ? CALL_GRAVE : WORD;
        break;
      case QUERY_WORD:
        kind = top === UNION ? SELECT : KEYWORD;
        break;
      case CASE:
        if (top === NOTHING && !opened) kind = WORD;
        else if (isValue(top) || top === OPENED) kind = WORD;
        else {
          this.#settle();
          this.#place(CALL);
          this.#mark(CASES);
          return;
        }
        break;
      case END:
        if (this.#frames > 0 && this.#frameType[this.#frames - 1] === CASES) {
          this.#leave();
          return;
        }
        kind = KEYWORD;
        break;
      case ARITHMETIC:
        // What a path begins with.
        if (top === NOTHING) return;
        break;
      case SIGN:
        if (!isValue(top) && top !== OPENED) return;
        kind = ARITHMETIC;
        break;
      case STAR:
        if (top === NOTHING) return;
        if (isValue(top) || top === OPENED) kind = ARITHMETIC;
        break;
      case COMPARISON_WORD:
        // LIKE is a function of SQLite's as well.
        if (top === COMPARISON_WORD || top === COMPARISON || top === SELECT) return;
        break;
      case STRING:
        // Strings side by side are one.
        if (top === STRING) return;
        break;
      case SELECT:
        if (opened && this.#frames > 0 && this.#deeper === 0 && this.#frameType[this.#frames - 1] === GROUP) {
          this.#settle();
          this.#frames -= 1;
          this.#mark(QUERY);
        }
        break;
    }
    this.#settle();
    this.#place(kind);
  }

  /** CLAUSE_HALF was a word after all. */
  #settle(): void {
    if (this.count > 0 && this.kinds[this.count - 1] === CLAUSE_HALF) this.kinds[this.count - 1] = WORD;
  }

  /** Puts a token on top, folded with what lies there. */
  #place(given: number): void {
    const kinds = this.kinds;
    let kind = given;
    for (;;) {
      const count = this.count;
      const top = count === 0 ? NOTHING : kinds[count - 1]!;
      const below = count < 2 ? NOTHING : kinds[count - 2]!;
      if (RANK[kind] !== 0) {
        if (top === ARITHMETIC && RANK[below] !== 0) {
          kind = ofArithmetic(below, kind);
          this.count = count - 2;
          continue;
        }
        if (top === ARITHMETIC && below === OPENED && RANK[kind]! <= RANK[TAUTOLOGY]!) {
          this.count = count - 1;
          return;
        }
        if (top === COMMA && below === OPENED && (kind === NUMBER || kind === STRING)) {
          this.count = count - 1;
          return;
        }
        if (top === COMMA && RANK[below] !== 0 && !(below === WORD && kind === WORD)) {
          kind = stronger(below, kind);
          this.count = count - 2;
          continue;
        }
      }
      if (
        top === COMPARISON &&
        isConstant(below) &&
        (isConstant(kind) || kind === LEFT_OPEN || kind === LEFT_OPEN_EMPTY)
      ) {
        kind = TAUTOLOGY;
        this.count = count - 2;
        continue;
      }
      break;
    }
    kinds[this.count] = kind;
    this.count += 1;
  }

  #open(): void {
    const called = this.#called;
    this.#called = false;
    this.#opened = true;
    if (called) this.#mark(this.#known ? ARGUMENTS : ARGUMENTS_OF_ANY);
    else this.#enter(GROUP);
  }

  /** Enters a parenthesis whose content is folded into one token at its end, and marks where it begins. */
  #mark(type: number): void {
    if (!this.#enter(type)) return;
    this.kinds[this.count] = SUBQUERY_OPEN;
    this.count += 1;
  }

  #enter(type: number): boolean {
    if (this.#frames === PARENTHESES_MAX) {
      if (type !== CASES) this.#deeper += 1;
      return false;
    }
    this.#frameType[this.#frames] = type;
    this.#frameAt[this.#frames] = this.count;
    this.#frames += 1;
    return true;
  }

  #close(): void {
    this.#opened = false;
    if (this.#deeper > 0) {
      this.#deeper -= 1;
      return;
    }
    // A parenthesis of the application's own ends here, or CASE lacks its END.
    while (this.#frames > 0 && this.#frameType[this.#frames - 1] === CASES) this.#leave();
    if (this.#frames > 0) this.#leave();
  }

  #leave(): void {
    this.#frames -= 1;
    const type = this.#frameType[this.#frames]!;
    const at = this.#frameAt[this.#frames]!;
    if (type === GROUP) return;
    this.steps += this.count - at;
    const kinds = this.kinds;
    let words = true;
    let grave = false;
    for (let index = at + 1; index < this.count; index += 1) {
      const kind = kinds[index]!;
      if (kind === CALL_GRAVE || kind === SUBQUERY) grave = true;
      if (type === QUERY) {
        const next = index + 1 < this.count ? kinds[index + 1]! : NOTHING;
        // Prose has `(select 2 items)` and `(select file(s))`.
        if (kind === STAR || kind === NAME || kind === STRING || kind === COMPARISON || kind === TAUTOLOGY)
          grave = true;
        if ((kind === NUMBER || kind === CALL) && next === KEYWORD) grave = true;
        if (kind !== WORD && kind !== SELECT && kind !== KEYWORD && kind !== OTHER && kind !== CLAUSE_HALF)
          words = false;
      } else if (kind === SELECT || (kind === TAUTOLOGY && type !== ARGUMENTS_OF_ANY)) grave = true;
    }
    const plain = this.count === at + 2 && kinds[at + 1] === WORD && this.#wordBytes <= PLURAL_BYTES_MAX;
    this.count = at;
    if (type === QUERY) this.#place(grave ? CALL_GRAVE : words ? WORD : SUBQUERY);
    else if (grave && at > 0) kinds[at - 1] = CALL_GRAVE;
    // `file(s)`
    else if (type === ARGUMENTS_OF_ANY && plain && kinds[at - 1] === CALL) kinds[at - 1] = WORD;
  }

  #closeAll(): void {
    while (this.#frames > 0) this.#leave();
  }
}

function isConstant(kind: number): boolean {
  return kind === NUMBER || kind === STRING || kind === TAUTOLOGY;
}

/** What an operator may follow. */
function isValue(kind: number): boolean {
  return RANK[kind] !== 0;
}

function stronger(a: number, b: number): number {
  return RANK[a]! > RANK[b]! ? a : b;
}

/** What arithmetic with a word gives is no constant; else the stronger of the two. */
function ofArithmetic(a: number, b: number): number {
  const word = a === WORD || a === NAME ? a : b;
  const plain = RANK[a]! <= RANK[STRING]! && RANK[b]! <= RANK[STRING]!;
  return plain && (word === WORD || word === NAME) ? word : stronger(a, b);
}
