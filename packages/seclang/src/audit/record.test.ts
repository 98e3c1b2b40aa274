import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { BLOCK_BYTES_MAX, BlockPool } from "@palisade/base";
import { latin1 } from "@palisade/wire";
import { engineOf, exchange, FORM } from "../transaction/transaction.build.js";
import { AuditBody } from "./body.js";
import { auditFields } from "./fields.build.js";
import { readAudit } from "./read-record.js";
import { AUDIT_BODY_BYTES_MAX, AUDIT_RULES_BYTES_MAX } from "./record.js";
import { auditOctets } from "./text.js";
import { type AuditInput, auditLine } from "./write-record.js";

const RULES = `SecRule ARGS "@contains evil" "id:7,phase:2,deny,status:406,severity:CRITICAL,tag:attack,tag:a/b,ver:1.2,msg:'Evil in %{MATCHED_VAR_NAME}',logdata:'%{MATCHED_VAR}'"`;
const PLACE = { file: "a.jsonl", line: 3 };

const connection = {
  clientAddress: "192.0.2.7",
  clientPort: 40_000,
  serverAddress: "192.0.2.1",
  serverPort: 8080,
};

const body = (chars: string, bytes = chars.length) => ({ octets: latin1(chars), bytes });

const PLAIN: AuditInput = {
  id: "id-1",
  timeMs: 1_700_000_000_123,
  connection,
  request: {
    method: latin1("POST"),
    target: latin1("/a\xff?x=1"),
    protocol: latin1("HTTP/1.1"),
    headers: auditFields([
      ["Host", "example.com"],
      ["x-crs-TEST", "42-1"],
    ]),
    body: body("evil=\x00\n\\"),
  },
  response: {
    protocol: latin1("HTTP/1.1"),
    status: 200,
    headers: auditFields([["Server", "s"]]),
    body: body("hello"),
    from: "upstream",
  },
  transaction: undefined,
  milliseconds: 1.23456,
  parts: "ABCEFHZ",
};

const record = (changes: Partial<AuditInput> = {}) => readAudit(auditLine({ ...PLAIN, ...changes }), PLACE);

describe("an audit record", () => {
  it("is one line, and reads back as what it was made of", () => {
    const line = auditLine(PLAIN);
    assert.equal(line.indexOf("\n"), line.length - 1);
    assert.deepEqual(readAudit(line, PLACE), {
      id: "id-1",
      time: "2023-11-14T22:13:20.123Z",
      marker: "42-1",
      client: { address: "192.0.2.7", port: 40_000 },
      server: { address: "192.0.2.1", port: 8080 },
      request: {
        method: "POST",
        target: "/a\\xff?x=1",
        protocol: "HTTP/1.1",
        headers: [
          ["Host", "example.com"],
          ["x-crs-TEST", "42-1"],
        ],
        body: "evil=\\x00\\x0a\\\\",
        body_bytes: 8,
      },
      response: {
        protocol: "HTTP/1.1",
        status: 200,
        headers: [["Server", "s"]],
        body: "hello",
        body_bytes: 5,
        from: "upstream",
      },
      engine: "Off",
      action: null,
      rules: [],
      rules_dropped: 0,
      errors: [],
      milliseconds: 1.235,
    });
  });

  it("names rules that matched, and what was done", () => {
    const { transaction } = exchange(engineOf(RULES), {
      method: "POST",
      headers: [FORM],
      body: ["q=some%20evil%0a\\"],
    });
    const { rules, action, engine } = record({ transaction });
    assert.equal(engine, "On");
    assert.deepEqual(action, { action: "deny", status: 406, rule: 7 });
    assert.deepEqual(rules, [
      {
        id: 7,
        msg: "Evil in ARGS:q",
        data: "some evil\\x0a\\",
        severity: "CRITICAL",
        phase: 2,
        tags: ["attack", "a/b"],
        ver: "1.2",
        file: "a.conf",
        line: 1,
        variables: [{ name: "ARGS:q", value: "some evil\\x0a\\\\" }],
      },
    ]);
  });

  it("has its keys in their order", () => {
    const line = JSON.parse(auditLine(PLAIN)) as { readonly [key: string]: unknown };
    assert.deepEqual(Object.keys(line), [
      "id",
      "time",
      "marker",
      "client",
      "server",
      "request",
      "response",
      "engine",
      "action",
      "rules",
      "rules_dropped",
      "errors",
      "milliseconds",
    ]);
  });

  it("has only the parts that are asked for", () => {
    const { transaction } = exchange(engineOf(RULES), { target: "/?q=evil" });
    const { request, response, rules, rules_dropped, action } = record({ transaction, parts: "AZ" });
    assert.deepEqual(Object.keys(request!), ["method", "target", "protocol", "body_bytes"]);
    assert.deepEqual(Object.keys(response!), ["protocol", "status", "body_bytes", "from"]);
    assert.deepEqual([rules, rules_dropped, action?.rule], [[], 1, 7]);
    assert.equal(record({ parts: "AIZ" }).request!.body, "evil=\\x00\\x0a\\\\");
    assert.equal(record({ parts: "AZ", transaction: undefined }).marker, "42-1");
    assert.equal(record({ transaction, parts: "AKZ" }).rules.length, 1);
  });

  it("says what a message was refused for where no rule was asked", () => {
    const { request, action, errors, engine } = record({
      request: undefined,
      response: undefined,
      refused: { action: "deny", status: 400 },
      errors: ["http.bare-lf"],
    });
    assert.deepEqual(
      [request, action, errors, engine],
      [null, { action: "deny", status: 400, rule: null }, ["http.bare-lf"], "Off"],
    );
  });

  it("has of a body in pieces its first octets, and gives their memory back", () => {
    const pool = new BlockPool();
    const kept = new AuditBody(pool);
    const body = Uint8Array.from({ length: 5_000 }, (_, at) => at % 251);
    for (let at = 0; at < body.length; at += 500) kept.take(body, at, at + 500);
    assert.deepEqual(Uint8Array.from(kept.octets), body);
    const { buffer } = kept.octets;
    kept.reset();
    assert.deepEqual([kept.bytes, kept.octets.length], [0, 0]);
    assert.equal(pool.take(body.length).buffer, buffer);
  });

  it("has room for a body in a block", () => {
    assert.ok(AUDIT_BODY_BYTES_MAX <= BLOCK_BYTES_MAX);
  });

  it("cuts bodies, and says so", () => {
    const kept = new AuditBody(new BlockPool());
    for (let piece = 0; piece < 70; piece += 1) kept.take(new Uint8Array(1000).fill(0x61));
    const { request } = record({ request: { ...PLAIN.request!, body: kept } });
    assert.deepEqual([request!.body_bytes, request!.body_cut], [70_000, true]);
    assert.equal(auditOctets(request!.body!)!.length, AUDIT_BODY_BYTES_MAX);
    kept.reset();
    assert.deepEqual([kept.octets.length, kept.bytes], [0, 0]);
    kept.take(latin1("xabcx"), 1, 4);
    const whole = record({ request: { ...PLAIN.request!, body: kept } }).request!;
    assert.deepEqual([whole.body, whole.body_bytes, whole.body_cut], ["abc", 3, undefined]);
    const early = record({ request: { ...PLAIN.request!, body: body("abc", 9) } }).request!;
    assert.deepEqual([early.body, early.body_bytes, early.body_cut], ["abc", 9, true]);
  });

  it("counts rules that it has no room for", () => {
    const { transaction } = exchange(engineOf(RULES), { target: "/?q=evil" });
    const [hit] = transaction.hits;
    const data = new Uint8Array(AUDIT_RULES_BYTES_MAX >> 2);
    const hits = Array.from({ length: 6 }, () => ({ ...hit!, data }));
    const { rules, rules_dropped } = record({
      transaction: { ...judged(transaction), hits, hitsDropped: 2 },
    });
    assert.deepEqual([rules.length, rules_dropped], [3, 5]);
  });

  function judged({ errors, interruption, engineMode }: ReturnType<typeof exchange>["transaction"]) {
    return { errors, interruption, engineMode };
  }
});

describe("a line that is no audit record", () => {
  const line = (change: (parsed: { id?: unknown; readonly request?: unknown }) => void): string => {
    const parsed = JSON.parse(auditLine(PLAIN)) as { id?: unknown; readonly request?: unknown };
    change(parsed);
    return JSON.stringify(parsed);
  };
  for (const [what, text, message] of [
    ["no JSON", "{", /^a\.jsonl:3: this is not JSON, expected an audit record on each line$/],
    ["a list", "[]", /^a\.jsonl:3: the line is a list, expected an object$/],
    ["null", "null", /^a\.jsonl:3: the line is null, expected an object$/],
    ["a missing field", line((r) => delete r.id), /^a\.jsonl:3: id is missing, expected a text$/],
    [
      "a number where a text belongs",
      line((r) => Object.assign(r.request as object, { method: 5 })),
      /^a\.jsonl:3: request\.method is 5, expected a text$/,
    ],
    [
      "a backslash that escapes nothing",
      line((r) => Object.assign(r.request as object, { target: "/\\q" })),
      /^a\.jsonl:3: request\.target is "\/\\\\q", expected text in which a backslash/,
    ],
    [
      "another time",
      line((r) => Object.assign(r, { time: "yesterday" })),
      /: time is "yesterday", expected a time as/,
    ],
    [
      "another engine",
      line((r) => Object.assign(r, { engine: "on" })),
      /: engine is "on", expected "On" or "Detec/,
    ],
    [
      "a port too large",
      line((r) => Object.assign(r, { client: { address: "a", port: 70_000 } })),
      /: client\.port is 70000,/,
    ],
    [
      "a header without a value",
      line((r) => Object.assign(r.request as object, { headers: [["a"]] })),
      /: a header or trailer has 1 texts, expected a name and a value$/,
    ],
    [
      "a rule that is a text",
      line((r) => Object.assign(r, { rules: ["942100"] })),
      /: rules\[0\] is "942100", expected an obj/,
    ],
    [
      "a name of a prototype's",
      line((r) => Object.assign(r, { client: { port: 1 } })),
      /: client\.address is missing/,
    ],
  ] as const) {
    it(`is told with its place: ${what}`, () => {
      assert.throws(() => readAudit(text, PLACE), { code: "AUDIT_INVALID", message });
    });
  }

  it("may have fields that nobody reads", () => {
    assert.equal(
      readAudit(
        line((r) => Object.assign(r, { more: 1 })),
        PLACE,
      ).id,
      "id-1",
    );
  });
});
