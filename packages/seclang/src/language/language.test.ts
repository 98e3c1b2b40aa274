/** What holds for any rule file. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PalisadeError } from "@palisade/base";
import fc from "fast-check";
import type { Directive } from "./ast.js";
import { loadRules } from "./load-rules.js";
import { memoryReader, octets, withoutPlaces } from "./memory-reader.build.js";
import { OPERATORS, TRANSFORMATIONS } from "./operator-names.js";
import { parseRules } from "./parse-rules.js";
import { printRules } from "./print-rules.js";
import { VARIABLES } from "./variables.js";

const RUNS = 2_000;
const MESSAGE = /^f\.conf:(\d+):(\d+): \P{Cc}+$/u;

/** The directives of a text, or the error that it is refused with, which has a place in the text. */
function outcome(text: Uint8Array): readonly Directive[] | PalisadeError {
  try {
    const directives = parseRules(text, "f.conf");
    loadRules(["f.conf"], memoryReader({ "f.conf": text }));
    return directives;
  } catch (error) {
    assert.ok(error instanceof PalisadeError, `${error}`);
    assert.match(error.code, /^SECLANG_/);
    const [, line, column] = MESSAGE.exec(error.message) ?? assert.fail(error.message);
    const lines = Buffer.from(text).toString("latin1").split("\n");
    assert.ok(Number(line) <= lines.length, error.message);
    assert.ok(Number(column) <= lines[Number(line) - 1]!.length + 1, error.message);
    return error;
  }
}

/** Pieces that rule files are made of, and what breaks them. */
const piece = fc.oneof(
  fc.constantFrom(
    "SecRule ",
    "SecAction ",
    "SecDefaultAction ",
    "SecMarker ",
    "SecRuleUpdateTargetById ",
    "SecRuleRemoveByTag ",
    "SecDataset a `",
    "Include ",
    "\n",
    "\\\n",
    "\\\r\n",
    " ",
    '"',
    "'",
    "\\",
    "|",
    "!",
    "&",
    ":",
    "/",
    ",",
    "=",
    "%{",
    "}",
    ".",
    "@rx ",
    "@eq ",
    "id:1",
    "id:2",
    "phase:1",
    "phase:2,pass",
    "chain",
    "t:none",
    "msg:'",
    "setvar:tx.a=+",
    "skipAfter:a",
    "ctl:ruleRemoveTargetById=1;",
    "ARGS",
    "TX:a",
    "XML:/*",
    "é",
    "\0",
    "`",
    "#",
  ),
  fc.string({ maxLength: 3 }),
);

describe("any text", () => {
  it("of pieces of rules loads, or is refused with one place in it", () => {
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 40 }), (pieces) => {
        outcome(octets(pieces.join("")));
      }),
      { numRuns: RUNS },
    );
  });

  it("of any octets loads, or is refused with one place in it", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (text) => {
        outcome(text);
      }),
    );
  });

  it("that is read prints as what reads the same", () => {
    let read = 0;
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
        const directives = directivesOf(octets(pieces.join("")));
        if (directives === undefined) return;
        read += directives.length;
        assertPrints(directives);
      }),
      { numRuns: RUNS },
    );
    assert.ok(read > 0);
  });
});

function directivesOf(text: Uint8Array): readonly Directive[] | undefined {
  try {
    return parseRules(text, "f.conf");
  } catch (error) {
    assert.ok(error instanceof PalisadeError);
    return undefined;
  }
}

function assertPrints(directives: readonly Directive[]): void {
  const printed = printRules(directives);
  assert.deepEqual(withoutPlaces(parseRules(printed, "printed")), withoutPlaces(directives));
}

/** Text with what has a meaning somewhere, an even number of backslashes at a time. */
const value = fc
  .array(
    fc.constantFrom(
      "a",
      "b1",
      "é",
      " ",
      "|",
      ",",
      ":",
      "/",
      "=",
      "\\\\",
      "'",
      '"',
      "%",
      "{",
      ";",
      "#",
      "`",
      "@",
      "!",
    ),
    {
      minLength: 1,
      maxLength: 8,
    },
  )
  .map((pieces) => pieces.join(""));
const MACROS = ["%{TX.1}", "%{MATCHED_VAR}", "%{REQUEST_HEADERS.User-Agent}"];
const macro = fc
  .array(fc.oneof(value, fc.constantFrom(...MACROS)), {
    minLength: 1,
    maxLength: 3,
  })
  // What is not a macro must not become one: a brace that opens none stays apart from one that closes.
  .map((parts) =>
    parts.map((part) => (MACROS.includes(part) ? part : `m${part.replaceAll("{", "")}`)).join(""),
  );
const quoted = (text: string, quote: string) => text.replaceAll(quote, `\\${quote}`);

const selector = fc.oneof(
  fc.constant(""),
  value.map((text) => `:'${quoted(`n${text}`, "'")}'`),
  value.map((text) => `:'${quoted(`/${text}/`, "'")}'`),
);
const collections = [...VARIABLES.known.values()].filter(({ kind }) => kind === "collection");
const target = fc
  .tuple(
    fc.constantFrom("", "", "&", "!"),
    fc.oneof(
      fc
        .tuple(fc.constantFrom(...collections.map(({ name }) => name)), selector)
        .map((parts) => parts.join("")),
      fc.constantFrom("REQUEST_URI", "XML:/*", "XML://@*", "XML"),
    ),
  )
  .map((parts) => parts.join(""));
const operator = fc
  .tuple(fc.constantFrom("", "!"), fc.constantFrom(...OPERATORS.known.values()), value, macro)
  .map(([mark, { name, argument, macros }, text, expanded]) =>
    argument === "none" ? `${mark}@${name}` : `${mark}@${name} x${macros ? expanded : text}`,
  );
const action = fc.oneof(
  fc.constantFrom("pass", "deny", "capture", "chain", "multiMatch", "log", "noauditlog", "id:7", "phase:3"),
  fc.constantFrom(
    "allow:phase",
    "status:500",
    "severity:NOTICE",
    "skip:3",
    "maturity:4",
    "ctl:ruleEngine=Off",
  ),
  fc.constantFrom(
    "ctl:ruleRemoveById=1-9",
    "ctl:auditLogParts=-AB",
    "setvar:!tx.a",
    "setvar:ip.b",
    "setenv:!A",
  ),
  fc.constantFrom(...TRANSFORMATIONS.known.values()).map(({ name }) => `t:${name}`),
  fc
    .tuple(
      fc.constantFrom(
        "msg:",
        "logdata:",
        "setvar:tx.n=v",
        "setvar:tx.%{TX.1}=",
        "initcol:ip=",
        "setsid:",
        "setenv:A=",
      ),
      macro,
    )
    .map(([name, text]) => quotedArgument(name, text)),
  fc
    .tuple(fc.constantFrom("tag:", "ver:", "skipAfter:", "ctl:ruleRemoveByMsg="), value)
    .map(([name, text]) => quotedArgument(name, text)),
  // Quotes inside of quotes inside of quotes cannot be written.
  fc
    .tuple(
      value,
      target.filter((tested) => !tested.includes("\\'")),
    )
    .map(([tag, tested]) =>
      quotedArgument(
        "ctl:ruleRemoveTargetByTag=",
        `t${tag.replaceAll(/[;{]/g, "")};${tested.replace(/^[!&]/, "")}`,
      ),
    ),
);

function quotedArgument(name: string, text: string): string {
  const colon = name.indexOf(":") + 1;
  return `${name.slice(0, colon)}'${quoted(name.slice(colon) + text, "'")}'`;
}

describe("a rule", () => {
  it("of any targets, operator and actions prints as what reads the same", () => {
    fc.assert(
      fc.property(
        fc.array(target, { maxLength: 3 }),
        operator,
        fc.array(action, { minLength: 1, maxLength: 5 }),
        (targets, tested, actions) => {
          const words = [["ARGS", ...targets].join("|"), tested, actions.join(",")];
          const text = `SecRule ${words.map((word) => `"${quoted(word, '"')}"`).join(" ")}`;
          const directives = parseRules(octets(text), "f.conf");
          assert.equal(directives.length, 1);
          assertPrints(directives);
        },
      ),
      { numRuns: RUNS },
    );
  });
});
