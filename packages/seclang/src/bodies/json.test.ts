import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { collect } from "./body.build.js";
import { JSON_NAME_BYTES_MAX, JSON_NAMES_BYTES_MAX, JSON_NAMES_FACTOR_MAX, JsonBody } from "./json.js";

const read = (body: string, options = {}) => collect((sink) => new JsonBody(sink, options), body);
const octets = (text: string) => Buffer.from(text, "utf8").toString("latin1");

describe("JSON", () => {
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<readonly [string, string]>]> = [
    ['{"a":"b"}', [["json.a", "b"]]],
    [
      '{"a":[{"b":1},{"b":2}]}',
      [
        ["json.a.0.b", "1"],
        ["json.a.1.b", "2"],
      ],
    ],
    [
      "[[1,2],[3]]",
      [
        ["json.0.0", "1"],
        ["json.0.1", "2"],
        ["json.1.0", "3"],
      ],
    ],
    ['"a"', [["json", "a"]]],
    [" 12 ", [["json", "12"]]],
    ["-0.5e+10", [["json", "-0.5e+10"]]],
    [
      "[true,false,null]",
      [
        ["json.0", "true"],
        ["json.1", "false"],
        ["json.2", ""],
      ],
    ],
    ["{}", []],
    ["[ ]", []],
    ['{"":{"":1}}', [["json..", "1"]]],
    [
      '{"a":{"b":1},"c":2}',
      [
        ["json.a.b", "1"],
        ["json.c", "2"],
      ],
    ],
    [
      '{"a":1,"a":2}',
      [
        ["json.a", "1"],
        ["json.a", "2"],
      ],
    ],
    ['"\\"\\\\\\/\\b\\f\\n\\r\\t"', [["json", '"\\/\b\f\n\r\t']]],
    ['"\\u0041\\u00e9\\u20AC"', [["json", octets("Aé€")]]],
    ['"\\ud83d\\ude00"', [["json", octets("😀")]]],
    ['"\\ud83dx\\ude00"', [["json", "\xed\xa0\xbdx\xed\xb8\x80"]]],
    ['"\\ud83d\\n"', [["json", "\xed\xa0\xbd\n"]]],
    ['"\\ud83d\\ud83d\\ude00"', [["json", `\xed\xa0\xbd${octets("😀")}`]]],
    ['"\xff\x80"', [["json", "\xff\x80"]]],
    ['{"\\u003cb>":1}', [["json.<b>", "1"]]],
    [`[${"0,".repeat(11)}0]`, Array.from({ length: 12 }, (_, n) => [`json.${n}`, "0"] as const)],
  ];
  for (const [body, expected] of cases)
    it(`reads ${body}`, () => {
      const { arguments: found, errors } = read(body);
      assert.deepEqual(found, expected);
      assert.deepEqual(errors, []);
    });

  for (const [body, error] of [
    ["{", "json.truncated@1"],
    ['{"a"', "json.truncated@4"],
    ['"a', "json.truncated@2"],
    ["1.", "json.truncated@2"],
    ["-", "json.truncated@1"],
    ["tru", "json.truncated@3"],
    [" ", "json.truncated@1"],
    ["{a:1}", "json.syntax@1"],
    ['{"a" 1}', "json.syntax@5"],
    ['{"a":1,}', "json.syntax@7"],
    ["[1,]", "json.syntax@3"],
    ["[1 2]", "json.syntax@3"],
    ["[1}", "json.syntax@2"],
    ["01", "json.trailing@1"],
    ["+1", "json.syntax@0"],
    [".5", "json.syntax@0"],
    ["1.e5", "json.syntax@2"],
    ["'a'", "json.syntax@0"],
    ["trie", "json.syntax@2"],
    ["NaN", "json.syntax@0"],
    ['"\\x"', "json.syntax@2"],
    ['"\\u00g0"', "json.syntax@5"],
    ['"a\nb"', "json.control@2"],
    ["1 2", "json.trailing@2"],
    ["{}{}", "json.trailing@2"],
    ["\xef\xbb\xbf{}", "json.syntax@0"],
  ] as const)
    it(`tells what is wrong with ${JSON.stringify(body)}, and where`, () => {
      assert.deepEqual(read(body).errors, [error]);
      assert.deepEqual(read(body).variables, { REQBODY_ERROR: 1 });
    });

  it("keeps what came before an error", () => {
    assert.deepEqual(read('{"a":1,"b":"c",!').arguments, [
      ["json.a", "1"],
      ["json.b", "c"],
    ]);
  });

  it("goes as deep as it is told to", () => {
    assert.deepEqual(read("[[[1]]]", { depthMax: 3 }).errors, []);
    assert.deepEqual(read("[[[[1]]]]", { depthMax: 3 }).errors, ["json.too-deep@3"]);
    assert.equal(read("[".repeat(100_000)).errors.length, 1);
  });

  it("takes as many arguments as it is told to", () => {
    const { arguments: found, kinds } = read("[1,2,3]", { argumentsMax: 2 });
    assert.deepEqual([found.length, kinds], [2, ["body.arguments-too-many"]]);
  });

  it("bounds names, of plain octets and of escapes", () => {
    for (const key of ["a", "\\n", "\\u0041"])
      assert.deepEqual(read(`{"${key.repeat(JSON_NAME_BYTES_MAX)}":1}`).kinds, ["json.name-too-long"]);
  });

  it("agrees with JSON.parse on what is JSON, and on its values", () => {
    const flatten = (value: unknown, name: string): Array<[string, string]> =>
      Array.isArray(value)
        ? value.flatMap((element, n) => flatten(element, `${name}.${n}`))
        : typeof value === "object" && value !== null
          ? Object.entries(value).flatMap(([key, element]) => flatten(element, `${name}.${key}`))
          : [[octets(name), value === null ? "" : octets(String(value))]];
    fc.assert(
      fc.property(fc.json(), (body) => {
        const value = JSON.parse(body) as unknown;
        const { arguments: found, errors } = read(octets(body));
        assert.deepEqual(errors, []);
        const numbers = (pairs: ReadonlyArray<readonly [string, string]>) =>
          pairs
            .map(([name, text]) => [
              name,
              text !== "" && String(Number(text)) !== "NaN" ? String(Number(text)) : text,
            ])
            .sort();
        assert.deepEqual(numbers(found), numbers(flatten(value, "json")));
      }),
    );
    const bits = fc.constantFrom(
      "{",
      "}",
      "[",
      "]",
      ",",
      ":",
      '"a"',
      '"',
      "1",
      "-",
      "0",
      ".",
      "e",
      " ",
      "true",
      "null",
      "\\n",
    );
    fc.assert(
      fc.property(
        fc.array(bits, { minLength: 1, maxLength: 8 }).map((parts) => parts.join("")),
        (body) => {
          let isJson = true;
          try {
            JSON.parse(body);
          } catch {
            isJson = false;
          }
          assert.equal(read(body).errors.length === 0, isJson, body);
        },
      ),
      { numRuns: 5000 },
    );
  });

  it("does not tell a long path before many values many times over", () => {
    const key = "k".repeat(4_000);
    const body = `{"${key}":[${"1,".repeat(3_000)}1]}`;
    const found = read(body, { argumentsMax: 10_000 });
    assert.deepEqual(found.kinds, ["json.names-too-long"]);
    const told = found.arguments.reduce((sum, [name]) => sum + name.length, 0);
    assert.ok(told <= JSON_NAMES_BYTES_MAX + JSON_NAMES_FACTOR_MAX * body.length, String(told));
    assert.ok(found.arguments.length > 0);
    // Paths of an ordinary length are told, however many values there are.
    const rows = JSON.stringify({ items: Array.from({ length: 9_000 }, (_, id) => ({ id, title: "t" })) });
    assert.deepEqual(read(rows, { argumentsMax: 20_000 }).kinds, []);
  });
});
