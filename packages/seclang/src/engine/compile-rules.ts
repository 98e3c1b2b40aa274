/** A rule set compiled once: see `compiled.ts` for what it becomes. */
import { PalisadeError } from "@palisade/base";
import type { Effect, RuleOperator, RuleSelection } from "../language/ast.js";
import { placeText, ruleError } from "../language/place.js";
import { type LoadedRules, type Rule, type RuleLink, selectsRule } from "../language/rule.js";
import { charsOfName, octetsOf } from "../language/text.js";
import type { Operator, OperatorFiles, OperatorKind } from "../operators/operator.js";
import type { Sliced } from "../slices.js";
import type { NameTable } from "../transaction/names.js";
import { MAPS, type MapName } from "../transaction/variables.js";
import { compileExclusion, compileMacro, compileTarget } from "./compile-target.js";
import type { CompiledEffect, CompiledLink, CompiledMacroPart, CompiledRule, QuickTest } from "./compiled.js";
import { DynamicOperator } from "./dynamic-operator.js";
import { effectsReadMatch } from "./earlier-match.js";
import type { TransformationTree } from "./transformation-tree.js";

export interface RuleCompilerParts {
  readonly operatorOf: (name: string) => OperatorKind | undefined;
  /** Reads data files relative to a rule file. */
  readonly read: (name: string, ruleFile: string) => Uint8Array;
  readonly tree: TransformationTree;
  readonly names: NameTable;
}

/** The files that operators of one rule file see, and the datasets of all. */
class RuleFiles implements OperatorFiles {
  readonly #ruleFile: string;
  readonly #read: RuleCompilerParts["read"];
  readonly #datasets: ReadonlyMap<string, readonly Uint8Array[]>;

  constructor(ruleFile: string, read: RuleCompilerParts["read"], datasets: LoadedRules["datasets"]) {
    this.#ruleFile = ruleFile;
    this.#read = read;
    this.#datasets = datasets;
  }

  read(name: string): Uint8Array {
    return this.#read(name, this.#ruleFile);
  }

  dataset(name: string): readonly Uint8Array[] | undefined {
    return this.#datasets.get(name);
  }
}

/**
 * Rules of phase 1 … 5 at index 0 … 4, markers left out. May be interrupted between rules, and between those of a chain.
 *
 * @throws {PalisadeError} with a place: what an operator's argument, a pattern, or a file is refused for
 */
export function compileRules(
  loaded: LoadedRules,
  parts: RuleCompilerParts,
): Sliced<readonly (readonly CompiledRule[])[]> {
  return new RuleCompiler(loaded, parts).compile();
}

class RuleCompiler {
  readonly #loaded: LoadedRules;
  readonly #parts: RuleCompilerParts;
  readonly #indices: ReadonlyMap<Rule, number>;
  /** Operators of the same name, argument and file are one. */
  readonly #operators = new Map<string, Operator>();
  /** Selections of many rules' `ctl` are the same. */
  readonly #selections = new Map<string, Uint32Array>();

  constructor(loaded: LoadedRules, parts: RuleCompilerParts) {
    this.#loaded = loaded;
    this.#parts = parts;
    this.#indices = new Map(loaded.rules.map((rule, index) => [rule, index]));
  }

  *compile(): Sliced<CompiledRule[][]> {
    const phases: CompiledRule[][] = [];
    for (const items of this.#loaded.phases) {
      // Where each item's successor stands once markers are gone.
      const positions: number[] = [];
      let rules = 0;
      for (const item of items) {
        positions.push(rules);
        if (item.kind === "rule") rules += 1;
      }
      positions.push(rules);
      const compiled: CompiledRule[] = [];
      for (const [at, item] of items.entries())
        if (item.kind === "rule") compiled.push(yield* this.#rule(item, positions[item.skipTo ?? at + 1]!));
      phases.push(compiled);
    }
    return phases;
  }

  *#rule(rule: Rule, skipTo: number): Sliced<CompiledRule> {
    const { disruption } = rule;
    const links: CompiledLink[] = [];
    for (const link of rule.links) {
      links.push(this.#link(link));
      yield;
    }
    return {
      rule,
      index: this.#indices.get(rule)!,
      links,
      quickTest: quickTestOf(links, rule),
      msg: rule.msg && compileMacro(rule.msg, this.#parts.names),
      logdata: rule.logdata && compileMacro(rule.logdata, this.#parts.names),
      redirectTo: disruption.kind === "redirect" ? compileMacro(disruption.to, this.#parts.names) : undefined,
      skipTo,
    };
  }

  #link(link: RuleLink): CompiledLink {
    const exclusions = link.exclusions.map((target) => compileExclusion(target, this.#parts.names));
    const { operator } = link;
    const compiled = operator === undefined ? undefined : this.#operator(operator);
    const effects = link.effects.map((effect) => this.#effect(effect));
    return {
      place: link.place,
      targets: link.targets.map((target) => compileTarget(target, exclusions, this.#parts.names)),
      operator: compiled,
      dynamic: compiled instanceof DynamicOperator,
      steady:
        compiled instanceof DynamicOperator &&
        effects.length === 0 &&
        !link.capture &&
        compiled.argument.parts.every(isSteady),
      negated: operator?.negated ?? false,
      steps: this.#parts.tree.chain(link.transformations, link.place),
      multiMatch: link.multiMatch,
      capture: link.capture,
      effects,
    };
  }

  #operator({ name, argument, place }: RuleOperator): Operator | DynamicOperator {
    const kind = this.#parts.operatorOf(name);
    if (kind === undefined)
      throw ruleError(
        "SECLANG_UNSUPPORTED",
        place,
        `the operator ${name} is not supported, expected one that is`,
      );
    const macro = compileMacro(argument, this.#parts.names);
    const files = new RuleFiles(place.file, this.#parts.read, this.#loaded.datasets);
    if (macro.literal === undefined) return new DynamicOperator(macro, kind, files);
    const text = Buffer.from(macro.literal.octets).toString("latin1");
    const key = `${name.toLowerCase()}\n${/(?:file|f)$/i.test(name) ? place.file : ""}\n${text}`;
    let operator = this.#operators.get(key);
    if (operator === undefined) {
      try {
        operator = kind.compile(macro.literal.octets, files);
      } catch (cause) {
        if (!(cause instanceof PalisadeError)) throw cause;
        throw new PalisadeError(cause.code, `${placeText(place)}: ${cause.message}`, { cause });
      }
      this.#operators.set(key, operator);
    }
    return operator;
  }

  #effect(effect: Effect): CompiledEffect {
    switch (effect.kind) {
      case "setvar":
        return {
          kind: "setvar",
          source: effect,
          map: mapIndex(effect.collection),
          name: compileMacro(effect.name, this.#parts.names),
          operation: effect.operation,
          value: compileMacro(effect.value, this.#parts.names),
        };
      case "initcol":
        return this.#opening(effect, effect.collection);
      case "setsid":
        return this.#opening(effect, "SESSION");
      case "setuid":
        return this.#opening(effect, "USER");
      case "setrsc":
        return this.#opening(effect, "RESOURCE");
      case "expirevar":
        return {
          kind: "expirevar",
          source: effect,
          map: mapIndex(effect.collection),
          name: compileMacro(effect.name, this.#parts.names),
          seconds: effect.seconds,
        };
      case "setenv":
        return {
          kind: "setenv",
          source: effect,
          map: mapIndex("ENV"),
          name: this.#parts.names.of(octetsOf(charsOfName(effect.name))),
          value: effect.value && compileMacro(effect.value, this.#parts.names),
        };
      case "ctl": {
        const { change } = effect;
        if (change.control === "ruleRemove")
          return { kind: "ruleRemove", source: effect, rules: change.rules, bits: this.#bits(change.rules) };
        if (change.control === "ruleRemoveTarget")
          return {
            kind: "ruleRemoveTarget",
            source: effect,
            bits: this.#bits(change.rules),
            exclusion: compileExclusion(change.target, this.#parts.names),
          };
        return { kind: "ctl", source: effect, change };
      }
    }
  }

  #opening(
    source: Extract<Effect, { readonly kind: "initcol" | "setsid" | "setuid" | "setrsc" }>,
    collection: MapName,
  ): CompiledEffect {
    return {
      kind: "open",
      source,
      map: mapIndex(collection),
      collection,
      key: compileMacro(source.key, this.#parts.names),
    };
  }

  #bits(selection: RuleSelection): Uint32Array {
    const key = JSON.stringify(selection, (name, value) =>
      name === "place" ? undefined : value instanceof Uint8Array ? [...value] : value,
    );
    let bits = this.#selections.get(key);
    if (bits === undefined) {
      bits = new Uint32Array((this.#loaded.rules.length + 31) >>> 5);
      for (const [rule, index] of this.#indices)
        if (selectsRule(selection, rule)) bits[index >>> 5]! |= 1 << (index & 31);
      this.#selections.set(key, bits);
    }
    return bits;
  }
}

function mapIndex(name: MapName): number {
  return MAPS.indexOf(name);
}

/** Whether a part of a macro stays what it is while a link goes through its values. */
function isSteady(part: CompiledMacroPart): boolean {
  return part.kind === "octets" || part.reader.kind === "map" || part.reader.kind === "text";
}

function quickTestOf(links: readonly CompiledLink[], { log, disruption }: Rule): QuickTest | undefined {
  const first = links[0]!;
  const { targets, operator, dynamic, negated, steps } = first;
  const [target] = targets;
  if (target === undefined || targets.length > 1 || steps.length > 0 || operator === undefined || dynamic)
    return undefined;
  const { reader, name, count, exclusions } = target;
  const { holds } = operator as Operator;
  if (reader.kind !== "map" || name === undefined || exclusions.length > 0 || holds === undefined)
    return undefined;
  return {
    map: reader.index,
    name,
    count,
    holds: (value) => holds(value) !== negated,
    isTold: log || disruption.kind === "redirect" || links.length > 1 || effectsReadMatch(first),
  };
}
