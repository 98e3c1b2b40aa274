import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PalisadeError } from "@palisade/base";
import { latin1 } from "@palisade/wire";
import fc from "fast-check";
import { LITERAL_CELLS_MAX, LiteralSet } from "./literal-set.js";
import { LITERAL_STATES_MAX } from "./trie.js";

const lowered = (text: string): string => text.replace(/[A-Z]/g, (letter) => letter.toLowerCase());

/** What `find` is to say, by looking for each literal on its own. */
function firstToEnd(
  literals: readonly string[],
  text: string,
): readonly [number, number, number] | undefined {
  return literals
    .map((literal, index) => [text.indexOf(literal), index, literal.length] as const)
    .filter(([at]) => at >= 0)
    .map(([at, index, length]) => [index, at, at + length] as const)
    .sort((a, b) => a[2] - b[2] || a[1] - b[1] || a[0] - b[0])[0];
}

function collected(set: LiteralSet, octets: Uint8Array, start: number, end: number): readonly number[] {
  const found = new Int32Array(set.size + 1).fill(-1);
  const count = set.collect(octets, start, end, found);
  assert.ok(found.subarray(count).every((index) => index === -1));
  return [...found.subarray(0, count)].sort((a, b) => a - b);
}

function refusal(make: () => unknown): PalisadeError {
  try {
    make();
  } catch (error) {
    assert.ok(error instanceof PalisadeError);
    assert.ok(!error.message.includes("\n"));
    return error;
  }
  return assert.fail("taken");
}

describe("LiteralSet", () => {
  it("finds what Aho and Corasick's paper finds", () => {
    const literals = ["he", "she", "his", "hers"].map(latin1);
    const set = LiteralSet.of(literals);
    const text = latin1("ushers");
    assert.equal(set.find(text), 1);
    assert.deepEqual([set.matchStart, set.matchEnd], [1, 4]);
    assert.deepEqual(collected(set, text, 0, text.length), [0, 1, 3]);
    assert.equal(set.find(text, 2), 0);
    assert.equal(set.find(text, 2, 3), -1);
  });

  it("has nothing to find without literals", () => {
    const set = LiteralSet.of([]);
    assert.equal(set.find(latin1("anything")), -1);
    assert.deepEqual(collected(set, latin1("anything"), 0, 8), []);
  });

  it("ignores the case of ASCII's letters, and of no others", () => {
    const set = LiteralSet.of(["UNION select", "\u00c4[", "@"].map(latin1), { ignoreCase: true });
    assert.equal(set.find(latin1("1 uNioN SELECT")), 0);
    assert.equal(set.find(latin1("\u00e4[")), -1);
    assert.equal(set.find(latin1("\u00c4{")), -1);
    assert.equal(set.find(latin1("`")), -1);
    assert.equal(LiteralSet.of([latin1("a")]).find(latin1("A")), -1);
  });

  it("takes literals that hold all octets", () => {
    const all = Uint8Array.from({ length: 256 }, (_, octet) => octet);
    const set = LiteralSet.of([all, all.slice(1)]);
    assert.equal(set.find(all), 0);
    assert.equal(set.find(all, 1), 1);
    assert.equal(set.find(all, 2), -1);
  });

  it("says what is found by looking for each literal alone", () => {
    // Literals that begin with an octet of text, or with none: both ways through the octets.
    const unit = fc.constantFrom("a", "b", "A", "\u00ff", "<");
    const text = (max: number) => fc.string({ unit: unit, maxLength: max });
    const literal = fc.string({
      unit: unit,
      minLength: 1,
      maxLength: 5,
    });
    let found = 0;
    fc.assert(
      fc.property(
        fc.oneof(
          fc.array(literal, { maxLength: 40 }),
          fc.array(
            literal.map((one) => `<${one}`),
            { maxLength: 40 },
          ),
        ),
        text(40),
        text(3),
        text(3),
        fc.boolean(),
        (literals, subject, before, behind, ignoreCase) => {
          const set = LiteralSet.of(literals.map(latin1), { ignoreCase });
          const fold = (value: string): string => (ignoreCase ? lowered(value) : value);
          const octets = latin1(before + subject + behind);
          const [start, end] = [before.length, before.length + subject.length];
          const expected = firstToEnd(literals.map(fold), fold(subject));
          // Twice: no search leaves anything to the next.
          for (let pass = 0; pass < 2; pass += 1) {
            assert.equal(set.find(octets, start, end), expected?.[0] ?? -1);
            if (expected !== undefined) {
              assert.deepEqual([set.matchStart - start, set.matchEnd - start], expected.slice(1));
              found += 1;
            }
            assert.deepEqual(
              collected(set, octets, start, end),
              literals.flatMap((one, index) =>
                fold(subject).includes(fold(one)) && literals.map(fold).indexOf(fold(one)) === index
                  ? [index]
                  : [],
              ),
            );
          }
        },
      ),
    );
    assert.ok(found > 0, "some of them occur");
  });

  it("refuses literals without octets, and more than its bounds", () => {
    assert.equal(refusal(() => LiteralSet.of([latin1("a"), latin1("")])).code, "LITERALS_EMPTY");
    const states = refusal(() => LiteralSet.of([new Uint8Array(LITERAL_STATES_MAX)]));
    assert.equal(states.code, "LITERALS_TOO_LARGE");
    assert.match(states.message, /states/);
    // Beginnings that differ, over all classes.
    const long = Uint8Array.from({ length: LITERAL_CELLS_MAX / 256 }, (_, octet) => octet);
    const cells = refusal(() => LiteralSet.of([long]));
    assert.equal(cells.code, "LITERALS_TOO_LARGE");
    assert.match(cells.message, /cells/);
    assert.equal(LiteralSet.of([long.subarray(1)]).find(long), 0);
  });
});
