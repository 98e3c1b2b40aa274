/** The command as users run it, on requests and rules written for the purpose. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { recordLine } from "@palisade/seclang/record.build.js";
import { fileOf, palisade, type Ran, temporaryFolder } from "../command.build.js";
import { engineFor } from "./engine.build.js";

const folder = temporaryFolder();
const RULES = `SecAction "id:1,phase:1,pass,nolog,setvar:tx.limit=5,ctl:ruleRemoveById=6"
SecRule ARGS "@contains evil" "id:2,phase:2,pass,msg:'Evil %{MATCHED_VAR}',setvar:tx.score=+%{tx.limit}"
SecRule ARGS "@contains wicked" "id:3,phase:2,deny"
SecRule ARGS "@rx ^[0-9]+$" "id:4,phase:2,deny"
SecRule REQUEST_METHOD "@streq GET" "id:5,phase:2,pass,nolog,skip:1"
SecRule REQUEST_METHOD "@streq PUT" "id:7,phase:2,deny"
SecRule REQUEST_METHOD "@streq GET" "id:6,phase:2,deny"
SecRule TX:score "@ge 5" "id:8,phase:2,deny,status:403"
SecAction "id:9,phase:2,pass,nolog"
SecRule RESPONSE_STATUS "@streq 500" "id:10,phase:3,deny,status:502"
`;
const rules = fileOf(folder, "a.conf", RULES);
const evil = fileOf(folder, "evil.http", "GET /?q=evil&n=twin HTTP/1.1\r\nHost: example.com\r\n\r\n");
const good = fileOf(folder, "good.http", "GET /?q=good HTTP/1.1\r\nHost: example.com\r\n\r\n");

interface Told {
  readonly id: number;
  readonly outcome: string;
  readonly msg: string | null;
  readonly variables: readonly { readonly name: string; readonly value: string }[];
  readonly did: readonly string[];
  readonly tested: Readonly<Record<string, number>>;
  readonly needs: string | null;
  readonly skipped_by: number | null;
  readonly microseconds: number | null;
  readonly steps: number | null;
}
interface Report {
  readonly action: unknown;
  readonly last_phase: number;
  readonly missing: string | null;
  readonly notes: readonly string[];
  readonly rules: readonly Told[];
}

const explain = (...words: readonly string[]): Ran => palisade(["rules", "explain", ...words]);

function report(...words: readonly string[]): Report & { readonly status: number | null } {
  const { status, stdout, stderr } = explain("-f", "json", ...words);
  assert.equal(stderr, "");
  return { ...(JSON.parse(stdout) as Report), status };
}

const ruleOf = (found: Report, id: number): Told => found.rules.find((rule) => rule.id === id)!;

describe("rules explain", () => {
  it("tells of each rule what came of it", () => {
    const found = report("--request", evil, "--with", rules);
    assert.deepEqual([found.status, found.action], [1, { action: "deny", status: 403, rule: 8 }]);
    assert.deepEqual(
      found.rules.filter(({ id }) => id !== 4).map(({ id, outcome }) => [id, outcome]),
      [
        [1, "matched"],
        [2, "matched"],
        [3, "cannot-match"],
        [5, "matched"],
        [7, "skipped"],
        [6, "removed"],
        [8, "matched"],
        [9, "phase-over"],
      ],
    );
    assert.equal(ruleOf(found, 7).skipped_by, 5);
    assert.equal(ruleOf(found, 3).needs, '"wicked" in ARGS');
  });

  it("tells what matched, what was tested, what was done and what it cost", () => {
    const found = report("--request", evil, "--with", rules);
    const rule = ruleOf(found, 2);
    assert.deepEqual([rule.msg, rule.variables], ["Evil evil", [{ name: "ARGS:q", value: "evil" }]]);
    assert.deepEqual(rule.did, ["setvar:tx.score=+%{TX.limit}"]);
    // The other argument cannot match, and is not tested.
    assert.deepEqual(rule.tested, { ARGS: 1 });
    assert.ok(rule.steps! > 0 && rule.microseconds! > 0);
    assert.deepEqual([ruleOf(found, 3).steps, ruleOf(found, 3).microseconds], [null, null]);
    assert.deepEqual(ruleOf(found, 1).did, ["setvar:tx.limit=5", "ctl:ruleRemove"]);
  });

  it("stands in a text with the verdict first", () => {
    const { status, stdout, stderr } = explain("--request", evil, "--with", rules);
    assert.deepEqual([status, stderr], [1, ""]);
    assert.match(stdout, /^Refused: deny 403 by 8 in phase 2, as TX:score is 5\.\nGET \/\?q=evil&n=twin\n/);
    assert.match(stdout, /^Phase 2, rule 2 matched: Evil evil\n {4}ARGS:q is evil\n {4}setvar:tx\.score=/m);
    assert.doesNotMatch(stdout, /cannot-match/);
    const all = explain("--request", evil, "--with", rules, "--all");
    assert.match(all.stdout, /^ +2 +3 {2}cannot-match {2}needs "wicked" in ARGS$/m);
    assert.match(all.stdout, /^ +2 +7 {2}skipped +by 5$/m);
    const one = explain("--request", evil, "--with", rules, "--rule", "3");
    assert.match(one.stdout, /needs "wicked"/);
    assert.doesNotMatch(one.stdout, /rule 2 matched/);
  });

  it("counts rules that log nothing in a text, and tells them where all are asked for", () => {
    const brief = explain("--request", evil, "--with", rules).stdout;
    assert.doesNotMatch(brief, /rule [15] matched/);
    assert.match(brief, /^… and 2 rules that log nothing: --all lists them$/m);
    const all = explain("--request", evil, "--with", rules, "--all").stdout;
    assert.match(all, /^Phase 1, rule 1 matched\n {4}setvar:tx\.limit=5$/m);
    assert.match(
      explain("--request", evil, "--with", rules, "--rule", "1").stdout,
      /^Phase 1, rule 1 matched$/m,
    );
  });

  it("ends before phases of which nothing is known, unless the response is there", () => {
    const without = report("--request", good, "--with", rules);
    assert.deepEqual([without.status, without.action, without.last_phase], [0, null, 2]);
    assert.equal(without.missing, "the response");
    assert.equal(ruleOf(without, 10), undefined);
    const response = fileOf(folder, "r.http", "HTTP/1.1 500 No\r\nContent-Length: 2\r\n\r\nhi");
    const found = report("--request", good, "--response", response, "--with", rules);
    assert.deepEqual([found.status, found.action], [1, { action: "deny", status: 502, rule: 10 }]);
  });

  it("takes LF alone as the end of a line, and says so", () => {
    const body =
      "POST / HTTP/1.1\nHost: a\nContent-Type: application/x-www-form-urlencoded\nContent-Length: 6\n\nq=evil";
    const { status, notes } = report("--request", fileOf(folder, "lf.http", body), "--with", rules);
    assert.equal(status, 1);
    assert.match(notes.join(), /end in LF alone, which is taken as CRLF/);
    const input = palisade(["rules", "explain", "--request", "-", "--with", rules], Buffer.from(body));
    assert.match(input.stdout, /^Refused: deny 403 by 8/);
  });

  it("takes a record of an audit log as well", () => {
    const engine = engineFor(RULES);
    const log = fileOf(
      folder,
      "a.jsonl",
      recordLine(engine, "one", { target: "/?q=good" }) + recordLine(engine, "two", { target: "/?q=evil" }),
    );
    assert.deepEqual([report("--from", log, "--id", "one", "--with", rules).status], [0]);
    const { status, action } = report("--from", log, "--id", "two", "--with", rules);
    assert.deepEqual([status, action], [1, { action: "deny", status: 403, rule: 8 }]);
    const unknown = explain("--from", log, "--id", "three", "--with", rules);
    assert.equal(unknown.status, 2);
    assert.match(unknown.stderr, /none of its records has the id three/);
  });

  it("tells phase 1 alone of a record whose request was refused before its end", () => {
    const line = recordLine(engineFor(RULES), "cut", { method: "POST", target: "/?q=evil" });
    const log = (action: unknown) =>
      fileOf(folder, "cut.jsonl", `${JSON.stringify({ ...(JSON.parse(line) as object), action })}\n`);
    const ended = log({ action: "deny", status: 403, rule: 8 });
    assert.equal(report("--from", ended, "--id", "cut", "--with", rules).status, 1);
    const head = fileOf(
      folder,
      "head.jsonl",
      recordLine(engineFor('SecRule REQUEST_HEADERS:X "@rx ." "id:1,phase:1,deny"'), "head", {
        method: "POST",
        headers: [
          ["X", "1"],
          ["Content-Length", "6"],
        ],
      }),
    );
    assert.equal(
      report("--from", head, "--id", "head", "--with", rules).missing,
      "the end of the body of the request",
    );
    const cut = log({ action: "deny", status: 408, rule: null });
    const { status, last_phase, missing } = report("--from", cut, "--id", "cut", "--with", rules);
    assert.deepEqual([status, last_phase, missing], [0, 1, "all behind the head of the request"]);
    assert.match(
      explain("--from", cut, "--id", "cut", "--with", rules).stdout,
      /^Phase 1 is told: all behind the head of the request is not known\.$/m,
    );
  });

  it("does not call let through what is known in part, and says what was recorded", () => {
    const unheld = `SecAuditLogParts ABFHZ\n${RULES}`;
    const line = recordLine(engineFor(unheld), "form", {
      method: "POST",
      headers: [["Content-Type", "application/x-www-form-urlencoded"]],
      body: ["q=evil"],
    });
    const log = fileOf(folder, "form.jsonl", line);
    const { stdout } = explain("--from", log, "--id", "form", "--with", rules);
    assert.match(
      stdout,
      /^Let through as far as is known, in phase 1\.\nPOST .*\nRecorded: deny 403 by 8\.\n/,
    );
    assert.match(stdout, /^Part C of SecAuditLogParts records it, up to 65,536 octets\.$/m);
  });

  it("begins each run with nothing kept, and has the base rule set where none is named", () => {
    const kept = fileOf(
      folder,
      "kept.conf",
      `SecAction "id:1,phase:1,pass,nolog,initcol:ip=%{REMOTE_ADDR},setvar:ip.n=+1"
SecRule IP:n "@ge 2" "id:2,phase:1,deny"
SecAction "id:3,phase:1,pass,nolog"
`,
    );
    const found = report("--request", good, "--with", kept);
    assert.deepEqual([found.status, ruleOf(found, 2).outcome], [0, "no-match"]);
    assert.ok(ruleOf(found, 3).microseconds! > 0);
    assert.ok(report("--request", good).rules.length > 20);
  });

  for (const [title, words, message] of [
    [
      "a file that is not there",
      ["--request", "/nonexistent"],
      /^palisade: \/nonexistent: it cannot be read: there is/,
    ],
    [
      "what is no request",
      ["--request", rules],
      /: no request that a proxy would take \(http\.[\w-]+\), expected/,
    ],
    [
      "a rule that there is not",
      ["--request", good, "--rule", "77", "--with", rules],
      /--rule 77: no rule of/,
    ],
    ["no request", ["--all"], /--request is missing: give a file with a request, or a record/],
    ["two requests", ["--request", good, "--from", "a", "--id", "b"], /are two requests: give one of them/],
    ["a record without its id", ["--from", "a"], /--id is missing/],
    ["a word that belongs to nothing", [good], /give the request with --request/],
  ] as const) {
    it(`refuses ${title} in one line`, () => {
      const { status, stdout, stderr } = explain(...words);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, message);
      assert.equal(stderr.trimEnd().split("\n").length, 1);
    });
  }
});
