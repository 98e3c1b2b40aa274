/** Which variables rules ask for. */
import type { Reader } from "../transaction/variables.js";
import type { CompiledEffect, CompiledLink, CompiledMacro, CompiledRule } from "./compiled.js";
import { DynamicOperator } from "./dynamic-operator.js";

/** All that a rule asks for, in tests, effects and texts. */
export function readersOf({ links, msg, logdata, redirectTo }: CompiledRule): Reader[] {
  const texts = [msg, logdata, redirectTo].filter((macro) => macro !== undefined);
  return [
    ...links.flatMap((link) => [...readersOfTest(link), ...readersOfEffects(link)]),
    ...texts.flatMap(readersOfMacro),
  ];
}

/** Those of a link's targets and of its operator's argument. */
export function readersOfTest({ targets, operator }: CompiledLink): Reader[] {
  const argument = operator instanceof DynamicOperator ? readersOfMacro(operator.argument) : [];
  return [...targets.map(({ reader }) => reader), ...argument];
}

export function readersOfEffects({ effects }: CompiledLink): Reader[] {
  return effects.flatMap(macrosOf).flatMap(readersOfMacro);
}

function macrosOf(effect: CompiledEffect): readonly CompiledMacro[] {
  switch (effect.kind) {
    case "setvar":
      return [effect.name, effect.value];
    case "open":
      return [effect.key];
    case "expirevar":
      return [effect.name];
    case "setenv":
      return effect.value === undefined ? [] : [effect.value];
    default:
      return [];
  }
}

function readersOfMacro({ parts }: CompiledMacro): Reader[] {
  return parts.flatMap((part) => (part.kind === "variable" ? [part.reader] : []));
}
