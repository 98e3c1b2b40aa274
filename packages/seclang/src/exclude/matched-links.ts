/** Which variables each rule of a chain matched, in a transaction that is watched. */
import type { Rule, RuleLink } from "../language/rule.js";
import type { Hit } from "../transaction/hit.js";
import type { TransactionObserver } from "../transaction/observer.js";

/** A value that a link matched. */
export interface LinkMatch {
  /** Which rule of the chain, from 0. */
  readonly link: number;
  /** In capital letters; `XML` with its path. */
  readonly variable: string;
  /** Its own name, empty where it has none; undefined: the hit does not tell. */
  readonly name: Uint8Array | undefined;
}

/** Most matches of a rule that are watched; a hit names fewer. */
export const EXCLUSION_MATCHES_MAX = 1_024;

/** Watches one transaction after the other. */
export class MatchObserver implements TransactionObserver {
  readonly #matches = new Map<Rule, { readonly link: number; readonly variable: string }[]>();
  #running: { readonly link: number; readonly variable: string }[] = [];

  /** The next transaction begins. */
  reset(): void {
    this.#matches.clear();
  }

  started(): void {
    this.#running = [];
  }

  tested(
    _rule: Rule,
    link: number,
    variable: string,
    _octets: Uint8Array,
    _start: number,
    _end: number,
    matched: boolean,
  ): void {
    if (matched && this.#running.length < EXCLUSION_MATCHES_MAX) this.#running.push({ link, variable });
  }

  ran(rule: Rule, matched: boolean): void {
    if (matched) this.#matches.set(rule, this.#running);
  }

  /** What the rule of a hit matched: the hit's variables stand in the order of the matches. */
  matchesOf({ rule, variables }: Hit): readonly LinkMatch[] {
    return (this.#matches.get(rule) ?? []).map(({ link, variable }, at) => {
      const label = variables[at]?.name;
      // Behind the variable stands a colon where the value has a name.
      const name = label?.subarray(Math.min(label.length, variable.length + 1));
      return { link, variable, name };
    });
  }
}

/** Whether a variable is counted by a link rather than tested. */
export function isCounted(link: RuleLink, variable: string): boolean {
  return link.targets.some((target) => target.count && target.variable === variable);
}
