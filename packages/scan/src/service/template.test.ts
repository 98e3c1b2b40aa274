import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, latin1 } from "@palisade/wire";
import fc from "fast-check";
import { expandTemplate, parseTemplate, shortened, textOf } from "./template.js";

const whole = (octets: Uint8Array): Int32Array => Int32Array.of(0, octets.length, 0, octets.length);

describe("a template", () => {
  it("comes to printable text of bounded length, whatever the octets", () => {
    const group = (filter: string): string => `$\{1|${filter}}`;
    const template = parseTemplate(`a $1 $1 ${group("upper")}${group("hex")}${group("utf16")}`);
    assert.ok(Array.isArray(template));
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 300 }), fc.nat({ max: 40 }), (octets, times) => {
        const repeated = concat(...Array.from({ length: times }, () => octets));
        const text = expandTemplate(template, repeated, whole(repeated))!;
        assert.ok(text.length <= 256);
        assert.doesNotMatch(text, /[\p{C}\p{Zl}\p{Zp}]/u);
      }),
    );
  });

  it("cuts long groups between characters, and not within one", () => {
    for (const character of ["é", "€", "\u{1f600}"]) {
      for (let before = 0; before < 5; before += 1) {
        const octets = concat(latin1("x".repeat(before)), new TextEncoder().encode(character.repeat(40_000)));
        const text = expandTemplate([{ group: 1, filters: [] }], octets, whole(octets))!;
        assert.equal(text.replaceAll(character, "").replaceAll("x", ""), "");
        assert.ok(text.length >= 255);
      }
    }
  });

  it("replaces by text as it stands", () => {
    const filters = [{ kind: "replace" as const, from: "b", to: "$&$`" }];
    assert.equal(expandTemplate([{ group: 1, filters }], latin1("abc"), whole(latin1("abc"))), "a$&$`c");
  });
});

describe("text of octets", () => {
  it("is UTF-8 where they are, else an octet a character", () => {
    assert.equal(textOf(new TextEncoder().encode("é€")), "é€");
    assert.equal(textOf(latin1("\u00e9")), "é");
    assert.equal(textOf(Uint8Array.of(0xed, 0xa0, 0x80)), "\u00ed\u00a0\u0080");
  });

  it("is shortened to whole characters", () => {
    assert.equal(shortened("ab\u{1f600}", 3), "ab");
    assert.equal(shortened(" a\u001b\u202eb\n", 3), "ab");
  });
});
