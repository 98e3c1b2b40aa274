import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Directive } from "./ast.js";
import { octets, withoutPlaces } from "./memory-reader.build.js";
import { parseRules } from "./parse-rules.js";
import { printRules } from "./print-rules.js";
import { charsOf } from "./text.js";

function read(text: string): unknown {
  return withoutPlaces(parseRules(octets(text), "a.conf"));
}

function one(text: string): Directive {
  const directives = parseRules(octets(text), "a.conf");
  assert.equal(directives.length, 1);
  return directives[0]!;
}

function rule(text: string): Extract<Directive, { kind: "SecRule" }> {
  const directive = one(text);
  assert.equal(directive.kind, "SecRule");
  return directive as Extract<Directive, { kind: "SecRule" }>;
}

describe("a rule file's lines", () => {
  for (const [title, text, same] of [
    ["go on behind a backslash", 'SecAction \\\n  "id:1,\\\n   pass"', 'SecAction "id:1,   pass"'],
    ["may end in CR LF", 'SecAction \\\r\n"id:1"\r\nSecMarker a\r\n', 'SecAction "id:1"\nSecMarker a'],
    ["may be comments, empty or blank", "# a\n\n \t\n  # SecMarker b\nSecMarker a", "SecMarker a"],
    ["are no comments further on than one line", "# a \\\nSecMarker a", "SecMarker a"],
    ["may begin with a byte order mark", "\ufeffSecMarker a", "SecMarker a"],
    ["have directives in any case", 'secRULE args foo "ID:1"', 'SecRule ARGS foo "id:1"'],
    ["may end without a newline", "SecMarker a", "SecMarker a\n"],
    ["may break inside of a word", "SecMar\\\nker a", "SecMarker a"],
  ] as const) {
    it(title, () => assert.deepEqual(read(text), read(same)));
  }

  it("hold words whose quotes and backslashes stay as they are, but for escaped quotes", () => {
    for (const [written, argument] of [
      [String.raw`"@contains a\"b"`, 'a"b'],
      [String.raw`"@contains a\\"`, String.raw`a\\`],
      [String.raw`"@contains a\\\"b"`, String.raw`a\\"b`],
      [String.raw`"@contains a\tb\x5c"`, String.raw`a\tb\x5c`],
      [`"@contains a 'b' "`, "a 'b' "],
    ] as const) {
      const [part] = rule(`SecRule ARGS ${written} "id:1"`).operator.argument;
      assert.ok(part?.kind === "octets");
      assert.equal(charsOf(part.octets), argument);
    }
  });

  it("hold any octets", () => {
    const file = Buffer.concat([
      Buffer.from('SecRule ARGS "@rx '),
      Buffer.from([0xff, 0xc3, 0]),
      Buffer.from('"'),
    ]);
    const directive = parseRules(file, "a.conf")[0]!;
    assert.ok(directive.kind === "SecRule");
    const [part] = directive.operator.argument;
    assert.deepEqual(part, { kind: "octets", octets: Uint8Array.of(0xff, 0xc3, 0) });
  });
});

describe("variables", () => {
  const ARGS = { variable: "ARGS", selector: undefined, count: false, exclude: false };
  const name = (text: string) => ({ kind: "name", octets: text });
  const pattern = (text: string) => ({ kind: "pattern", octets: text });
  for (const [text, wanted] of [
    ["ARGS", [ARGS]],
    ["args", [ARGS]],
    ["&ARGS", [{ ...ARGS, count: true }]],
    ["ARGS|!ARGS:a", [ARGS, { ...ARGS, exclude: true, selector: name("a") }]],
    ["ARGS:a.b-c[]", [{ ...ARGS, selector: name("a.b-c[]") }]],
    ["ARGS:/^a/", [{ ...ARGS, selector: pattern("^a") }]],
    ["ARGS:/a|b/|ARGS", [{ ...ARGS, selector: pattern("a|b") }, ARGS]],
    [String.raw`ARGS:/a\/b/`, [{ ...ARGS, selector: pattern(String.raw`a\/b`) }]],
    ["ARGS:'/a/b|c/'|ARGS", [{ ...ARGS, selector: pattern("a/b|c") }, ARGS]],
    [String.raw`ARGS:'/it\'s/'`, [{ ...ARGS, selector: pattern("it's") }]],
    ["ARGS:'a|b'", [{ ...ARGS, selector: name("a|b") }]],
    ['"ARGS | ARGS"', [ARGS, ARGS]],
    ['"ARGS:a b"', [{ ...ARGS, selector: name("a b") }]],
    ["XML:/*", [{ ...ARGS, variable: "XML", selector: { kind: "xpath", path: "/*" } }]],
    ["XML://@*|ARGS", [{ ...ARGS, variable: "XML", selector: { kind: "xpath", path: "//@*" } }, ARGS]],
  ] as const) {
    it(`${text} are read`, () =>
      assert.deepEqual(withoutPlaces(rule(`SecRule ${text} "@rx a" "id:1"`).targets), wanted));
  }
});

describe("operators", () => {
  const variable = (name: string, key?: string) => ({ kind: "variable", variable: name, key });
  const text = (chars: string) => ({ kind: "octets", octets: chars });
  for (const [written, name, negated, argument] of [
    ["@rx a b", "rx", false, [text("a b")]],
    ["a b", "rx", false, [text("a b")]],
    [" a", "rx", false, [text(" a")]],
    ["!a", "rx", true, [text("a")]],
    ["!@RX  a ", "rx", true, [text("a ")]],
    ["! @eq 1", "eq", true, [text("1")]],
    ["@detectSQLi", "detectSQLi", false, []],
    ["@lt %{tx.a}", "lt", false, [variable("TX", "a")]],
    [
      "@within a%{TX.b-c}d%{REMOTE_ADDR}",
      "within",
      false,
      [text("a"), variable("TX", "b-c"), text("d"), variable("REMOTE_ADDR")],
    ],
    ["@contains %{", "contains", false, [text("%{")]],
    ["@contains a%{b", "contains", false, [text("a%{b")]],
    ["@rx %{a,b}", "rx", false, [text("%{a,b}")]],
    ["@streq %{REQUEST_HEADERS:Host}", "streq", false, [variable("REQUEST_HEADERS", "Host")]],
  ] as const) {
    it(`"${written}" are read`, () =>
      assert.deepEqual(withoutPlaces(rule(`SecRule ARGS "${written}" "id:1"`).operator), {
        name,
        negated,
        argument: argument as unknown,
      }));
  }
});

describe("actions", () => {
  for (const [written, wanted] of [
    ["id:'7'", { kind: "id", id: 7 }],
    ["phase:request", { kind: "phase", phase: 2 }],
    ["phase:logging", { kind: "phase", phase: 5 }],
    ["t:URLDECODEUNI", { kind: "t", transformation: "urlDecodeUni" }],
    ["allow", { kind: "allow", scope: "transaction" }],
    ["allow:phase", { kind: "allow", scope: "phase" }],
    ["severity:2", { kind: "severity", severity: 2 }],
    ["severity:'warning'", { kind: "severity", severity: 4 }],
    ["tag:'a,b:c'", { kind: "tag", text: [{ kind: "octets", octets: "a,b:c" }] }],
    ["tag: a ", { kind: "tag", text: [{ kind: "octets", octets: "a" }] }],
    ["status:404", { kind: "status", status: 404 }],
    ["skip:2", { kind: "skip", rules: 2 }],
    ["skipAfter:END", { kind: "skipAfter", label: "END" }],
    [String.raw`msg:'it\'s'`, { kind: "msg", text: [{ kind: "octets", octets: "it's" }] }],
    [
      "logdata:'a %{MATCHED_VAR}'",
      {
        kind: "logdata",
        text: [
          { kind: "octets", octets: "a " },
          { kind: "variable", variable: "MATCHED_VAR", key: undefined },
        ],
      },
    ],
    ["setvar:tx.a", setvar([{ kind: "octets", octets: "a" }], "set", [{ kind: "octets", octets: "1" }])],
    ["setvar:!TX.a", setvar([{ kind: "octets", octets: "a" }], "unset", [])],
    ["setvar:tx.a=", setvar([{ kind: "octets", octets: "a" }], "set", [])],
    [
      "setvar:'tx.a=b c,d'",
      setvar([{ kind: "octets", octets: "a" }], "set", [{ kind: "octets", octets: "b c,d" }]),
    ],
    [
      "setvar:tx.a=+%{tx.b}",
      setvar([{ kind: "octets", octets: "a" }], "add", [{ kind: "variable", variable: "TX", key: "b" }]),
    ],
    [
      "setvar:tx.a=-5",
      setvar([{ kind: "octets", octets: "a" }], "subtract", [{ kind: "octets", octets: "5" }]),
    ],
    [
      "setvar:'tx.a_%{TX.1}=/%{tx.1}/'",
      setvar(
        [
          { kind: "octets", octets: "a_" },
          { kind: "variable", variable: "TX", key: "1" },
        ],
        "set",
        [
          { kind: "octets", octets: "/" },
          { kind: "variable", variable: "TX", key: "1" },
          { kind: "octets", octets: "/" },
        ],
      ),
    ],
    [
      "initcol:ip=%{REMOTE_ADDR}",
      {
        kind: "initcol",
        collection: "IP",
        key: [{ kind: "variable", variable: "REMOTE_ADDR", key: undefined }],
      },
    ],
    [
      "expirevar:ip.a=60",
      { kind: "expirevar", collection: "IP", name: [{ kind: "octets", octets: "a" }], seconds: 60 },
    ],
    ["setenv:A", { kind: "setenv", name: "A", value: [{ kind: "octets", octets: "1" }] }],
    ["setenv:!A", { kind: "setenv", name: "A", value: undefined }],
    ["ctl:ruleEngine=detectiononly", control({ control: "ruleEngine", mode: "DetectionOnly" })],
    ["ctl:auditLogParts=+E", control({ control: "auditLogParts", change: "add", parts: "E" })],
    ["ctl:requestBodyProcessor=xml", control({ control: "requestBodyProcessor", processor: "XML" })],
    ["ctl:forceRequestBodyVariable=On", control({ control: "forceRequestBodyVariable", on: true })],
    ["ctl:requestBodyLimit=10", control({ control: "requestBodyLimit", bytes: 10 })],
    [
      "ctl:ruleRemoveById=1-3",
      control({ control: "ruleRemove", rules: { by: "id", ranges: [{ first: 1, last: 3 }] } }),
    ],
    [
      "ctl:ruleRemoveTargetByTag=a;ARGS:/b;c/",
      control({
        control: "ruleRemoveTarget",
        rules: { by: "tag", tag: [{ kind: "octets", octets: "a" }] },
        target: {
          variable: "ARGS",
          selector: { kind: "pattern", octets: "b;c" },
          count: false,
          exclude: false,
        },
      }),
    ],
  ] as const) {
    it(`${written} are read`, () => {
      const directive = one(`SecAction "${written}"`);
      assert.ok(directive.kind === "SecAction");
      assert.deepEqual(withoutPlaces(directive.actions), [wanted as unknown]);
    });
  }

  function setvar(name: unknown, operation: string, value: unknown) {
    return { kind: "setvar", collection: "TX", name, operation, value };
  }
  function control(change: unknown) {
    return { kind: "ctl", change };
  }
});

describe("other directives", () => {
  for (const [text, wanted] of [
    ["SecRuleEngine on", { kind: "setting", setting: { name: "SecRuleEngine", value: "On" } }],
    [
      "SecRequestBodyLimit 131072",
      { kind: "setting", setting: { name: "SecRequestBodyLimit", value: 131072 } },
    ],
    ["SecArgumentSeparator &", { kind: "setting", setting: { name: "SecArgumentSeparator", value: 38 } }],
    ["SecUploadFileMode 0600", { kind: "setting", setting: { name: "SecUploadFileMode", value: 0o600 } }],
    ["SecAuditLogParts ZBA", { kind: "setting", setting: { name: "SecAuditLogParts", value: "ABZ" } }],
    [
      'SecResponseBodyMimeType text/html "text/PLAIN text/xml"',
      {
        kind: "setting",
        setting: { name: "SecResponseBodyMimeType", value: ["text/html", "text/plain", "text/xml"] },
      },
    ],
    [
      'SecRuleRemoveById 1 "2 3-4" 5,6',
      {
        kind: "SecRuleRemove",
        rules: {
          by: "id",
          ranges: [
            { first: 1, last: 1 },
            { first: 2, last: 2 },
            { first: 3, last: 4 },
            { first: 5, last: 5 },
            { first: 6, last: 6 },
          ],
        },
      },
    ],
    [
      "SecRuleRemoveByTag a",
      { kind: "SecRuleRemove", rules: { by: "tag", tag: [{ kind: "octets", octets: "a" }] } },
    ],
    [
      'SecRuleRemoveByMsg "a b"',
      { kind: "SecRuleRemove", rules: { by: "msg", msg: [{ kind: "octets", octets: "a b" }] } },
    ],
    [
      "SecRuleUpdateActionById 1:2 pass",
      { kind: "SecRuleUpdateAction", id: 1, link: 2, actions: [{ kind: "pass" }] },
    ],
    ['SecDataset a `\n  b c \n# d\n\ne"\n`\n', { kind: "SecDataset", name: "a", lines: ["b c", 'e"'] }],
  ] as const) {
    it(`${text.split("\n", 1)[0]} are read`, () => assert.deepEqual(read(text), [wanted as unknown]));
  }
});

describe("places", () => {
  it("are lines and columns of the file, whatever was taken out", () => {
    const directive = rule(
      'SecMarker a\n\n  SecRule ARGS|\\\n!ARGS:é|XML:/* \\\n   "@rx \\"é\\"" "id:1,\\\n    pass"'.replace(
        "SecMarker a\n",
        "# a\n",
      ),
    );
    const places = [
      directive.place,
      ...directive.targets.map(({ place }) => place),
      directive.operator.place,
      ...directive.actions.map(({ place }) => place),
    ].map(({ line, column }) => `${line}:${column}`);
    assert.deepEqual(places, ["3:3", "3:11", "4:1", "4:9", "5:5", "5:17", "6:5"]);
  });
});

describe("a printed rule file", () => {
  it("begins each directive on a line of its own", () => {
    const directives = parseRules(
      octets("SecRule ARGS:'a|b' \"\\\"\" \"id:1,msg:'it\\'s'\"\nSecMarker a"),
      "a",
    );
    assert.equal(
      charsOf(printRules(directives)),
      'SecRule "ARGS:\'a|b\'" "@rx \\"" "id:1,msg:\'it\\\'s\'"\nSecMarker "a"\n',
    );
  });
});
