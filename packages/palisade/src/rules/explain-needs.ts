/** What a value must hold for a rule to match it. */
import { auditMessage, type LoadedRules, operatorOf, type Rule } from "@palisade/seclang";
import { readRuleData } from "./rule-files.js";

/** Strings, and octets of a set, that are told. */
const SHOWN = 4;

/**
 * What the plan looks for before it lets a rule run, in words: of the first rule of its chain, as later ones are never the reason.
 * Undefined where its operator does not tell.
 */
export function needsOf(rule: Rule, { datasets }: LoadedRules): string | undefined {
  const [{ operator, targets }] = rule.links as [Rule["links"][number]];
  if (operator === undefined) return undefined;
  const argument = Buffer.concat(
    operator.argument.map((part) => (part.kind === "octets" ? part.octets : new Uint8Array(0))),
  );
  const found = operatorOf(operator.name)?.compile(argument, {
    read: (name) => readRuleData(name, operator.place.file),
    dataset: (name) => datasets.get(name),
  });
  if (found === undefined) return undefined;
  const where = listed([...new Set(targets.map(({ variable }) => variable))], "or");
  const { required, requiredOctets = [] } = found;
  if (required !== undefined) {
    const literals = required.literals.map((literal) => JSON.stringify(auditMessage(literal)));
    return `${listed(literals, "or")} in ${where}`;
  }
  if (requiredOctets.length === 0) return undefined;
  const sets = requiredOctets.map((set) => {
    const octets = [...set.keys()].filter((octet) => set[octet] === 1);
    return octets.length > 16
      ? `one of ${octets.length} octets`
      : listed(
          octets.map((octet) => JSON.stringify(auditMessage(Uint8Array.of(octet)))),
          "or",
        );
  });
  return `${listed(sets, "and")} in ${where}`;
}

function listed(texts: readonly string[], word: string): string {
  if (texts.length > SHOWN) return `${texts.slice(0, SHOWN).join(", ")} ${word} ${texts.length - SHOWN} more`;
  const last = texts.at(-1) ?? "";
  return texts.length < 2 ? last : `${texts.slice(0, -1).join(", ")} ${word} ${last}`;
}
