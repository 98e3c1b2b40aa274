/** Names that SecLang has: how they are spelled, which of them Palisade honours, and why not the others. */
import { nearest } from "@palisade/base";
import { ruleError, shown } from "./place.js";
import type { Text } from "./text.js";

/** Names of one kind; their case does not count. */
export interface Names<T> {
  /** What one of them is called in messages: `operator`. */
  readonly what: string;
  readonly known: ReadonlyMap<string, T>;
  /** Known to other engines, refused here: why, and what to do instead. */
  readonly refused: ReadonlyMap<string, { readonly name: string; readonly why: string }>;
}

/** @param refused by name: why, and what to do instead */
export function names<T extends { readonly name: string }>(
  what: string,
  known: readonly T[],
  refused: Readonly<Record<string, string>>,
): Names<T> {
  return {
    what,
    known: new Map(known.map((entry) => [entry.name.toLowerCase(), entry])),
    refused: new Map(Object.entries(refused).map(([name, why]) => [name.toLowerCase(), { name, why }])),
  };
}

/**
 * What a name stands for.
 *
 * @throws {PalisadeError} `SECLANG_UNKNOWN`, with the nearest name; `SECLANG_UNSUPPORTED`, with the reason
 */
export function lookUp<T extends { readonly name: string }>(table: Names<T>, written: Text): T {
  const lower = written.chars.toLowerCase();
  const found = table.known.get(lower);
  if (found !== undefined) return found;
  const refused = table.refused.get(lower);
  if (refused !== undefined)
    throw ruleError(
      "SECLANG_UNSUPPORTED",
      written.place(),
      `the ${table.what} ${refused.name} is not supported: ${refused.why}`,
    );
  const near = nearest(
    written.chars,
    [...table.known.values()].map(({ name }) => name),
  );
  const said = written.length === 0 ? `no ${table.what}` : `unknown ${table.what} ${shown(written.chars)}`;
  throw ruleError(
    "SECLANG_UNKNOWN",
    written.place(),
    `${said}, expected ${near === undefined ? `the name of one` : near}`,
  );
}
