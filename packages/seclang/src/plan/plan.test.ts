import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { operatorOf } from "../operators/index.js";
import type { OperatorKind } from "../operators/operator.js";
import { type Exchange, engineOf, exchange, type Outcome } from "../transaction/transaction.build.js";
import { transformations } from "../transformations/index.js";

/** How often operators were asked about a value, by `name argument`. */
function counting(): { readonly asked: Map<string, number>; readonly operatorOf: typeof operatorOf } {
  const asked = new Map<string, number>();
  return {
    asked,
    operatorOf: (name): OperatorKind | undefined => {
      const kind = operatorOf(name);
      return (
        kind && {
          name: kind.name,
          compile: (argument, files) => {
            const operator = kind.compile(argument, files);
            const key = `${name} ${Buffer.from(argument).toString("latin1")}`;
            asked.set(key, 0);
            return {
              ...operator,
              test: (octets, start, end, captures) => {
                asked.set(key, asked.get(key)! + 1);
                return operator.test(octets, start, end, captures);
              },
            };
          },
        }
      );
    },
  };
}

function verdict({ transaction, decided, hits }: Outcome): unknown {
  return {
    hits,
    variables: transaction.hits.map(({ variables }) =>
      variables.map(({ name, value }) => `${Buffer.from(name)}=${Buffer.from(value).toString("latin1")}`),
    ),
    decided: decided.map((each) => each && `${each.action} ${each.status} ${each.rule?.id}`),
    errors: transaction.errors,
  };
}

describe("a plan", () => {
  it("asks no rule about a value that lacks a string, an octet or a match that it needs", () => {
    const { asked, operatorOf } = counting();
    const engine = engineOf(
      `SecRule ARGS "@rx (?i)union\\s+select" "id:1,phase:2,log"
SecRule ARGS "@rx ^[^;]*;\\d" "id:2,phase:2,log,t:urlDecodeUni"
SecRule ARGS "@rx (?:a|b)[0-9](?:c|d)" "id:3,phase:2,log"
SecRule ARGS "@pm passwd shadow" "id:4,phase:2,log,t:lowercase"
SecRule ARGS "!@rx ^\\w*$" "id:5,phase:2,log"
SecRule ARGS "@detectSQLi" "id:6,phase:2,log"`,
      { operatorOf },
    );
    const ask = (target: string) => {
      for (const key of asked.keys()) asked.set(key, 0);
      const { hits } = exchange(engine, { target });
      return { hits, asked: [...asked.values()] };
    };
    assert.deepEqual(ask("/?q=plain"), { hits: [], asked: [0, 0, 0, 0, 1, 0] });
    assert.deepEqual(ask("/?q=plain&r=a1c"), { hits: ["3"], asked: [0, 0, 1, 0, 2, 0] });
    assert.deepEqual(ask("/?q=a1x&r=PassWD"), { hits: ["4"], asked: [0, 0, 0, 1, 2, 0] });
    assert.deepEqual(ask("/?q=x%253B1"), { hits: ["2", "5"], asked: [0, 1, 0, 0, 1, 1] });
    assert.deepEqual(ask("/?q=1+UNION++SELECT+2"), { hits: ["1", "5", "6"], asked: [1, 0, 0, 0, 1, 1] });
  });

  it("says why a rule did not run", () => {
    const reasons: string[] = [];
    const engine = engineOf(
      `SecRule ARGS "@contains evil" "id:1,phase:1,log"
SecRule ARGS "@contains good" "id:2,phase:1,log"`,
      { observer: { notRun: ({ id }, reason) => reasons.push(`${id} ${reason}`) } },
    );
    reasons.length = 0;
    exchange(engine, { target: "/?a=good" });
    assert.deepEqual(reasons, ["1 cannot-match"]);
  });

  it("runs rules that settings pass over in most transactions, and not in all", () => {
    const rules = `SecAction "id:1,phase:1,nolog,pass,setvar:tx.level=1"
SecRule ARGS_NAMES "@streq strict" "id:2,phase:1,nolog,pass,setvar:tx.level=2"
SecRule TX:level "@lt 2" "id:3,phase:1,nolog,pass,skipAfter:END"
SecRule ARGS "@contains evil" "id:4,phase:1,log"
SecMarker END`;
    const { asked, operatorOf } = counting();
    const engine = engineOf(rules, { operatorOf });
    assert.deepEqual(exchange(engine, { target: "/?a=evil" }).hits, []);
    assert.deepEqual(exchange(engine, { target: "/?a=evil&strict=1" }).hits, ["4"]);
    assert.deepEqual(exchange(engine, { target: "/?a=good&strict=1" }).hits, []);
    assert.equal(asked.get("contains evil"), 4);
  });

  it("leaves out for good what settings alone decide, unless rules jump into it or take the deciding one out", () => {
    const rules = `SecAction "id:1,phase:1,nolog,pass,setvar:tx.level=1"
SecRule ARGS "@streq jump" "id:2,phase:1,nolog,pass,skipAfter:MIDDLE"
SecRule ARGS "@streq open" "id:3,phase:1,nolog,pass,ctl:ruleRemoveById=7"
SecRule TX:level "@lt 2" "id:4,phase:1,nolog,pass,skipAfter:END"
SecMarker MIDDLE
SecRule ARGS "@contains evil" "id:5,phase:1,log"
SecMarker END
SecRule TX:level "@ge 2" "id:6,phase:2,log"
SecRule TX:level "@lt 2" "id:7,phase:2,nolog,pass,skipAfter:LAST"
SecRule ARGS "@contains evil" "id:8,phase:2,log"
SecMarker LAST`;
    const engine = engineOf(rules);
    assert.deepEqual(exchange(engine, { target: "/?a=evil" }).hits, []);
    assert.deepEqual(exchange(engine, { target: "/?a=evil&b=jump" }).hits, ["5"]);
    assert.deepEqual(exchange(engine, { target: "/?a=evil&b=open" }).hits, ["8"]);
    assert.deepEqual(exchange(engine, { target: "/?a=evil" }).hits, []);
  });

  it("sees what a rule sets in the same phase, and values that are not there", () => {
    const engine = engineOf(`SecAction "id:1,phase:1,nolog,pass,ctl:requestBodyProcessor=XML"
SecRule REQBODY_PROCESSOR "@streq XML" "id:2,phase:1,log"
SecRule REMOTE_USER "@rx ^0$" "id:3,phase:1,t:length,log"
SecRule REQUEST_BODY "@rx ^0$" "id:4,phase:2,t:length,log"
SecRule ARGS:a "@rx ^0$" "id:5,phase:1,t:length,log"`);
    assert.deepEqual(exchange(engine, { target: "/?a=" }).hits, ["2", "3", "5", "4"]);
  });

  const names = transformations.map(({ name }) => name);
  const chain = fc
    .array(fc.constantFrom(...names), { maxLength: 4 })
    .map((steps) => ["none", ...steps].map((step) => `t:${step}`).join());
  const operator = fc.constantFrom(
    "@rx (?i)sel.?ct",
    "@rx ^/[a-z.]*$",
    "@rx (?:a|b)\\W*(?:c|\\d)",
    "@rx <[^>]*on",
    "@rx (?i)%s.?e",
    "@rx ^0$",
    "@rx x{2,}$",
    "@pm select <b> ../ 1",
    "@contains sel",
    "@streq 5",
    "@endsWith =",
    "@beginsWith /",
    "@within select from where",
    "@validateByteRange 9,10,13,32-126",
    "@validateUrlEncoding",
    "@validateUtf8Encoding",
    "@detectSQLi",
    "@detectXSS",
    "@gt 3",
    "!@rx a",
    "@contains %{ARGS.b}",
    "@unconditionalMatch",
  );
  const targets = fc
    .uniqueArray(
      fc.constantFrom(
        "ARGS",
        "ARGS_NAMES",
        "ARGS:a",
        "ARGS:/^b/",
        "!ARGS:a",
        "&ARGS",
        "REQUEST_HEADERS",
        "REQUEST_HEADERS:Host",
        "REQUEST_COOKIES",
        "REQUEST_URI",
        "REQUEST_FILENAME",
        "REQUEST_BODY",
        "XML:/*",
        "FILES",
        "RESPONSE_BODY",
        "RESPONSE_HEADERS",
        "TX:hit",
        "TX:/^l/",
        "&TX:/^l/",
        "REMOTE_USER",
      ),
      { minLength: 1, maxLength: 4 },
    )
    .filter((list) => list.some((target) => !target.startsWith("!")));
  const rule = fc.record({
    targets,
    operator,
    chain,
    phase: fc.integer({ min: 1, max: 4 }),
    multiMatch: fc.boolean(),
    chained: fc.option(fc.record({ targets, operator, chain }), { freq: 3 }),
    effect: fc.constantFrom(
      "",
      "setvar:tx.hit=+1",
      "ctl:ruleRemoveTargetById=101-199;ARGS:a",
      "ctl:ruleRemoveTargetById=201-299;TX:level",
      "ctl:ruleRemoveById=201-202",
      "setvar:tx.level=2",
      "setvar:tx.l%{ARGS_NAMES}=2",
      "capture",
      "skipAfter:MID",
      "skipAfter:END",
    ),
  });
  const text = (list: readonly string[], how: string) => `${list.join("|")} "${how}"`;
  type GeneratedRule = typeof rule extends fc.Arbitrary<infer Value> ? Value : never;
  const ruleText = ({ chained, effect, multiMatch, ...own }: GeneratedRule, id: number): string => {
    const actions = [
      `id:${id}`,
      `phase:${own.phase}`,
      own.chain,
      ...(multiMatch ? ["multiMatch"] : []),
      ...(effect === "" ? [] : [effect]),
      "log,pass,msg:'%{TX.hit} %{MATCHED_VAR_NAME}',logdata:'%{MATCHED_VAR} %{TX.0}'",
    ];
    const first = `SecRule ${text(own.targets, own.operator)} "${actions.join()}${chained === null ? "" : ",chain"}"`;
    if (chained === null) return first;
    return `${first}\nSecRule ${text(chained.targets, chained.operator)} "${chained.chain},setvar:tx.hit=+1"`;
  };
  /** A rule on what the first rules have set, which may decide whether others run. */
  const gate = fc.record({
    target: fc.constantFrom("TX:level", "&TX:level", "TX:lsel", "&TX:lsel"),
    operator: fc.constantFrom("@lt 2", "@ge 1", "@eq 0", "!@eq 1"),
    phase: fc.integer({ min: 1, max: 4 }),
    effect: fc.constantFrom(
      "nolog,skipAfter:MID",
      "nolog,skipAfter:END",
      "log,skipAfter:END",
      "setvar:tx.hit=+1",
    ),
  });
  type GeneratedGate = typeof gate extends fc.Arbitrary<infer Value> ? Value : never;
  const gateText = ({ target, operator, phase, effect }: GeneratedGate, id: number): string =>
    `SecRule ${target} "${operator}" "id:${id},phase:${phase},pass,${effect}"`;
  const ruleSet = fc
    .tuple(
      fc.array(fc.oneof({ weight: 3, arbitrary: rule }, { weight: 2, arbitrary: gate }), {
        minLength: 1,
        maxLength: 14,
      }),
      fc.nat(14),
      fc.constantFrom("", ",setvar:tx.level=1", ",setvar:tx.level=2,setvar:tx.lsel=1"),
      fc.array(
        fc.constantFrom(
          `SecRule REQUEST_HEADERS:Content-Type "@contains xml" "id:91,phase:1,nolog,pass,ctl:requestBodyProcessor=XML"`,
          `SecRule ARGS "@contains sel" "id:92,phase:1,log,pass"`,
          `SecRule ARGS "@rx s(el)" "id:93,phase:1,nolog,pass,capture"`,
          `SecRule ARGS "@contains sel" "id:94,phase:1,nolog,pass,setvar:tx.level=2"`,
          `SecRule ARGS "@contains sel" "id:95,phase:1,log,pass,logdata:'%{TX.level}'"`,
          `SecRule ARGS "@contains %{TX.level}" "id:96,phase:1,log,pass"`,
          `SecRule ARGS "@contains sel" "id:97,phase:1,nolog,pass,ctl:ruleRemoveById=1"`,
          `SecRule ARGS "@contains sel" "id:98,phase:1,nolog,pass,skipAfter:END"`,
          `SecRule ARGS "@contains sel" "id:99,phase:1,log,deny"`,
        ),
        { maxLength: 1 },
      ),
    )
    .map(([rules, middle, settings, before]) => {
      const texts = rules.map((each, index) =>
        "targets" in each ? ruleText(each, 101 + index) : gateText(each, 201 + index),
      );
      for (let at = middle; at < texts.length; at += 1) texts[at] = texts[at]!.replace("MID", "END");
      texts.splice(middle, 0, "SecMarker MID");
      const first = ["SecResponseBodyAccess On", ...before, `SecAction "id:1,phase:1,nolog,pass${settings}"`];
      return [...first, ...texts, "SecMarker END"].join("\n");
    });
  const piece = fc.constantFrom(
    "sel",
    "select",
    "ect",
    "%",
    "%73",
    "%u0073",
    "&lt;b",
    "<b onx",
    ">",
    "a",
    "B1",
    ";c",
    "/",
    "../",
    "./x",
    "xx",
    "\\x73",
    "' or 1=1 -- ",
    " ",
    "  ",
    "\0",
    "\xe9",
    "c2VsZWN0",
    "/*",
    "*/",
    "=",
    "5",
    "a--b",
  );
  const value = fc.array(piece, { maxLength: 6 }).map((pieces) => pieces.join(""));
  const encoded = value.map((plain) => encodeURIComponent(plain).replaceAll("%C3%A9", "%E9"));
  const exchanges: fc.Arbitrary<Exchange> = fc
    .record({
      query: fc.array(fc.tuple(fc.constantFrom("a", "b", "sel", "c.1"), encoded), { maxLength: 5 }),
      path: encoded,
      headers: fc.array(fc.tuple(fc.constantFrom("Host", "Cookie", "X-A", "User-Agent"), value), {
        maxLength: 4,
      }),
      type: fc.constantFrom(
        "application/x-www-form-urlencoded",
        "application/json",
        "text/xml",
        "multipart/form-data; boundary=q",
        "text/plain",
      ),
      body: fc.oneof(
        value,
        encoded.map((one) => `a=${one}&b=sel`),
        value.map((one) => JSON.stringify({ a: one, b: [one, 5] })),
        value.map((one) => `<r a="${one.replaceAll(/[<&"]/g, "")}">${one.replaceAll(/[<&]/g, "")}</r>`),
        value.map(
          (one) => `--q\r\nContent-Disposition: form-data; name="a"; filename="${one}"\r\n\r\nx\r\n--q--\r\n`,
        ),
      ),
      responseHeaders: fc.constant<[string, string][]>([["Content-Type", "text/html"]]),
      responseBody: fc.array(value, { maxLength: 2 }),
    })
    .map(({ query, path, headers, type, body, ...response }) => ({
      method: "POST",
      target: `/${path}?${query.map(([name, one]) => `${name}=${one}`).join("&")}`,
      headers: [...headers, ["Content-Type", type]] as [string, string][],
      body: [body],
      ...response,
    }));

  it("changes no verdict", () => {
    let hits = 0;
    fc.assert(
      fc.property(ruleSet, fc.array(exchanges, { minLength: 1, maxLength: 6 }), (rules, all) => {
        const planned = engineOf(rules);
        const plain = engineOf(rules, { planned: false });
        for (const what of all) {
          const expected = exchange(plain, what);
          hits += expected.hits.length;
          assert.deepEqual(verdict(exchange(planned, what)), verdict(expected), rules);
        }
      }),
      { numRuns: 300 },
    );
    assert.ok(hits > 200);
  });
});
