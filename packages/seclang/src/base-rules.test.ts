/** The base rule set (rules/): what it refuses, what it lets pass, and what each of its rules is for. */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { latin1 } from "@palisade/wire";
import {
  BASE_RULES,
  baseEngine,
  baseFiles,
  baseIds,
  type Change,
  form,
  json,
  requestOf,
  type Sample,
  utf8,
  verdictOf,
} from "./base-rules.build.js";
import { attacks } from "./base-rules-attacks.examples.js";
import { refusedThough, requests, values } from "./base-rules-benign.examples.js";
import { CRS_TESTS, crsRequests } from "./base-rules-crs.build.js";
import { leaks, protocol, scanners, setup, versions } from "./base-rules-protocol.examples.js";
import { harmless } from "./detect/html/detect-html.examples.js";
import * as benign from "./detect/sql/benign.examples.js";
import { FORM } from "./transaction/transaction.build.js";

/** Shares of the CRS tests, as measured, less a little. */
const REFUSED_FLOOR = 0.2;
const PASSED_FLOOR = 0.9;

const BLOCK_RESPONSES = { set: ["base_block_responses=1"] };

const engine = baseEngine();

const refused: readonly (readonly [rule: number, samples: readonly Sample[]])[] = [
  attacks,
  protocol,
  scanners,
].flatMap((group) => Object.entries(group).map(([rule, samples]) => [Number(rule), samples] as const));

/** Whether a rule's absence lets one of its examples pass. */
function decides(rule: number, samples: readonly Sample[]): boolean {
  return samples.some((sample) => verdictOf(engine, sample, { without: rule }).status === undefined);
}

describe("the base rule set", () => {
  it("is files that load in the order of their names", () => {
    assert.deepEqual(baseFiles, [
      "base-1-setup.conf",
      "base-2-protocol.conf",
      "base-3-attacks.conf",
      "base-4-scanners.conf",
      "base-5-responses.conf",
      "base-6-decision.conf",
      "base-7-bodies.conf",
    ]);
  });

  it("has ids of its own range, and of each rule that logs its message, severity and tags", () => {
    for (const rule of engine.rules.rules) {
      if (rule.place.file === "switches.conf") continue;
      assert.ok(rule.id >= 450_000 && rule.id <= 450_999, `${rule.id}`);
      if (!rule.log) continue;
      assert.ok(rule.msg !== undefined && rule.severity !== undefined && rule.tags.length > 0, `${rule.id}`);
    }
  });

  for (const [rule, samples] of refused)
    it(`refuses what ${rule} is for, and would let some of it pass without that rule`, () => {
      assert.ok(samples.length > 0);
      for (const sample of samples) {
        const { status, hits, text } = verdictOf(engine, sample);
        assert.ok(status === 403 || status === 400, text);
        assert.ok(hits.includes(rule), `${rule} does not match what is its: ${text}`);
      }
      assert.ok(decides(rule, samples), `${rule}: nothing needs it`);
    });

  for (const [rule, samples] of Object.entries(setup))
    it(`refuses what ${rule} has read, and would let it pass without that rule`, () => {
      for (const sample of samples)
        assert.equal(verdictOf(engine, sample).status, 403, verdictOf(engine, sample).text);
      assert.ok(decides(Number(rule), samples), `${rule}: nothing needs it`);
    });

  it("has enough examples", () => {
    assert.ok(refused.flatMap(([, samples]) => samples).length >= 150);
    assert.ok(values.length + requests.length >= 150);
  });
});

describe("a base rule's example", () => {
  const covered = new Set([
    ...refused.map(([rule]) => rule),
    ...Object.keys({ ...setup, ...leaks }).map(Number),
  ]);
  // Tested below by name: versions, defaults, the target that is taken out, decisions.
  for (const rule of [450001, 450002, 450003, 450004, 450005, 450012, 450104, 450900, 450910])
    covered.add(rule);

  it("is there for each rule", () => {
    const rules = baseIds();
    assert.deepEqual(new Set(rules).size, rules.length);
    assert.deepEqual(
      rules.filter((id) => !covered.has(id)),
      [],
    );
    assert.deepEqual(
      [...covered].filter((id) => !rules.includes(id)),
      [],
    );
  });
});

describe("what is no attack", () => {
  const passes = (sample: Sample) => {
    const { status, text } = verdictOf(engine, sample);
    return status === undefined ? [] : [text];
  };

  it("passes as an argument of a query", () => assert.deepEqual(values.flatMap(passes), []));
  it("passes as a field of a form", () =>
    assert.deepEqual(
      values.flatMap((value) => passes(form({ a: "1", text: value }))),
      [],
    ));
  it("passes as a string of JSON", () =>
    assert.deepEqual(
      values.flatMap((value) => passes(json({ a: { text: value } }))),
      [],
    ));
  it("passes as a cookie", () =>
    assert.deepEqual(
      values.flatMap((value) => passes({ headers: [["Cookie", `a=1; b=${encodeURIComponent(value)}`]] })),
      [],
    ));
  it("passes as plain text", () =>
    assert.deepEqual(
      values.flatMap((value) =>
        passes({
          method: "POST",
          headers: [["Content-Type", "text/plain; charset=utf-8"]],
          body: [utf8(value)],
        }),
      ),
      [],
    ));
  it("passes as a whole request", () => assert.deepEqual(requests.flatMap(passes), []));
});

describe("benign values that the detectors are tested with", () => {
  it("pass but for the known ones", () => {
    const others = [...Object.values(benign).flat(), ...harmless];
    const wrong = others.filter((value) => verdictOf(engine, value).status !== undefined);
    assert.deepEqual(wrong, refusedThough);
    console.log(
      `base rules: ${wrong.length} of ${others.length} benign values of the detectors' corpora are refused`,
    );
  });
});

const crs = crsRequests();

describe("requests of the Core Rule Set's regression tests", {
  skip: crs.length > 0 ? false : `no tests at ${CRS_TESTS}`,
}, () => {
  // Most of them are fragments that a rule's word list is tested with, at paranoia levels that few run: a floor, not an aim.
  it("are refused, or pass, as often as before", () => {
    const counts = new Map<string, { attacks: number; refused: number; others: number; passed: number }>();
    for (const { family, attack, request } of crs) {
      const count = counts.get(family) ?? { attacks: 0, refused: 0, others: 0, passed: 0 };
      counts.set(family, count);
      const isRefused = verdictOf(engine, request).status !== undefined;
      if (attack) count.attacks += 1;
      else count.others += 1;
      if (isRefused && attack) count.refused += 1;
      if (!isRefused && !attack) count.passed += 1;
    }
    const sum = (key: "attacks" | "refused" | "others" | "passed") =>
      [...counts.values()].reduce((total, count) => total + count[key], 0);
    for (const [family, { attacks, refused, others, passed }] of counts)
      console.log(
        `base rules: ${family}: ${refused} of ${attacks} refused, ${passed} of ${others} others pass`,
      );
    console.log(
      `base rules: of the CRS tests ${sum("refused")} of ${sum("attacks")} are refused, ${sum("passed")} of ${sum("others")} others pass`,
    );
    assert.ok(sum("attacks") > 1500 && sum("others") > 300);
    assert.ok(sum("refused") >= REFUSED_FLOOR * sum("attacks"));
    assert.ok(sum("passed") >= PASSED_FLOOR * sum("others"));
  });
});

describe("versions of HTTP", () => {
  const verdict = (version: string, without?: number) => {
    const transaction = engine.begin("1");
    transaction.requestLine(latin1("GET"), latin1("/"), latin1(version));
    const switches = without === undefined ? [] : [["X-Test-Without", `${without}`] as const];
    for (const [name, value] of [...requestOf({}).headers!, ...switches])
      transaction.requestHeader(latin1(name), latin1(value));
    transaction.endRequestHeaders();
    transaction.endRequestBody();
    transaction.finish();
    return transaction.interruption?.status;
  };

  it("are those that there are", () => {
    for (const version of versions) {
      assert.equal(verdict(version), 403, version);
      assert.equal(verdict(version, 450104), undefined, version);
    }
    for (const version of ["HTTP/1.0", "HTTP/1.1", "HTTP/2", "HTTP/2.0", "HTTP/3"])
      assert.equal(verdict(version), undefined, version);
  });
});

describe("responses", () => {
  for (const [rule, samples] of Object.entries(leaks))
    it(`are logged by ${rule}, and replaced where that is asked for`, () => {
      assert.ok(samples.length > 0);
      for (const sample of samples) {
        const logged = verdictOf(engine, sample);
        assert.deepEqual([logged.status, logged.hits], [undefined, [Number(rule)]], logged.text);
        assert.equal(verdictOf(engine, sample, BLOCK_RESPONSES).status, 502);
        for (const without of [Number(rule), 450910])
          assert.equal(verdictOf(engine, sample, { ...BLOCK_RESPONSES, without }).status, undefined);
      }
    });

  it("that tell nothing pass", () => {
    for (const text of [
      "<!DOCTYPE html><html><head><title>Index of our books</title></head><body>at 10:30</body></html>",
      "The article explains Traceback and ORA errors; your SQL syntax is fine.",
      "<pre>-----BEGIN CERTIFICATE-----</pre>",
      "a <?php tag is explained here",
      '{"at":"main (a.js:1:2)"}',
    ]) {
      const sample: Sample = { responseHeaders: [["Content-Type", "text/html"]], responseBody: [text] };
      const { hits, status } = verdictOf(engine, sample, BLOCK_RESPONSES);
      assert.deepEqual([status, hits], [undefined, []], text);
    }
  });
});

describe("settings of the base rule set", () => {
  const status = (sample: Sample, change?: Change) => verdictOf(engine, sample, change).status;
  const set = (variable: string): Change => ({ set: [variable] });
  const sql: Sample = "1 union select a,b from c";

  it("have the threshold that is set, else five", () => {
    assert.equal(status(sql), 403);
    assert.equal(status(sql, set("base_threshold=6")), undefined);
    assert.equal(status("1 union select a from b;<script>alert(1)</script>", set("base_threshold=6")), 403);
    // Any point is as much as none.
    const notice: Sample = { headers: [["Host", "192.0.2.80"]] };
    assert.equal(status(notice), undefined);
    assert.equal(status(notice, { without: 450001 }), 403);
  });

  it("have the methods that are set", () => {
    assert.equal(status({ method: "PROPFIND" }), 403);
    assert.equal(status({ method: "PROPFIND" }, set("base_methods=|PROPFIND|")), undefined);
    assert.equal(status({}, set("base_methods=|PROPFIND|")), 403);
    assert.equal(status({ method: "PROPFIND" }, { without: 450002 }), undefined);
  });

  it("have the sizes that are set", () => {
    for (const [variable, small, large, rule] of [
      ["base_name_bytes", "/a?nnnnn=1", `/a?${"n".repeat(600)}=1`, 450003],
      ["base_query_bytes", "/a?n=vvvvv", `/a?n=${"v".repeat(9000)}`, 450004],
      ["base_query_arguments", "/a?a=1&b=1&c=1&d=1&e=1", `/a?${"a=1&".repeat(300)}`, 450005],
    ] as const) {
      assert.equal(status({ target: small }), undefined);
      assert.equal(status({ target: small }, set(`${variable}=5`)), undefined);
      assert.equal(status({ target: small }, set(`${variable}=4`)), 403);
      assert.equal(status({ target: large }), 403);
      assert.equal(status({ target: small }, { without: rule }), 403, variable);
    }
  });

  it("read a form by its fields alone, not by its text", () => {
    // As text, with what separates fields, this would be a command behind another.
    const body = ["a=1&whoami&b=2"];
    const sample: Sample = { method: "POST", headers: [FORM], body };
    assert.equal(status(sample), undefined);
    assert.equal(status(sample, { without: 450012 }), 403);
  });

  it("refuse nothing without the decision", () => {
    assert.equal(status(sql, { without: 450900 }), undefined);
  });
});

describe("docs/base-rules.md", () => {
  const page = readFileSync(`${BASE_RULES}../docs/base-rules.md`, "utf8");

  it("names each rule, or has it in a range that sets or decides", () => {
    const setting = (id: number) => id < 450_100;
    const unnamed = baseIds().filter((id) => !setting(id) && !page.includes(`${id}`));
    assert.deepEqual(unnamed, []);
    assert.ok(page.startsWith(`# The base rule set\n\n${baseIds().length} rules in SecLang`));
  });

  it("names each tag of attacks and each variable that a site sets", () => {
    const text = baseFiles.map((name) => readFileSync(`${BASE_RULES}${name}`, "utf8")).join("");
    const tags = new Set([...text.matchAll(/tag:'([a-z]+\/[a-z]+)'/g)].map(([, tag]) => tag!));
    assert.ok(tags.size > 20);
    for (const tag of tags) assert.ok(page.includes(`\`${tag}\``), tag);
    for (const [, variable] of text.matchAll(/^# {3}(tx\.\w+) /gm))
      assert.ok(page.includes(`| \`${variable}\``), variable);
  });

  it("counts the examples", () => {
    const count = (groups: readonly Readonly<Record<number, readonly Sample[]>>[]) =>
      groups.flatMap((group) => Object.values(group).flat()).length;
    const others = Object.values(benign).flat().length + harmless.length;
    assert.ok(page.includes(`${count([attacks, protocol, scanners])} attacks`));
    assert.ok(page.includes(`${values.length} values`) && page.includes(`${requests.length} requests`));
    assert.ok(page.includes(`Of ${others} values`) && page.includes(`, ${refusedThough.length} are refused`));
  });
});
