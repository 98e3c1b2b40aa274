import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Exchange, engineOf, exchange, FORM, text } from "./transaction.build.js";

/** `rules`: what the hits of an exchange are to be. Each logs its matched value unless it says otherwise. */
interface Case {
  readonly title: string;
  readonly rules: string;
  readonly exchange?: Exchange;
  readonly hits: readonly string[];
}

/** A rule that says which value it matched. */
const SAYS = "logdata:'%{MATCHED_VAR_NAME}=%{MATCHED_VAR}'";

const variables: readonly Case[] = [
  {
    title: "arguments of query and form, decoded once, names in any case",
    rules: `SecRule ARGS:A "@unconditionalMatch" "id:1,phase:2,${SAYS}"
      SecRule &ARGS "@eq 3" "id:2,phase:2,logdata:'%{MATCHED_VAR}'"
      SecRule ARGS_NAMES "@streq a b" "id:3,phase:2,${SAYS}"
      SecRule ARGS_GET_NAMES|ARGS_POST:c "@rx ." "id:4,phase:2,${SAYS}"
      SecRule ARGS_COMBINED_SIZE "@eq 11" "id:5,phase:2,logdata:'%{MATCHED_VAR}'"`,
    exchange: { method: "POST", target: "/?a=%31+&a%20b=%zz", headers: [FORM], body: ["c=", "%41"] },
    hits: ["1 | ARGS:a=1 ", "2 | 3", "3 | ARGS_NAMES:a b=a b", "4 | ARGS_POST:c=A", "5 | 11"],
  },
  {
    title: "the request line and its parts",
    rules: [
      "REQUEST_LINE",
      "REQUEST_METHOD",
      "REQUEST_PROTOCOL",
      "REQUEST_URI",
      "REQUEST_URI_RAW",
      "REQUEST_FILENAME",
      "REQUEST_BASENAME",
      "QUERY_STRING",
      "SERVER_NAME",
      "REMOTE_USER",
      "AUTH_TYPE",
      "REMOTE_ADDR",
      "SERVER_PORT",
    ]
      .map((name, at) => `SecRule ${name} "@rx ." "id:${at + 1},phase:1,logdata:'%{MATCHED_VAR}'"`)
      .join("\n"),
    exchange: {
      target: "http://x.example/a%2Fb/c%41.php?q=%41",
      headers: [
        ["Host", "x.example:8080"],
        ["Authorization", "Basic dXNlcjpwYXNz"],
      ],
    },
    hits: [
      "1 | GET http://x.example/a%2Fb/c%41.php?q=%41 HTTP/1.1",
      "2 | GET",
      "3 | HTTP/1.1",
      "4 | /a%2Fb/c%41.php?q=%41",
      "5 | http://x.example/a%2Fb/c%41.php?q=%41",
      "6 | /a/b/cA.php",
      "7 | cA.php",
      "8 | q=%41",
      "9 | x.example",
      "10 | user",
      "11 | Basic",
      "12 | 192.0.2.7",
      "13 | 8080",
    ],
  },
  {
    title: "headers and cookies as sent",
    rules: `SecRule REQUEST_HEADERS:x-a "@streq V" "id:1,phase:1,${SAYS}"
      SecRule REQUEST_COOKIES|!REQUEST_COOKIES:/^ex/ "@rx ." "id:2,phase:1,${SAYS}"
      SecRule &REQUEST_COOKIES_NAMES "@eq 3" "id:3,phase:1"
      SecRule &REQUEST_HEADERS:Host "@eq 0" "id:4,phase:1,${SAYS}"`,
    exchange: {
      headers: [
        ["X-A", "V"],
        ["Cookie", "s=%41; excluded=1;; alone"],
      ],
    },
    hits: ["1 | REQUEST_HEADERS:X-A=V", "2 | REQUEST_COOKIES:s=%41", "3", "4 | REQUEST_HEADERS:Host=0"],
  },
  {
    title: "files and part headers of a multipart body, and what is wrong with it",
    rules: `SecRule FILES "@rx ." "id:1,phase:2,${SAYS}"
      SecRule FILES_NAMES|FILES_SIZES|FILES_COMBINED_SIZE "@rx ." "id:2,phase:2,${SAYS}"
      SecRule MULTIPART_PART_HEADERS "@rx filename" "id:3,phase:2,${SAYS}"
      SecRule MULTIPART_STRICT_ERROR "@eq 1" "id:4,phase:2"
      SecRule REQBODY_PROCESSOR "@streq MULTIPART" "id:5,phase:1"`,
    exchange: {
      method: "POST",
      headers: [["Content-Type", "multipart/form-data; boundary=b"]],
      body: [
        '--b\r\nContent-Disposition: form-data; name="f"; filename="x.php"\r\n\r\nabc\r\n',
        "--b--\r\nmore",
      ],
    },
    hits: [
      "5",
      "1 | FILES:f=x.php",
      "2 | FILES_COMBINED_SIZE=3",
      '3 | MULTIPART_PART_HEADERS:f=Content-Disposition: form-data; name="f"; filename="x.php"',
      "4",
    ],
  },
  {
    title: "the text and the attributes of XML, apart",
    rules: `SecRule XML:/* "@rx ." "id:1,phase:2,${SAYS}"
      SecRule XML://@* "@rx ." "id:2,phase:2,${SAYS}"
      SecRule XML:/*|XML://@*|!XML "@rx ." "id:3,phase:2"`,
    exchange: { method: "POST", headers: [["Content-Type", "text/xml"]], body: ['<a b="c">d</a>'] },
    hits: ["1 | XML:/*=d", "2 | XML://@*=c"],
  },
  {
    title: "responses, where their type is inspected",
    rules: `SecResponseBodyAccess On
      SecRule RESPONSE_STATUS "@streq 404" "id:1,phase:3"
      SecRule RESPONSE_HEADERS:x-y "@streq z" "id:2,phase:3"
      SecRule RESPONSE_BODY "@contains secret" "id:3,phase:4"`,
    exchange: {
      status: 404,
      responseHeaders: [
        ["X-Y", "z"],
        ["Content-Type", "Text/HTML; charset=x"],
      ],
      responseBody: ["sec", "ret"],
    },
    hits: ["1", "2", "3"],
  },
  {
    title: "a body in REQUEST_BODY for forms, and for others where it is forced",
    rules: `SecRule REQUEST_HEADERS:force "@eq 1" "id:1,phase:1,nolog,ctl:forceRequestBodyVariable=On"
      SecRule REQUEST_BODY "@rx ." "id:2,phase:2,${SAYS}"
      SecRule REQUEST_BODY_LENGTH "@eq 2" "id:3,phase:2"`,
    exchange: { method: "POST", headers: [["Force", "1"]], body: ["h", "i"] },
    hits: ["2 | REQUEST_BODY=hi", "3"],
  },
];

const semantics: readonly Case[] = [
  {
    title: "transformations run in their order, and multiMatch tests after each that changes something",
    rules: `SecRule ARGS "@streq abc" "id:1,phase:1,t:urlDecode,t:lowercase"
      SecRule ARGS "@rx ^a" "id:2,phase:1,t:none,t:urlDecode,t:lowercase,multiMatch,nolog,setvar:tx.n=+1"
      SecRule ARGS "@rx ^%" "id:3,phase:1,t:none,t:urlDecode,t:lowercase,multiMatch,nolog,setvar:tx.n=+10"
      SecRule TX:n "@eq 11" "id:4,phase:1"`,
    exchange: { target: "/?q=%2541BC" },
    hits: ["1", "4"],
  },
  {
    title: "what a link does happens for each value that matches, whether or not the chain does",
    rules: `SecRule ARGS "@rx ^(.)" "id:1,phase:1,capture,nolog,setvar:'tx.seen_%{TX.1}=/%{MATCHED_VAR}/',chain"
      SecRule TX:/^seen_/ "@within /xy/" "t:none"
      SecRule &TX:/^SEEN_/ "@eq 2" "id:2,phase:1,logdata:'%{tx.seen_x}%{TX.seen_A}'"`,
    exchange: { target: "/?p=xy&q=ab" },
    hits: ["2 | /xy//ab/"],
  },
  {
    title: "a chain's message is expanded when all of it has matched, and MATCHED_VARS are all values so far",
    rules: `SecRule ARGS "@rx b" "id:1,phase:1,capture,msg:'m %{TX.0}',${SAYS},chain"
      SecRule MATCHED_VARS "@rx ^ab$" "chain"
      SecRule MATCHED_VARS_NAMES "@streq ARGS:q" "t:none"
      SecRule MATCHED_VAR "@rx ." "id:2,phase:1,${SAYS}"`,
    exchange: { target: "/?p=xb&q=ab" },
    hits: ["1 m b | MATCHED_VARS_NAMES:ARGS:q=ARGS:q", "2 | MATCHED_VAR=ARGS:q"],
  },
  {
    title: "captures that take no part are unset",
    rules: `SecRule ARGS "@rx (a)(b)?" "id:1,phase:1,capture,nolog"
      SecRule &TX:1|&TX:2 "@eq 1" "id:2,phase:1,${SAYS}"`,
    exchange: { target: "/?p=a" },
    hits: ["2 | TX:1=1"],
  },
  {
    title: "variables are set, added to, taken from and unset, with macros",
    rules: `SecAction "id:1,phase:1,nolog,setvar:tx.a=5,setvar:tx.b=+%{tx.A},setvar:tx.b=-2,setvar:tx.c,setvar:!tx.c,setvar:'tx.%{REQUEST_METHOD}=x%{tx.none}y'"
      SecRule TX:b "@eq 3" "id:2,phase:1"
      SecRule &TX:c "@eq 0" "id:3,phase:1"
      SecRule TX:get "@streq xy" "id:4,phase:1"
      SecRule TX:a "@eq %{tx.a}" "id:5,phase:1"
      SecRule TX:a "!@lt %{tx.b}" "id:6,phase:1"`,
    hits: ["2", "3", "4", "5", "6"],
  },
  {
    title: "skip and skipAfter pass rules over, and only where a rule matches",
    rules: `SecAction "id:1,phase:1,nolog,skip:1"
      SecAction "id:2,phase:1"
      SecRule REQUEST_METHOD "@streq PUT" "id:3,phase:1,nolog,skipAfter:END"
      SecAction "id:4,phase:1"
      SecRule REQUEST_METHOD "@streq GET" "id:5,phase:1,nolog,skipAfter:END"
      SecAction "id:6,phase:1"
      SecMarker END
      SecAction "id:7,phase:1"`,
    hits: ["4", "7"],
  },
  {
    title: "rules are removed by id, tag and message, for the transaction",
    rules: `SecAction "id:1,phase:1,nolog,ctl:ruleRemoveById=2-3,ctl:ruleRemoveByTag=t,ctl:ruleRemoveByMsg=m"
      SecAction "id:2,phase:1"
      SecAction "id:4,phase:2,tag:t"
      SecAction "id:5,phase:2,msg:m"
      SecAction "id:6,phase:2,tag:tt"`,
    hits: ["6"],
  },
  {
    title: "targets are removed by id and tag, a selector or all of a variable",
    rules: `SecAction "id:1,phase:1,nolog,ctl:ruleRemoveTargetById=2;ARGS:a,ctl:ruleRemoveTargetByTag=t;ARGS"
      SecRule ARGS "@rx ." "id:2,phase:1,${SAYS}"
      SecRule ARGS|REQUEST_METHOD "@rx ." "id:3,phase:1,tag:t,${SAYS}"
      SecRule &ARGS "@eq 2" "id:4,phase:1"`,
    exchange: { target: "/?b=1&A=2" },
    hits: ["2 | ARGS:b=1", "3 | REQUEST_METHOD=GET", "4"],
  },
  {
    title: "an engine that a rule turns off runs nothing any more",
    rules: `SecAction "id:1,phase:1,ctl:ruleEngine=Off"
      SecAction "id:2,phase:1"
      SecAction "id:3,phase:5"`,
    hits: ["1"],
  },
  {
    title: "allow ends what its scope says, but not logging",
    rules: `SecRule ARGS:s "@streq phase" "id:1,phase:1,nolog,allow:phase"
      SecRule ARGS:s "@streq request" "id:2,phase:1,nolog,allow:request"
      SecAction "id:3,phase:1"
      SecAction "id:4,phase:2"
      SecAction "id:5,phase:3"
      SecAction "id:6,phase:5"`,
    exchange: { target: "/?s=request" },
    hits: ["5", "6"],
  },
  {
    title: "allow:phase ends a phase alone",
    rules: `SecAction "id:1,phase:1,nolog,allow:phase"
      SecAction "id:2,phase:1"
      SecAction "id:3,phase:2"`,
    hits: ["3"],
  },
  {
    title: "HIGHEST_SEVERITY is that of the gravest rule that matched",
    rules: `SecRule HIGHEST_SEVERITY "@eq 255" "id:1,phase:1,severity:4"
      SecAction "id:2,phase:1,severity:2"
      SecAction "id:3,phase:1,severity:5"
      SecRule HIGHEST_SEVERITY "@eq 2" "id:4,phase:1"`,
    hits: ["1", "2", "3", "4"],
  },
  {
    title: "RULE, ENV, UNIQUE_ID and DURATION have values",
    rules: `SecAction "id:1,phase:1,nolog,setenv:A=b"
      SecRule RULE:id "@eq 2" "id:2,phase:1,logdata:'%{RULE.id} %{ENV.A} %{UNIQUE_ID} %{DURATION} %{TIME_EPOCH}'"`,
    hits: ["2 | 2 b 0f1e2d3c 0 1700000000"],
  },
];

describe("variables of a transaction", () => {
  for (const { title, rules, exchange: what = {}, hits } of variables)
    it(title, () => {
      assert.deepEqual(exchange(engineOf(rules), what).hits, hits);
    });
});

describe("rules of a transaction", () => {
  for (const { title, rules, exchange: what = {}, hits } of semantics)
    it(title, () => {
      assert.deepEqual(exchange(engineOf(rules), what).hits, hits);
    });
});

describe("an interruption", () => {
  const rules = `SecDefaultAction "phase:1,deny,status:406,log"
    SecRule ARGS:a "@streq block" "id:1,phase:1,block"
    SecRule ARGS:a "@streq go" "id:2,phase:1,redirect:'https://x.example/%{ARGS.a}',status:307"
    SecRule ARGS:a "@streq drop" "id:3,phase:1,drop"
    SecAction "id:4,phase:2,pass"
    SecAction "id:5,phase:5,pass"`;

  it("ends the transaction but for phase 5, with the status of the default action for block", () => {
    const { decided, hits, transaction } = exchange(engineOf(rules), { target: "/?a=block" });
    assert.equal(decided[0]?.action, "deny");
    assert.equal(decided[0]?.status, 406);
    assert.equal(decided[0]?.rule?.id, 1);
    assert.deepEqual(decided.slice(1), [undefined, undefined, undefined]);
    assert.deepEqual(hits, ["1", "5"]);
    assert.equal(transaction.interruption, decided[0]);
  });

  it("redirects with macros expanded, and drops", () => {
    const [redirect] = exchange(engineOf(rules), { target: "/?a=go" }).decided;
    assert.equal(redirect?.action, "redirect");
    assert.equal(redirect?.status, 307);
    assert.equal(text(redirect!.location!), "https://x.example/go");
    assert.equal(exchange(engineOf(rules), { target: "/?a=drop" }).decided[0]?.action, "drop");
  });

  it("does not come in DetectionOnly, where all is recorded", () => {
    const { decided, hits } = exchange(engineOf(`SecRuleEngine DetectionOnly\n${rules}`), {
      target: "/?a=block",
    });
    assert.ok(decided.every((each) => each === undefined));
    assert.deepEqual(hits, ["1", "4", "5"]);
  });

  it("comes where a body is longer than its limit, unless it is to be read in part", () => {
    const body = ["a=1&", "b=2"];
    const post: Exchange = { method: "POST", headers: [FORM], body };
    const rule = 'SecRule REQUEST_BODY "@streq a=1&b" "id:1,phase:2,msg:%{INBOUND_DATA_ERROR}"';
    const rejected = exchange(engineOf(`SecRequestBodyLimit 5\n${rule}`), post);
    assert.deepEqual(
      rejected.decided.map((each) => each?.status),
      [undefined, undefined, 413, undefined, undefined, undefined],
    );
    for (const mode of ["SecRequestBodyLimitAction ProcessPartial", "SecRuleEngine DetectionOnly"]) {
      const { decided, hits } = exchange(engineOf(`${mode}\nSecRequestBodyLimit 5\n${rule}`), post);
      assert.ok(decided.every((each) => each === undefined));
      assert.deepEqual(hits, ["1 1"]);
    }
  });

  it("comes where a body without its files is longer than its own limit", () => {
    const rules = `SecRequestBodyNoFilesLimit 40\nSecRule REQBODY_ERROR "@eq 1" "id:1,phase:5"`;
    const statuses = (what: Exchange) => {
      const { decided, hits, transaction } = exchange(engineOf(rules), { method: "POST", ...what });
      return { statuses: decided.map((each) => each?.status), hits, errors: transaction.errors.length };
    };
    const none = undefined;
    const long = "b".repeat(30);
    // As soon as it is.
    assert.deepEqual(statuses({ headers: [FORM], body: ["a=1", `&${long}`, `&${long}`, "c"] }), {
      statuses: [none, none, none, 413, none, none, none, none],
      hits: ["1"],
      errors: 1,
    });
    // A file's octets do not count, which is known at their end.
    const parts: readonly [string, string] = ["Content-Type", "multipart/form-data; boundary=q"];
    const part = (about: string, length: number) =>
      `--q\r\nContent-Disposition: form-data; name=a${about}\r\n\r\n${"x".repeat(length)}\r\n--q--\r\n`;
    const bare = part("", 0).length;
    const body = (about: string, length: number): Exchange => ({
      headers: [parts],
      body: [part(about, length)],
    });
    const wide = rules.replace("40", `${bare + 100}`);
    const ended = (what: Exchange) =>
      exchange(engineOf(wide), { method: "POST", ...what }).decided.map((each) => each?.status);
    assert.deepEqual(ended(body("; filename=b", 500)), [none, none, none, none, none]);
    assert.deepEqual(ended(body("", 500)), [none, none, 413, none, none]);
  });
});

describe("a setting", () => {
  it("is what a variable has, also where it is not ASCII", () => {
    const engine = engineOf(`SecWebAppId café
SecRule WEBAPPID "@streq café" "id:1,phase:1,log"
SecRule UNIQUE_ID "@streq 0f1e2d3c" "id:2,phase:1,log"`);
    assert.deepEqual(exchange(engine, {}).hits, ["1", "2"]);
  });
});

describe("a body that cannot be read", () => {
  it("is told to rules and in a line", () => {
    const { hits, transaction } = exchange(
      engineOf(`SecRule REQBODY_ERROR "@eq 1" "id:1,phase:2,logdata:'%{REQBODY_ERROR_MSG}'"`),
      { method: "POST", headers: [["Content-Type", "application/json"]], body: ["{"] },
    );
    assert.equal(hits.length, 1);
    assert.match(hits[0]!, /^1 \| JSON parsing error: ./);
    assert.equal(transaction.errors.length, 1);
  });

  it("is not read where there are more arguments than are taken, which is told", () => {
    const { hits } = exchange(
      engineOf(`SecArgumentsLimit 2
        SecRule &ARGS "@eq 2" "id:1,phase:1"
        SecRule REQBODY_ERROR "@eq 1" "id:2,phase:1"`),
      { target: "/?a=1&b=2&c=3" },
    );
    assert.deepEqual(hits, ["1", "2"]);
  });
});

describe("collections that outlive a transaction", () => {
  it("count over transactions, until their variables or they themselves expire", () => {
    let nowMs = 0;
    const engine = engineOf(
      `SecCollectionTimeout 100
       SecRule REMOTE_ADDR "@rx ." "id:1,phase:1,nolog,initcol:ip=%{REMOTE_ADDR},setvar:ip.n=+1,setvar:ip.brief,expirevar:ip.brief=10"
       SecAction "id:2,phase:5,logdata:'%{IP.n} %{IP.brief}'"
       SecAction "id:3,phase:1,nolog,setvar:session.lost=1"
       SecRule &SESSION "@gt 0" "id:4,phase:1"`,
      { clock: () => nowMs },
    );
    assert.deepEqual(exchange(engine, {}).hits, ["2 | 1 1"]);
    nowMs = 50_000;
    assert.deepEqual(exchange(engine, {}).hits, ["2 | 2 1"]);
    nowMs = 200_000;
    assert.deepEqual(exchange(engine, {}).hits, ["2 | 1 1"]);
  });

  it("loses a variable when its time is over", () => {
    let nowMs = 0;
    const opened = engineOf(
      `SecAction "id:1,phase:1,nolog,initcol:ip=k"
       SecRule ARGS:set "@eq 1" "id:2,phase:1,nolog,setvar:ip.x=7,expirevar:ip.x=10"
       SecRule IP:x "@eq 7" "id:3,phase:2"`,
      { clock: () => nowMs },
    );
    assert.deepEqual(exchange(opened, { target: "/?set=1" }).hits, ["3"]);
    nowMs = 9_000;
    assert.deepEqual(exchange(opened, {}).hits, ["3"]);
    nowMs = 11_000;
    assert.deepEqual(exchange(opened, {}).hits, []);
  });
});

describe("an observer", () => {
  it("is told which rules ran, what they tested, and why others did not", () => {
    const told: string[] = [];
    const engine = engineOf(
      `SecAction "id:1,phase:1,nolog,ctl:ruleRemoveById=2,skip:1"
       SecAction "id:9,phase:1"
       SecAction "id:2,phase:1"
       SecRule REQUEST_METHOD "!@streq get" "id:3,phase:1,t:lowercase,deny"
       SecRule REQUEST_METHOD "@streq get" "id:4,phase:1,t:lowercase,deny"
       SecAction "id:5,phase:1"`,
      {
        observer: {
          ran: ({ id }, matched) => told.push(`${id} ran ${matched}`),
          notRun: ({ id }, reason) => told.push(`${id} ${reason}`),
          tested: ({ id }, link, variable, octets, start, end, matched) =>
            told.push(`${id}.${link} ${variable} ${text(octets.subarray(start, end))} ${matched}`),
          did: ({ id }, effect) => told.push(`${id} ${effect.kind}`),
        },
      },
    );
    exchange(engine, {});
    assert.deepEqual(told, [
      "1 ctl",
      "1 ran true",
      "9 skipped",
      "2 removed",
      "3.0 REQUEST_METHOD get false",
      "3 ran false",
      "4.0 REQUEST_METHOD get true",
      "4 ran true",
      "5 phase-over",
    ]);
  });
});
