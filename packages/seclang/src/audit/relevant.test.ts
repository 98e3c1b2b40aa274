import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { engineOf, exchange } from "../transaction/transaction.build.js";
import { AuditPolicy } from "./relevant.js";

/** Whether the transaction of a request is logged, and its parts. */
function outcome(
  rules: string,
  target = "/",
  status = 200,
): { readonly logged: boolean; readonly parts: string } {
  const engine = engineOf(rules);
  const policy = AuditPolicy.of(engine.rules.settings);
  const { transaction } = exchange(engine, { target, status });
  const sent = transaction.interruption?.status ?? status;
  return { logged: policy.isLogged(transaction, sent), parts: policy.parts(transaction) };
}

const logged = (rules: string, target?: string, status?: number): boolean =>
  outcome(rules, target, status).logged;

const RELEVANT = "SecAuditEngine RelevantOnly\n";
const STATUS = 'SecAuditLogRelevantStatus "^(?:5|4(?!04))"\n';

describe("the audit engine", () => {
  it("logs everything where nothing is said, or On", () => {
    assert.ok(logged(""));
    assert.ok(logged("SecAuditEngine On"));
  });

  it("logs nothing where it is Off, or turned off", () => {
    assert.ok(!logged('SecAuditEngine Off\nSecAction "id:1,phase:1,deny"'));
    assert.ok(!logged('SecAction "id:1,phase:1,pass,ctl:auditEngine=Off"'));
  });

  it("is turned on for a transaction", () => {
    assert.ok(logged('SecAuditEngine Off\nSecAction "id:1,phase:1,pass,nolog,ctl:auditEngine=On"'));
  });

  for (const [actions, expected] of [
    ["pass", true],
    ["pass,log", true],
    ["pass,nolog", false],
    ["pass,noauditlog", false],
    ["pass,log,noauditlog", false],
    ["pass,nolog,auditlog", true],
    ["deny,noauditlog", false],
  ] as const) {
    it(`logs what is relevant: ${actions} is ${expected ? "" : "not "}logged`, () => {
      assert.equal(logged(`${RELEVANT}SecRule ARGS a "id:1,phase:1,${actions}"`, "/?q=a"), expected);
      assert.ok(!logged(`${RELEVANT}SecRule ARGS a "id:1,phase:1,${actions}"`, "/?q=b"));
    });
  }

  it("logs what another rule marks, though one says noauditlog", () => {
    assert.ok(logged(`${RELEVANT}SecAction "id:1,phase:1,pass,noauditlog"\nSecAction "id:2,phase:1,pass"`));
  });

  it("logs what a limit decides, what is wrong with a message, and what was refused unseen", () => {
    assert.ok(logged(`${RELEVANT}SecArgumentsLimit 1`, "/?a=1&b=2"));
    const policy = AuditPolicy.of(engineOf(RELEVANT).rules.settings);
    assert.ok(policy.isLogged(undefined, 400));
    const limited = { action: "deny", status: 413, location: undefined, rule: undefined } as const;
    const quiet = { auditMode: undefined, auditParts: undefined, auditRelevant: false, errors: [] };
    assert.ok(policy.isLogged({ ...quiet, interruption: limited }, 413));
    assert.ok(!policy.isLogged({ ...quiet, interruption: undefined }, 413));
  });

  for (const [status, expected] of [
    [200, false],
    [400, true],
    [403, true],
    [404, false],
    [499, true],
    [500, true],
    [503, true],
  ] as const) {
    it(`logs a status that its pattern finds: ${status} is ${expected ? "" : "not "}one`, () => {
      assert.equal(logged(RELEVANT + STATUS, "/", status), expected);
    });
  }

  it("finds no status relevant without a pattern", () => assert.ok(!logged(RELEVANT, "/", 500)));

  for (const [what, pattern, message] of [
    ["is none", "(", /^a\.conf:1:\d+: SecAuditLogRelevantStatus "\(": it is no regular expression/],
    ["is too long", "5".repeat(300), /: it is longer than 256 octets, expected a short pattern/],
    ["takes too long", `^(?:${"(?:\\d?){20}".repeat(20)})x`, /: it takes longer than 1000 ms, expected/],
  ] as const) {
    it(`refuses a pattern that ${what}`, () => {
      const { settings } = engineOf(`SecAuditLogRelevantStatus "${pattern}"`).rules;
      assert.throws(() => AuditPolicy.of(settings), { code: "SECLANG_VALUE", message });
    });
  }
});

describe("the parts of a record", () => {
  for (const [rules, expected] of [
    ["", "ABCFHZ"],
    ["SecAuditLogParts ABZ", "ABZ"],
    ['SecAuditLogParts ABZ\nSecAction "id:1,phase:1,pass,ctl:auditLogParts=+E"', "ABEZ"],
    ['SecAction "id:1,phase:1,pass,ctl:auditLogParts=-C"', "ABFHZ"],
    ['SecAction "id:1,phase:1,pass,ctl:auditLogParts=AHZ"', "AHZ"],
  ] as const) {
    it(`are ${expected}: ${rules.replace("\n", ", ") || "nothing said"}`, () => {
      assert.equal(outcome(rules).parts, expected);
    });
  }
});
