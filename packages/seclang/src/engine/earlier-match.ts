/** Whether rules ask for `MATCHED_VAR` and the like of rules before them: if none does, those of a rule that tells nothing can go. */
import type { Reader } from "../transaction/variables.js";
import type { CompiledLink, CompiledRule } from "./compiled.js";
import { readersOf, readersOfEffects, readersOfTest } from "./readers.js";

/** Whether a rule may read what a rule before it matched. */
export function readsEarlierMatch(rule: CompiledRule): boolean {
  const first = rule.links[0]!;
  if (readersOfTest(first).some(isOfMatch)) return true;
  // A rule without a test says something although it matched nothing itself.
  return first.operator === undefined && readersOf(rule).some(isOfMatch);
}

/** Whether a link's effects ask for what was matched. */
export function effectsReadMatch(link: CompiledLink): boolean {
  return readersOfEffects(link).some(isOfMatch);
}

function isOfMatch(reader: Reader): boolean {
  return reader.kind === "matched" || (reader.kind === "computed" && reader.name.startsWith("MATCHED_"));
}
