import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hex, latin1 } from "@palisade/wire";
import fc from "fast-check";
import { auditJson, auditMessage, auditOctets, auditText } from "./text.js";

/** Octets with many beginnings and ends of UTF-8 sequences among them. */
const octets = fc
  .array(
    fc.oneof(
      fc.uint8Array({ maxLength: 6 }),
      fc.constantFrom(
        hex("c3 a9"),
        hex("e2 80 a8"),
        hex("f0 9f 98 80"),
        hex("5c 5c 78"),
        hex("ed a0 80"),
        hex("c0 af"),
        hex("f4 90 80 80"),
        hex("ef bb bf"),
      ),
    ),
  )
  .map((pieces) => Uint8Array.from(Buffer.concat(pieces)));

describe("audit text", () => {
  for (const [what, input, text] of [
    ["printable ASCII", latin1('a "b" <c>\'~'), 'a "b" <c>\'~'],
    ["a backslash", latin1("a\\x41\\"), "a\\\\x41\\\\"],
    ["UTF-8", Buffer.from("é 中 😀"), "é 中 😀"],
    ["control characters", hex("00 0a 1f 7f"), "\\x00\\x0a\\x1f\\x7f"],
    ["C1 controls in UTF-8", hex("c2 85 c2 a0"), "\\xc2\\x85\u00a0"],
    ["octets that are no UTF-8", hex("e9 61 80 ff"), "\\xe9a\\x80\\xff"],
    ["overlong forms", hex("c0 af e0 80 af f0 80 80 af"), "\\xc0\\xaf\\xe0\\x80\\xaf\\xf0\\x80\\x80\\xaf"],
    ["surrogates", hex("ed a0 80 ed bf bf"), "\\xed\\xa0\\x80\\xed\\xbf\\xbf"],
    ["more than Unicode has", hex("f4 90 80 80 f4 8f bf bf"), "\\xf4\\x90\\x80\\x80\u{10ffff}"],
    ["a sequence that is cut off", hex("61 e2 82"), "a\\xe2\\x82"],
    [
      "line separators and turns of direction",
      Buffer.from("\u2028\u202e\ufeff"),
      "\\xe2\\x80\\xa8\\xe2\\x80\\xae\\xef\\xbb\\xbf",
    ],
  ] as const) {
    it(`has ${what}, and gives it back`, () => {
      assert.equal(auditText(input), text);
      assert.deepEqual([...auditOctets(text)!], [...input]);
    });
  }

  it("gives back any octets, and is one line", () => {
    fc.assert(
      fc.property(octets, (input) => {
        const text = auditText(input);
        // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
        assert.doesNotMatch(text, /[\x00-\x1f\x7f-\x9f\u2028\u2029\ufeff]|\p{Surrogate}/u);
        assert.deepEqual(Buffer.from(auditOctets(text)!), Buffer.from(input));
        assert.equal(auditJson(input), JSON.stringify(text));
      }),
    );
  });

  it("is of a part of the octets", () => {
    fc.assert(
      fc.property(octets, fc.nat(8), fc.nat(8), (input, before, behind) => {
        const end = Math.max(before, input.length - behind);
        const start = Math.min(before, input.length);
        const stop = Math.min(end, input.length);
        assert.equal(auditText(input, start, stop), auditText(input.slice(start, stop)));
        assert.equal(auditJson(input, start, stop), auditJson(input.slice(start, stop)));
      }),
    );
  });

  it("is refused where a backslash escapes nothing, and never throws", () => {
    for (const text of ["\\", "a\\", "\\x4", "\\x4G", "\\xAF", "\\n", "\\\\\\", "\ud800", "\\x41\udc00"])
      assert.equal(auditOctets(text), undefined, text);
    fc.assert(fc.property(fc.string({ unit: "binary" }), (text) => void auditOctets(text)));
  });

  it("is read back however long it is", () => {
    const text = `${"a".repeat(20_000_000)}\\\\`;
    assert.equal(auditOctets(text)!.length, 20_000_001);
    assert.equal(auditOctets(`${text}\\`), undefined);
  });

  it("has one backslash for a backslash where it is a message", () => {
    assert.equal(auditMessage(latin1("C:\\a\n")), "C:\\a\\x0a");
  });
});
