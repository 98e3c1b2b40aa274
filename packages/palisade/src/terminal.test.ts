import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import {
  clip,
  counted,
  countedExactly,
  endText,
  formatBytes,
  formatCount,
  formatDuration,
  printable,
  renderTable,
  wrap,
} from "./terminal.js";

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
    assert.deepEqual(
      [0, 1, 1_000, 65_535, 12_345_678].map((count) => countedExactly(count, "port")),
      ["0 ports", "1 port", "1,000 ports", "65,535 ports", "12,345,678 ports"],
    );
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
    const years = 31_557_600;
    const durations: readonly (readonly [seconds: number, text: string])[] = [
      [0, "0 s"],
      [0.000_007, "7 µs"],
      [0.0004, "400 µs"],
      [0.003, "3.0 ms"],
      [0.01, "10 ms"],
      [0.0994, "99 ms"],
      [0.1, "0.1 s"],
      [0.84, "0.8 s"],
      [12, "12 s"],
      [200, "3 min 20 s"],
      [7_500, "2 h 5 min"],
      [200_000, "2 d 8 h"],
      [2 * years - 86_400, "729 d 12 h"],
      [2 * years, "2.0 years"],
      [53.7 * years, "53.7 years"],
    ];
    for (const [seconds, text] of durations) assert.equal(formatDuration(seconds), text, String(seconds));
    assert.deepEqual(
      [0, 1, 2, 12_345].map((count) => counted(count, "flow")),
      ["0 flows", "1 flow", "2 flows", "12.3 k flows"],
    );
  });

  it("do not round to a unit's end", () => {
    for (const seconds of [59.4, 59.6, 119.7, 3_599.7, 3_659.9, 7_199, 86_399]) {
      assert.doesNotMatch(formatDuration(seconds), /\b60 (s|min)\b|\b24 h$/, String(seconds));
    }
    for (const seconds of [0.000_999_9, 0.009_999, 0.099_99])
      assert.doesNotMatch(formatDuration(seconds), /1000 µs|10\.0 ms|100 ms/, String(seconds));
    assert.doesNotMatch(formatCount(999_999), /1000\.0 k/);
    assert.doesNotMatch(formatBytes(1_048_575), /1024\.0 KiB/);
  });
});

describe("an end of a flow", () => {
  it("has its port apart from its address", () => {
    assert.equal(endText("192.0.2.80", 80), "192.0.2.80:80");
    assert.equal(endText("2001:db8::80", 80), "[2001:db8::80]:80");
    assert.equal(endText("2001:db8::80", 0), "2001:db8::80");
  });
});

describe("a sentence", () => {
  it("is broken at blanks, its longer words clipped", () => {
    assert.deepEqual(wrap("one two three", 7), ["one two", "three"]);
    assert.deepEqual(wrap("one  two three", 20), ["one  two three"]);
    assert.deepEqual(wrap("one  two three", 4), ["one", "two", "thr…"]);
    assert.deepEqual(wrap("", 4), [""]);
  });
});

describe("a table that is too wide", () => {
  const columns = [
    { title: "FROM" },
    { title: "APPLICATION", folds: true },
    { title: "BYTES", align: "right" },
    { title: "DETAIL", clips: 12, folds: true },
  ] as const;
  const rows = [
    ["192.0.2.1", "shop", "1", "a.long.name.example.com"],
    ["2001:db8:1:2::23", "", "12", ""],
  ];

  it("clips its last column as little as need be", () => {
    assert.equal(
      renderTable(columns, rows, 60),
      [
        "FROM              APPLICATION  BYTES  DETAIL",
        "192.0.2.1         shop             1  a.long.name.example.c…",
        "2001:db8:1:2::23                  12",
        "",
      ].join("\n"),
    );
  });

  it("then folds columns, from the last on", () => {
    assert.equal(
      renderTable(columns, rows, 49),
      [
        "FROM              APPLICATION  BYTES",
        "192.0.2.1         shop             1",
        "    a.long.name.example.com",
        "2001:db8:1:2::23                  12",
        "",
      ].join("\n"),
    );
    assert.equal(
      renderTable(columns, rows, 24),
      [
        "FROM              BYTES",
        "192.0.2.1             1",
        "    shop",
        "    a.long.name.example…",
        "2001:db8:1:2::23     12",
        "",
      ].join("\n"),
    );
  });

  it("then clips the widest in the middle", () => {
    assert.equal(renderTable(columns, rows, 19).split("\n").at(-2), "2001:…:2::23     12");
  });

  it("fits, unless there is no room for anything", () => {
    const cell = fc.string({ unit: fc.constantFrom("a", ":", " ", "…"), maxLength: 50 });
    fc.assert(
      fc.property(
        fc.array(fc.tuple(cell, cell, fc.string({ maxLength: 5, unit: "grapheme-ascii" }), cell)),
        fc.integer({ min: 20, max: 200 }),
        (table, width) => {
          for (const line of renderTable(columns, table, width).split("\n"))
            assert.ok(line.length <= width, `${line.length}: ${line}`);
        },
      ),
    );
  });

  it("says all where there is no bound", () => {
    assert.equal(renderTable(columns, rows), renderTable(columns, rows, 1_000));
    assert.match(renderTable(columns, rows), /shop +1 {2}a\.long\.name\.example\.com\n/);
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
