/** Which rule files words stand for, of a proxy and of `palisade rules`; the base rule set's where there are none. */
import { posix } from "node:path";
import { PalisadeError } from "@palisade/base";
import { type CoreRules, coreRules, coreSurroundings, defaultRules } from "../rules/default-rules.js";

/** As words among the names of files: the base rule set, and the Core Rule Set of Debian's package. `./base` is a file of that name. */
const BASE_RULES_WORD = "base";
const CORE_RULES_WORD = "crs";

/** What is loaded, and what is said of it. */
export interface ChosenRules {
  /** Paths, in the order in which they are loaded. */
  readonly files: readonly string[];
  /** Where the files are, for people: ` (base rules in /…)`; empty where each was named. */
  readonly from: string;
  /** A line that says what could be loaded instead; undefined where there is nothing to say. */
  readonly advice: string | undefined;
}

/**
 * The files that words stand for. The Core Rule Set sets neither the engine nor the limits of bodies: where nothing is named before it, the
 * base rule set's settings are loaded first, since without them bodies of responses pass unseen, and its refusal of bodies that cannot be
 * read last, since rules see nothing of what stands behind an error.
 *
 * @param words as given; none for the base rule set
 * @param root the folder that stands for `/` where the Core Rule Set is looked for
 * @throws {PalisadeError} `RULES_MISSING` where a rule set that is meant is not there, or is of a version that does not load
 */
export function chosenRules(words: readonly string[], root = "/"): ChosenRules {
  const found: string[] = [];
  const files: string[] = [];
  for (const word of words.length === 0 ? [BASE_RULES_WORD] : words) {
    if (word === BASE_RULES_WORD) {
      const base = defaultRules();
      files.push(...base.files);
      found.push(`${base.name} in ${posix.dirname(base.files[0]!)}`);
    } else if (word === CORE_RULES_WORD) {
      const core = loadableCoreRules(root);
      if (files.length === 0) {
        const { before, behind } = coreSurroundings();
        files.push(before, ...core.files, behind);
      } else files.push(...core.files);
      found.push(`${core.name} in ${posix.join(root, "usr/share/modsecurity-crs/rules")}`);
    } else files.push(word);
  }
  return {
    files,
    from: found.length === 0 ? "" : ` (${found.join(", ")})`,
    advice:
      words.length === 0 && coreRules(root)?.loads === true
        ? `the OWASP Core Rule Set is installed too: \`--rules ${CORE_RULES_WORD}\` loads it instead of the base rules`
        : undefined,
  };
}

function loadableCoreRules(root: string): CoreRules {
  const core = coreRules(root);
  if (core?.loads === true) return core;
  const where = `${posix.join(root, "etc/modsecurity/crs")} and ${posix.join(root, "usr/share/modsecurity-crs/rules")}`;
  const why =
    core === undefined
      ? `no Core Rule Set is in ${where}: install the package modsecurity-crs, version 4 or later`
      : `the Core Rule Set in ${where} is older than version 4, which is the first that loads: install a later one`;
  throw new PalisadeError(
    "RULES_MISSING",
    `${CORE_RULES_WORD}: ${why}, or name its files instead of this word`,
  );
}
