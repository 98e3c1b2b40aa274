import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { clip, formatBytes, formatCount, formatDuration, printable, renderTable } from "./terminal.js";

describe("text from the network", () => {
  it("is shown as it is where it is harmless", () => {
    for (const text of ["", "www.example.com", "a b  c", "Grüße, 世界 ☂", "😀"])
      assert.equal(printable(text), text);
  });

  it("has its control characters in digits", () => {
    assert.equal(printable("\x1b[2J\x07"), "\\x1b[2J\\x07");
    assert.equal(printable("a\r\nb\tc\0"), "a\\x0d\\x0ab\\x09c\\x00");
    assert.equal(printable("\x7f\x80\x9b31m"), "\\x7f\\x80\\x9b31m");
  });

  it("cannot turn the direction of what stands beside it, nor hide", () => {
    assert.equal(printable("exe\u202etxt"), "exe\\x202etxt");
    assert.equal(printable("a\u200bb\ufeff\u2028"), "a\\x200bb\\xfeff\\x2028");
  });

  it("never reaches a terminal with anything that it would act on", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string({ unit: "binary" }),
          fc.string({ unit: fc.nat(0x20ff).map((code) => String.fromCodePoint(code)) }),
        ),
        (text) => {
          assert.doesNotMatch(printable(text), /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u);
        },
      ),
      { numRuns: 2_000 },
    );
    // Every character of the basic plane, so that none is missed by chance.
    for (let code = 0; code < 0x1_0000; code += 1) {
      assert.doesNotMatch(
        printable(String.fromCharCode(code)),
        /[\p{Cc}\p{Bidi_Control}\p{Zl}\p{Zp}]/u,
        code.toString(16),
      );
    }
  });
});

describe("numbers for people", () => {
  it("are short", () => {
    assert.deepEqual([0, 1, 9_999, 10_000, 123_456, 1e6, 12_345_678, 2.5e9].map(formatCount), [
      "0",
      "1",
      "9999",
      "10.0 k",
      "123.5 k",
      "1.0 M",
      "12.3 M",
      "2.5 G",
    ]);
    assert.deepEqual([0, 1_023, 1_024, 1_536, 1 << 20, 5 * 2 ** 40].map(formatBytes), [
      "0 B",
      "1023 B",
      "1.0 KiB",
      "1.5 KiB",
      "1.0 MiB",
      "5.0 TiB",
    ]);
    assert.deepEqual([0, 0.84, 12, 200, 7_500, 200_000].map(formatDuration), [
      "0.0 s",
      "0.8 s",
      "12 s",
      "3 min 20 s",
      "2 h 5 min",
      "2 d 8 h",
    ]);
  });

  it("do not round to a unit's end", () => {
    for (const seconds of [59.4, 59.6, 119.7, 3_599.7, 3_659.9, 7_199, 86_399]) {
      assert.doesNotMatch(formatDuration(seconds), /\b60 (s|min)\b|\b24 h$/, String(seconds));
    }
    assert.doesNotMatch(formatCount(999_999), /1000\.0 k/);
    assert.doesNotMatch(formatBytes(1_048_575), /1024\.0 KiB/);
  });
});

describe("a table", () => {
  it("has aligned columns and no blanks at line ends", () => {
    const text = renderTable(
      [{ title: "NAME" }, { title: "COUNT", align: "right" }, { title: "NOTE", width: 6 }],
      [
        ["a", "1", ""],
        ["longer", "1000", "much too long"],
      ],
    );
    assert.equal(text, "NAME    COUNT  NOTE\na           1\nlonger   1000  much …\n");
  });

  it("clips to a width", () => {
    assert.equal(clip("abc", 3), "abc");
    assert.equal(clip("abcd", 3), "ab…");
    assert.equal(clip("abcd", 0), "…");
  });
});
