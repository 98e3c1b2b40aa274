import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import type { AuditRecord } from "../audit/record.js";
import { auditText } from "../audit/text.js";
import { type Exchange, engineOf, FORM } from "../transaction/transaction.build.js";
import { compareJudgements, recordedJudgement, replayedJudgement } from "./compare.js";
import { recordOf } from "./record.build.js";
import { Replay, type ReplayVerdict } from "./replay.js";

const replayOf = (rules: string): Replay =>
  Replay.of(engineOf(rules).rules, { readData: () => new Uint8Array(0) });

function verdict(rules: string, record: AuditRecord): ReplayVerdict {
  return replayOf(rules).run(record)!;
}

const ids = ({ hits }: ReplayVerdict): number[] => hits.map(({ rule }) => rule.id);

const RULES = `SecRule ARGS|REQUEST_HEADERS "@contains evil" "id:1,phase:2,deny,status:406"
SecRule REQUEST_FILENAME "@contains .bak" "id:2,phase:1,pass"
SecRule RESPONSE_HEADERS:X-Leak "@rx ." "id:3,phase:3,deny"
SecRule RESPONSE_BODY "@contains secret" "id:4,phase:4,deny,status:502"
SecRule TX:never "@rx ." "id:5,phase:5,pass"
SecRule REQUEST_METHOD "@rx ." "id:6,phase:5,pass"`;
const WITH_BODIES = `SecResponseBodyAccess On\nSecAuditLogParts ABCEFHZ\n${RULES}`;

const compare = (before: string, after: string, what: Exchange) => {
  const record = recordOf(engineOf(before), "r", what);
  return compareJudgements(recordedJudgement(record), replayedJudgement(verdict(after, record)));
};

describe("a replay", () => {
  it("comes to the verdict that is recorded, with the rules that were served", () => {
    const octet = fc.integer({ min: 0, max: 255 }).map((code) => String.fromCharCode(code));
    const chars = fc.array(fc.oneof(octet, fc.constantFrom("evil", "secret", "=", "&", "%65")), {
      maxLength: 8,
    });
    const engine = engineOf(WITH_BODIES);
    const replay = replayOf(WITH_BODIES);
    fc.assert(
      fc.property(chars, chars, chars, fc.boolean(), (query, body, answer, leaks) => {
        const record = recordOf(engine, "r", {
          method: "POST",
          target: `/a.bak?${query.join("")}`,
          headers: [["Host", "a"], FORM, ["X-A", query.join("")]],
          body: [body.join("")],
          responseHeaders: [["Content-Type", "text/html"], ...(leaks ? [["X-Leak", "1"] as const] : [])],
          responseBody: [answer.join("")],
        });
        const judged = replay.run(record)!;
        assert.equal(compareJudgements(recordedJudgement(record), replayedJudgement(judged)), undefined);
        // What the upstream answered is not recorded where the client did not get it.
        const refusedLate = record.rules.some(
          ({ id }) => (id === 3 || id === 4) && record.action?.rule === id,
        );
        assert.equal(judged.gap, refusedLate ? "response" : undefined);
        if (refusedLate) return;
        assert.deepEqual(judged.action, record.action);
        const recorded = record.rules.map(({ id }) => id);
        assert.deepEqual(ids(judged), recorded);
      }),
    );
  });

  it("has the time, the addresses and the id of the record", () => {
    const rules = `SecRule TIME_EPOCH "@streq 1700000000" "id:1,phase:1,pass"
SecRule REMOTE_ADDR "@ipMatch 192.0.2.7" "id:2,phase:1,pass"
SecRule UNIQUE_ID "@streq some-id" "id:3,phase:1,pass"`;
    const record = recordOf(engineOf(""), "some-id", {});
    assert.deepEqual(ids(verdict(rules, record)), [1, 2, 3]);
  });

  it("ends before the request's body where that is cut or not recorded", () => {
    const record = recordOf(engineOf(""), "r", {
      method: "POST",
      headers: [FORM],
      body: ["q=evil"],
      target: "/a.bak",
    });
    const { body: _, ...request } = record.request!;
    for (const changed of [request, { ...record.request!, body: "q=ev", body_cut: true as const }]) {
      const judged = verdict(RULES, { ...record, request: changed });
      assert.deepEqual(
        [judged.gap, judged.lastPhase, judged.action, ids(judged)],
        ["request-body", 1, null, [2]],
      );
      assert.equal(
        verdict(`SecRequestBodyAccess Off\n${RULES}`, { ...record, request: changed }).gap,
        undefined,
      );
    }
  });

  it("ends before the request's body where that did not come to its end", () => {
    const announced: [string, string] = ["Content-Length", "6"];
    const chunked: [string, string] = ["Transfer-Encoding", "chunked"];
    const gap = (
      headers: (readonly [string, string])[],
      body: string,
      changes: Partial<AuditRecord> = {},
    ) => {
      const record = recordOf(engineOf(""), "r", {
        method: "POST",
        headers: [FORM, ...headers],
        body: [body],
      });
      return verdict(RULES, { ...record, ...changes }).gap;
    };
    assert.deepEqual(
      [gap([announced], "q=evil"), gap([chunked], "q=evil"), gap([chunked], "")],
      [undefined, undefined, undefined],
    );
    // Its client went away.
    const unanswered = { response: null };
    assert.equal(gap([announced], "q=ev"), "request-body");
    assert.equal(gap([chunked], "q=ev", unanswered), "request-body");
    assert.equal(gap([], "", unanswered), undefined);
    // Refused by its head, it was not read.
    const deny = 'SecRule REQUEST_HEADERS:X-Bad "@rx ." "id:9,phase:1,deny"';
    for (const header of [announced, chunked]) {
      const record = recordOf(engineOf(deny), "r", { method: "POST", headers: [["X-Bad", "1"], header] });
      assert.equal(record.action?.rule, 9);
      const judged = verdict("", record);
      assert.deepEqual([judged.gap, judged.lastPhase], ["request-body", 1]);
    }
  });

  it("ends before the response's body where that did not come to its end", () => {
    const gap = (method: string, length: string, body: string) =>
      verdict(
        WITH_BODIES,
        recordOf(engineOf(WITH_BODIES), "r", {
          method,
          responseHeaders: [
            ["Content-Type", "text/html"],
            ["Content-Length", length],
          ],
          responseBody: [body],
        }),
      ).gap;
    assert.equal(gap("GET", "5", "hello"), undefined);
    assert.equal(gap("GET", "6", "hello"), "response-body");
    assert.equal(gap("HEAD", "6", ""), undefined);
  });

  it("ends before the response's body where that is not recorded, and the rules read it", () => {
    const record = recordOf(engineOf(""), "r", { responseBody: ["secret"] });
    const judged = verdict(WITH_BODIES, record);
    assert.deepEqual([judged.gap, judged.lastPhase, ids(judged)], ["response-body", 3, []]);
    assert.equal(verdict(RULES, record).gap, undefined);
  });

  it("ends before the response where there was none", () => {
    const record = recordOf(engineOf(RULES), "r", { target: "/?q=evil" });
    const judged = verdict("", record);
    assert.deepEqual([judged.gap, judged.lastPhase, judged.action], ["response", 2, null]);
  });

  it("is not possible without request line and headers", () => {
    const record = recordOf(engineOf("SecAuditLogParts AZ"), "r", {});
    assert.equal(replayOf(RULES).run(record), undefined);
    assert.equal(replayOf(RULES).run({ ...record, request: null }), undefined);
  });

  it("keeps from record to record what rules keep", () => {
    const counting = `SecAction "id:1,phase:1,pass,nolog,initcol:ip=%{REMOTE_ADDR}"
SecAction "id:2,phase:1,pass,nolog,setvar:ip.n=+1"
SecRule IP:n "@gt 1" "id:3,phase:1,deny"`;
    const replay = replayOf(counting);
    const record = recordOf(engineOf(""), "r", {});
    assert.deepEqual([replay.run(record)!.action, replay.run(record)!.action?.rule], [null, 3]);
  });
});

describe("verdicts compared", () => {
  const deny = (status = 403) => `SecRule ARGS "@contains evil" "id:1,phase:2,deny,status:${status}"`;
  const evil = { target: "/?q=evil" };

  for (const [what, before, after, exchange, expected] of [
    ["the same rules change nothing", deny(), deny(), evil, undefined],
    ["a rule more blocks", "", deny(), evil, { kind: "newly_blocked", more: [1], fewer: [] }],
    ["a rule fewer lets through", deny(), "", evil, { kind: "no_longer_blocked", more: [], fewer: [1] }],
    [
      "another status is another answer",
      deny(),
      deny(406),
      evil,
      { kind: "other_answer", more: [], fewer: [] },
    ],
    [
      "another rule blocks",
      deny(),
      deny().replace("id:1", "id:2"),
      evil,
      { kind: "other_rules", more: [2], fewer: [1] },
    ],
    [
      "rules that were only detected",
      `SecRuleEngine DetectionOnly\n${deny()}`,
      deny(),
      evil,
      { kind: "newly_blocked", more: [], fewer: [] },
    ],
    [
      "what a response was refused for is not known to be let through",
      'SecRule RESPONSE_STATUS 200 "id:3,phase:3,deny"',
      "",
      {},
      undefined,
    ],
    [
      "rules of the log's phase do not count where responses are not known",
      `${deny()}\nSecAction "id:9,phase:5,pass"`,
      "",
      evil,
      { kind: "no_longer_blocked", more: [], fewer: [1] },
    ],
  ] as const) {
    it(what, () => assert.deepEqual(compare(before, after, exchange), expected));
  }

  it("leave what was refused without a rule as it is", () => {
    const record: AuditRecord = {
      ...recordOf(engineOf(""), "r", evil),
      action: { action: "deny", status: 400, rule: null },
    };
    const judge = (rules: string) =>
      compareJudgements(recordedJudgement(record), replayedJudgement(verdict(rules, record)));
    assert.equal(judge(""), undefined);
    // Phase 2 never ran, since the request was not read to its end.
    assert.equal(judge(deny()), undefined);
    assert.equal(verdict(deny(), record).gap, "refused");
    assert.equal(judge(deny().replace("phase:2", "phase:1"))?.kind, "other_answer");
  });

  it("say nothing of rules where some are not recorded", () => {
    const record: AuditRecord = { ...recordOf(engineOf(deny()), "r", evil), rules_dropped: 1 };
    const judged = replayedJudgement(verdict(deny().replace("id:1", "id:2"), record));
    assert.equal(compareJudgements(recordedJudgement(record), judged), undefined);
  });
});

describe("octets of a record", () => {
  it("reach rules as they were sent", () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 1, maxLength: 20 }), (value) => {
        const rules = 'SecRule REQUEST_HEADERS:X "@unconditionalMatch" "id:1,phase:1,pass"';
        const record = recordOf(engineOf(""), "r", {
          headers: [["X", Buffer.from(value).toString("latin1")]],
        });
        const [hit] = verdict(rules, record).hits;
        assert.equal(auditText(hit!.variables[0]!.value), auditText(value));
      }),
    );
  });
});
