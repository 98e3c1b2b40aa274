/** The OWASP Core Rule Set as it lies beside the checkout, where it does. */
import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { loadRules } from "./load-rules.js";
import { withoutPlaces } from "./memory-reader.build.js";
import { parseRules } from "./parse-rules.js";
import { printRules } from "./print-rules.js";

const { PALISADE_SHARED } = process.env;
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const folder = PALISADE_SHARED ?? join(root, "../shared");
const crs = join(folder, "corpus/crs");
const skip = existsSync(crs) ? false : `no rule set at ${crs}`;

/** Rules by operator, chained ones too. */
const OPERATORS: Readonly<Record<string, number>> = {
  beginsWith: 1,
  contains: 4,
  detectSQLi: 2,
  detectXSS: 2,
  endsWith: 6,
  eq: 53,
  ge: 42,
  gt: 15,
  ipMatch: 2,
  lt: 190,
  pm: 12,
  pmFromFile: 21,
  rx: 318,
  streq: 9,
  unconditionalMatch: 1,
  validateByteRange: 6,
  validateUrlEncoding: 1,
  validateUtf8Encoding: 1,
  within: 9,
};

describe("the Core Rule Set", { skip }, () => {
  const files = skip
    ? []
    : [
        join(crs, "crs-setup.conf.example"),
        ...readdirSync(join(crs, "rules"))
          .filter((name) => name.endsWith(".conf"))
          .sort()
          .map((name) => join(crs, "rules", name)),
      ];
  const reader = { read: (path: string) => readFileSync(path), list: (path: string) => readdirSync(path) };

  it("loads in full: 629 rules besides that of its settings, and every exclusion has its rule", () => {
    const { rules, exclusions, phases } = loadRules(files, reader);
    const own = rules.filter(({ place }) => place.file !== files[0]);
    assert.equal(own.length, 629);
    assert.equal(new Set(own.map(({ id }) => id)).size, 629);
    assert.equal(exclusions.length, 55);
    assert.ok(exclusions.every(({ rulesChanged }) => rulesChanged === 1));
    assert.equal(phases.flat().filter(({ kind }) => kind === "rule").length, rules.length);
    assert.deepEqual(
      own
        .filter(({ disruption }) => disruption.kind === "deny")
        .map(({ id }) => id)
        .includes(901001),
      true,
    );
  });

  it("has as many rules of each operator as its files say", () => {
    const counts: Record<string, number> = {};
    for (const { links } of loadRules(files, reader).rules)
      for (const { operator } of links)
        if (operator !== undefined) counts[operator.name] = (counts[operator.name] ?? 0) + 1;
    assert.deepEqual(Object.fromEntries(Object.entries(counts).sort()), OPERATORS);
  });

  it("prints as what reads the same", () => {
    for (const file of files) {
      const directives = parseRules(readFileSync(file), file);
      assert.deepEqual(withoutPlaces(parseRules(printRules(directives), file)), withoutPlaces(directives));
    }
  });
});
