import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { latin1 } from "@palisade/wire";
import fc from "fast-check";
import { literalStates, patternStates } from "./pattern-states.js";

describe("the states of literals", () => {
  it("are those of the paper's example", () => {
    assert.equal(literalStates(["he", "she", "his", "hers"].map(latin1), false), 10);
  });

  it("are the root alone where there is no literal", () => assert.equal(literalStates([], false), 1));

  it("are one for letters of either case where case does not count", () => {
    const literals = ["Ab", "aB"].map(latin1);
    assert.deepEqual([literalStates(literals, true), literalStates(literals, false)], [3, 5]);
  });

  it("are as many as there are beginnings", () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: fc.constantFrom("a", "b", "\xff"), maxLength: 6 })), (texts) => {
        const beginnings = new Set([""]);
        for (const text of texts)
          for (let end = 1; end <= text.length; end += 1) beginnings.add(text.slice(0, end));
        assert.equal(literalStates(texts.map(latin1), false), beginnings.size);
      }),
    );
  });
});

describe("the states of a pattern", () => {
  it("grow by one for each further octet", () => {
    const of = (pattern: string): number => patternStates("rx", latin1(pattern))!;
    assert.equal(of("abcdef") - of("abc"), 3);
    assert.equal(of("a{100}") - of("a{10}"), 90);
    assert.equal(of("\xff\xfe") - of("\xff"), 1);
  });

  it("are those behind the country of a national number", () => {
    for (const blanks of [" ", "   "])
      assert.equal(
        patternStates("validateNid", latin1(`us${blanks}\\d{9}`)),
        patternStates("verifySSN", latin1("\\d{9}")),
      );
  });

  it("are not known of a path", () => assert.equal(patternStates("restpath", latin1("/a/{b}")), undefined));
});
