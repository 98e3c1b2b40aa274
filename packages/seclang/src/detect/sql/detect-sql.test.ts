import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import fc from "fast-check";
import * as benign from "./benign.examples.js";
import { crsTests, testsOf } from "./crs-tests.build.js";
import { detectSql } from "./index.js";
import { injections } from "./injections.examples.js";
import { KIND_LETTERS } from "./kinds.js";
import { readShapes, ShapeSet } from "./shape-set.js";
import { SHAPES } from "./shapes.js";
import { hasSqlmap, sqlmapRequests } from "./sqlmap.build.js";

const root = fileURLToPath(new URL("../../../../../", import.meta.url));

/** The least part of sqlmap's requests that must be found, and the greatest part of code that may be. */
const SQLMAP_RECALL = 0.99;
const CODE_FALSE_POSITIVES = 0.01;
/** The same of the Core Rule Set's tests, both ways. */
const CRS_AGREEMENT = 0.9;

function detect(text: string): string | undefined {
  const octets = new TextEncoder().encode(text);
  return detectSql(octets, 0, octets.length);
}

const found = (texts: readonly string[]): readonly string[] =>
  texts.filter((text) => detect(text) !== undefined);

describe("detectSql", () => {
  for (const [title, texts] of Object.entries(injections)) {
    it(`finds ${title}`, () => {
      assert.ok(texts.length > 0);
      assert.deepEqual(
        texts.filter((text) => detect(text) === undefined),
        [],
      );
    });
  }

  for (const [title, texts] of Object.entries(benign)) {
    it(`leaves ${title} alone`, () => {
      assert.ok(texts.length > 0);
      assert.deepEqual(found(texts), []);
    });
  }

  it("gives the shape of what it found", () => {
    assert.equal(detect("x' or 1=1--"), "q&tc");
    assert.equal(detect("1 union select 1,2"), "1UE1");
    assert.equal(detect("1; drop table members"), "1;Tkn");
  });

  it("does not care about case, blanks and comments between tokens", () => {
    const shape = detect("1 union select 1,2");
    for (const blank of ["\t", "\n", "\r\n", "\v", "\f", "\u00a0", "/**/", "/* a */", "-- a\n", "/*!*/"]) {
      assert.equal(detect(`1${blank}uNiOn${blank}SeLeCt${blank}1,2`), shape, JSON.stringify(blank));
    }
  });

  it("reads a value in the quotes and dialects that it may stand in", () => {
    for (const quote of ["", "x'", 'x"', "x`", "x')", "x\\'"]) assert.ok(detect(`${quote} or 1=1-- `), quote);
    assert.ok(detect("x' or 1=1#"));
    assert.ok(detect("1/*!or*/1=1"));
    assert.ok(detect("x' or $a$b$a$=$$b$$--"));
    assert.ok(detect("x' or [a b]=1--"));
    assert.ok(detect("x' or N'a'=_utf8'a"));
  });

  it("tells the octet sequences of a word from a comment, a quote, and nothing", () => {
    assert.equal(detect(""), undefined);
    assert.equal(detect("'"), undefined);
    assert.equal(detect("admin"), undefined);
  });
});

describe("detectSql, whatever it is given", () => {
  const words = [
    "'",
    '"',
    "`",
    " ",
    "or",
    "and",
    "1",
    "=",
    "--",
    "#",
    "/*",
    "*/",
    "/*!",
    "(",
    ")",
    "select",
    "union",
    ";",
    ",",
    "a",
    "case",
    "when",
    "end",
    "$$",
    "[",
    "]",
    "\\",
    "@",
    "1.e",
    "sleep(",
    "by",
    "order",
    "\n",
  ];
  const values = fc.oneof(
    fc.uint8Array({ maxLength: 200 }),
    fc
      .array(fc.constantFrom(...words), { maxLength: 120 })
      .map((parts) => new TextEncoder().encode(parts.join(""))),
  );

  it("never throws, changes nothing, and says the same twice", () => {
    fc.assert(
      fc.property(values, values, (octets, other) => {
        const copy = octets.slice();
        const first = detectSql(octets, 0, octets.length);
        detectSql(other, 0, other.length);
        assert.equal(detectSql(octets, 0, octets.length), first);
        assert.deepEqual(octets, copy);
        if (first !== undefined) for (const letter of first) assert.ok(KIND_LETTERS.includes(letter));
      }),
      { numRuns: 500 },
    );
  });

  it("reads nothing outside of what it is given", () => {
    fc.assert(
      fc.property(values, values, values, (before, octets, after) => {
        const whole = Buffer.concat([before, octets, after]);
        assert.equal(
          detectSql(whole, before.length, before.length + octets.length),
          detectSql(octets, 0, octets.length),
        );
      }),
      { numRuns: 500 },
    );
  });

  it("finds an injection behind any word that it is appended to", () => {
    fc.assert(
      fc.property(fc.stringMatching(/^[a-z]{1,12}$/), (word) => {
        assert.ok(detect(`${word}' or 1=1-- `));
        assert.ok(detect(`${word}' union select 1,2-- `));
      }),
    );
  });
});

describe("the shapes", () => {
  it("are those of the grammar", () => {
    const run = spawnSync(process.execPath, [join(root, "tools/sql-shapes.mjs"), "--check"], {
      encoding: "utf8",
    });
    assert.equal(run.status, 0, run.stderr);
  });

  it("are all in the set, and no others", () => {
    const shapes = readShapes(SHAPES);
    const set = new ShapeSet(shapes);
    const kindsOf = (shape: string) => Uint8Array.from(shape, (letter) => KIND_LETTERS.indexOf(letter));
    assert.ok(shapes.length > 100);
    for (const shape of shapes) {
      const kinds = kindsOf(shape.replace("+", ""));
      assert.ok(kinds.every((kind) => kind > 0));
      assert.ok(set.has(kinds, kinds.length), shape);
    }
    for (const prose of ["n", "nn", "qn", "1&1", "n&n", "s&s", "q&1", "1"]) {
      assert.equal(set.has(kindsOf(prose), prose.length), false, prose);
    }
  });
});

describe("detectSql beside what others wrote", () => {
  it("finds sqlmap's requests", { skip: hasSqlmap() ? false : "sqlmap is not installed" }, (t) => {
    const requests = sqlmapRequests();
    assert.ok(requests.length > 1000);
    const missed = requests.filter(({ value }) => detect(value) === undefined);
    for (const technique of new Set(requests.map((request) => request.technique))) {
      const of = (list: typeof requests) => list.filter((request) => request.technique === technique).length;
      t.diagnostic(`${technique}: ${of(requests) - of(missed)} of ${of(requests)}`);
    }
    for (const { value } of missed) t.diagnostic(`missed: ${value}`);
    assert.ok(missed.length <= requests.length * (1 - SQLMAP_RECALL));
  });

  const crs = crsTests();
  it("agrees with the Core Rule Set's tests", {
    skip: crs.length > 0 ? false : "no tests of 942100 are beside the repository",
  }, (t) => {
    const wrong = crs.filter(
      ({ values, expected }) =>
        values.some((value) => detectSql(value, 0, value.length) !== undefined) !== expected,
    );
    t.diagnostic(`${crs.length - wrong.length} of ${crs.length} tests`);
    for (const { id, expected, values } of wrong) {
      t.diagnostic(
        `${id}: ${expected ? "missed" : "found"} in ${values.map((value) => JSON.stringify(Buffer.from(value).toString("latin1"))).join(" ")}`,
      );
    }
    assert.ok(wrong.length <= crs.length * (1 - CRS_AGREEMENT));
  });

  it("reads tests of the Core Rule Set's format", () => {
    const yaml = [
      "tests:",
      "  - test_id: 1",
      "    stages:",
      "      - input:",
      "          headers:",
      "            Host: localhost",
      "          uri: '/a?b=x%27%20or+1=1''--'",
      '          data: "c=\\"d\\x41&e=%00f"',
      "        output:",
      "          log:",
      "            expect_ids: [942100]",
      "  - test_id: 2",
      "    stages:",
      "      - input:",
      "          uri: /a?b=1 # plain",
      "        output:",
      "          log:",
      "            no_expect_ids:",
      "              - 942101",
      "  - test_id: 3",
      "    stages:",
      "      - output:",
      "          log:",
      "            expect_ids: [942130]",
    ].join("\n");
    const tests = testsOf("942100", yaml).map(({ values, ...rest }) => ({
      ...rest,
      values: values.map((value) => Buffer.from(value).toString("latin1")).filter((value) => value !== ""),
    }));
    assert.deepEqual(tests, [
      { id: "942100-1", expected: true, values: ["/a", "b", "x' or 1=1'--", "c", '"dA', "e", "f"] },
      { id: "942100-2", expected: false, values: ["/a", "b", "1"] },
    ]);
  });

  it("leaves the lines of this repository alone", (t) => {
    let lines = 0;
    const wrong: string[] = [];
    for (const folder of [
      "docs",
      "tools",
      ...readdirSync(join(root, "packages")).map((name) => `packages/${name}/src`),
    ]) {
      for (const path of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
        // What stands here, and the grammar, are injections.
        if (!/\.(ts|mjs|md)$/.test(path) || /detect|sql-shapes/.test(path)) continue;
        const texts = readFileSync(join(root, folder, path), "utf8")
          .split("\n")
          .map((line) => line.trim());
        lines += texts.length;
        wrong.push(...found(texts));
      }
    }
    t.diagnostic(`${wrong.length} of ${lines} lines`);
    assert.ok(lines > 10_000);
    assert.ok(wrong.length <= lines * CODE_FALSE_POSITIVES, wrong.join("\n"));
  });
});
