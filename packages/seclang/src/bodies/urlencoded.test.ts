import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { collect } from "./body.build.js";
import { UrlencodedBody } from "./urlencoded.js";

const read = (body: string) => collect((sink) => new UrlencodedBody(sink), body);

describe("URLENCODED", () => {
  const cases: ReadonlyArray<readonly [string, ReadonlyArray<readonly [string, string]>]> = [
    [
      "a=b&c=d",
      [
        ["a", "b"],
        ["c", "d"],
      ],
    ],
    ["a=b=c", [["a", "b=c"]]],
    ["a", [["a", ""]]],
    ["a=", [["a", ""]]],
    ["=b", [["", "b"]]],
    ["=", [["", ""]]],
    ["&&a=b&", [["a", "b"]]],
    ["a+b=c+d", [["a b", "c d"]]],
    ["%61=%2B%26%3d", [["a", "+&="]]],
    ["a=%00%ff", [["a", "\0\xff"]]],
    ["a=ÿ", [["a", "ÿ"]]],
    [
      "a=1&a=2",
      [
        ["a", "1"],
        ["a", "2"],
      ],
    ],
    ["a;b=c", [["a;b", "c"]]],
    ["a=%2541", [["a", "%41"]]],
  ];
  for (const [body, expected] of cases)
    it(`reads ${body}`, () => {
      const { arguments: found, errors } = read(body);
      assert.deepEqual(found, expected);
      assert.deepEqual(errors, []);
    });

  for (const [body, value, at] of [
    ["a=%", "%", 3],
    ["a=%4", "%4", 4],
    ["a=%zz", "%zz", 3],
    ["a=%4z", "%4z", 4],
    ["a=%u0041", "%u0041", 3],
    ["a=%%41", "%A", 3],
  ] as const)
    it(`keeps and tells what is no escape: ${body}`, () => {
      const { arguments: found, errors, variables } = read(body);
      assert.deepEqual(found, [["a", value]]);
      assert.deepEqual(errors, [`urlencoded.escape@${at}`]);
      assert.deepEqual(variables, { URLENCODED_ERROR: 1 });
    });

  it("counts what is no escape", () => {
    let body: UrlencodedBody | undefined;
    collect((sink) => (body = new UrlencodedBody(sink)), "%&%z=%a&%41");
    assert.equal(body?.escapesInvalid, 3);
  });

  it("takes another separator where it is told to", () => {
    const { arguments: found } = collect(
      (sink) => new UrlencodedBody(sink, { separator: 0x3b }),
      "a=b;c=d&e",
    );
    assert.deepEqual(found, [
      ["a", "b"],
      ["c", "d&e"],
    ]);
  });

  it("stops at the bound of arguments, and says where", () => {
    const {
      arguments: found,
      errors,
      variables,
    } = collect((sink) => new UrlencodedBody(sink, { argumentsMax: 2 }), "a=1&b=2&c=3&d=4");
    assert.deepEqual(found, [
      ["a", "1"],
      ["b", "2"],
    ]);
    assert.deepEqual(errors, ["body.arguments-too-many@11"]);
    assert.deepEqual(variables, { REQBODY_ERROR: 1 });
  });

  it("reads what a browser writes", () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.string(), fc.string()), { maxLength: 8 }), (pairs) => {
        const body = new URLSearchParams(pairs as [string, string][]).toString();
        const { arguments: found, errors } = read(body);
        const octets = (text: string) => Buffer.from(text, "utf8").toString("latin1");
        assert.deepEqual(
          found,
          pairs.map(([name, value]) => [octets(name), octets(value)]),
        );
        assert.deepEqual(errors, []);
      }),
    );
  });
});
