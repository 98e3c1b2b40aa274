import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { globMatches, normalPath } from "./include.js";

const SAID = new Map([
  ["*", ".*"],
  ["?", "."],
  ["[!a]", "[^a]"],
]);

describe("a pattern of file names", () => {
  for (const [pattern, matching, others] of [
    ["*.conf", ["a.conf", "a.b.conf"], ["a.conf.example", ".conf", "conf"]],
    [".*", [".a", "."], ["a"]],
    ["a?c", ["abc", "a.c"], ["ac", "abbc"]],
    ["[a-c]1", ["a1", "c1"], ["d1", "-1"]],
    ["[!a-c]1", ["d1", "-1"], ["a1"]],
    ["[]x]", ["]", "x"], ["[", ""]],
    ["[a-]", ["a", "-"], ["b"]],
    ["[a", ["[a"], ["a"]],
    ["*a*b*", ["ab", "xaxbx", "aab"], ["ba", ""]],
    ["", [""], ["a"]],
  ] as const) {
    it(`"${pattern}" matches names`, () => {
      for (const name of matching) assert.ok(globMatches(pattern, name), name);
      for (const name of others) assert.ok(!globMatches(pattern, name), name);
    });
  }

  it("agrees with the pattern said as a regular expression", () => {
    const piece = fc.constantFrom("a", "b", "*", "?", "ab", "[ab]", "[!a]");
    fc.assert(
      fc.property(
        fc.array(piece, { maxLength: 6 }),
        fc.string({ unit: fc.constantFrom("a", "b", "c"), maxLength: 8 }),
        (pieces, name) => {
          const expression = pieces.map((part) => SAID.get(part) ?? part).join("");
          assert.equal(globMatches(pieces.join(""), name), new RegExp(`^${expression}$`).test(name));
        },
      ),
    );
  });
});

describe("a path", () => {
  for (const [path, normal] of [
    ["a//b/./c", "a/b/c"],
    ["a/../b", "b"],
    ["../a", "../a"],
    ["../../a/../b", "../../b"],
    ["/../a", "/a"],
    ["/a/", "/a"],
    ["./", ""],
  ] as const) {
    it(`"${path}" is "${normal}"`, () => assert.equal(normalPath(path), normal));
  }
});
