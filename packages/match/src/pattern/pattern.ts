import { assert } from "@palisade/base";
import { atOnce, Pace, type Sliced } from "../slices.js";
import { assembling } from "./assembler.js";
import { BacktrackMachine } from "./backtrack-machine.js";
import { LazyDfa } from "./lazy-dfa.js";
import { longestMatch, requiredStrings } from "./literals.js";
import type { OctetSet } from "./octet-set.js";
import { parsingPattern, type Syntax } from "./parser.js";
import type { Program } from "./program.js";
import { requiredOctets } from "./required-octets.js";
import { Skip } from "./skip.js";
import { nodeList } from "./syntax.js";
import { ThreadMachine } from "./thread-machine.js";

/**
 * A regular expression over octets that is matched in time linear in the octets, whatever they are.
 *
 * What is searched is `[start, end)` alone: `^`, `$` and `\b` do not look at octets outside it. An object serves one search
 * at a time.
 */
export interface Pattern {
  /** As it was given. */
  readonly source: string;
  /** Capturing groups, the whole match not counted. */
  readonly groups: number;
  /** Numbers of the named groups. */
  readonly names: ReadonlyMap<string, number>;
  /** Of the machine: the most steps that an octet takes. */
  readonly states: number;
  /** Octets read and states gone through by all searches so far: what they cost, the same on every machine. */
  readonly steps: number;
  /** Strings of octets of which one, its letters in either case, is in every match, to look for before; undefined where none are known. */
  readonly required: readonly Uint8Array[] | undefined;
  /** Sets of octets (256 entries, 1 where the octet is in it) of which each match holds at least one octet each. */
  readonly requiredOctets: readonly OctetSet[];
  /** Octets of the longest match; undefined where there is no bound. */
  readonly octetsMax: number | undefined;
  /** Whether it matches anywhere in `[start, end)`, by default all of `octets`. Faster than `exec`. */
  test(octets: Uint8Array, start?: number, end?: number): boolean;
  /**
   * The leftmost match that begins at `from` or behind it, by default at `start`, by Perl's priorities: start and end of the whole and of each group, as indices into `octets`, -1 for
   * a group that took no part. A group that is repeated has its last pass's, or that of an earlier one where the last did
   * not come by it. What stands before `from` is seen by `^` and `\b` as ever. The array is the pattern's and is filled anew by the next call.
   */
  exec(octets: Uint8Array, start?: number, end?: number, from?: number): Int32Array | undefined;
}

/**
 * Compiles a pattern in Perl's notation.
 *
 * It is one over octets: `\xHH` is an octet, a non-ASCII character in the source stands for its UTF-8 octets (and is
 * repeated as one), and case means ASCII's. `\v` is Perl's class of vertical space. See the package's README for what is
 * taken and what is not.
 *
 * @param flags `D` `$` without `m` matches at the very end only (PCRE2_DOLLAR_ENDONLY), `i` letters match both cases, `s` the dot matches a line feed, `m` `^` and `$` match at lines, `x` white space and
 *   comments do not count; `U` says that the pattern is not a Unicode one, which none is
 * @throws {PalisadeError} `PATTERN_MALFORMED`, with the position; `PATTERN_UNSUPPORTED` for what takes more than linear time
 *   (back-references, look-around, recursion); `PATTERN_TOO_LARGE`
 */
export function compilePattern(source: string, flags = ""): Pattern {
  return atOnce(compilingPattern(source, flags));
}

/** As `compilePattern`; may be interrupted. */
export function* compilingPattern(source: string, flags = ""): Sliced<Pattern> {
  const syntax = yield* parsingPattern(source, flags);
  const pace = new Pace();
  const nodes = yield* nodeList(syntax.root, pace);
  return new CompiledPattern({
    source,
    syntax,
    required: yield* requiredStrings(nodes, pace),
    requiredOctets: yield* requiredOctets(nodes, pace),
    octetsMax: yield* longestMatch(nodes, pace),
    program: yield* assembling(syntax, source, pace),
  });
}

/** What a pattern is made of, as `Pattern` has it. */
interface PatternParts extends Pick<Pattern, "source" | "required" | "requiredOctets" | "octetsMax"> {
  readonly syntax: Syntax;
  readonly program: Program;
}

export class CompiledPattern implements Pattern {
  readonly source: string;
  readonly groups: number;
  readonly names: ReadonlyMap<string, number>;
  readonly required: readonly Uint8Array[] | undefined;
  readonly requiredOctets: readonly OctetSet[];
  readonly octetsMax: number | undefined;
  /** For what is made of patterns within this package. */
  readonly program: Program;
  readonly #skip: Skip | undefined;
  #dfa: LazyDfa | undefined;
  #back: BacktrackMachine | undefined;
  #threads: ThreadMachine | undefined;
  #captures: Int32Array | undefined;

  constructor({ source, syntax, required, requiredOctets, octetsMax, program }: PatternParts) {
    this.source = source;
    this.groups = syntax.groups;
    this.names = syntax.names;
    this.required = required;
    this.requiredOctets = requiredOctets;
    this.octetsMax = octetsMax;
    this.program = program;
    const { first } = program;
    this.#skip = Skip.useful(first) ? new Skip(first) : undefined;
  }

  get states(): number {
    return this.program.states;
  }

  get steps(): number {
    return (this.#dfa?.steps ?? 0) + (this.#back?.steps ?? 0) + (this.#threads?.steps ?? 0);
  }

  test(octets: Uint8Array, start = 0, end = octets.length): boolean {
    assert(0 <= start && start <= end && end <= octets.length, "pattern: not within the octets");
    this.#dfa ??= new LazyDfa(this.program, this.#skip);
    return this.#dfa.search(octets, start, end, start) === "match";
  }

  exec(octets: Uint8Array, start = 0, end = octets.length, from = start): Int32Array | undefined {
    assert(0 <= start && start <= end && end <= octets.length, "pattern: not within the octets");
    assert(start <= from && from <= end, "pattern: from is not within what is searched");
    this.#dfa ??= new LazyDfa(this.program, this.#skip);
    if (this.#dfa.search(octets, start, end, from) === "none") return undefined;
    this.#captures ??= new Int32Array(this.program.slots);
    this.#back ??= new BacktrackMachine(this.program, this.#skip);
    const rested = this.#dfa.restedAt;
    // The leftmost match begins no later than the one that is known ends.
    const limit = Math.min(end, this.#dfa.matchedBy + (this.octetsMax ?? Number.POSITIVE_INFINITY));
    const found = this.#back.fits(limit - rested)
      ? this.#back.run(octets, start, rested, end, this.#captures, limit)
      : this.#machine().run(octets, start, rested, end, this.#captures);
    return found ? this.#captures : undefined;
  }

  #machine(): ThreadMachine {
    this.#threads ??= new ThreadMachine(this.program, this.#skip);
    return this.#threads;
  }
}
