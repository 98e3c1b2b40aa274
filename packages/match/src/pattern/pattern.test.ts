import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { parsePattern } from "./parser.js";
import { compilePattern } from "./pattern.js";
import { javaScriptMatch, octetsOf, patternSource, referenceMatch, TooLong } from "./reference.build.js";
import type { Node } from "./syntax.js";

/** What JavaScript and Perl agree on: without a line feed at the end, and without what only JavaScript calls one. */
const text = fc
  .array(fc.constantFrom("a", "b", "c", "A", "B", "_", "-", "1", " ", "\n", "\xe9"), { maxLength: 12 })
  .map((characters) => characters.join("").replace(/\n+$/, ""));
const anyText = fc
  .array(fc.constantFrom("a", "b", "c", "A", "_", "-", "\n"), { maxLength: 12 })
  .map((characters) => characters.join(""));
const flags = fc.subarray(["i", "m", "s"]).map((chosen) => chosen.join(""));

/** Whether a repetition's body can be empty, where JavaScript and Perl go on differently. */
function repeatsEmpty(node: Node): boolean {
  switch (node.kind) {
    case "sequence":
      return node.parts.some(repeatsEmpty);
    case "alternatives":
      return node.branches.some(repeatsEmpty);
    case "capture":
      return repeatsEmpty(node.body);
    case "repeat":
      return node.body.nullable || repeatsEmpty(node.body);
    default:
      return false;
  }
}

describe("a pattern", () => {
  it("matches what JavaScript's matches, leftmost and by Perl's priorities", () => {
    let compared = 0;
    fc.assert(
      fc.property(
        patternSource(false),
        flags,
        fc.array(text, { minLength: 1, maxLength: 4 }),
        (source, chosen, texts) => {
          const pattern = compilePattern(source, chosen);
          const theirs = new RegExp(source, `${chosen}d`);
          const skipExtents = repeatsEmpty(parsePattern(source, chosen).root);
          for (const subject of texts) {
            const match = javaScriptMatch(theirs, subject);
            if (match === undefined) continue;
            assert.equal(pattern.test(octetsOf(subject)), match !== null);
            if (skipExtents) continue;
            compared += 1;
            const slots = pattern.exec(octetsOf(subject));
            const expected = match?.indices?.flatMap((pair) => pair ?? [-1, -1]);
            assert.deepEqual(slots && [...slots], expected);
          }
        },
      ),
      { numRuns: 1_500 },
    );
    assert.ok(compared > 500);
  });

  it("goes on from a place as JavaScript's does from lastIndex", () => {
    let compared = 0;
    fc.assert(
      fc.property(
        patternSource(false),
        flags,
        text,
        text,
        fc.nat(12),
        (source, chosen, before, subject, skipped) => {
          fc.pre(!repeatsEmpty(parsePattern(source, chosen).root));
          const pattern = compilePattern(source, chosen);
          const theirs = new RegExp(source, `${chosen}dg`);
          theirs.lastIndex = Math.min(skipped, subject.length);
          const from = before.length + theirs.lastIndex;
          const match = javaScriptMatch(theirs, subject);
          if (match === undefined) return;
          const expected = match?.indices?.flatMap((pair) => pair ?? [-1, -1]);
          const octets = octetsOf(`${before}${subject}${before}`);
          const slots = pattern.exec(octets, before.length, before.length + subject.length, from);
          assert.deepEqual(slots && [...slots].map((at) => (at < 0 ? at : at - before.length)), expected);
          compared += match === null ? 0 : 1;
        },
      ),
      { numRuns: 1_500 },
    );
    assert.ok(compared > 300);
  });

  it("ends at a last line feed or not, as it is told", () => {
    const ends = (source: string, flags: string, subject: string): boolean =>
      compilePattern(source, flags).test(octetsOf(subject));
    assert.equal(ends("a$", "", "a\n"), true);
    assert.equal(ends("a$", "D", "a\n"), false);
    assert.equal(ends("a$", "D", "a"), true);
    assert.equal(ends("(?i:A$)", "D", "a\n"), false);
    assert.equal(ends("a$", "Dm", "a\n"), true);
    assert.equal(ends("(?m)a$", "D", "a\nb"), true);
    assert.equal(ends("a\\Z", "D", "a\n"), true);
  });

  it("matches and captures what going back as Perl does gives, in repeated groups too", () => {
    let compared = 0;
    fc.assert(
      fc.property(
        patternSource(true),
        flags,
        fc.array(anyText, { minLength: 1, maxLength: 4 }),
        (source, chosen, texts) => {
          const pattern = compilePattern(source, chosen);
          for (const subject of texts) {
            let expected: number[] | undefined;
            try {
              expected = referenceMatch(source, chosen, octetsOf(subject));
            } catch (error) {
              if (error instanceof TooLong) continue;
              throw error;
            }
            compared += 1;
            const slots = pattern.exec(octetsOf(subject));
            assert.deepEqual(slots && [...slots], expected, JSON.stringify(subject));
            assert.equal(pattern.test(octetsOf(subject)), expected !== undefined);
          }
        },
      ),
      { numRuns: 1_500 },
    );
    assert.ok(compared > 500);
  });
});
