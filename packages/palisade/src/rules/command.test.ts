/** The command as users run it, on rule files written for the purpose. */
import assert from "node:assert/strict";
import { existsSync, mkdirSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { fileOf, palisade, type Ran, run, temporaryFolder } from "../command.build.js";
import { coreRules } from "./default-rules.js";

const folder = temporaryFolder();
let files = 0;

/** A new file of rules. */
function rules(...lines: readonly string[]): string {
  files += 1;
  return fileOf(folder, `rules-${files}.conf`, `${lines.join("\n")}\n`);
}

const check = (...words: readonly string[]): Ran => palisade(["rules", "check", ...words]);

interface Place {
  readonly file: string;
  readonly line: number;
  readonly column: number;
}
interface Report {
  readonly files: readonly string[];
  readonly rules: number;
  readonly chained: number;
  readonly phases: Readonly<Record<string, number>>;
  readonly operators: Readonly<Record<string, number>>;
  readonly patterns: readonly (Place & {
    readonly rule: number;
    readonly link: number;
    readonly operator: string;
    readonly engine: string;
    readonly states: number | null;
    readonly captures: boolean;
  })[];
  readonly refused: readonly (Place & {
    readonly rule: number;
    readonly kind: string;
    readonly name: string;
    readonly why: string;
  })[];
  readonly unused_exclusions: readonly (Place & { readonly directive: string; readonly for: string })[];
  readonly settings: readonly (Place & { readonly name: string; readonly value: string })[];
}

/** The report, and the exit status it comes with. */
function report(...words: readonly string[]): Report & { readonly status: number | null } {
  const { status, stdout, stderr } = check("--format", "json", ...words);
  assert.equal(stderr, "");
  return { ...(JSON.parse(stdout) as Report), status };
}

const nothing: readonly string[] = [];

describe("rules that nothing is wrong with", () => {
  const file = rules(
    "SecRuleEngine DetectionOnly",
    'SecAction "id:1,phase:1,pass"',
    'SecRule ARGS "@rx ^(a+)b" "id:2,phase:2,deny,capture,t:lowercase"',
    'SecRule ARGS "@pm he she" "id:3,phase:2,pass,chain"',
    '  SecRule TX:a "!@streq %{TX.b}"',
    'SecRule RESPONSE_BODY "@rx a{1000}" "id:4,phase:4,pass"',
    "SecRuleRemoveById 1",
  );

  it("are counted by phase and operator, and patterns come the largest first", () => {
    const found = report(file);
    assert.equal(found.status, 0);
    assert.deepEqual([found.files, found.rules, found.chained], [[file], 3, 1]);
    assert.deepEqual(found.phases, { 1: 0, 2: 2, 3: 0, 4: 1, 5: 0 });
    assert.deepEqual(found.operators, { rx: 2, pm: 1, streq: 1 });
    assert.deepEqual(
      found.patterns.map(({ rule, link, operator, engine, captures, line, column }) => [
        rule,
        link,
        operator,
        engine,
        captures,
        line,
        column,
      ]),
      [
        [4, 0, "rx", "dfa", false, 6, 24],
        [2, 0, "rx", "dfa", true, 3, 15],
        [3, 0, "pm", "literals", false, 4, 15],
      ],
    );
    assert.ok(statesOf(found, 4) > 1_000);
    // The root, h, he, s, sh and she.
    assert.equal(statesOf(found, 3), 6);
    assert.deepEqual([found.refused, found.unused_exclusions], [[], []]);
  });

  function statesOf(found: Report, id: number): number {
    return found.patterns.find(({ rule }) => rule === id)!.states!;
  }

  it("stand in a table, which says what settings are for", () => {
    const { status, stdout, stderr } = check(file);
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^1 file, 3 rules and 1 more in chains\n {2}\S+\.conf\n\n/);
    assert.match(stdout, /^PHASE {2}RULES\n1 +0\n2 +2\n3 +0\n4 +1\n5 +0\n\n/m);
    assert.match(stdout, /^OPERATOR {2}RULES\nrx +2\npm +1\nstreq +1\n\n/m);
    assert.match(stdout, / 2 {2}rx +linear DFA +\d+ {2}yes +\S+:3:15\n/);
    assert.match(stdout, / 3 {2}pm +literals +6 {2}no +\S+:4:15\n/);
    assert.match(stdout, /^No operator and no selector is refused\.$/m);
    assert.match(stdout, /^No exclusion is without effect\.$/m);
    assert.match(
      stdout,
      /^Settings are read and checked; docs\/rules\.md has those that `palisade shield` runs with\.$/m,
    );
    assert.match(stdout, /^SecRuleEngine {2}DetectionOnly {2}\S+:1:1$/m);
  });

  it("are those of several files in the order given", () => {
    const removing = rules("SecRuleRemoveById 7");
    const ruled = rules('SecAction "id:7,pass"');
    assert.deepEqual(report(ruled, removing).unused_exclusions, []);
    const { status, unused_exclusions } = report(removing, ruled);
    assert.equal(status, 1);
    assert.deepEqual(unused_exclusions, [
      { directive: "SecRuleRemoveById", for: "7", file: removing, line: 1, column: 1 },
    ]);
  });

  it("are those of the base rule set where its word stands, and the Core Rule Set is looked for at its own", () => {
    const found = report(rules('SecAction "id:1,pass"'), "base", rules("SecRuleRemoveById 450106"));
    assert.equal(found.status, 0);
    assert.equal(found.files.filter((path) => /\/base-\d-\w+\.conf$/.test(path)).length, 7);
    const { status, stderr } = check("crs");
    if (coreRules()?.loads !== true) {
      assert.equal(status, 2);
      assert.match(stderr, /^palisade: crs: .*, or name its files instead of this word\n$/);
    } else assert.equal(stderr, "");
  });

  it("may be none", () => {
    const empty = rules("# nothing");
    const { status, stdout } = check(empty);
    assert.equal(status, 0);
    assert.match(stdout, /^1 file, 0 rules\n/);
    assert.deepEqual(report(empty).patterns, []);
  });

  it("have their data files beside them, also where they are included", () => {
    mkdirSync(join(folder, "below"));
    fileOf(join(folder, "below"), "words.data", "# words\nalpha\nbeta\n");
    const below = fileOf(
      join(folder, "below"),
      "inner.conf",
      'SecRule ARGS "@pmFromFile words.data" "id:9,pass"\n',
    );
    const found = report(rules("Include below/*.conf"));
    assert.equal(found.status, 0);
    assert.deepEqual(found.files.slice(1), [below]);
    assert.equal(found.patterns[0]!.states, 10);
    const absolute = rules(`SecRule ARGS "@pmFromFile ${join(folder, "below/words.data")}" "id:9,pass"`);
    assert.equal(report(absolute).patterns[0]!.states, 10);
  });

  it("have lists from datasets", () => {
    const found = report(
      rules("SecDataset words `", "one", "two", "`", 'SecRule ARGS "@pmFromDataset words" "id:9,pass"'),
    );
    assert.deepEqual([found.status, found.patterns[0]!.states], [0, 7]);
  });

  it("may name detectors", () => {
    const found = report(
      rules('SecRule ARGS "@detectSQLi" "id:1,pass"', 'SecRule ARGS "@detectXSS" "id:2,pass"'),
    );
    assert.deepEqual([found.status, found.operators], [0, { detectSQLi: 1, detectXSS: 1 }]);
  });
});

describe("the table of patterns", () => {
  const file = rules(
    ...Array.from({ length: 14 }, (_, at) => `SecRule ARGS "@rx a{${at + 1}}" "id:${at + 1},pass"`),
  );
  const rows = (stdout: string): number => [...stdout.matchAll(/^ *\d+ {2}rx {2}/gm)].length;

  it("has the largest ten, and says how many are left", () => {
    const { stdout } = check(file);
    assert.equal(rows(stdout), 10);
    assert.match(stdout, /^… and 4 smaller ones: --all lists them$/m);
    assert.match(stdout, /^ *14 {2}rx/m);
  });

  it("has all with --all", () => {
    const { stdout } = check("--all", file);
    assert.equal(rows(stdout), 14);
    assert.doesNotMatch(stdout, /--all/);
  });

  it("does not cut JSON", () => assert.equal(report(file).patterns.length, 14));
});

describe("what is found", () => {
  const file = rules(
    'SecRule ARGS "@rx (a)\\1" "id:1,pass"',
    'SecRule ARGS:/^a(?=b)/ "@rx a" "id:2,pass"',
    "SecRuleRemoveById 70 80-90",
    "SecRuleRemoveByTag nobody",
    'SecRuleRemoveByMsg "no such"',
    'SecRuleUpdateTargetById 71 "!ARGS:a"',
    'SecRuleUpdateActionById 72 "pass"',
  );

  it("is told with its place, and the exit status 1", () => {
    const { status, refused, unused_exclusions } = report(file);
    assert.equal(status, 1);
    assert.deepEqual(
      refused.map(({ rule, kind, name, line, column }) => [rule, kind, name, line, column]),
      [
        [1, "operator", "rx", 1, 15],
        [2, "selector", "ARGS", 2, 9],
      ],
    );
    assert.match(refused[0]!.why, /back-references/);
    assert.match(refused[1]!.why, /^the selector of ARGS: .*look-ahead/);
    assert.deepEqual(
      unused_exclusions.map((one) => [one.directive, one.for, one.line]),
      [
        ["SecRuleRemoveById", "70 80-90", 3],
        ["SecRuleRemoveByTag", "nobody", 4],
        ["SecRuleRemoveByMsg", "no such", 5],
        ["SecRuleUpdateTargetById", "71", 6],
        ["SecRuleUpdateActionById", "72", 7],
      ],
    );
  });

  it("stands in the table", () => {
    const { status, stdout, stderr } = check(file);
    assert.deepEqual([status, stderr], [1, ""]);
    assert.match(stdout, /^RULE {2}REFUSED {2}PLACE +WHY\n +1 {2}@rx +\S+:1:15 {2}@rx: .*back-references/m);
    assert.match(stdout, /^SecRuleRemoveByMsg +no such +\S+:5:1$/m);
  });

  it("is shown without the terminal's commands in it", () => {
    const { stdout } = check(rules('SecRuleRemoveByMsg "\x1b[31mred"'));
    assert.ok(!stdout.includes("\x1b"));
    assert.match(stdout, /\\x1b\[31mred/);
  });
});

describe("an error is told in one line with its place, and the exit status 2", () => {
  for (const [title, lines, message] of [
    [
      "a directive that there is not",
      ["", "SecRul ARGS a"],
      /:2:1: unknown directive "SecRul", expected SecRule\n/,
    ],
    [
      "an operator that is refused by name",
      ['SecRule ARGS "@rbl a" "id:1"'],
      /:1:16: the operator rbl is not supp/,
    ],
    [
      "the pattern of the statuses of a log",
      ["", 'SecAuditLogRelevantStatus "("'],
      /:2:1: SecAuditLogRelevantStatus "\(": it is no regular expression/,
    ],
    ["a pattern", ['SecRule ARGS "@rx (a" "id:1"'], /:1:15: @rx: pattern at 0, "\(a": a \( without its \)/],
    ["the pattern of a selector", ['SecRule ARGS:/(/ a "id:1"'], /:1:9: the selector of ARGS: pattern at 0/],
    [
      "the pattern of a selector of ctl",
      ['SecAction "id:1,pass,ctl:ruleRemoveTargetById=2;ARGS:/(/"'],
      /:1:\d+: the selector of ARGS: pattern at 0/,
    ],
    [
      "an address",
      ['SecRule REMOTE_ADDR "@ipMatch 10.0.0.300" "id:1"'],
      /:1:22: @ipMatch: "10\.0\.0\.300" is no/,
    ],
    [
      "a data file that there is not",
      ['SecRule ARGS "@pmFromFile none.data" "id:1"'],
      /:1:15: cannot read none\.data \(there is no such file\), expected a data file/,
    ],
    [
      "a dataset that there is not",
      ['SecRule ARGS "@pmFromDataset d" "id:1"'],
      /:1:15: @pmFromDataset: no dataset/,
    ],
    [
      "a file that is not included",
      ["Include nowhere.conf"],
      /:1:1: cannot read \S+nowhere\.conf \(there is no/,
    ],
  ] as const) {
    it(title, () => {
      const file = rules(...lines);
      for (const words of [nothing, ["--format", "json"]]) {
        const { status, stdout, stderr } = check(file, ...words);
        assert.deepEqual([status, stdout], [2, ""]);
        assert.match(stderr, message);
        assert.ok(stderr.startsWith(`palisade: ${file}:`), stderr);
        assert.equal(stderr.indexOf("\n"), stderr.length - 1);
      }
    });
  }

  for (const [file, why] of [
    [join(folder, "none.conf"), "there is no such file"],
    [folder, "it is a folder"],
    ["/dev/zero", "it is a pipe, a socket or a device"],
  ] as const) {
    it(`a file that cannot be read: ${why}`, () => {
      const { status, stdout, stderr } = check(file);
      assert.deepEqual(
        [status, stdout, stderr],
        [2, "", `palisade: ${file}:1:1: cannot read ${file} (${why}), expected a file to read\n`],
      );
    });
  }

  it("a pipe, which nobody may ever write into", () => {
    const pipe = join(folder, "pipe");
    assert.equal(run("mkfifo", [pipe]).status, 0);
    for (const line of [`Include ${pipe}`, `SecRule ARGS "@pmFromFile ${pipe}" "id:1"`]) {
      const { status, stderr } = check(rules(line));
      assert.equal(status, 2);
      assert.match(
        stderr,
        /^palisade: \S+:1:\d+: cannot read \S+ \(it is a pipe, a socket or a device\), expected .*\n$/,
      );
    }
  });

  it("a word that there is not", () => {
    const { status, stdout, stderr } = palisade(["rules", "chek", "a.conf"]);
    assert.deepEqual(
      [status, stdout, stderr],
      [2, "", "palisade: there is no `palisade rules chek`: did you mean check?\n"],
    );
  });
});

describe("the help", () => {
  it("has examples and exit statuses", () => {
    const { status, stdout, stderr } = check("--help");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /^Usage: palisade rules check FILE…/m);
    assert.match(stdout, /^Exit status: 0 done, 1 /m);
    assert.match(stdout, /^Examples\n {2}palisade rules check /m);
    assert.ok(stdout.split("\n").every((line) => line.length <= 80));
  });

  it("is listed by the program", () => {
    assert.match(palisade(["--help"]).stdout, /^ {2}rules check FILE… /m);
  });
});

const { PALISADE_SHARED } = process.env;
const root = fileURLToPath(new URL("../../../../", import.meta.url));
const crs = join(PALISADE_SHARED ?? join(root, "../shared"), "corpus/crs");

describe("the Core Rule Set", { skip: existsSync(crs) ? false : `no rule set at ${crs}` }, () => {
  it("has nothing that is refused, and its counts", () => {
    const names = readdirSync(join(crs, "rules"))
      .filter((name) => name.endsWith(".conf"))
      .sort();
    const found = report(
      join(crs, "crs-setup.conf.example"),
      ...names.map((name) => join(crs, "rules", name)),
    );
    assert.deepEqual([found.status, found.refused, found.unused_exclusions], [0, [], []]);
    // 629, and that of its settings.
    assert.equal(found.rules, 630);
    assert.equal(
      Object.values(found.phases).reduce((sum, count) => sum + count, 0),
      630,
    );
    const { rx, pmFromFile, pm } = found.operators;
    assert.deepEqual([rx, pmFromFile, pm], [318, 21, 12]);
    assert.equal(found.patterns.length, 318 + 21 + 12);
    assert.ok(found.patterns.every(({ states }) => states !== null && states > 0));
    assert.equal(found.patterns.filter(({ engine }) => engine === "dfa").length, 318);
  });
});
