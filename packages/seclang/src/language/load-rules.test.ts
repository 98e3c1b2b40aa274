import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { loadRules } from "./load-rules.js";
import { macroChars } from "./macro.js";
import { memoryReader, withoutPlaces } from "./memory-reader.build.js";
import type { LoadedRules, Rule } from "./rule.js";
import { charsOf } from "./text.js";

function load(...lines: readonly string[]): LoadedRules {
  return loadRules(["a.conf"], memoryReader({ "a.conf": lines.join("\n") }));
}

function rule(...lines: readonly string[]): Rule {
  return load(...lines).rules.at(-1)!;
}

function variables(targets: Rule["links"][number]["targets"]): string[] {
  return targets.map(({ variable, selector }) =>
    selector !== undefined && "octets" in selector ? `${variable}:${charsOf(selector.octets)}` : variable,
  );
}

describe("a rule", () => {
  it("passes, is logged and belongs to phase 2, where nothing else is said", () => {
    const { id, phase, disruption, log, auditLog, links, skipTo } = rule('SecRule ARGS a "id:1"');
    assert.deepEqual(
      { id, phase, disruption, log, auditLog, links: links.length, skipTo },
      {
        id: 1,
        phase: 2,
        disruption: { kind: "pass" },
        log: true,
        auditLog: true,
        links: 1,
        skipTo: undefined,
      },
    );
  });

  it("has its description, and its exclusions apart from its targets", () => {
    const loaded = rule(
      `SecRule ARGS|!ARGS:a|&TX:b "@eq 1" "id:1,msg:'m',logdata:'%{TX.0}',tag:'t',tag:'u',severity:3,ver:v,rev:2,maturity:1,accuracy:9,capture,multiMatch"`,
    );
    const { tags, severity, ver, rev, maturity, accuracy, msg } = loaded;
    assert.deepEqual(
      { tags: tags.map(macroChars), severity, ver, rev, maturity, accuracy, msg: withoutPlaces(msg) },
      {
        tags: ["t", "u"],
        severity: 3,
        ver: "v",
        rev: "2",
        maturity: 1,
        accuracy: 9,
        msg: [{ kind: "octets", octets: "m" }],
      },
    );
    const [link] = loaded.links;
    assert.deepEqual([variables(link!.targets), variables(link!.exclusions)], [["ARGS", "TX:b"], ["ARGS:a"]]);
    assert.deepEqual([link!.capture, link!.multiMatch], [true, true]);
  });

  for (const [title, lines, disruption] of [
    ["its own decision", ['SecAction "id:1,deny,status:404"'], { kind: "deny", status: 404 }],
    ["403 where it denies with no status", ['SecAction "id:1,deny"'], { kind: "deny", status: 403 }],
    ["pass for block where nothing else is the default", ['SecAction "id:1,block"'], { kind: "pass" }],
    [
      "the default's decision for block",
      ['SecDefaultAction "phase:2,deny,status:406"', 'SecAction "id:1,block"'],
      { kind: "deny", status: 406 },
    ],
    [
      "the default's decision for none",
      ['SecDefaultAction "phase:2,drop"', 'SecAction "id:1"'],
      { kind: "drop", status: 403 },
    ],
    [
      "its own status for the default's decision",
      ['SecDefaultAction "phase:2,deny,status:406"', 'SecAction "id:1,block,status:400"'],
      { kind: "deny", status: 400 },
    ],
    [
      "no status of the default's for its own decision",
      ['SecDefaultAction "phase:2,deny,status:406"', 'SecAction "id:1,deny"'],
      { kind: "deny", status: 403 },
    ],
    [
      "no default of another phase",
      ['SecDefaultAction "phase:1,deny"', 'SecAction "id:1,block"'],
      { kind: "pass" },
    ],
    [
      "no default that stands behind it",
      ['SecAction "id:1,block"', 'SecDefaultAction "phase:2,deny"'],
      { kind: "pass" },
    ],
    ["allow with its scope", ['SecAction "id:1,allow:request"'], { kind: "allow", scope: "request" }],
    [
      "a redirection's status where it is one",
      ['SecAction "id:1,redirect:/a,status:307"'],
      { kind: "redirect", status: 307, to: [{ kind: "octets", octets: "/a" }] },
    ],
    [
      "302 for a redirection with another status",
      ['SecAction "id:1,redirect:/a,status:403"'],
      { kind: "redirect", status: 302, to: [{ kind: "octets", octets: "/a" }] },
    ],
  ] as const) {
    it(`has ${title}`, () => assert.deepEqual(withoutPlaces(rule(...lines).disruption), disruption));
  }

  for (const [defaults, own, log, auditLog] of [
    ["", "nolog", false, false],
    ["", "nolog,auditlog", false, true],
    ["", "auditlog,nolog", false, true],
    ["", "log,noauditlog", true, false],
    ["", "noauditlog", true, false],
    ["", "log,nolog", false, false],
    ["nolog", "", false, false],
    ["nolog", "log", true, true],
    ["log,noauditlog", "", true, false],
    ["log,noauditlog", "log", true, true],
    ["nolog,auditlog", "auditlog", false, true],
  ] as const) {
    it(`with "${own}" behind the defaults "${defaults}" is ${log ? "" : "not "}logged, ${auditLog ? "" : "not "}audited`, () => {
      const lines = [
        ...(defaults === "" ? [] : [`SecDefaultAction "phase:2,pass,${defaults}"`]),
        `SecAction "id:1${own === "" ? "" : `,${own}`}"`,
      ];
      const loaded = rule(...lines);
      assert.deepEqual([loaded.log, loaded.auditLog], [log, auditLog]);
    });
  }

  for (const [own, transformations] of [
    ["", ["lowercase", "trim"]],
    [",t:length", ["lowercase", "trim", "length"]],
    [",t:none,t:length", ["length"]],
    [",t:length,t:none", []],
  ] as const) {
    it(`with "${own}" behind two default transformations has ${transformations.length}`, () => {
      const loaded = rule(
        'SecDefaultAction "phase:2,pass,t:lowercase,t:trim"',
        `SecRule ARGS a "id:1${own}"`,
      );
      assert.deepEqual(loaded.links[0]!.transformations, transformations);
    });
  }
});

describe("a tag", () => {
  it("may be the default's, hold macros, and be excluded by as it is written", () => {
    const lines = [
      `SecDefaultAction "phase:1,pass,tag:'h %{REQUEST_HEADERS.Host}'"`,
      'SecAction "id:1,phase:1,tag:a"',
    ];
    assert.deepEqual(rule(...lines).tags.map(macroChars), ["h %{REQUEST_HEADERS.Host}", "a"]);
    assert.equal(load(...lines, 'SecRuleRemoveByTag "h %{request_headers.Host}"').rules.length, 0);
  });
});

describe("a chain", () => {
  it("is one rule, its first one's phase and defaults for all of it", () => {
    const loaded = rule(
      'SecDefaultAction "phase:1,pass,t:trim,setvar:tx.d=1"',
      'SecRule ARGS a "id:1,phase:1,chain,setvar:tx.a=1"',
      '  SecRule TX:a b "chain,t:none,t:length"',
      '  SecAction "setvar:tx.c=1"',
      "SecMarker x",
    );
    assert.deepEqual(
      loaded.links.map(({ transformations, effects, operator, targets, place }) => [
        transformations,
        effects.length,
        operator?.name,
        variables(targets),
        place.line,
      ]),
      [
        [["trim"], 2, "rx", ["ARGS"], 2],
        [["length"], 0, "rx", ["TX:a"], 3],
        [["trim"], 1, undefined, [], 4],
      ],
    );
  });
});

describe("phases", () => {
  const { phases, rules } = load(
    'SecAction "id:1,phase:1,skipAfter:END"',
    'SecAction "id:2,phase:2"',
    'SecAction "id:3,phase:1,skip:2"',
    "SecMarker MIDDLE",
    'SecAction "id:4,phase:1,skip:9"',
    'SecAction "id:5,phase:1,skipAfter:6"',
    'SecAction "id:6,phase:1"',
    "SecMarker END",
    'SecAction "id:7,phase:5"',
  );

  it("hold their rules and all markers, in order", () => {
    assert.deepEqual(
      phases.map((items) => items.map((item) => (item.kind === "rule" ? item.id : item.label))),
      [
        [1, 3, "MIDDLE", 4, 5, 6, "END"],
        [2, "MIDDLE", "END"],
        ["MIDDLE", "END"],
        ["MIDDLE", "END"],
        ["MIDDLE", "END", 7],
      ],
    );
    assert.deepEqual(
      rules.map(({ id }) => id),
      [1, 2, 3, 4, 5, 6, 7],
    );
  });

  it("go on behind a marker, a rule, or so many rules", () => {
    assert.deepEqual(
      rules.map(({ id, skipTo }) => [id, skipTo]),
      [
        [1, 7],
        [2, undefined],
        [3, 5],
        [4, 7],
        [5, 6],
        [6, undefined],
        [7, undefined],
      ],
    );
  });
});

describe("exclusions", () => {
  const RULES = [
    `SecRule ARGS a "id:1,tag:'x',msg:'one',deny,t:trim"`,
    `SecRule ARGS a "id:2,tag:'xy',msg:'two',chain"`,
    'SecRule ARGS b "t:trim"',
    `SecRule ARGS a "id:10,tag:'x',tag:'z',msg:'one'"`,
  ];

  for (const [line, left, changed] of [
    ["SecRuleRemoveById 2", [1, 10], 1],
    ["SecRuleRemoveById 1-5 10", [], 3],
    ["SecRuleRemoveById 3-9", [1, 2, 10], 0],
    ["SecRuleRemoveByTag x", [2], 2],
    ["SecRuleRemoveByTag X", [1, 2, 10], 0],
    ["SecRuleRemoveByMsg one", [2], 2],
    ["SecRuleRemoveByMsg on", [1, 2, 10], 0],
  ] as const) {
    it(`${line} leaves ${left.length} rules`, () => {
      const { rules, exclusions } = load(...RULES, line);
      assert.deepEqual([rules.map(({ id }) => id), exclusions[0]!.rulesChanged], [left, changed]);
    });
  }

  it("are about the rules before them, and say where they are about none", () => {
    const { rules, exclusions } = load("SecRuleRemoveById 1", ...RULES);
    assert.deepEqual([rules.length, exclusions[0]!.rulesChanged, exclusions[0]!.place.line], [3, 0, 1]);
  });

  it("free the id of what they remove", () => {
    assert.equal(rule(...RULES, "SecRuleRemoveById 1", 'SecAction "id:1,allow"').disruption.kind, "allow");
  });

  for (const [line, wanted] of [
    ['SecRuleUpdateTargetById 1 "!ARGS:a|TX:b"', { 1: ["ARGS TX:b ! ARGS:a"] }],
    ['SecRuleUpdateTargetById 2:1 "!ARGS:a"', { 2: ["ARGS !", "ARGS ! ARGS:a"] }],
    [
      'SecRuleUpdateTargetById 1-2,10 "!ARGS:a"',
      { 1: ["ARGS ! ARGS:a"], 2: ["ARGS ! ARGS:a", "ARGS !"], 10: ["ARGS ! ARGS:a"] },
    ],
    ["SecRuleUpdateTargetByTag z !ARGS:/a/", { 1: ["ARGS !"], 10: ["ARGS ! ARGS:a"] }],
    ["SecRuleUpdateTargetByMsg two !ARGS", { 2: ["ARGS ! ARGS", "ARGS !"] }],
  ] as const) {
    it(`${line} changes what is tested`, () => {
      const { rules } = load(...RULES, line);
      for (const [id, links] of Object.entries(wanted))
        assert.deepEqual(
          rules
            .find((found) => `${found.id}` === id)!
            .links.map(({ targets, exclusions }) =>
              [...variables(targets), "!", ...variables(exclusions)].join(" "),
            ),
          links,
        );
    });
  }

  it("SecRuleUpdateActionById replaces what is said once and adds the rest", () => {
    const [first, second] = load(
      ...RULES,
      'SecRuleUpdateActionById 1 "pass,t:length,msg:new,tag:w,nolog"',
      'SecRuleUpdateActionById 2:1 "t:none,setvar:tx.a=1"',
    ).rules;
    assert.deepEqual(
      [first!.disruption, first!.tags.map(macroChars), first!.log, first!.links[0]!.transformations],
      [{ kind: "pass" }, ["x", "w"], false, ["trim", "length"]],
    );
    assert.deepEqual(withoutPlaces(first!.msg), [{ kind: "octets", octets: "new" }]);
    assert.deepEqual([second!.links[1]!.transformations, second!.links[1]!.effects.length], [[], 1]);
  });
});

describe("settings", () => {
  it("are those that were set last, with their places; media types add up", () => {
    const { settings, datasets, componentSignatures } = load(
      "SecRuleEngine Off",
      "SecRuleEngine On",
      "SecResponseBodyMimeType a/b",
      "SecResponseBodyMimeTypesClear",
      "SecResponseBodyMimeType text/html",
      "SecResponseBodyMimeType text/html text/xml",
      "SecDataset d `\nx\n`",
      'SecComponentSignature "c/1"',
    );
    assert.deepEqual(settings.SecRuleEngine, { value: "On", place: { file: "a.conf", line: 2, column: 1 } });
    assert.deepEqual(settings.SecResponseBodyMimeType?.value, ["text/html", "text/xml"]);
    assert.equal(settings.SecRequestBodyLimit, undefined);
    assert.deepEqual([...datasets], [["d", [Uint8Array.of(0x78)]]]);
    assert.deepEqual(componentSignatures, ["c/1"]);
  });
});
