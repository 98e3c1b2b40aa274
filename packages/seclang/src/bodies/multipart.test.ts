import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { type Collected, collect } from "./body.build.js";
import { MULTIPART_HEADER_BYTES_MAX, MultipartBody, type MultipartOptions } from "./multipart.js";
import { MULTIPART_BOUNDARY_BYTES_MAX } from "./multipart-boundary.js";
import { multipartStrict } from "./multipart-errors.js";
import { MULTIPART_HEADERS_MAX } from "./multipart-head.js";

const TYPE = "multipart/form-data; boundary=b";

function read(body: string, type = TYPE, options: MultipartOptions = {}): Collected {
  return collect((sink) => new MultipartBody(Buffer.from(type, "latin1"), sink, options), body);
}

/** A body of one part, with these header lines and this value. */
const part = (head: string, value = "v") => `--b\r\n${head}\r\n\r\n${value}\r\n--b--\r\n`;
const named = 'Content-Disposition: form-data; name="a"';

describe("MULTIPART", () => {
  it("reads fields and files", () => {
    const found = read(
      [
        ...["--b", 'Content-Disposition: form-data; name="a"', "", "1", "--b"],
        ...[
          'Content-Disposition: form-data; name="f"; filename="x.txt"',
          "Content-Type: text/plain",
          "",
          "12",
          "34",
        ],
        ...["--b", 'content-disposition:form-data;name="c d"', "", "", "--b--", ""],
      ].join("\r\n"),
    );
    assert.deepEqual(found.errors, []);
    assert.deepEqual(found.arguments, [
      ["a", "1"],
      ["c d", ""],
    ]);
    assert.deepEqual(found.files, [["f", "x.txt", 6]]);
    assert.deepEqual(found.partHeaders, [
      ["a", 'Content-Disposition: form-data; name="a"'],
      ["f", 'Content-Disposition: form-data; name="f"; filename="x.txt"'],
      ["f", "Content-Type: text/plain"],
      ["c d", 'content-disposition:form-data;name="c d"'],
    ]);
  });

  for (const [title, value] of [
    ["line ends of all kinds", "1\r\n2\n3\r4\r\n"],
    ["line ends alone", "\r\n\r\n"],
    ["nothing", ""],
    ["octets that are no text", "\0\xff\x80\r"],
    ["parts of the boundary inside lines", "x--b\r\nx--b--"],
    ["a carriage return at the end", "x\r"],
    ["one dash", "-\r\n-b"],
  ] as const)
    it(`keeps a value as it is: ${title}`, () => {
      const found = read(part(named, value));
      assert.deepEqual(found.arguments, [["a", value]]);
      assert.deepEqual(found.errors, []);
    });

  it("needs no line end behind the final boundary", () => {
    assert.deepEqual(read(part(named).slice(0, -2)).errors, []);
  });

  const flags: ReadonlyArray<readonly [string, string, Record<string, number>, string?]> = [
    ["data before", `x${"\r\n"}${part(named)}`, { MULTIPART_DATA_BEFORE: 1 }],
    ["data after", `${part(named)}x`, { MULTIPART_DATA_AFTER: 1 }],
    [
      "a boundary after the final one",
      `${part(named)}${part(named)}`,
      { MULTIPART_DATA_AFTER: 1, MULTIPART_UNMATCHED_BOUNDARY: 1 },
    ],
    ["line ends of LF", part(named).replaceAll("\r\n", "\n"), { MULTIPART_LF_LINE: 1 }],
    [
      "line ends of both kinds",
      part(named).replace("\r\n", "\n"),
      { MULTIPART_LF_LINE: 1, MULTIPART_CRLF_LF_LINES: 1 },
    ],
    ["a header in two lines", part(`${named};\r\n filename="f"`), { MULTIPART_HEADER_FOLDING: 1 }],
    [
      "a header that goes on with nothing",
      part(`${named}\r\n `),
      { MULTIPART_HEADER_FOLDING: 1, MULTIPART_INVALID_HEADER_FOLDING: 1 },
    ],
    [
      "a header that begins with white space",
      part(` ${named}`),
      { MULTIPART_INVALID_HEADER_FOLDING: 1, MULTIPART_INVALID_PART: 1, REQBODY_ERROR: 1 },
    ],
    ["single quotes", part("Content-Disposition: form-data; name='a'"), { MULTIPART_INVALID_QUOTING: 1 }],
    ["a quote in a token", part('Content-Disposition: form-data; name=a"'), { MULTIPART_INVALID_QUOTING: 1 }],
    [
      "text behind a quoted name",
      part('Content-Disposition: form-data; name="a"b'),
      { MULTIPART_INVALID_QUOTING: 1, REQBODY_ERROR: 1 },
    ],
    [
      "an open quote",
      part('Content-Disposition: form-data; name="a'),
      { MULTIPART_INVALID_QUOTING: 1, REQBODY_ERROR: 1 },
    ],
    ["no disposition", part("X: y"), { MULTIPART_INVALID_PART: 1, REQBODY_ERROR: 1 }],
    [
      "no headers",
      part("").replace("\r\n\r\n\r\n", "\r\n\r\n"),
      { MULTIPART_INVALID_PART: 1, REQBODY_ERROR: 1 },
    ],
    ["no name", part("Content-Disposition: form-data"), { MULTIPART_INVALID_PART: 1, REQBODY_ERROR: 1 }],
    ["headers without end", `--b\r\n${named}\r\n--b--\r\n`, { MULTIPART_INVALID_PART: 1, REQBODY_ERROR: 1 }],
    ["another disposition", part('Content-Disposition: attachment; name="a"'), { REQBODY_ERROR: 1 }],
    ["a name twice", part(`${named}; name="c"`), { REQBODY_ERROR: 1 }],
    ["a file name twice", part(`${named}; filename="c"; filename="d"`), { REQBODY_ERROR: 1 }],
    [
      "an extended file name",
      part(`${named}; filename*=UTF-8''c`),
      { MULTIPART_INVALID_QUOTING: 1, REQBODY_ERROR: 1 },
    ],
    ["a header twice", part(`${named}\r\n${named}`), { REQBODY_ERROR: 1 }],
    ["a header without colon", part(`${named}\r\nX`), { REQBODY_ERROR: 1 }],
    ["a header without name", part(`${named}\r\n: x`), { REQBODY_ERROR: 1 }],
    ["a control character in a header's name", part(`\x0e${named}\r\n${named}`), { REQBODY_ERROR: 1 }],
    ["a null in a header", part(`${named}\r\nX: \0`), { REQBODY_ERROR: 1 }],
    ["a carriage return in a header", part(`${named}\r\nX: a\rY: b`), { REQBODY_ERROR: 1 }],
    ["white space before the colon", part(`${named}\r\nX : y`), { REQBODY_ERROR: 1 }],
    [
      "no final boundary",
      part(named).replace("--b--", ""),
      { REQBODY_ERROR: 1, MULTIPART_UNMATCHED_BOUNDARY: 1 },
    ],
    ["no boundary", "x", { MULTIPART_DATA_BEFORE: 1, REQBODY_ERROR: 1 }],
    ["a line that begins with dashes", part(named, "x\r\n--y"), { MULTIPART_UNMATCHED_BOUNDARY: 2 }],
    ["a line that begins with the boundary", part(named, "x\r\n--by"), { MULTIPART_UNMATCHED_BOUNDARY: 1 }],
    ["a boundary with one dash", part(named, "x\r\n--b-"), { MULTIPART_UNMATCHED_BOUNDARY: 1 }],
    ["text behind a final boundary", part(named, "x\r\n--b--y"), { MULTIPART_UNMATCHED_BOUNDARY: 1 }],
    [
      "white space behind a boundary",
      part(named).replace("--b", "--b "),
      { MULTIPART_BOUNDARY_WHITESPACE: 1 },
    ],
    ["a quoted boundary", part(named), { MULTIPART_BOUNDARY_QUOTED: 1 }, 'multipart/form-data; boundary="b"'],
    [
      "white space before the boundary",
      part(named),
      { MULTIPART_BOUNDARY_WHITESPACE: 1 },
      "multipart/form-data; boundary= b",
    ],
    ["no semicolon", part(named), { MULTIPART_MISSING_SEMICOLON: 1 }, "multipart/form-data boundary=b"],
    [
      "a comma for the semicolon",
      part(named),
      { MULTIPART_MISSING_SEMICOLON: 1 },
      "multipart/form-data, boundary=b",
    ],
  ];
  for (const [title, body, variables, type] of flags)
    it(`tells of ${title}`, () => assert.deepEqual(read(body, type).variables, variables));

  it("goes on behind what is wrong", () => {
    const found = read(part(`\x0e${named}; filename="x"\r\n${named}`, "1"));
    assert.deepEqual(found.arguments, [["a", "1"]]);
    assert.equal(found.partHeaders.length, 2);
    assert.deepEqual(read(part(named, "x\r\n--by\r\nz")).arguments, [["a", "x\r\n--by\r\nz"]]);
    assert.deepEqual(read(`--b\r\n${named}\r\n\r\nvalue`).arguments, [["a", "value"]]);
  });

  for (const type of [
    "multipart/form-data",
    "multipart/form-data; boundary=",
    "multipart/form-data; boundary",
    'multipart/form-data; boundary="b',
    'multipart/form-data; boundary="b "',
    "multipart/form-data; boundary=a,b",
    "multipart/form-data; boundary=a<b",
    "multipart/form-data; boundary=a b",
    "multipart/form-data; boundary=b; boundary=c",
    "multipart/form-data; xboundary=c; boundary=b",
    'multipart/form-data; x="; boundary=c"; boundary=b',
    `multipart/form-data; boundary=${"b".repeat(MULTIPART_BOUNDARY_BYTES_MAX + 1)}`,
  ])
    it(`has no boundary to read by in ${type}`, () => {
      const found = read(part(named), type);
      assert.ok(found.kinds.includes("multipart.boundary-invalid"));
      assert.deepEqual(found.arguments, []);
    });

  for (const type of [
    "multipart/form-data;boundary=b",
    "Multipart/Form-Data; BOUNDARY=b; charset=utf-8",
    "multipart/form-data; charset=utf-8; boundary=b",
  ])
    it(`finds the boundary in ${type}`, () => assert.deepEqual(read(part(named), type).errors, []));

  it("takes names in quotes, with escaped quotes, as tokens", () => {
    for (const [written, name] of [
      ['"a;b=c"', "a;b=c"],
      ['"a\\"b"', 'a"b'],
      ['"C:\\x\\y"', "C:\\x\\y"],
      ["abc", "abc"],
      ['""', ""],
    ] as const)
      assert.deepEqual(read(part(`Content-Disposition: form-data; name=${written}`)).arguments, [
        [name, "v"],
      ]);
  });

  it("takes what comes with an empty file name for a value, as some servers do", () => {
    const found = read(part(`${named}; filename=""`, "1 or 1=1"));
    assert.deepEqual(found.arguments, [["a", "1 or 1=1"]]);
    assert.deepEqual(found.files, []);
    // An input of a form in which no file was chosen.
    const none = read(part(`${named}; filename=""\r\nContent-Type: application/octet-stream`, ""));
    assert.deepEqual([none.arguments, none.files, none.errors], [[], [["a", "", 0]], []]);
  });

  it("holds its bounds", () => {
    const file = (n: number) => `--b\r\n${named}; filename="${n}"\r\n\r\n\r\n`;
    const files = read(`${file(1)}${file(2)}${file(3)}--b--`, TYPE, { filesMax: 2 });
    assert.equal(files.files.length, 2);
    assert.deepEqual(files.variables, { MULTIPART_FILE_LIMIT_EXCEEDED: 1 });
    const line = (bytes: number) => read(part(`${named}\r\nX: ${"x".repeat(bytes - 3)}`));
    assert.deepEqual(line(MULTIPART_HEADER_BYTES_MAX).errors, []);
    assert.deepEqual(line(MULTIPART_HEADER_BYTES_MAX + 1).kinds, ["multipart.header-too-long"]);
    const lines = (count: number) =>
      read(part([named, ...Array.from({ length: count - 1 }, (_, n) => `X${n}: y`)].join("\r\n")));
    assert.deepEqual(lines(MULTIPART_HEADERS_MAX).errors, []);
    assert.deepEqual(lines(MULTIPART_HEADERS_MAX + 1).kinds, ["multipart.header-too-long"]);
  });

  it("reads any values between boundaries that they do not hold", () => {
    const values = fc.string({ unit: "binary" }).map((text) => Buffer.from(text).toString("latin1"));
    const safe = values.filter((value) => !`\n${value}`.includes("\n--"));
    fc.assert(
      fc.property(fc.array(safe, { minLength: 1, maxLength: 5 }), (all) => {
        const found = read(`${all.map((value) => `--b\r\n${named}\r\n\r\n${value}\r\n`).join("")}--b--\r\n`);
        assert.deepEqual(
          found.arguments,
          all.map((value) => ["a", value]),
        );
        assert.deepEqual(found.errors, []);
      }),
    );
  });

  it("knows which variables the strict error stands for", () => {
    const set = new Set(flags.flatMap(([, , variables]) => Object.keys(variables)));
    // The bound of files has a test of its own.
    for (const variable of multipartStrict)
      assert.ok(set.has(variable) || variable === "MULTIPART_FILE_LIMIT_EXCEEDED", variable);
  });
});
