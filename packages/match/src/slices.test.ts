import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { IpSet } from "./ip-set.js";
import { LiteralSet } from "./literals/literal-set.js";
import { PATTERN_STATES_MAX } from "./pattern/assembler.js";
import { compilePattern, compilingPattern } from "./pattern/pattern.js";
import { patternSource } from "./pattern/reference.build.js";
import { PatternSet } from "./pattern-set/pattern-set.js";
import { turnsOf } from "./slices.build.js";
import { atOnce, Pace, TURN_UNITS } from "./slices.js";
import { sorting } from "./sorting.js";

/** States are laid out in one turn, some units each. */
const PATTERN_TURN_UNITS_MAX = TURN_UNITS + 8 * PATTERN_STATES_MAX;

let seed = 20_260_725;
function random(below: number): number {
  seed = (Math.imul(seed, 1_103_515_245) + 12_345) & 0x7fff_ffff;
  return (seed >>> 8) % below;
}

const word = (length: number): string =>
  Array.from({ length }, () => "abcdefghijklmnopqrstuvwxyz0123456789_"[random(37)]).join("");
const list = (count: number, item: () => string): readonly string[] => Array.from({ length: count }, item);

const LARGE: readonly (readonly [title: string, source: string])[] = [
  ["words", `(?i)(?:${list(1_700, () => word(8)).join("|")})`],
  ["one word", word(16_000)],
  ["a quotation", `\\Q${word(16_000)}\\E`],
  ["classes", list(2_500, () => `[${word(6)}]`).join("")],
  ["alternatives of classes", list(1_500, () => `[${word(4)}]+[^${word(3)}]`).join("|")],
  ["counts", "(?:[a-z]+(?:b|c)?){0,2000}"],
  ["repetitions of nothing", "(?:(?:a?b?c?d?e?f?){1,20}x?)*".repeat(6)],
  ["groups in groups", `${"(".repeat(90)}${"a|b".repeat(30)}${")|c".repeat(90)}`],
];

describe("work in slices", () => {
  it("counts what is done between two turns", () => {
    const pace = new Pace();
    assert.equal(pace.isDue(TURN_UNITS - 1), false);
    assert.equal(pace.isDue(1), true);
    assert.equal(pace.turn(), TURN_UNITS);
    assert.equal(pace.isDue(1), false);
  });

  it("ends with what it returns, or throws what it throws", () => {
    assert.equal(
      atOnce(
        (function* () {
          yield 1;
          yield;
          return "done";
        })(),
      ),
      "done",
    );
    assert.throws(() => atOnce(compilingPattern("a(")), { code: "PATTERN_MALFORMED" });
  });
});

describe("a turn of compiling", () => {
  for (const [title, source] of LARGE)
    it(`has an end where a pattern is one of ${title}`, () => {
      const { result, turns } = turnsOf(compilingPattern(source, "s"));
      assert.ok(turns.length >= 2, `${turns.length} turns`);
      assert.ok(Math.max(...turns) <= PATTERN_TURN_UNITS_MAX, `${Math.max(...turns)} units`);
      assert.deepEqual(result.required, compilePattern(source, "s").required);
    });

  it("has an end whatever the pattern is", () => {
    fc.assert(
      fc.property(fc.array(patternSource(true), { minLength: 1, maxLength: 8 }), (sources) => {
        const { turns } = turnsOf(compilingPattern(sources.join("|")));
        for (const units of turns) assert.ok(units <= PATTERN_TURN_UNITS_MAX, `${units} units`);
      }),
    );
  });

  it("is all of it where a pattern is small", () => {
    assert.deepEqual(turnsOf(compilingPattern("^a[bc]+d$")).turns, []);
  });

  it("has an end for a list of strings, however long", () => {
    const strings = list(20_000, () => word(12)).map((text) => Buffer.from(text, "latin1"));
    const { result, turns } = turnsOf(LiteralSet.building(strings, { ignoreCase: true }));
    assert.ok(turns.length > 100, `${turns.length} turns`);
    // A state's row is written as one.
    assert.ok(Math.max(...turns) <= TURN_UNITS + 256, `${Math.max(...turns)} units`);
    assert.equal(result.find(strings[12_345]!), 12_345);
  });

  it("has an end for a set of patterns", () => {
    const sources = list(60, () => `(?i)${list(60, () => `${word(5)}[${word(3)}]*`).join("|")}`);
    const { turns } = turnsOf(PatternSet.building(sources.map((source) => compilePattern(source))));
    assert.ok(turns.length > 10, `${turns.length} turns`);
    assert.ok(Math.max(...turns) <= PATTERN_TURN_UNITS_MAX, `${Math.max(...turns)} units`);
  });

  it("has an end for a set of prefixes", () => {
    const set = new IpSet();
    for (let count = 0; count < 20_000; count += 1)
      set.add(`${random(224)}.${random(256)}.${random(256)}.0/${16 + random(9)}`);
    set.add("192.0.2.0/24");
    const { turns } = turnsOf(set.freezing());
    assert.ok(turns.length > 100, `${turns.length} turns`);
    assert.ok(Math.max(...turns) <= 2 * TURN_UNITS, `${Math.max(...turns)} units`);
    assert.ok(set.hasText("192.0.2.77"));
  });
});

describe("sorting in turns", () => {
  it("does as the platform's", () => {
    const compare = (one: readonly number[], other: readonly number[]): number => one[0]! - other[0]!;
    fc.assert(
      fc.property(fc.array(fc.nat(50), { maxLength: 1_000, size: "max" }), (numbers) => {
        const items = numbers.map((number, index) => [number, index]);
        assert.deepEqual(atOnce(sorting(items, compare, new Pace())), items.toSorted(compare));
      }),
    );
  });
});
