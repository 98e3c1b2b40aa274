import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { recordLine } from "@palisade/seclang/record.build.js";
import { fileOf, palisade, type Ran, temporaryFolder } from "../command.build.js";
import { engineFor } from "./engine.build.js";

const folder = temporaryFolder();
let files = 0;

function file(suffix: string, text: string): string {
  files += 1;
  return fileOf(folder, `${files}.${suffix}`, text);
}

const exclude = (...words: readonly string[]): Ran => palisade(["rules", "exclude", ...words]);

/** A rule that finds, and one that decides on the score. */
const RULES = `SecRule ARGS|REQUEST_HEADERS|REQUEST_LINE "@contains evil" "id:1,phase:2,pass,msg:Evil,setvar:tx.score=+5"
SecRule TX:score "@ge 5" "id:2,phase:2,deny,status:403"
SecRule ARGS:n "@rx ^[0-9]+$" "id:10000,phase:1,pass,nolog"
`;
const NARROW = RULES.replace("|REQUEST_LINE", "");

interface Report {
  readonly rules: string;
  readonly wider_rules: string | null;
  readonly rule_id: number;
  readonly silenced: boolean;
  readonly still: readonly number[];
  readonly before: unknown;
  readonly after: unknown;
  readonly last_phase: number;
  readonly exclusions: readonly unknown[];
  readonly others: {
    readonly records: number;
    readonly no_longer_blocked: number;
    readonly examples: readonly { readonly change: string; readonly id: string; readonly line: number }[];
  };
}

function report(...words: readonly string[]): Report & { readonly status: number | null } {
  const { status, stdout, stderr } = exclude(...words, "-f", "json");
  assert.equal(stderr, "");
  return { ...(JSON.parse(stdout) as Report), status };
}

function logOf(rules: string): string {
  const engine = engineFor(rules);
  return file(
    "jsonl",
    [
      recordLine(engine, "good", { target: "/search?q=good" }),
      recordLine(engine, "mine", { target: "/search?q=an+evil+word" }),
      recordLine(engine, "same", { target: "/search?q=evil+twin" }),
      recordLine(engine, "other-argument", { target: "/search?p=evil" }),
      recordLine(engine, "other-path", { target: "/find?q=evil" }),
      recordLine(engine, "both", { target: "/search?q=evil&p=evil" }),
    ].join(""),
  );
}

describe("an exclusion", () => {
  const rules = file("conf", NARROW);
  const log = logOf(NARROW);

  it("is a rule that silences the record, and what else it lets through is told", () => {
    const found = report("--from", log, "--id", "mine", "--with", rules);
    assert.equal(found.status, 0);
    assert.deepEqual([found.silenced, found.still, found.wider_rules], [true, [], null]);
    assert.deepEqual([found.before, found.after], [{ action: "deny", status: 403, rule: 2 }, null]);
    assert.deepEqual(found.exclusions, [{ rule: 1, targets: ["ARGS:q"], wider_because: null, active: true }]);
    // 10000 is taken.
    assert.equal(found.rule_id, 10_001);
    assert.equal(
      found.rules,
      `SecRule "REQUEST_HEADERS:Host" "@streq example.com" "id:10001,phase:1,pass,nolog,t:none,t:lowercase,chain"
SecRule "REQUEST_FILENAME" "@streq /search" "t:none,\\
    ctl:'ruleRemoveTargetById=1;ARGS:q'"
`,
    );
    assert.deepEqual([found.others.records, found.others.no_longer_blocked], [5, 1]);
    assert.deepEqual(
      found.others.examples.map(({ change, id, line }) => [change, id, line]),
      [["no_longer_blocked", "same", 3]],
    );
  });

  it("can be put before the rules, and then nothing is left to silence", () => {
    const { status, stdout, stderr } = exclude("--from", log, "--id", "mine", "--with", rules);
    assert.equal(status, 0);
    assert.match(
      stdout,
      /^# Silences rule 1 in record mine of 2023-11-14T22:13:20\.000Z: GET \/search\?q=an\+evil\+word\nSecRule /,
    );
    assert.match(
      stderr,
      /^Record mine \(deny 403 by 2\) is silenced\.\nOf 5 other records.*: also lets through 1; 0 more match/,
    );
    assert.match(
      stderr,
      /^also lets through {2}same +3 {2}deny 403 by 2 {2}let through {2}GET \/search\?q=evil\+twin$/m,
    );
    const before = file("conf", stdout);
    const again = exclude("--from", log, "--id", "mine", "--with", before, rules);
    assert.deepEqual([again.status, again.stdout], [2, ""]);
    assert.match(again.stderr, /no rule of these files matches the record/);
    const replay = palisade(["rules", "replay", log, "--with", before, rules, "-f", "json"]);
    assert.equal((JSON.parse(replay.stdout) as { no_longer_blocked: number }).no_longer_blocked, 2);
  });

  it("is of one rule where one is asked for", () => {
    const two = file("conf", `${NARROW}SecRule ARGS:q "@contains word" "id:3,phase:1,pass"\n`);
    const found = report("--from", log, "--id", "mine", "--with", two, "--rule", "3");
    assert.deepEqual([found.status, found.silenced], [0, true]);
    assert.deepEqual(found.exclusions, [{ rule: 3, targets: ["ARGS:q"], wider_because: null, active: true }]);
    const { stderr } = exclude("--from", log, "--id", "mine", "--with", two, "--rule", "3");
    assert.match(stderr, /is silenced\. Other rules refuse it still: deny 403 by 2\.\n/);
    const all = report("--from", log, "--id", "mine", "--with", two);
    assert.equal(all.exclusions.length, 2);
  });

  it("is told of phase 1 alone where the body never came, as the head was refused", () => {
    const early = file("conf", 'SecRule REQUEST_HEADERS:X "@contains evil" "id:1,phase:1,deny"\n');
    const headers = [
      ["X", "evil"],
      ["Content-Length", "6"],
    ] as const;
    const line = recordLine(
      engineFor('SecRule REQUEST_HEADERS:X "@contains evil" "id:1,phase:1,deny"'),
      "mine",
      {
        method: "POST",
        headers,
      },
    );
    const words = ["--from", file("jsonl", line), "--id", "mine", "--with", early];
    const { silenced, last_phase } = report(...words);
    assert.deepEqual([silenced, last_phase], [true, 1]);
    assert.match(
      exclude(...words).stderr,
      /is silenced in phase 1: it does not hold the rest of the request\.\n/,
    );
    assert.equal(report("--from", log, "--id", "mine", "--with", rules).last_phase, 2);
  });

  it("tells records that it touches through what rules keep", () => {
    const counting = `SecAction "id:5,phase:1,pass,nolog,initcol:ip=%{REMOTE_ADDR}"
SecRule ARGS "@contains evil" "id:1,phase:2,pass,setvar:ip.bad=+1"
SecRule IP:bad "@ge 2" "id:2,phase:2,deny"
`;
    const engine = engineFor(counting);
    const counted = file(
      "jsonl",
      recordLine(engine, "first", { target: "/a?q=evil" }) +
        recordLine(engine, "second", { target: "/b?q=evil" }),
    );
    const found = report("--from", counted, "--id", "first", "--with", file("conf", counting));
    assert.deepEqual(
      found.others.examples.map(({ change, id }) => [change, id]),
      [["no_longer_blocked", "second"]],
    );
  });
});

describe("an exclusion where nothing narrow can be taken out", () => {
  const only = 'SecRule REQUEST_LINE "@contains evil" "id:1,phase:1,deny"\n';
  const rules = file("conf", only);
  const log = logOf(only);

  it("is offered as a comment, and does not silence", () => {
    const { status, stdout, stderr } = exclude("--from", log, "--id", "mine", "--with", rules);
    assert.equal(status, 1);
    assert.match(
      stdout,
      /^# Rule 1 matches still: it matched REQUEST_LINE, which has no names\. On this path, the rule itself\n# would have to go\.$/m,
    );
    assert.match(
      stdout,
      /^# SecRule "REQUEST_FILENAME" "@streq \/search" "t:none,\\\n# {5}ctl:'ruleRemoveById=1'"$/m,
    );
    assert.ok(stdout.split("\n").every((line) => line === "" || line.startsWith("# ")));
    const checked = palisade([
      "rules",
      "check",
      "-f",
      "json",
      file("conf", `${stdout}SecAction "id:9,pass"\n`),
    ]);
    assert.equal((JSON.parse(checked.stdout) as { rules: number }).rules, 1);
    assert.match(stderr, /^Record mine \(deny 403 by 1\) is not silenced: rule 1 matches still\.\n/);
  });

  it("is written where it is asked for", () => {
    const found = report("--from", log, "--id", "mine", "--with", rules, "--wider");
    assert.deepEqual([found.status, found.silenced, found.wider_rules], [0, true, null]);
    assert.match(found.rules, /ctl:'ruleRemoveById=1'/);
    assert.deepEqual(
      found.others.examples.map(({ id }) => id),
      ["same", "other-argument", "both"],
    );
  });

  it("is in part narrow, and in part offered", () => {
    const mixed = file("conf", `${NARROW}SecRule QUERY_STRING "@contains evil" "id:4,phase:2,pass"\n`);
    const found = report("--from", logOf(NARROW), "--id", "mine", "--with", mixed);
    assert.deepEqual([found.status, found.silenced, found.still, found.after], [1, false, [4], null]);
    assert.deepEqual(found.exclusions, [
      { rule: 1, targets: ["ARGS:q"], wider_because: null, active: true },
      { rule: 4, targets: null, wider_because: "it matched QUERY_STRING, which has no names", active: false },
    ]);
    assert.match(found.wider_rules!, /ruleRemoveTargetById=1;ARGS:q.*ruleRemoveById=4/s);
  });
});

describe("an exclusion that cannot be", () => {
  const rules = file("conf", NARROW);
  const log = logOf(NARROW);
  for (const [what, words, message] of [
    [
      "a record that there is not",
      ["--id", "none"],
      /: none of its records has the id none: give the "id" of one\n$/,
    ],
    [
      "a record that nothing matches",
      ["--id", "good"],
      /: no rule of these files matches the record: give the files/,
    ],
    [
      "a rule that does not match",
      ["--id", "mine", "--rule", "7"],
      /: rule 7 does not match the record: those that do are 1, 2\n$/,
    ],
  ] as const) {
    it(`is told: ${what}`, () => {
      const { status, stdout, stderr } = exclude("--from", log, ...words, "--with", rules);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, message);
    });
  }
});
