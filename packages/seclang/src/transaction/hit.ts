/** What a transaction tells: rules that matched, and what was decided. */
import type { Rule } from "../language/rule.js";

/** Most hits of a transaction; further rules still run, and are counted. */
export const HITS_MAX = 4096;
/** Most octets of an expanded `msg` or `logdata`; the rest is cut off. */
export const HIT_TEXT_BYTES_MAX = 16_384;
/** Most matched variables that a hit names. */
export const HIT_VARIABLES_MAX = 16;
/** Most octets of a value in a hit, and of its name; the rest is cut off. */
export const HIT_VALUE_BYTES_MAX = 4096;

/** A variable that a rule matched. */
export interface MatchedVariable {
  /** `ARGS:name`, up to `HIT_VALUE_BYTES_MAX` octets. */
  readonly name: Uint8Array;
  /** After the transformations, up to `HIT_VALUE_BYTES_MAX` octets. */
  readonly value: Uint8Array;
}

/** A rule that matched, all of its chain, and logs. */
export interface Hit {
  readonly rule: Rule;
  readonly phase: 1 | 2 | 3 | 4 | 5;
  /** Macros expanded when all of the chain has matched: `MATCHED_VAR` and TX.0 are those of its last match. */
  readonly msg: Uint8Array | undefined;
  readonly data: Uint8Array | undefined;
  /** In the order in which they matched. */
  readonly variables: readonly MatchedVariable[];
}

/** What the client gets instead of what it asked for. */
export interface Interruption {
  readonly action: "deny" | "drop" | "redirect";
  readonly status: number;
  /** Where to, of `redirect`. */
  readonly location: Uint8Array | undefined;
  /** Undefined where a limit of the settings decided. */
  readonly rule: Rule | undefined;
}
