import { atOnce, Pace, type Sliced } from "../slices.js";
import { parseClass } from "./class-parser.js";
import { Cursor } from "./cursor.js";
import { malformed, tooLarge, unsupported } from "./errors.js";
import { parseEscape } from "./escape.js";
import { ANY, eitherCaseSet, NOT_NEWLINE, OCTETS, type OctetSet, setKey, singleSet } from "./octet-set.js";
import { atomicNode } from "./one-way.js";
import {
  type Assertion,
  alternativesNode,
  assertionNode,
  captureNode,
  type Node,
  repeatNode,
  sequenceNode,
  setNode,
} from "./syntax.js";

/** Longest source, in UTF-16 units. */
export const PATTERN_CHARACTERS_MAX = 65_536;
/** Groups inside each other. */
export const PATTERN_DEPTH_MAX = 128;
/** Capturing groups. */
export const PATTERN_GROUPS_MAX = 99;
/** Highest count in `{…}`: PCRE's. */
export const PATTERN_COUNT_MAX = 65_535;

/** What a source means. */
export interface Syntax {
  readonly root: Node;
  /** Capturing groups. */
  readonly groups: number;
  /** Number of each named group. */
  readonly names: ReadonlyMap<string, number>;
}

interface Flags {
  /** Letters match both cases. */
  readonly i: boolean;
  /** The dot matches a line feed too. */
  readonly s: boolean;
  /** `^` and `$` match at lines. */
  readonly m: boolean;
  /** White space and comments between what counts. */
  readonly x: boolean;
  /** `$` without `m` does not match before a line feed that is the last octet. */
  readonly D: boolean;
}

/** What reading an item of a source takes, in units of work. */
const ITEM_UNITS = 64;

const COUNT = /\{(\d+)(?:(,)(\d*))?\}/y;
const COUNT_UP_TO = /\{,\d+\}/y;
const FLAGS = /([imsx]*)(?:-([imsx]*))?([:)])/y;
const NAME = /\(\?(?:P?<([A-Za-z_]\w{0,31})>|'([A-Za-z_]\w{0,31})')/y;
const BLANKS = /(?:[ \t\n\v\f\r]+|#[^\n]*)+/y;
const COMMENT = /\(\?#[^)]*\)/y;
const ASSERTIONS: ReadonlyMap<string, Assertion> = new Map([
  ["A", "text-start"],
  ["b", "word-boundary"],
  ["B", "word-inside"],
  ["z", "text-end"],
  ["Z", "text-end-newline"],
]);

/** Openings of groups that are refused, the longer before the shorter, and what they are. */
const REFUSED_GROUPS: readonly (readonly [opening: string, what: string])[] = [
  ["(?=", "look-ahead"],
  ["(?!", "look-ahead"],
  ["(?<=", "look-behind"],
  ["(?<!", "look-behind"],
  ["(?*", "look-around"],
  ["(?<*", "look-around"],
  ["(?P=", "a back-reference"],
  ["(?P>", "recursion"],
  ["(?&", "recursion"],
  ["(?R", "recursion"],
  ["(?|", "a group that numbers its alternatives alike"],
  ["(?(", "a conditional group"],
  ["(?C", "a callout"],
  ["(*", "a backtracking verb or option"],
];
const RECURSION = /\(\?[-+]?\d/y;

/**
 * Reads a pattern in Perl's notation: pcre2pattern(3), as far as it can be matched in linear time over octets.
 *
 * @param flags any of `D`, `i`, `m`, `s`, `x`; `U` is taken and says nothing
 * @throws {PalisadeError} `PATTERN_MALFORMED`, `PATTERN_UNSUPPORTED` or `PATTERN_TOO_LARGE`
 */
export function parsePattern(source: string, flags: string): Syntax {
  return atOnce(parsingPattern(source, flags));
}

/** As `parsePattern`; may be interrupted. */
export function* parsingPattern(source: string, flags: string): Sliced<Syntax> {
  const unknown = /[^DimsxU]/u.exec(flags)?.[0];
  if (unknown !== undefined)
    throw malformed(source, 0, `no flag is called ${JSON.stringify(unknown)}; there are D, i, m, s, x`);
  if (source.length > PATTERN_CHARACTERS_MAX)
    throw tooLarge(`longer than ${PATTERN_CHARACTERS_MAX} characters; split it into several`);
  return yield* new Parser(source).parse({
    i: flags.includes("i"),
    m: flags.includes("m"),
    s: flags.includes("s"),
    x: flags.includes("x"),
    D: flags.includes("D"),
  });
}

class Parser {
  readonly #cursor: Cursor;
  readonly #source: string;
  readonly #names = new Map<string, number>();
  /** Classes by their octets: those of the same ones are one object. */
  readonly #classes = new Map<string, OctetSet>();
  readonly #pace = new Pace();
  #groups = 0;
  #depth = 0;
  /** Of where the parser is; those in force before a group come back behind it. */
  #flags!: Flags;

  constructor(source: string) {
    this.#source = source;
    this.#cursor = new Cursor(source);
  }

  *parse(flags: Flags): Sliced<Syntax> {
    this.#flags = flags;
    const root = yield* this.#alternatives();
    if (this.#cursor.next === ")")
      throw malformed(this.#source, this.#cursor.at, "a ) that closes nothing; write \\) for one");
    return { root, groups: this.#groups, names: this.#names };
  }

  *#alternatives(): Sliced<Node> {
    const branches = [yield* this.#sequence()];
    while (this.#cursor.take("|")) branches.push(yield* this.#sequence());
    return alternativesNode(branches);
  }

  *#sequence(): Sliced<Node> {
    const cursor = this.#cursor;
    const parts: Node[] = [];
    for (;;) {
      if (this.#pace.isDue(ITEM_UNITS)) yield this.#pace.turn();
      this.#skip();
      const start = cursor.at;
      if (start === this.#source.length || cursor.next === "|" || cursor.next === ")") break;
      if (cursor.take("\\Q")) {
        const end = this.#source.indexOf("\\E", cursor.at);
        const quoted = end < 0 ? this.#source.length : end;
        while (cursor.at < quoted) {
          if (this.#pace.isDue(ITEM_UNITS)) yield this.#pace.turn();
          const at = cursor.at;
          const part = this.#literal();
          const last = cursor.at === quoted && cursor.take("\\E");
          parts.push(last ? this.#quantified(part, at) : part);
        }
        continue;
      }
      // Also the end of a quotation of nothing.
      if (cursor.take("\\E")) continue;
      const part = cursor.next === "(" ? yield* this.#group(start) : this.#item(start);
      if (part === undefined) continue;
      // A group around an assertion may be repeated, as any group.
      const bare = part.kind === "assertion" && this.#source[start] !== "(";
      parts.push(bare ? this.#bare(part) : this.#quantified(part, start));
    }
    return sequenceNode(parts);
  }

  /** White space and comments, where they do not count. */
  #skip(): void {
    const cursor = this.#cursor;
    for (;;) {
      if (this.#flags.x && cursor.takeMatch(BLANKS) !== undefined) continue;
      if (this.#source.startsWith("(?#", cursor.at) && cursor.takeMatch(COMMENT) !== undefined) continue;
      return;
    }
  }

  /** One item without its quantifier, of those that are no group. */
  #item(start: number): Node {
    const cursor = this.#cursor;
    const character = cursor.next;
    switch (character) {
      case "[":
        cursor.at += 1;
        return setNode(this.#class(start));
      case ".":
        cursor.at += 1;
        return setNode(this.#flags.s ? ANY : NOT_NEWLINE);
      case "^":
        cursor.at += 1;
        return assertionNode(this.#flags.m ? "line-start" : "text-start");
      case "$":
        cursor.at += 1;
        return assertionNode(this.#flags.m ? "line-end" : this.#flags.D ? "text-end" : "text-end-newline");
      case "\\":
        return this.#escaped(start);
      case "*":
      case "+":
      case "?":
        throw malformed(
          this.#source,
          start,
          `nothing before it that could be repeated; write \\${character} for itself`,
        );
      case "{":
        if (cursor.takeMatch(COUNT) !== undefined)
          throw malformed(
            this.#source,
            start,
            "nothing before it that could be repeated; write \\{ for a brace itself",
          );
        return this.#literal();
      default:
        return this.#literal();
    }
  }

  /** The class behind the bracket at `start`. */
  #class(start: number): OctetSet {
    this.#pace.isDue(OCTETS);
    const set = parseClass(this.#cursor, start, this.#flags.i);
    const key = setKey(set);
    const known = this.#classes.get(key);
    if (known !== undefined) return known;
    this.#classes.set(key, set);
    return set;
  }

  #escaped(start: number): Node {
    const cursor = this.#cursor;
    cursor.at += 1;
    const letter = cursor.next;
    const assertion = ASSERTIONS.get(letter);
    if (assertion !== undefined) {
      cursor.at += 1;
      return assertionNode(assertion);
    }
    if (/^[1-9]$/.test(letter)) {
      throw unsupported(
        this.#source,
        start,
        "back-references take more than linear time; for an octet by its number write \\o{…} or \\x…",
      );
    }
    const value = parseEscape(cursor, start, false);
    return typeof value === "number" ? this.#octet(value) : setNode(value);
  }

  /** The next character itself, which is several octets where it is not ASCII. */
  #literal(): Node {
    const cursor = this.#cursor;
    const character = cursor.next;
    const code = character.codePointAt(0)!;
    if (code >= 0xd800 && code <= 0xdfff)
      throw malformed(this.#source, cursor.at, "half of a surrogate pair has no UTF-8 octets; leave it out");
    cursor.at += character.length;
    if (code < 0x80) return this.#octet(code);
    return sequenceNode([...new TextEncoder().encode(character)].map((octet) => setNode(singleSet(octet))));
  }

  #octet(octet: number): Node {
    return setNode(this.#flags.i ? eitherCaseSet(octet) : singleSet(octet));
  }

  /** A group without its quantifier; undefined where it only sets flags. */
  *#group(start: number): Sliced<Node | undefined> {
    const cursor = this.#cursor;
    const source = this.#source;
    const outer = this.#flags;
    let capture = 0;
    let atomic = false;
    const named = cursor.takeMatch(NAME);
    if (named !== undefined) {
      const name = (named[1] ?? named[2])!;
      if (this.#names.has(name)) throw malformed(source, start, `two groups are called ${name}; rename one`);
      capture = this.#numbered();
      this.#names.set(name, capture);
    } else if (cursor.take("(?>")) {
      atomic = true;
    } else if (source.startsWith("(?", start) || source.startsWith("(*", start)) {
      this.#refuse(start);
      cursor.at += 2;
      const flags = cursor.takeMatch(FLAGS);
      if (flags === undefined)
        throw malformed(
          source,
          start,
          "no group begins so; there are (…), (?:…), (?<name>…), (?>…), (?imsx-imsx:…)",
        );
      this.#flags = withFlags(outer, flags[1]!, flags[2] ?? "");
      // Flags without a group hold to the end of the group around them, and in its further alternatives.
      if (flags[3] === ")") return undefined;
    } else {
      cursor.at += 1;
      capture = this.#numbered();
    }
    this.#depth += 1;
    if (this.#depth > PATTERN_DEPTH_MAX)
      throw tooLarge(`more than ${PATTERN_DEPTH_MAX} groups inside each other; flatten it`);
    const body = yield* this.#alternatives();
    this.#depth -= 1;
    if (!cursor.take(")")) throw malformed(source, start, "a ( without its ); write \\( for one itself");
    this.#flags = outer;
    if (atomic) return atomicNode(body, source, start);
    return capture === 0 ? sequenceNode([body]) : captureNode(body, capture);
  }

  #refuse(start: number): void {
    const refused = REFUSED_GROUPS.find(([opening]) => this.#source.startsWith(opening, start));
    const what = refused?.[1] ?? (this.#cursor.takeMatch(RECURSION) === undefined ? undefined : "recursion");
    if (what !== undefined)
      throw unsupported(this.#source, start, `${what} is not supported, as it takes more than linear time`);
  }

  #numbered(): number {
    this.#groups += 1;
    if (this.#groups > PATTERN_GROUPS_MAX)
      throw tooLarge(`more than ${PATTERN_GROUPS_MAX} capturing groups; write (?:…) where none is read`);
    return this.#groups;
  }

  /** An assertion, which nothing may repeat. */
  #bare(node: Node): Node {
    this.#skip();
    const at = this.#cursor.at;
    if (/^(?:[*+?]|\{\d+(?:,\d*)?\})/.test(this.#source.slice(at, at + 16)))
      throw malformed(this.#source, at, "what it would repeat has no octets; leave it out");
    return node;
  }

  /** `node`, which begins at `start`, with the quantifier that follows, if there is one. */
  #quantified(node: Node, start: number): Node {
    const cursor = this.#cursor;
    const source = this.#source;
    this.#skip();
    const at = cursor.at;
    if (!"*+?{".includes(source[at] ?? " ")) return node;
    let min = 0;
    let max = Number.POSITIVE_INFINITY;
    if (cursor.take("+")) min = 1;
    else if (cursor.take("?")) max = 1;
    else if (!cursor.take("*")) {
      if (cursor.takeMatch(COUNT_UP_TO) !== undefined)
        throw malformed(
          source,
          at,
          "a count without its lower end means different things to others; write {0,…}",
        );
      const count = cursor.takeMatch(COUNT);
      if (count === undefined) return node;
      min = Number(count[1]);
      if (count[2] === undefined) max = min;
      else if (count[3] !== "") max = Number(count[3]);
      if (max < min)
        throw malformed(source, at, "a count whose end is less than its beginning; turn it round");
      if (min > PATTERN_COUNT_MAX || (max > PATTERN_COUNT_MAX && max !== Number.POSITIVE_INFINITY))
        throw tooLarge(`counts beyond ${PATTERN_COUNT_MAX}; leave the upper end out`);
    }
    const how = cursor.take("?") ? "lazy" : cursor.take("+") ? "possessive" : "greedy";
    this.#skip();
    if (/[*+?]/.test(cursor.next) || cursor.takeMatch(COUNT) !== undefined)
      throw malformed(
        source,
        at,
        "two quantifiers one behind the other; put what the second repeats in (?:…)",
      );
    const repeat = repeatNode(node, min, max, how, start);
    return how === "possessive" ? atomicNode(repeat, source, start) : repeat;
  }
}

function withFlags(flags: Flags, on: string, off: string): Flags {
  const is = (flag: keyof Flags): boolean => !off.includes(flag) && (flags[flag] || on.includes(flag));
  return { i: is("i"), m: is("m"), s: is("s"), x: is("x"), D: flags.D };
}
