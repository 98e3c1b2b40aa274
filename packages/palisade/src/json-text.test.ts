import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { jsonText } from "./json-text.js";
import { printable } from "./terminal.js";

describe("a result as JSON", () => {
  it("does nothing to a terminal, and is what it was", () => {
    const strings = fc.oneof(
      fc.string({ unit: "binary" }),
      fc.constantFrom("\x1b[2J", "\x9b31m", "\x7f", "a\u202eb", "\u2028", "\ufeff", "\u061c"),
    );
    fc.assert(
      fc.property(strings, strings, (key, text) => {
        for (const json of [0, 2].map((indent) => jsonText([{ [`.${key}`]: text }], indent))) {
          assert.equal(printable(json.replaceAll("\n", "")), json.replaceAll("\n", ""));
          assert.deepEqual(JSON.parse(json), [{ [`.${key}`]: text }]);
        }
      }),
    );
  });
});
