import assert from "node:assert/strict";
import { join } from "node:path";
import { describe, it } from "node:test";
import { recordLine, recordOf } from "@palisade/seclang/record.build.js";
import { fileOf, palisade, type Ran, temporaryFolder } from "../command.build.js";
import { engineFor } from "./engine.build.js";

const folder = temporaryFolder();
let files = 0;

function file(suffix: string, text: string): string {
  files += 1;
  return fileOf(folder, `${files}.${suffix}`, text);
}

const rules = (...lines: readonly string[]): string => file("conf", `${lines.join("\n")}\n`);

const OLD = 'SecRule ARGS "@contains evil" "id:1,phase:2,deny,msg:\'Evil in %{MATCHED_VAR_NAME}\'"';
const NEW = [
  'SecRule ARGS "@streq evil" "id:1,phase:2,deny,msg:\'Evil in %{MATCHED_VAR_NAME}\'"',
  'SecRule REQUEST_FILENAME "@beginsWith /admin" "id:2,phase:1,deny,status:404,msg:Admin"',
  'SecRule ARGS:note "@rx ." "id:3,phase:1,pass"',
];

const old = engineFor(OLD);
const LOG = file(
  "jsonl",
  [
    recordLine(old, "plain", { target: "/" }),
    recordLine(old, "admin", { target: "/admin/x" }),
    recordLine(old, "evil", { target: "/?q=evil" }),
    recordLine(old, "evils", { target: "/?q=evils&p=1" }),
    recordLine(old, "note", { target: "/?note=1\xff" }),
    "",
    JSON.stringify({ ...recordOf(old, "bad", {}), request: null }),
  ]
    .join("\n")
    .replaceAll("\n\n", "\n"),
);

const replay = (...words: readonly string[]): Ran => palisade(["rules", "replay", ...words]);

interface Report {
  readonly [field: string]: unknown;
  readonly newly_blocked: number;
  readonly no_longer_blocked: number;
  readonly rules: readonly { readonly id: number; readonly more: number; readonly fewer: number }[];
  readonly examples: readonly { readonly change: string; readonly id: string; readonly line: number }[];
}

function report(...words: readonly string[]): Report & { readonly status: number | null } {
  const { status, stdout, stderr } = replay(...words, "--format", "json");
  assert.equal(stderr, "");
  return { ...(JSON.parse(stdout) as Report), status };
}

describe("a replay of a log", () => {
  it("finds nothing with the rules that were served", () => {
    const found = report(LOG, "--with", rules(OLD));
    assert.equal(found.status, 0);
    const { records, whole, partial, not_replayable, unchanged } = found;
    assert.deepEqual([records, whole, partial, not_replayable, unchanged], [6, 5, 0, 1, 5]);
    assert.deepEqual([found.rules, found.examples], [[], []]);
  });

  it("tells what other rules would do: by kind, by rule, and with examples", () => {
    const found = report(LOG, "--with", rules(...NEW));
    assert.equal(found.status, 1);
    const { newly_blocked, no_longer_blocked, other_answer, other_rules, unchanged, partial, gaps } = found;
    assert.deepEqual(
      [newly_blocked, no_longer_blocked, other_answer, other_rules, unchanged],
      [1, 1, 0, 1, 2],
    );
    assert.deepEqual(
      [partial, gaps],
      [1, { refused: 0, "request-body": 0, response: 1, "response-body": 0 }],
    );
    assert.deepEqual(found.rules, [
      { id: 1, more: 0, fewer: 1, msg: "Evil in ARGS:q", examples: ["evils"] },
      { id: 2, more: 1, fewer: 0, msg: "Admin", examples: ["admin"] },
      { id: 3, more: 1, fewer: 0, msg: null, examples: ["note"] },
    ]);
    assert.deepEqual(found.examples, [
      {
        change: "newly_blocked",
        id: "admin",
        line: 2,
        request: "GET /admin/x",
        before: null,
        after: { action: "deny", status: 404, rule: 2 },
        more: [2],
        fewer: [],
      },
      {
        change: "no_longer_blocked",
        id: "evils",
        line: 4,
        request: "GET /?q=evils&p=1",
        before: { action: "deny", status: 403, rule: 1 },
        after: null,
        more: [],
        fewer: [1],
      },
      {
        change: "other_rules",
        id: "note",
        line: 5,
        request: "GET /?note=1\\xff",
        before: null,
        after: null,
        more: [3],
        fewer: [],
      },
    ]);
  });

  it("is a text for people", () => {
    const { status, stdout } = replay(LOG, "--with", rules(...NEW));
    assert.equal(status, 1);
    assert.match(
      stdout,
      /^5 records replayed, of which 1 in part: 1 record without the response; 1 record without request line or headers\n/,
    );
    assert.match(stdout, /^newly blocked +1$/m);
    assert.match(stdout, /^ +2 +1 +0 {2}Admin$/m);
    assert.match(stdout, /^NEWLY BLOCKED +LINE +BEFORE/m);
    assert.match(stdout, /^admin +2 {2}let through {2}deny 404 by 2 {2}\+2 +GET \/admin\/x$/m);
    assert.match(stdout, /^evils +4 {2}deny 403 by 1 {2}let through {2}-1 +GET \/\?q=evils&p=1$/m);
  });

  it("shows as many examples as are asked for", () => {
    const many = Array.from({ length: 8 }, (_, at) => recordLine(old, `r${at}`, { target: "/admin" }));
    const log = file("jsonl", many.join(""));
    const three = report(log, "--with", rules(...NEW), "--examples", "3");
    assert.deepEqual([three.newly_blocked, three.examples.map(({ id }) => id)], [8, ["r0", "r1", "r2"]]);
    assert.match(
      replay(log, "--with", rules(...NEW)).stdout,
      /^… and 3 more: --examples shows more of them$/m,
    );
    assert.deepEqual(report(log, "--with", rules(...NEW), "--examples", "0").examples, []);
  });

  it("compares two rule sets, whatever was recorded", () => {
    const [before, after] = [rules(OLD), rules(...NEW)];
    const forth = report(LOG, "--with", after, "--against", before);
    assert.deepEqual([forth.newly_blocked, forth.no_longer_blocked], [1, 1]);
    const back = report(LOG, "--with", before, "--against", after);
    assert.deepEqual([back.newly_blocked, back.no_longer_blocked], [1, 1]);
    assert.equal(report(LOG, "--with", before, "--against", before).status, 0);
  });

  it("reads standard input, and a last line without an end", () => {
    const input = Buffer.from(recordLine(old, "r", { target: "/admin" }).trimEnd());
    const { status, stdout } = palisade(
      ["rules", "replay", "-", "--with", rules(...NEW), "-f", "json"],
      input,
    );
    assert.deepEqual([status, (JSON.parse(stdout) as Report).newly_blocked], [1, 1]);
    assert.equal(palisade(["rules", "replay", "-", "--with", rules(OLD)], new Uint8Array(0)).status, 0);
  });

  for (const [what, text, message] of [
    ["is no JSON", "{\n", /: this is not JSON, expected an audit record on each line\n$/],
    ["is no record", "{}\n", /: id is missing, expected a text\n$/],
    ["is no UTF-8", Buffer.from("ff0a", "hex"), /: this is not UTF-8, expected an audit record/],
  ] as const) {
    it(`ends at a line that ${what}, with its place`, () => {
      const log = fileOf(
        folder,
        `bad-${what.replaceAll(" ", "-")}.jsonl`,
        Buffer.concat([
          Buffer.from(recordLine(old, "r", {})),
          typeof text === "string" ? Buffer.from(text) : text,
        ]),
      );
      const { status, stdout, stderr } = replay(log, "--with", rules(OLD));
      assert.deepEqual([status, stdout], [2, ""]);
      assert.ok(stderr.startsWith(`palisade: ${log}:2: `), stderr);
      assert.match(stderr, message);
    });
  }

  it("tells of files that are not there, and of errors in rules", () => {
    const missing = replay(join(folder, "none.jsonl"), "--with", rules(OLD));
    assert.deepEqual([missing.status, missing.stdout], [2, ""]);
    assert.match(missing.stderr, /none\.jsonl: the audit log cannot be read: there is no such file\n$/);
    const folderAsLog = replay(folder, "--with", rules(OLD));
    assert.match(folderAsLog.stderr, /: the audit log cannot be read: it is a folder\n$/);
    const wrong = replay(LOG, "--with", rules("SecRule ARGS"));
    assert.equal(wrong.status, 2);
    assert.match(wrong.stderr, /^palisade: \S+\.conf:1:\d+: /);
    const data = replay(LOG, "--with", rules('SecRule ARGS "@pmFromFile none.data" "id:1,phase:2,pass"'));
    assert.match(data.stderr, /^palisade: \S+\.conf:1:\d+: cannot read none\.data \(there is no such file\)/);
  });
});
