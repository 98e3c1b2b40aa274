/**
 * Octets that every match of a pattern holds somewhere, read off the pattern's text: what lacks them need not be compared, and a
 * pattern that nothing is compared with need not be compiled, which costs some hundred times as much as this.
 */

/** Octets, in lower case where the pattern takes letters in either. */
export interface Literal {
  readonly octets: Uint8Array;
  readonly anyCase: boolean;
}

/** Of a longer literal, the first so many octets are looked for. */
const LITERAL_BYTES_MAX = 32;

const ESCAPED: Readonly<Record<string, number>> = { r: 13, n: 10, t: 9 };
/** Letters behind a backslash that stand for a class of octets or a place, alone. */
const ALONE = /^[bBdDsSwW]$/;
const QUANTIFIER = /^(?:[*+?]|\{(\d{1,6})(?:,\d{0,6})?\})[?]?/;
const NONE: readonly number[] = [];

/**
 * The longest run of literal characters outside groups; empty where there is none, or where the text holds anything whose extent
 * is not plain to see. Errs towards fewer octets, never towards others.
 *
 * @param flags of `compilePattern`
 */
export function literalOf(source: string, flags: string): Literal {
  const anyCase = flags.includes("i");
  const run = flags.includes("x") ? NONE : longestRun(source);
  const octets = Uint8Array.from(run.slice(0, LITERAL_BYTES_MAX), (octet) =>
    anyCase ? folded(octet) : octet,
  );
  return { octets, anyCase };
}

function longestRun(source: string): readonly number[] {
  let longest: readonly number[] = NONE;
  let run: number[] = [];
  const end = (): void => {
    if (run.length > longest.length) longest = run;
    run = [];
  };
  for (let at = 0; at < source.length; ) {
    const character = source[at]!;
    let octet = -1;
    if (character === "|") return NONE;
    if (character === "(" || character === "[") {
      const after = character === "(" ? groupEnd(source, at) : classEnd(source, at);
      if (after === undefined) return NONE;
      at = after;
    } else if (character === "\\") {
      const letter = source[at + 1] ?? "";
      const digits = source.slice(at + 2, at + 4);
      if (letter === "x" && /^[\da-fA-F]{2}$/.test(digits)) {
        octet = Number.parseInt(digits, 16);
        at += 4;
      } else {
        octet = ESCAPED[letter] ?? (/^[!-/:-@[-`{-~]$/.test(letter) ? letter.charCodeAt(0) : -1);
        if (octet < 0 && !ALONE.test(letter)) return NONE;
        at += 2;
      }
    } else {
      if (/^[ -~]$/.test(character) && !/[.^$]/.test(character)) octet = character.charCodeAt(0);
      at += 1;
    }
    if (octet >= 0) run.push(octet);
    else end();
    const quantifier = QUANTIFIER.exec(source.slice(at, at + 20));
    if (quantifier === null) {
      if (source[at] === "{") return NONE;
      continue;
    }
    // One that may be missing is no part of the run; one that may come again ends it.
    if (octet >= 0 && (/^[*?]/.test(quantifier[0]) || Number(quantifier[1]) === 0)) run.pop();
    end();
    at += quantifier[0].length;
    if (/^[*+?{]/.test(source.slice(at, at + 1))) return NONE;
  }
  end();
  return longest;
}

/** Behind the group that begins there; undefined for one that is no plain group. */
function groupEnd(source: string, begin: number): number | undefined {
  let depth = 0;
  for (let at = begin; at < source.length; ) {
    const character = source[at]!;
    if (character === "\\") at += 2;
    else if (character === "[") {
      const after = classEnd(source, at);
      if (after === undefined) return undefined;
      at = after;
    } else {
      if (character === "(") {
        if (source[at + 1] === "?" && source[at + 2] !== ":") return undefined;
        depth += 1;
      } else if (character === ")") depth -= 1;
      at += 1;
      if (depth === 0) return at;
    }
  }
  return undefined;
}

/** Behind the class that begins there; undefined where a bracket stands within. */
function classEnd(source: string, begin: number): number | undefined {
  for (let at = source[begin + 1] === "^" ? begin + 2 : begin + 1, first = at; at < source.length; ) {
    const character = source[at]!;
    if (character === "[" || (character === "]" && at === first)) return undefined;
    if (character === "]") return at + 1;
    at += character === "\\" ? 2 : 1;
  }
  return undefined;
}

/** Whether octets hold a literal; one that is empty is held by all. At most linear in the octets. */
export function occurs({ octets: sought, anyCase }: Literal, octets: Uint8Array): boolean {
  if (sought.length === 0) return true;
  if (!anyCase) return bufferOf(octets).includes(bufferOf(sought));
  const first = sought[0]!;
  for (let begin = 0; begin + sought.length <= octets.length; begin += 1) {
    if (folded(octets[begin]!) !== first) continue;
    let at = 1;
    while (at < sought.length && folded(octets[begin + at]!) === sought[at]) at += 1;
    if (at === sought.length) return true;
  }
  return false;
}

function bufferOf(octets: Uint8Array): Buffer {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length);
}

/** A letter of ASCII in lower case. */
function folded(octet: number): number {
  return octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet;
}
