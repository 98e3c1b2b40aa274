/** Variables, selectors and macros of rules, resolved to what reads them. */

import { PalisadeError } from "@palisade/base";
import { compilePattern } from "@palisade/match";
import type { Macro, Selector, Target } from "../language/ast.js";
import { type Place, placeText } from "../language/place.js";
import { octetsOf } from "../language/text.js";
import { patternSource } from "../operators/rx.js";
import type { NameTable } from "../transaction/names.js";
import { readerOf } from "../transaction/variables.js";
import type { CompiledExclusion, CompiledMacro, CompiledSelector, CompiledTarget } from "./compiled.js";

/** @throws {PalisadeError} `PATTERN_…`, with the place, where a selector's pattern cannot be compiled */
export function compileTarget(
  target: Target,
  exclusions: readonly CompiledExclusion[],
  names: NameTable,
): CompiledTarget {
  const { variable, selector, count, place } = target;
  const path = selector?.kind === "xpath" ? selector.path : undefined;
  return {
    variable: fullVariable(target),
    label: octetsOf(path === undefined ? variable : `${variable}:${path}`),
    reader: readerOf(variable, path),
    count,
    ...compileSelector(selector, place, names),
    exclusions: exclusions.filter((exclusion) => concerns(exclusion, target)),
  };
}

export function compileExclusion(target: Target, names: NameTable): CompiledExclusion {
  return { variable: fullVariable(target), ...compileSelector(target.selector, target.place, names) };
}

/** What exclusions compare: `XML` with its path, for `!XML` is about both and `!XML:/*` about one. */
function fullVariable({ variable, selector }: Target): string {
  return selector?.kind === "xpath" ? `${variable}:${selector.path}` : variable;
}

function concerns(exclusion: CompiledExclusion, target: Target): boolean {
  return exclusion.variable === fullVariable(target) || exclusion.variable === target.variable;
}

const ALL_NAMES: CompiledSelector = { name: undefined, prefix: undefined, pattern: undefined };

/** Patterns match names in any case, as names compare. */
function compileSelector(selector: Selector | undefined, place: Place, names: NameTable): CompiledSelector {
  if (selector?.kind === "name") return { ...ALL_NAMES, name: names.of(selector.octets) };
  if (selector?.kind !== "pattern") return ALL_NAMES;
  const source = patternSource(selector.octets);
  const prefix = /^\^([\w-]+)$/.exec(source)?.[1];
  if (prefix !== undefined) return { ...ALL_NAMES, prefix: octetsOf(prefix) };
  try {
    return { ...ALL_NAMES, pattern: compilePattern(source, "is") };
  } catch (cause) {
    if (!(cause instanceof PalisadeError)) throw cause;
    throw new PalisadeError(cause.code, `${placeText(place)}: ${cause.message}`, { cause });
  }
}

export function compileMacro(macro: Macro, names: NameTable): CompiledMacro {
  const [first] = macro;
  const literal =
    first === undefined
      ? new Uint8Array(0)
      : macro.length === 1 && first.kind === "octets"
        ? first.octets
        : undefined;
  return {
    literal: literal === undefined ? undefined : names.of(literal),
    parts: macro.map((part) =>
      part.kind === "octets"
        ? part
        : {
            kind: "variable",
            reader: readerOf(part.variable),
            name: part.key === undefined ? undefined : names.of(part.key),
          },
    ),
  };
}
