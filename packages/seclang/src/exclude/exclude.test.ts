import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { AuditRecord } from "../audit/record.js";
import { loadRules } from "../language/load-rules.js";
import { memoryReader } from "../language/memory-reader.build.js";
import { recordOf } from "../replay/record.build.js";
import { Replay } from "../replay/replay.js";
import type { TransactionObserver } from "../transaction/observer.js";
import { type Exchange, engineOf, FORM } from "../transaction/transaction.build.js";
import { EXCLUSION_ID_FIRST, exclusionText, freeRuleId } from "./exclusion-text.js";
import { findExclusion } from "./find-exclusion.js";

function replayWith(rules: string, exclusion?: Uint8Array, observer?: TransactionObserver): Replay {
  const reader = memoryReader({ "a.conf": rules, "before.conf": exclusion ?? "" });
  const loaded = loadRules(["before.conf", "a.conf"], reader);
  return Replay.of(loaded, {
    readData: () => new Uint8Array(0),
    ...(observer !== undefined && { observer }),
  });
}

interface Excluded {
  readonly text: string;
  /** `1 ARGS:q`, `2 -` of rules as a whole. */
  readonly targets: readonly string[];
  readonly why: readonly (string | undefined)[];
  /** Ids of rules that match another record with the exclusion. */
  other(record: AuditRecord): readonly number[];
  /** And this one. */
  readonly left: readonly number[];
}

function excluded(rules: string, what: Exchange, rule?: number): Excluded {
  const record = recordOf(engineOf(rules), "r", what);
  const found = findExclusion(record, rule, 10_000, (text, observer) => replayWith(rules, text, observer));
  const { exclusions } = found;
  const text = exclusionText(10_000, found.scope, exclusions);
  const other = (one: AuditRecord) =>
    replayWith(rules, text)
      .run(one)!
      .hits.map((hit) => hit.rule.id);
  return {
    text: Buffer.from(text).toString("latin1"),
    targets: exclusions.flatMap(
      ({ rule: id, targets }) =>
        targets?.map(
          ({ variable, name }) => `${id} ${variable}${name === undefined ? "" : `:${Buffer.from(name)}`}`,
        ) ?? [`${id} -`],
    ),
    why: exclusions.map(({ why }) => why),
    other,
    left: other(record),
  };
}

const ARGS = 'SecRule ARGS|REQUEST_HEADERS "@contains evil" "id:1,phase:2,deny"\n';
const at = (target: string, headers: Exchange["headers"] = [["Host", "Example.com"]]): AuditRecord =>
  recordOf(engineOf(""), "r", { target, headers });

describe("the narrowest exclusion", () => {
  it("is of one argument, on one path of one host", () => {
    const { text, left, other } = excluded(ARGS, {
      target: "/search?q=evil&p=1",
      headers: [["Host", "Example.com"]],
    });
    assert.equal(
      text,
      `SecRule "REQUEST_HEADERS:Host" "@streq example.com" "id:10000,phase:1,pass,nolog,t:none,t:lowercase,chain"
SecRule "REQUEST_FILENAME" "@streq /search" "t:none,\\
    ctl:'ruleRemoveTargetById=1;ARGS:q'"
`,
    );
    assert.deepEqual(left, []);
    assert.deepEqual(other(at("/search?q=evil")), []);
    assert.deepEqual(other(at("/search?q=evil", [["Host", "EXAMPLE.COM"]])), []);
    assert.deepEqual(other(at("/search?p=evil")), [1]);
    assert.deepEqual(other(at("/search/?q=evil")), [1]);
    assert.deepEqual(other(at("/search?q=evil", [["Host", "other.example"]])), [1]);
    assert.deepEqual(other(at("/search?q=evil", [])), [1]);
  });

  it("is about requests without a host where there was none", () => {
    const { left, other } = excluded(ARGS, { target: "/?q=evil", headers: [] });
    assert.deepEqual([left, other(at("/?q=evil", [])), other(at("/?q=evil"))], [[], [], [1]]);
  });

  it("is of each argument that matched, more than a hit names too", () => {
    const query = Array.from({ length: 40 }, (_, at) => `a${at}=evil`).join("&");
    const { targets, left } = excluded(ARGS, { target: `/?${query}` });
    assert.deepEqual([targets.length, left], [40, []]);
  });

  it("is of each rule that matched, or of one", () => {
    const rules = `${ARGS.replace("deny", "pass")}SecRule ARGS:q "@rx e" "id:2,phase:2,pass"`;
    assert.deepEqual(excluded(rules, { target: "/?q=evil" }).targets, ["1 ARGS:q", "2 ARGS:q"]);
    const one = excluded(rules, { target: "/?q=evil" }, 2);
    assert.deepEqual([one.targets, one.left], [["2 ARGS:q"], [1]]);
  });

  it("finds rules that show when another does not decide any more", () => {
    const rules = `SecRule ARGS:q evil "id:1,phase:1,deny"\nSecRule ARGS:p evil "id:2,phase:2,deny"`;
    assert.deepEqual(excluded(rules, { target: "/?q=evil&p=evil" }).targets, ["1 ARGS:q", "2 ARGS:p"]);
  });

  it("breaks a chain at the link that has names, the one with the fewest", () => {
    const rules = `SecRule REQUEST_METHOD POST "id:1,phase:2,deny,chain"
SecRule ARGS_NAMES "@rx ." "chain"
SecRule ARGS_POST "@contains evil"`;
    const { targets, left } = excluded(rules, {
      method: "POST",
      headers: [FORM],
      target: "/?a=1",
      body: ["q=evil"],
    });
    assert.deepEqual([targets, left], [["1 ARGS_POST:q"], []]);
  });

  it("leaves rules on what other rules wrote: they fall silent by themselves", () => {
    const rules = `SecRule ARGS evil "id:1,phase:2,pass,setvar:tx.score=+5"
SecRule TX:score "@ge 5" "id:2,phase:2,deny"`;
    const { targets, left } = excluded(rules, { target: "/?q=evil" });
    assert.deepEqual([targets, left], [["1 ARGS:q"], []]);
  });

  it("takes such a rule out where nothing that logs wrote it", () => {
    const rules = `SecRule ARGS evil "id:1,phase:2,pass,nolog,setvar:tx.score=+5"
SecRule TX:score "@ge 5" "id:2,phase:2,deny"`;
    const { targets, why, left } = excluded(rules, { target: "/?q=evil" });
    assert.deepEqual([targets, why, left], [["2 -"], ["it tests what other rules wrote"], []]);
  });

  for (const [what, rule, exchange, targets] of [
    ["cookies", "REQUEST_COOKIES", { headers: [["Cookie", "a=b; sid=evil"]] }, ["1 REQUEST_COOKIES:sid"]],
    ["headers", "REQUEST_HEADERS", { headers: [["X-Y", "evil"]] }, ["1 REQUEST_HEADERS:X-Y"]],
    ["arguments without a name", "ARGS", { target: "/?=evil" }, ["1 ARGS:"]],
    ["names of arguments", "ARGS_NAMES", { target: "/?evil=1" }, ["1 ARGS_NAMES:evil"]],
    [
      "one variable of several, all of it",
      "ARGS|QUERY_STRING",
      { target: "/?q=%65evil" },
      ["1 ARGS:q", "1 QUERY_STRING"],
    ],
    ["a rule on the request line", "REQUEST_LINE", { target: "/evil" }, ["1 -"]],
  ] as const) {
    it(`takes out ${what}`, () => {
      const found = excluded(`SecRule ${rule} "@contains evil" "id:1,phase:2,deny"`, exchange);
      assert.deepEqual([found.targets, found.left], [targets, []]);
    });
  }

  it("takes out texts of XML", () => {
    const rules = `SecRule XML:/*|ARGS "@contains evil" "id:1,phase:2,deny"`;
    const { targets, why, left } = excluded(rules, {
      method: "POST",
      headers: [["Content-Type", "text/xml"]],
      body: ["<a>evil</a>"],
    });
    assert.deepEqual([targets, left], [["1 XML:/*"], []]);
    assert.match(why[0]!, /^it matched XML:\/\*, which has no names$/);
  });

  it("says why a rule goes as a whole", () => {
    assert.deepEqual(excluded(`SecRule &ARGS "@gt 1" "id:1,deny"`, { target: "/?a&b" }).why, [
      "it counts ARGS, which no value can be taken out of",
    ]);
    assert.deepEqual(
      excluded(`SecRule REQUEST_BODY x "id:1,deny"`, { method: "POST", headers: [FORM], body: ["x"] }).why,
      ["it matched REQUEST_BODY, which has no names"],
    );
  });

  it("writes names and paths of any octets, and silences these alone", () => {
    const octet = fc.integer({ min: 1, max: 255 });
    const octets = fc.array(
      fc.oneof(octet, fc.constantFrom(...Buffer.from("\"'\\|/%{}%{TX.a},;!&#:. \n\r\t"))),
      {
        minLength: 1,
        maxLength: 8,
      },
    );
    const escaped = (list: readonly number[]) =>
      list.map((code) => `%${code.toString(16).padStart(2, "0")}`).join("");
    fc.assert(
      fc.property(octets, octets, octets, (name, path, host) => {
        const target = `/${escaped(path)}?${escaped(name)}=evil`;
        const headers = [["Host", Buffer.from(host).toString("latin1").trim()]] as const;
        const { left, other, text } = excluded('SecRule ARGS "@contains evil" "id:1,phase:2,deny"', {
          target,
          headers,
        });
        assert.deepEqual(left, [], text);
        assert.match(text, /^[\x20-\x7e\n]*$/);
        assert.deepEqual(other(at(target.replace("=evil", "x=evil"), headers)), [1], text);
        assert.deepEqual(other(at(target.replace("?", "x?"), headers)), [1], text);
      }),
      { numRuns: 150 },
    );
  });

  it("is refused where the record does not tell enough, or nothing matches", () => {
    const impossible = (rules: string, record: AuditRecord, rule: number | undefined, message: RegExp) =>
      assert.throws(
        () => findExclusion(record, rule, 1, (text, observer) => replayWith(rules, text, observer)),
        { code: "EXCLUSION_IMPOSSIBLE", message },
      );
    const record = at("/?q=evil");
    impossible(
      "",
      record,
      undefined,
      /no rule of these files matches the record: give the files that were served/,
    );
    impossible(ARGS, record, 7, /rule 7 does not match the record: those that do are 1$/);
    impossible(ARGS, { ...record, request: null }, undefined, /no request line or no headers: log part B/);
    impossible(
      ARGS,
      { ...record, request: { ...record.request!, body_bytes: 9 } },
      undefined,
      /does not hold all of the request's body: log part C/,
    );
    impossible(
      ARGS,
      at(`/${"a".repeat(5000)}?q=evil`),
      undefined,
      /its path or host has 4096 octets or more/,
    );
  });
});

describe("ids of exclusions", () => {
  it("are free", () => {
    assert.equal(freeRuleId([]), EXCLUSION_ID_FIRST);
    const taken = [1, 0, 3].map((more) => ({ id: EXCLUSION_ID_FIRST + more }));
    assert.equal(freeRuleId(taken), EXCLUSION_ID_FIRST + 2);
  });
});
