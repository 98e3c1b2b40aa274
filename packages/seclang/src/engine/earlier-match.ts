/** Whether rules ask for `MATCHED_VAR` and the like of rules before them: if none does, those of a rule that tells nothing can go. */

import type { Reader } from "../transaction/variables.js";
import type { CompiledLink, CompiledMacro, CompiledRule } from "./compiled.js";
import { DynamicOperator } from "./dynamic-operator.js";

/** Whether a rule may read what a rule before it matched. */
export function readsEarlierMatch({ links, msg, logdata, redirectTo }: CompiledRule): boolean {
  const first = links[0]!;
  if (first.targets.some(({ reader }) => isOfMatch(reader)) || argumentReads(first)) return true;
  // A rule without a test says something although it matched nothing itself.
  if (first.operator !== undefined) return false;
  const macros = [msg, logdata, redirectTo].filter((macro) => macro !== undefined);
  return (
    macros.some(macroReads) ||
    links.some((link) => effectsRead(link) || argumentReads(link) || targetsRead(link))
  );
}

/** Whether a link's effects ask for what was matched. */
export function effectsRead({ effects }: CompiledLink): boolean {
  return effects.some((effect) => {
    switch (effect.kind) {
      case "setvar":
        return macroReads(effect.name) || macroReads(effect.value);
      case "open":
        return macroReads(effect.key);
      case "expirevar":
        return macroReads(effect.name);
      case "setenv":
        return effect.value !== undefined && macroReads(effect.value);
      default:
        return false;
    }
  });
}

function targetsRead({ targets }: CompiledLink): boolean {
  return targets.some(({ reader }) => isOfMatch(reader));
}

function argumentReads({ operator }: CompiledLink): boolean {
  return operator instanceof DynamicOperator && macroReads(operator.argument);
}

function macroReads({ parts }: CompiledMacro): boolean {
  return parts.some((part) => part.kind === "variable" && isOfMatch(part.reader));
}

function isOfMatch(reader: Reader): boolean {
  return reader.kind === "matched" || (reader.kind === "computed" && reader.name.startsWith("MATCHED_"));
}
