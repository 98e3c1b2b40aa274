/** What a prologue decides for the rules behind it: comparisons of variables that none of them writes come out alike every time. */
import type { CompiledMacro, CompiledRule } from "../engine/compiled.js";
import type { Evaluation } from "../transaction/evaluation.js";
import { type Name, namesEqual } from "../transaction/names.js";
import type { Program } from "../transaction/state.js";
import { MAPS } from "../transaction/variables.js";
import { setBit } from "./bits.js";

const TX = MAPS.indexOf("TX");
const NOTHING = new Uint8Array(0);

/** Rules that can go while `deciding` stand as they are. */
export interface SettledRules {
  /**
   * By phase, positions: rules whose comparison never holds, those that only skip others, as the comparison always holds, and those that
   * are skipped so.
   */
  readonly positions: readonly Uint32Array[];
  /** By index: rules whose comparisons were made beforehand. */
  readonly deciding: Uint32Array;
}

/**
 * Levels of paranoia, which hundreds of rules of the Core Rule Set depend on, are settled by it.
 *
 * @param from where phase 1 goes on behind the prologue; what stands between its rules has nothing to do with them
 * @param evaluation of a state in which the prologue has run
 */
export function settledRules(program: Program, from: number, evaluation: Evaluation): SettledRules {
  const later = program.phases.map((rules, phase) => (phase === 0 ? rules.slice(from) : rules));
  const written = new WrittenNames(later.flat(), program.groups);
  const deciding = new Uint32Array((program.rules + 31) >>> 5);
  const positions = program.phases.map((rules, phase) => {
    const gone = new Uint32Array((rules.length + 31) >>> 5);
    /** Where rules that stay may go on. */
    const goals: number[] = [];
    for (let at = phase === 0 ? from : 0; at < rules.length; at += 1) {
      const rule = rules[at]!;
      const { quickTest, skipTo } = rule;
      const isSettled = quickTest?.map === TX && !written.has(quickTest.name);
      const holds = isSettled && evaluation.holds(quickTest);
      if (isSettled && !holds) {
        setBit(deciding, rule.index);
        setBit(gone, at);
      } else if (holds && isSkip(rule, program) && !goals.some((goal) => at < goal && goal < skipTo)) {
        setBit(deciding, rule.index);
        for (; at < skipTo; at += 1) setBit(gone, at);
        at -= 1;
      } else if (skipTo > at + 1) goals.push(skipTo);
    }
    return gone;
  });
  return { positions, deciding };
}

/** Variables of `TX` that rules write. Names that are equal are one, as a rule set's `NameTable` has them. */
class WrittenNames {
  readonly #names: Set<Name>;
  /** What names begin with that macros make. */
  readonly #beginnings: Uint8Array[] = [];

  constructor(rules: readonly CompiledRule[], groups: readonly Name[]) {
    this.#names = new Set(groups);
    for (const { links } of rules)
      for (const { effects } of links)
        for (const effect of effects)
          if ((effect.kind === "setvar" || effect.kind === "expirevar") && effect.map === TX)
            this.#add(effect.name);
  }

  has(name: Name): boolean {
    return this.#names.has(name) || this.#beginnings.some((beginning) => begins(name.octets, beginning));
  }

  #add({ literal, parts }: CompiledMacro): void {
    const [first] = parts;
    if (literal !== undefined) this.#names.add(literal);
    else this.#beginnings.push(first?.kind === "octets" ? first.octets : NOTHING);
  }
}

function begins(name: Uint8Array, beginning: Uint8Array): boolean {
  const { length } = beginning;
  return length <= name.length && namesEqual(beginning, 0, length, name, 0, length);
}

/** Whether a rule that holds by its quick test does nothing but skip others. */
function isSkip({ rule, links }: CompiledRule, { keepsMatches }: Program): boolean {
  const { log, auditLog, severity, disruption } = rule;
  const tells = keepsMatches || log || auditLog || severity !== undefined || disruption.kind !== "pass";
  return !tells && links.length === 1 && links[0]!.effects.length === 0;
}
