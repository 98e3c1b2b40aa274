/**
 * Rule files loaded together: directives take effect in the order in which they stand, as the reference manual has it. Default
 * actions and exclusions are therefore about rules as follows: `SecDefaultAction` about those behind it, `SecRuleRemove…` and
 * `SecRuleUpdate…` about those before it.
 */
import { atOnce, inSlices, type Sliced } from "../slices.js";
import type { Action, Directive, RulePhase } from "./ast.js";
import {
  actionOf,
  checkChained,
  checkDefaults,
  checkOnce,
  type Draft,
  type DraftLink,
  descriptionOf,
  ruleOf,
  updateActions,
  updateTargets,
} from "./draft.js";
import { expandInclude, INCLUDE_DEPTH_MAX, normalPath, RULE_FILES_MAX, type RuleReader } from "./include.js";
import { CHAIN_LINKS_MAX, parsingRules } from "./parse-rules.js";
import { type Place, placeText, ruleError } from "./place.js";
import { type Exclusion, type LoadedRules, type Marker, type Rule, selectsRule } from "./rule.js";
import { type Settings, withSetting } from "./settings.js";

/** Most rules of one load; those of a chain count as one. */
export const RULES_MAX = 65_536;
/** Most markers of one load. */
export const RULE_MARKERS_MAX = 65_536;

/** What a rule is known by beside its id; to gather it takes longer than to compare ids. */
const NAMELESS = { tags: [], msg: undefined };

const PHASES: readonly RulePhase[] = [1, 2, 3, 4, 5];
/** That of a rule that says none. */
const PHASE_DEFAULT: RulePhase = 2;

/**
 * Loads rule files, and what they include.
 *
 * @param files in order, as the reader knows them
 * @throws {PalisadeError} with a place: see `RuleErrorCode`. Nothing is left out: what cannot be honoured is an error.
 */
export function loadRules(files: readonly string[], reader: RuleReader): LoadedRules {
  return atOnce(loading(files, reader));
}

/**
 * As `loadRules`, while the event loop turns: see `SLICE_MS`. What `loadRules` throws rejects the promise.
 *
 * @param signal where it aborts, nothing more is loaded, and the promise is rejected with its reason
 */
export function loadRulesInSlices(
  files: readonly string[],
  reader: RuleReader,
  signal?: AbortSignal,
): Promise<LoadedRules> {
  return inSlices(loading(files, reader), signal);
}

function* loading(files: readonly string[], reader: RuleReader): Sliced<LoadedRules> {
  const loader = new Loader(reader);
  for (const file of files) yield* loader.load(file, { file, line: 1, column: 1 });
  return yield* loader.finish();
}

class Loader {
  readonly #reader: RuleReader;
  readonly #items: (Draft | Marker)[] = [];
  readonly #ids = new Map<number, Place>();
  readonly #defaults = new Map<RulePhase, { readonly actions: readonly Action[]; readonly place: Place }>();
  readonly #datasets = new Map<string, readonly Uint8Array[]>();
  readonly #signatures: string[] = [];
  readonly #exclusions: Exclusion[] = [];
  readonly #files: string[] = [];
  /** Files that are being read, each included by the one before it. */
  readonly #open: string[] = [];
  #settings: Settings = {};
  #markers = 0;
  /** The rule whose last link says `chain`. */
  #chain: { readonly draft: Draft; readonly place: Place } | undefined;

  constructor(reader: RuleReader) {
    this.#reader = reader;
  }

  /** @param place of what names the file */
  *load(path: string, place: Place): Sliced<void> {
    const normal = normalPath(path);
    if (this.#open.includes(normal))
      throw ruleError("SECLANG_INCLUDE", place, `${path} includes itself, expected another file`);
    if (this.#open.length >= INCLUDE_DEPTH_MAX)
      throw ruleError(
        "SECLANG_LIMIT",
        place,
        `more than ${INCLUDE_DEPTH_MAX} files inside each other, expected fewer`,
      );
    if (this.#files.length >= RULE_FILES_MAX)
      throw ruleError("SECLANG_LIMIT", place, `more than ${RULE_FILES_MAX} files, expected fewer`);
    this.#files.push(path);
    this.#open.push(normal);
    for (const directive of yield* parsingRules(this.#read(path, place), path)) {
      yield* this.#take(directive);
      yield;
    }
    this.#endChain("the file ends");
    this.#open.pop();
  }

  #read(path: string, place: Place): Uint8Array {
    try {
      return this.#reader.read(path);
    } catch (cause) {
      const why = cause instanceof Error ? cause.message.split("\n", 1)[0] : "it cannot be read";
      throw ruleError(
        "SECLANG_INCLUDE",
        place,
        `cannot read ${path} (${why}), expected a file to read`,
        cause,
      );
    }
  }

  *#take(directive: Directive): Sliced<void> {
    if (this.#chain !== undefined && directive.kind !== "SecRule" && directive.kind !== "SecAction")
      this.#endChain(`${directive.kind === "setting" ? directive.setting.name : directive.kind} stands`);
    switch (directive.kind) {
      case "SecRule":
      case "SecAction":
        this.#rule(directive);
        return;
      case "SecDefaultAction":
        this.#default(directive);
        return;
      case "SecMarker":
        this.#marker({ kind: "marker", place: directive.place, label: directive.label });
        return;
      case "Include":
        for (const path of expandInclude(
          directive.pattern,
          directive.place.file,
          this.#reader,
          directive.place,
        ))
          yield* this.load(path, directive.place);
        return;
      case "SecRuleRemove":
        this.#remove(directive);
        return;
      case "SecRuleUpdateTarget":
      case "SecRuleUpdateAction":
        this.#update(directive);
        return;
      case "SecComponentSignature":
        this.#signatures.push(directive.signature);
        return;
      case "SecDataset":
        this.#datasets.set(directive.name, directive.lines);
        return;
      case "setting":
        this.#settings = withSetting(this.#settings, directive.setting, directive.place);
        return;
    }
  }

  #endChain(what: string): void {
    if (this.#chain === undefined) return;
    throw ruleError(
      "SECLANG_RULE",
      this.#chain.place,
      `${what} behind a rule of the chain of ${this.#chain.draft.id}, expected the chain's next SecRule`,
    );
  }

  #rule(directive: Extract<Directive, { readonly kind: "SecRule" | "SecAction" }>): void {
    const { actions } = directive;
    const link: DraftLink = {
      directive,
      targets: directive.kind === "SecRule" ? directive.targets : [],
      actions,
    };
    const draft = this.#chain === undefined ? this.#begin(directive, link) : this.#chain.draft;
    if (this.#chain !== undefined) {
      checkChained(actions, draft.id);
      draft.links.push(link);
    }
    const chain = actionOf(actions, "chain");
    this.#chain = chain === undefined ? undefined : { draft, place: chain.place };
    if (chain !== undefined && draft.links.length >= CHAIN_LINKS_MAX)
      throw ruleError(
        "SECLANG_LIMIT",
        chain.place,
        `a chain of more than ${CHAIN_LINKS_MAX} rules, expected fewer`,
      );
  }

  #begin(directive: Extract<Directive, { readonly kind: "SecRule" | "SecAction" }>, link: DraftLink): Draft {
    const { actions, place } = directive;
    checkOnce(actions);
    const id = actionOf(actions, "id");
    if (id === undefined) throw ruleError("SECLANG_RULE", place, "a rule without an id, expected id:NUMBER");
    const before = this.#ids.get(id.id);
    if (before !== undefined)
      throw ruleError(
        "SECLANG_RULE",
        id.place,
        `the id ${id.id} is that of the rule at ${placeText(before)}, expected one of its own`,
      );
    this.#ids.set(id.id, place);
    if (this.#ids.size > RULES_MAX)
      throw ruleError("SECLANG_LIMIT", place, `more than ${RULES_MAX} rules, expected fewer`);
    const phase = actionOf(actions, "phase")?.phase ?? PHASE_DEFAULT;
    const defaults = this.#defaults.get(phase)?.actions ?? [];
    const draft: Draft = { kind: "rule", id: id.id, phase, defaults, links: [link] };
    this.#items.push(draft);
    return draft;
  }

  #default(directive: Extract<Directive, { readonly kind: "SecDefaultAction" }>): void {
    const phase = checkDefaults(directive);
    const before = this.#defaults.get(phase);
    if (before !== undefined)
      throw ruleError(
        "SECLANG_RULE",
        directive.place,
        `phase ${phase} has default actions at ${placeText(before.place)}, expected them once`,
      );
    this.#defaults.set(phase, { actions: directive.actions, place: directive.place });
  }

  #marker(marker: Marker): void {
    this.#items.push(marker);
    this.#markers += 1;
    if (this.#markers > RULE_MARKERS_MAX)
      throw ruleError("SECLANG_LIMIT", marker.place, `more than ${RULE_MARKERS_MAX} markers, expected fewer`);
  }

  #selected(rules: Exclusion["rules"]): Draft[] {
    return this.#items.filter(
      (item): item is Draft =>
        item.kind === "rule" &&
        selectsRule(rules, rules.by === "id" ? { id: item.id, ...NAMELESS } : descriptionOf(item)),
    );
  }

  #remove({ place, rules }: Extract<Directive, { readonly kind: "SecRuleRemove" }>): void {
    const removed = new Set<Draft | Marker>(this.#selected(rules));
    this.#exclusions.push({ kind: "SecRuleRemove", place, rules, rulesChanged: removed.size });
    if (removed.size === 0) return;
    const kept = this.#items.filter((item) => !removed.has(item));
    this.#items.length = 0;
    for (const item of kept) this.#items.push(item);
    for (const item of removed) if (item.kind === "rule") this.#ids.delete(item.id);
  }

  #update(
    directive: Extract<Directive, { readonly kind: "SecRuleUpdateTarget" | "SecRuleUpdateAction" }>,
  ): void {
    const { place, kind, link: index } = directive;
    const rules: Exclusion["rules"] =
      kind === "SecRuleUpdateTarget"
        ? directive.rules
        : { by: "id", ranges: [{ first: directive.id, last: directive.id }] };
    const drafts = this.#selected(rules);
    for (const draft of drafts) {
      const link = draft.links[index];
      if (link === undefined)
        throw ruleError(
          "SECLANG_RULE",
          place,
          `the chain of ${draft.id} has ${draft.links.length} rules, expected the index of one of them, from 0`,
        );
      if (kind === "SecRuleUpdateTarget") updateTargets(link, directive);
      else updateActions(draft, link, directive);
    }
    this.#exclusions.push({ kind, place, rules, rulesChanged: drafts.length });
  }

  *finish(): Sliced<LoadedRules> {
    const rules = new Map<Draft, Rule>();
    const phases: (Rule | Marker)[][] = [];
    for (const phase of PHASES) {
      const items = this.#items.filter((item) => item.kind === "marker" || item.phase === phase);
      const labels = labelsOf(items);
      const finished: (Rule | Marker)[] = [];
      for (const [index, item] of items.entries()) {
        if (item.kind === "marker") finished.push(item);
        else {
          const rule = ruleOf(item, this.#skipTo(item, index, items, labels));
          rules.set(item, rule);
          finished.push(rule);
          yield;
        }
      }
      phases.push(finished);
    }
    return {
      settings: this.#settings,
      datasets: this.#datasets,
      componentSignatures: this.#signatures,
      phases,
      rules: this.#items.flatMap((item) => (item.kind === "rule" ? [rules.get(item)!] : [])),
      exclusions: this.#exclusions,
      files: this.#files,
    };
  }

  /** Where a rule that matches goes on, in the list of its phase. */
  #skipTo(
    draft: Draft,
    index: number,
    items: readonly (Draft | Marker)[],
    labels: ReadonlyMap<string, readonly number[]>,
  ): number | undefined {
    const skip = actionOf(draft.links[0]!.actions, "skip", "skipAfter");
    if (skip === undefined) return undefined;
    if (skip.kind === "skipAfter") {
      const found = firstBehind(labels.get(skip.label) ?? [], index);
      if (found !== undefined) return found + 1;
      throw ruleError(
        "SECLANG_UNKNOWN",
        skip.place,
        `no marker and no rule "${skip.label}" behind this rule, expected SecMarker ${skip.label}`,
      );
    }
    let left = skip.rules;
    let at = index + 1;
    for (; at < items.length && left > 0; at += 1) if (items[at]!.kind === "rule") left -= 1;
    return at;
  }
}

/** Indices of markers by label, and of rules by id: `skipAfter` names either. */
function labelsOf(items: readonly (Draft | Marker)[]): Map<string, number[]> {
  const labels = new Map<string, number[]>();
  items.forEach((item, index) => {
    const label = item.kind === "marker" ? item.label : `${item.id}`;
    const indices = labels.get(label);
    if (indices === undefined) labels.set(label, [index]);
    else indices.push(index);
  });
  return labels;
}

/** The first of some ascending numbers that is larger than one; undefined where there is none. */
function firstBehind(ascending: readonly number[], than: number): number | undefined {
  let low = 0;
  let high = ascending.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (ascending[middle]! > than) high = middle;
    else low = middle + 1;
  }
  return ascending[low];
}
