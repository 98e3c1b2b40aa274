/** Holds docs/rules.md against the code: every name of the language, and every field of the output. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { OPERATORS, TRANSFORMATIONS, VARIABLES } from "@palisade/seclang";
import { recordLine, recordOf } from "@palisade/seclang/record.build.js";
import { fileOf, palisade, temporaryFolder } from "../command.build.js";
import { engineFor } from "./engine.build.js";

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
function rows(title: string, heading = "JSON"): string[] {
  const lines = section(heading).split("\n");
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

  it("has every field of an audit record, and no other", () => {
    const rules = `SecAuditLogParts ABCEFHZ
SecRule ARGS "@contains evil" "id:1,phase:2,deny,msg:m,logdata:d,severity:2,tag:t,ver:1"`;
    const record = recordOf(engineFor(rules), "r", {
      method: "POST",
      headers: [["Content-Type", "application/x-www-form-urlencoded"]],
      body: ["q=evil"],
    });
    assert.deepEqual(rows("Field", "Audit records"), Object.keys(record));
    // Cut bodies and trailers are rare, and stand where they would.
    const request = rows("Field of `request`", "Audit records");
    assert.deepEqual(
      request.filter((name) => name !== "trailers" && name !== "body_cut"),
      Object.keys(record.request!),
    );
    const [rule] = record.rules;
    assert.deepEqual(rows("Field of `rules`", "Audit records"), Object.keys(rule!));
    const [, response] = /^`response` has ([\s\S]*?) in the same way, and `from`/m.exec(text)!;
    const named = [...response!.matchAll(/`(\w+)`/g)].map(([, name]) => name!);
    for (const name of Object.keys(record.response!)) assert.ok([...named, "from"].includes(name), name);
  });

  it("has every field of a replay, of an exclusion and of an explanation, and no other", () => {
    const engine = engineFor('SecRule ARGS "@contains evil" "id:1,phase:2,deny"');
    const log = fileOf(
      folder,
      "a.jsonl",
      recordLine(engine, "r", { target: "/?q=evil" }) + recordLine(engine, "s", { target: "/?q=evils" }),
    );
    const none = fileOf(folder, "none.conf", "");
    const rule = fileOf(folder, "rule.conf", 'SecRule ARGS "@contains evil" "id:1,phase:2,deny"\n');
    const json = (...words: readonly string[]) =>
      JSON.parse(palisade(["rules", ...words, "-f", "json"]).stdout) as {
        readonly rules: readonly object[];
        readonly examples: readonly object[];
        readonly exclusions: readonly object[];
        readonly others: { readonly examples: readonly object[] };
      };
    const replay = json("replay", log, "--with", none);
    const heading = "JSON of a replay";
    assert.deepEqual(rows("Field", heading), Object.keys(replay));
    assert.deepEqual(rows("Field of `rules` of a replay", heading), Object.keys(replay.rules[0]!));
    assert.deepEqual(rows("Field of `examples`", heading), Object.keys(replay.examples[0]!));
    const exclusion = json("exclude", "--from", log, "--id", "r", "--with", rule);
    assert.deepEqual(rows("Field", "JSON of an exclusion"), Object.keys(exclusion));
    assert.deepEqual(
      rows("Field of `exclusions`", "JSON of an exclusion"),
      Object.keys(exclusion.exclusions[0]!),
    );
    assert.deepEqual(Object.keys(exclusion.others.examples[0]!), Object.keys(replay.examples[0]!));
    const explanation = json("explain", "--from", log, "--id", "r", "--with", rule);
    assert.deepEqual(rows("Field", "JSON of an explanation"), Object.keys(explanation));
    assert.deepEqual(
      rows("Field of `rules` of an explanation", "JSON of an explanation"),
      Object.keys(explanation.rules[0]!),
    );
  });
});
