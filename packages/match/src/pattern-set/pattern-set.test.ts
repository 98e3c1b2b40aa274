import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { latin1 } from "@palisade/wire";
import fc from "fast-check";
import { compilePattern } from "../pattern/pattern.js";
import { PATTERN_SET_ROWS_MAX, PatternSet } from "./pattern-set.js";

function setOf(sources: readonly string[], flags = "s"): PatternSet {
  return PatternSet.of(sources.map((source) => compilePattern(source, flags)));
}

function marked(set: PatternSet, text: string, patterns: number, around = ""): readonly number[] {
  const octets = latin1(around + text + around);
  const bits = new Uint32Array((patterns + 31) >>> 5);
  set.mark(octets, around.length, around.length + text.length, bits);
  return Array.from({ length: patterns }, (_, index) => index).filter(
    (index) => ((bits[index >>> 5]! >>> (index & 31)) & 1) === 1,
  );
}

describe("PatternSet", () => {
  it("tells which patterns match, in one pass", () => {
    const sources = ["union\\s+select", "^admin", "(?i)sleep\\(\\d+\\)", "[0-9]{3}", "x$"];
    const set = setOf(sources);
    assert.deepEqual(marked(set, "1 union  select 2", 5), [0]);
    assert.deepEqual(marked(set, "admin SLEEP(500)", 5), [1, 2, 3]);
    assert.deepEqual(marked(set, "an admin", 5), []);
    assert.deepEqual(marked(set, "", 5), []);
  });

  it("takes assertions but that of the start to hold", () => {
    assert.deepEqual(marked(setOf(["x$", "\\bcat\\b", "^x"]), "xy concatenate", 3), [0, 1, 2]);
    assert.deepEqual(marked(setOf(["^x"]), "yx", 1), []);
  });

  it("takes letters to be of either case", () => {
    assert.deepEqual(marked(setOf(["Ab", "[b-d]x", "[^a]$"]), "aBX", 3), [0, 1, 2]);
    assert.deepEqual(marked(setOf(["@", "\\["]), "`{", 2), []);
  });

  it("marks patterns that match nothing at all always", () => {
    assert.deepEqual(marked(setOf(["a*", "b+"]), "zzz", 2), [0]);
  });

  it("leaves no match out that a pattern alone finds, and adds none where there is no assertion", () => {
    const unit = fc.constantFrom("a", "b", "c", "\\", "'", " ", "\n", "\xe9");
    const atom = fc.oneof(
      { weight: 6, arbitrary: fc.constantFrom("a", "b", "[ab]", "[^']", ".", "\\s", "\\xe9", "\\\\") },
      { weight: 1, arbitrary: fc.constantFrom("^", "$", "\\b") },
    );
    const piece = fc
      .tuple(atom, fc.constantFrom("", "", "*", "+", "?", "{2}", "{1,3}", "*?"))
      .map(([one, count]) => (["^", "$", "\\b"].includes(one) ? one : one + count));
    const sequence = fc.array(piece, { minLength: 1, maxLength: 5 }).map((pieces) => pieces.join(""));
    const pattern = fc.array(sequence, { minLength: 1, maxLength: 3 }).map((branches) => branches.join("|"));
    let matches = 0;
    fc.assert(
      fc.property(
        fc.array(pattern, { minLength: 1, maxLength: 40 }),
        fc.array(fc.string({ unit, maxLength: 24 }), { minLength: 1, maxLength: 6 }),
        (sources, texts) => {
          const set = setOf(sources);
          for (const text of texts) {
            const found = marked(set, text, sources.length, "a b");
            for (const [index, source] of sources.entries()) {
              const matchesAlone = compilePattern(source, "s").test(latin1(text));
              if (matchesAlone) {
                matches += 1;
                assert.ok(found.includes(index), `${source} in ${JSON.stringify(text)}`);
              } else if (!/[$^]|\\b/.test(source)) assert.ok(!found.includes(index), source);
            }
          }
        },
      ),
    );
    assert.ok(matches > 100);
  });

  it("gives up texts that need too many rows, and says then that all may match", () => {
    // Which of the last sixteen octets were an `a` is a row each.
    const set = setOf(["a[ab]{16}c", "never"]);
    let state = 1;
    const random = () => (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) >>> 16;
    const text = Array.from({ length: 60_000 }, () => ((random() & 1) === 0 ? "a" : "b")).join("");
    assert.deepEqual(marked(set, text, 2), [0, 1]);
    assert.ok(set.made <= 512 + 60_000 / 8 + 2);
    assert.ok(set.made > PATTERN_SET_ROWS_MAX, "rows were forgotten on the way");
    assert.deepEqual(marked(set, `a${"b".repeat(16)}c`, 2), [0]);
  });

  it("says the same after rows were forgotten", () => {
    const set = setOf(["a[ab]{12}c", "ca"]);
    let state = 7;
    const random = () => (state = (Math.imul(state, 1103515245) + 12345) & 0x7fffffff) >>> 16;
    for (let round = 0; round < 3000; round += 1) {
      const text = Array.from({ length: 64 }, () => "aaabbbabbaabc"[random() % 13]).join("");
      const found = marked(set, text, 2);
      assert.equal(found.includes(0), /a[ab]{12}c/.test(text));
      assert.equal(found.includes(1), text.includes("ca"));
    }
    assert.ok(set.made > PATTERN_SET_ROWS_MAX);
  });
});
