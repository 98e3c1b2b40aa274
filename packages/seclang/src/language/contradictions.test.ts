import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PalisadeError } from "@palisade/base";
import { INCLUDE_DEPTH_MAX } from "./include.js";
import { loadRules } from "./load-rules.js";
import { memoryReader } from "./memory-reader.build.js";
import { CHAIN_LINKS_MAX } from "./parse-rules.js";

describe("Include", () => {
  const files = {
    "etc/main.conf": 'Include rules/*.conf\nInclude "./last.conf"\nSecAction "id:9"',
    "etc/rules/b.conf": 'SecAction "id:2"',
    "etc/rules/a.conf": 'SecAction "id:1"\nInclude ../other/c?[a-c].conf',
    "etc/rules/a.data": "x",
    "etc/other/c1b.conf": 'SecAction "id:3"',
    "etc/other/c1d.conf": 'SecAction "id:4"',
    "etc/last.conf": "",
  };

  it("reads files in the order of their names, from where it stands", () => {
    const { rules, files: read } = loadRules(["etc/main.conf"], memoryReader(files));
    assert.deepEqual(
      rules.map(({ id, place }) => [id, place.file]),
      [
        [1, "etc/rules/a.conf"],
        [3, "etc/other/c1b.conf"],
        [2, "etc/rules/b.conf"],
        [9, "etc/main.conf"],
      ],
    );
    assert.equal(read.length, 5);
  });

  for (const [title, held, message] of [
    [
      "of a file that is not there",
      { a: "\nInclude b" },
      "a:2:1: cannot read b (no such file: b), expected a file to read",
    ],
    [
      "of a directory that is not there",
      { a: "Include b/*" },
      "a:1:1: cannot list b, expected a directory to read",
    ],
    ["of nothing", { a: "Include *.conf" }, "a:1:1: no file is named by *.conf, expected one at least"],
    [
      "of itself",
      { a: "Include ./b", b: "Include c/../a" },
      "b:1:1: a includes itself, expected another file",
    ],
    [
      "too deep",
      Object.fromEntries(
        Array.from({ length: INCLUDE_DEPTH_MAX + 1 }, (_, depth) => [
          depth === 0 ? "a" : `f${depth}`,
          `Include f${depth + 1}`,
        ]),
      ),
      `f${INCLUDE_DEPTH_MAX - 1}:1:1: more than ${INCLUDE_DEPTH_MAX} files inside each other, expected fewer`,
    ],
    [
      "inside of a chain",
      { a: 'SecRule ARGS a "id:1,chain"\nInclude b', b: "" },
      "a:1:22: Include stands behind a rule of the chain of 1, expected the chain's next SecRule",
    ],
  ] as const) {
    it(`is refused ${title}`, () =>
      assert.throws(() => loadRules(["a"], memoryReader(held)), { name: "PalisadeError", message }));
  }
});

describe("what rules contradict", () => {
  const chain = (length: number) =>
    [
      'SecRule ARGS a "id:1,chain"',
      ...Array.from({ length: length - 2 }, () => 'SecRule ARGS a "chain"'),
      "SecRule ARGS a",
    ].join("\n");
  for (const [text, code, message] of [
    ["SecRule ARGS a", "SECLANG_RULE", "1:1: a rule without an id, expected id:NUMBER"],
    [
      'SecAction "id:1"\nSecAction "pass,id:1"',
      "SECLANG_RULE",
      "2:17: the id 1 is that of the rule at a.conf:1:1, expected one of its own",
    ],
    [
      'SecAction "id:1,deny,pass"',
      "SECLANG_RULE",
      "1:22: pass behind deny at a.conf:1:17, expected one of them",
    ],
    [
      'SecAction "id:1,skip:1,skipAfter:a"',
      "SECLANG_RULE",
      "1:24: skipAfter behind skip at a.conf:1:17, expected one of them",
    ],
    [
      'SecAction "id:1,skipAfter:a"\nSecMarker b',
      "SECLANG_UNKNOWN",
      '1:17: no marker and no rule "a" behind this rule, expected SecMarker a',
    ],
    [
      'SecMarker a\nSecAction "id:1,skipAfter:a"',
      "SECLANG_UNKNOWN",
      '2:17: no marker and no rule "a" behind this rule, expected SecMarker a',
    ],
    [
      'SecRule ARGS a "id:1,chain"',
      "SECLANG_RULE",
      "1:22: the file ends behind a rule of the chain of 1, expected the chain's next SecRule",
    ],
    [
      'SecRule ARGS a "id:1,chain"\nSecRuleEngine On',
      "SECLANG_RULE",
      "1:22: SecRuleEngine stands behind a rule of the chain of 1, expected the chain's next SecRule",
    ],
    ...(["id:2", "phase:1", "deny", "skip:1", "msg:a", "tag:a", "nolog", "severity:1"] as const).map(
      (action) =>
        [
          `SecRule ARGS a "id:1,chain"\nSecRule ARGS a "t:none,${action}"`,
          "SECLANG_RULE",
          `2:24: ${action.split(":", 1)[0]} in a later rule of the chain of 1, expected it in the chain's first rule`,
        ] as const,
    ),
    [
      chain(CHAIN_LINKS_MAX + 1),
      "SECLANG_LIMIT",
      `${CHAIN_LINKS_MAX}:17: a chain of more than ${CHAIN_LINKS_MAX} rules, expected fewer`,
    ],
    ['SecDefaultAction "pass"', "SECLANG_RULE", "1:1: default actions without a phase, expected phase:N"],
    [
      'SecDefaultAction "phase:1,log"',
      "SECLANG_RULE",
      "1:1: default actions that decide nothing, expected pass or deny",
    ],
    [
      'SecDefaultAction "phase:1,pass,msg:a"',
      "SECLANG_RULE",
      "1:32: msg in default actions, expected it in a rule",
    ],
    [
      'SecDefaultAction "phase:1,block"',
      "SECLANG_RULE",
      "1:27: block in default actions, expected it in a rule",
    ],
    [
      'SecDefaultAction "phase:1,pass"\nSecDefaultAction "phase:1,deny"',
      "SECLANG_RULE",
      "2:1: phase 1 has default actions at a.conf:1:1, expected them once",
    ],
    [
      'SecAction "id:1"\nSecRuleUpdateTargetById 1 !ARGS',
      "SECLANG_RULE",
      "2:1: a SecAction tests nothing, expected a SecRule",
    ],
    [
      'SecAction "id:1"\nSecRuleUpdateActionById 1:1 pass',
      "SECLANG_RULE",
      "2:1: the chain of 1 has 1 rules, expected the index of one of them, from 0",
    ],
    [
      'SecAction "id:1"\nSecRuleUpdateActionById 1 phase:2',
      "SECLANG_RULE",
      "2:27: phase of a rule that is there, expected another action",
    ],
  ] as const) {
    it(`is refused: ${message.slice(0, 60)}`, () =>
      assert.throws(
        () => loadRules(["a.conf"], memoryReader({ "a.conf": text })),
        (error) => {
          assert.ok(error instanceof PalisadeError);
          assert.deepEqual([error.code, error.message], [code, `a.conf:${message}`]);
          return true;
        },
      ));
  }

  it("may be as long as a chain can be", () => {
    assert.equal(
      loadRules(["a"], memoryReader({ a: chain(CHAIN_LINKS_MAX) })).rules[0]!.links.length,
      CHAIN_LINKS_MAX,
    );
  });
});
