import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PalisadeError } from "@palisade/base";
import { PATTERN_STATES_MAX } from "./assembler.js";
import {
  PATTERN_CHARACTERS_MAX,
  PATTERN_COUNT_MAX,
  PATTERN_DEPTH_MAX,
  PATTERN_GROUPS_MAX,
} from "./parser.js";
import { compilePattern } from "./pattern.js";

function refusal(source: string, flags = ""): PalisadeError {
  try {
    compilePattern(source, flags);
  } catch (error) {
    assert.ok(error instanceof PalisadeError, source.slice(0, 40));
    assert.ok(!error.message.includes("\n"), "one line");
    return error;
  }
  return assert.fail(`${source.slice(0, 40)} is taken`);
}

describe("compilePattern", () => {
  const malformed: readonly (readonly [source: string, position: number, says: RegExp])[] = [
    ["ab(c", 2, /without its \)/],
    ["a)", 1, /closes nothing/],
    ["*a", 0, /nothing before it/],
    ["a|+", 2, /nothing before it/],
    ["{2}", 0, /nothing before it/],
    ["a**", 1, /two quantifiers/],
    ["a{2}{3}", 1, /two quantifiers/],
    ["^*", 1, /no octets/],
    ["x\\b+", 3, /no octets/],
    ["a{3,2}", 1, /turn it round/],
    ["a{,2}", 1, /write \{0,/],
    ["a[b", 1, /closing \]/],
    ["[]", 0, /closing \]/],
    ["[z-a]", 1, /turn it round/],
    ["[[:alhpa:]]", 1, /alpha, digit/],
    ["a\\", 1, /write \\\\/],
    ["\\xg", 0, /hexadecimal/],
    ["\\y", 0, /means nothing/],
    ["[\\A]", 1, /means nothing in a class/],
    ["(?<n>a)(?<n>b)", 7, /two groups/],
    ["(?q)", 0, /no group begins so/],
    ["\ud800", 0, /surrogate/],
  ];
  for (const [source, position, says] of malformed) {
    it(`names what is wrong with ${JSON.stringify(source)}, and where`, () => {
      const error = refusal(source);
      assert.equal(error.code, "PATTERN_MALFORMED");
      assert.match(error.message, says);
      assert.ok(error.message.startsWith(`pattern at ${position}, `), error.message);
    });
  }

  const unsupported: readonly (readonly [source: string, position: number])[] = [
    ["(a)\\1", 3],
    ["(?<n>a)\\k<n>", 7],
    ["a(?=b)", 1],
    ["a(?!b)", 1],
    ["(?<=a)b", 0],
    ["(?<!a)b", 0],
    ["a(?R)", 1],
    ["(a)(?1)", 3],
    ["(?(1)a|b)", 0],
    ["(?|a|b)", 0],
    ["(*ACCEPT)", 0],
    ["\\p{L}", 0],
    ["\\R", 0],
    ["a\\Kb", 1],
    ["\\x{100}", 0],
    ["[\u00e9]", 1],
    ["[[.a.]]", 1],
    ["x*+x", 0],
    ["x?+\\b", 0],
    ["[ab]++(?:c|b)", 0],
    ["(?>a|ab)c", 0],
    ["(?>a+?)b", 0],
    ["(?:x*+x)*y", 3],
  ];
  for (const [source, position] of unsupported) {
    it(`refuses ${JSON.stringify(source)}, and says where`, () => {
      const error = refusal(source);
      assert.equal(error.code, "PATTERN_UNSUPPORTED", error.message);
      assert.ok(error.message.startsWith(`pattern at ${position}, `), error.message);
    });
  }

  it("refuses flags that it does not know", () => {
    assert.equal(refusal("a", "g").code, "PATTERN_MALFORMED");
    assert.equal(compilePattern("a", "imsxU").groups, 0);
  });

  it("keeps to its bounds", () => {
    const depth = (levels: number) => `${"(?:".repeat(levels)}a${")".repeat(levels)}`;
    const cases: readonly (readonly [fits: string, tooLarge: string])[] = [
      ["a".repeat(16_000), "a".repeat(PATTERN_CHARACTERS_MAX + 1)],
      [depth(PATTERN_DEPTH_MAX), depth(PATTERN_DEPTH_MAX + 1)],
      ["(a)".repeat(PATTERN_GROUPS_MAX), "(a)".repeat(PATTERN_GROUPS_MAX + 1)],
      [`(?:){${PATTERN_COUNT_MAX}}`, `(?:){${PATTERN_COUNT_MAX + 1}}`],
      ["(?:a{100}){100}", `a{${PATTERN_STATES_MAX}}`],
      ["(?:a{100}){100}", "(?:a{1000}){1000}"],
      ["((?:a{100}){100})", `${"()".repeat(PATTERN_GROUPS_MAX)}(?:a{100}){100}`],
    ];
    for (const [fits, tooLarge] of cases) {
      assert.doesNotThrow(() => compilePattern(fits), fits.slice(0, 40));
      assert.equal(refusal(tooLarge).code, "PATTERN_TOO_LARGE");
    }
  });

  it("ends counts of nothing at once", () => {
    assert.ok(compilePattern("(?:(?:(?:){65535}){65535}){65535}").test(new Uint8Array(0)));
  });
});
