import { createContext, Script } from "node:vm";
import { type Arbitrary, array, constantFrom, letrec, oneof, option, tuple } from "fast-check";
import { parsePattern } from "./parser.js";
import { ASSERTIONS, contextBefore, contextBehind, holds } from "./program.js";
import type { Node, RepeatNode } from "./syntax.js";

/** Octets of a text of characters below 0x100. */
export function octetsOf(text: string): Uint8Array {
  return Uint8Array.from(text, (character) => character.charCodeAt(0));
}

/** Thrown by the reference where going back takes too long. */
export class TooLong extends Error {}

const TRIES_MAX = 20_000;

const MATCH_MS_MAX = 500;
const matched: { regexp?: RegExp; subject?: string } = {};
const context = createContext(matched);
const script = new Script("regexp.exec(subject)");

/**
 * What JavaScript's own engine matches. It goes back as well, and for hours on some of the patterns that chance makes: undefined,
 * where it does not end in time.
 */
export function javaScriptMatch(regexp: RegExp, subject: string): RegExpExecArray | null | undefined {
  Object.assign(matched, { regexp, subject });
  try {
    return script.runInContext(context, { timeout: MATCH_MS_MAX });
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ERR_SCRIPT_EXECUTION_TIMEOUT") return undefined;
    throw error;
  }
}

/**
 * The leftmost match by going back, as pcre2pattern(3) and perlre(1) describe it: slow, short, and by another way than the
 * machines. Possessive repetitions really give nothing back.
 *
 * @throws {TooLong}
 */
export function referenceMatch(source: string, flags: string, octets: Uint8Array): number[] | undefined {
  const { root, groups } = parsePattern(source, flags);
  const captures = new Array<number>(2 * (groups + 1)).fill(-1);
  let tries = 0;

  function match(node: Node, at: number, then: (at: number) => boolean): boolean {
    tries += 1;
    if (tries > TRIES_MAX) throw new TooLong();
    switch (node.kind) {
      case "empty":
        return then(at);
      case "set":
        return at < octets.length && node.set[octets[at]!] === 1 && then(at + 1);
      case "assertion": {
        const before = contextBefore(octets, at, 0, octets.length);
        const behind = contextBehind(octets, at, octets.length);
        return holds(ASSERTIONS.indexOf(node.assertion), before, behind) && then(at);
      }
      case "sequence": {
        const step = (index: number, place: number): boolean =>
          index === node.parts.length
            ? then(place)
            : match(node.parts[index]!, place, (next) => step(index + 1, next));
        return step(0, at);
      }
      case "alternatives":
        return node.branches.some((branch) => match(branch, at, then));
      case "capture": {
        const slot = 2 * node.group;
        const held = [captures[slot]!, captures[slot + 1]!] as const;
        const found = match(node.body, at, (end) => {
          const inner = [captures[slot]!, captures[slot + 1]!] as const;
          [captures[slot], captures[slot + 1]] = [at, end];
          if (then(end)) return true;
          [captures[slot], captures[slot + 1]] = inner;
          return false;
        });
        if (!found) [captures[slot], captures[slot + 1]] = held;
        return found;
      }
      case "repeat":
        return node.how === "possessive" ? all(node, at, then) : repeat(node, 1, at, then);
    }
  }

  function repeat(node: RepeatNode, pass: number, at: number, then: (at: number) => boolean): boolean {
    const { body, min, max, how } = node;
    const leave = (): boolean => pass > min && then(at);
    const enter = (): boolean =>
      pass <= max &&
      match(body, at, (end) =>
        max === Number.POSITIVE_INFINITY && pass >= min && end === at
          ? then(end)
          : repeat(node, pass + 1, end, then),
      );
    return how === "lazy" ? leave() || enter() : enter() || leave();
  }

  /** As many passes as there are, and then no others. */
  function all(node: RepeatNode, from: number, then: (at: number) => boolean): boolean {
    const held = [...captures];
    let at = from;
    let passes = 0;
    while (passes < node.max) {
      let end = -1;
      const found = match(node.body, at, (place) => {
        end = place;
        return true;
      });
      if (!found || end === at) break;
      at = end;
      passes += 1;
    }
    if (passes >= node.min && then(at)) return true;
    for (const [slot, value] of held.entries()) captures[slot] = value;
    return false;
  }

  for (let start = 0; start <= octets.length; start += 1) {
    captures.fill(-1);
    const found = match(root, start, (end) => {
      [captures[0], captures[1]] = [start, end];
      return true;
    });
    if (found) return captures;
  }
  return undefined;
}

/** Sources that JavaScript, Perl and we read alike, with and without groups that are repeated. */
export function patternSource(repeatedGroups: boolean): Arbitrary<string> {
  const atom = constantFrom(
    "a",
    "b",
    "c",
    ".",
    "[ab]",
    "[^a]",
    "\\w",
    "\\W",
    "\\d",
    "_",
    "-",
    "A",
    "\\n",
    "[a-c-]",
  );
  const quantifier = constantFrom("*", "+", "?", "*?", "+?", "??", "{2}", "{1,2}", "{0,2}?", "{1,}", "{2,}?");
  const { node } = letrec<{ node: string; group: string; part: string }>((tie) => ({
    group: oneof(
      tie("node").map((body) => `(?:${body})`),
      tie("node").map((body) => `(${body})`),
    ),
    part: oneof(
      { depthSize: "small", withCrossShrink: true },
      tuple(atom, option(quantifier, { nil: "" })).map((both) => both.join("")),
      constantFrom("^", "$", "\\b", "\\B"),
      tuple(tie("group"), option(quantifier, { nil: "" })).map(([group, count]) =>
        repeatedGroups || !/\((?!\?)/.test(group) ? `${group}${count}` : group,
      ),
    ),
    node: array(
      array(tie("part"), { maxLength: 4 }).map((parts) => parts.join("")),
      {
        minLength: 1,
        maxLength: 3,
      },
    ).map((branches) => branches.join("|")),
  }));
  return node;
}
