/** Holds docs/rules.md against the code: every name of the language, and every field of the output. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { OPERATORS, TRANSFORMATIONS, VARIABLES } from "@palisade/seclang";
import { fileOf, palisade, temporaryFolder } from "../command.build.js";

const text = readFileSync(new URL("../../../../docs/rules.md", import.meta.url), "utf8");
const folder = temporaryFolder();

/** From a heading to the next. */
function section(title: string): string {
  const found = text.split(/^#+ /m).find((part) => part.startsWith(`${title}\n`));
  assert.ok(found !== undefined, title);
  return found;
}

/** The names of the paragraphs that hold nothing but names, and of those that begin with a word. */
function namesIn(part: string, word = ""): string[] {
  return part
    .split("\n\n")
    .filter((paragraph) => (word === "" ? /^`\w+`[,.]/ : new RegExp(`^${word}: `)).test(paragraph))
    .flatMap((paragraph) => [...paragraph.matchAll(/`(\w+)`/g)].map(([, name]) => name!))
    .sort();
}

/** What stands in backquotes in the first column of the table whose first column has this title. */
function rows(title: string): string[] {
  const lines = section("JSON").split("\n");
  const start = lines.findIndex((line) => line.startsWith(`| ${title} `));
  assert.ok(start >= 0, title);
  const length = lines.slice(start).findIndex((line) => !line.startsWith("|"));
  return lines
    .slice(start + 2, start + length)
    .flatMap((line) => [...line.split(" |")[0]!.matchAll(/`([^`]+)`/g)].map(([, name]) => name!));
}

describe("docs/rules.md", () => {
  for (const [title, { known, refused }] of [
    ["Operators", OPERATORS],
    ["Transformations", TRANSFORMATIONS],
    ["Variables", VARIABLES],
  ] as const) {
    it(`has all names of ${title.toLowerCase()}, and no other`, () => {
      // XML has a sentence of its own.
      const names = [...known.values()].map(({ name }) => name).filter((name) => name !== "XML");
      assert.ok(names.length > 0);
      assert.deepEqual(
        namesIn(section(title)).filter((name) => name !== "XML"),
        names.sort(),
      );
      assert.deepEqual(
        namesIn(section(title), "Refused"),
        [...refused.values()].map(({ name }) => name).sort(),
      );
    });
  }

  it("says in whose arguments macros are expanded", () => {
    const [, list] = /^- Macros are expanded in the arguments of ([\s\S]*?) alone/m.exec(text)!;
    const expanded = [...OPERATORS.known.values()].filter(({ macros }) => macros).map(({ name }) => name);
    assert.deepEqual([...list!.matchAll(/`@(\w+)`/g)].map(([, name]) => name!).sort(), expanded.sort());
  });

  it("has every field of the output, and no other", () => {
    const file = fileOf(
      folder,
      "a.conf",
      'SecRuleEngine On\nSecRule ARGS "@rx (a)\\1" "id:1"\nSecRule ARGS a "id:2"\nSecRuleRemoveById 3\n',
    );
    const { stdout } = palisade(["rules", "check", "--format", "json", file]);
    const report = JSON.parse(stdout) as Readonly<Record<string, unknown>>;
    assert.deepEqual(rows("Field"), Object.keys(report));
    for (const name of ["patterns", "refused", "unused_exclusions", "settings"]) {
      const [first] = report[name] as readonly object[];
      assert.deepEqual(rows(`Field of \`${name}\``), Object.keys(first!), name);
    }
  });
});
