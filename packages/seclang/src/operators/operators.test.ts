import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { latin1 } from "@palisade/wire";
import fc from "fast-check";
import { OPERATORS } from "../language/operator-names.js";
import { operatorOf, operators } from "./index.js";
import { Captures } from "./operator.js";
import { capturesOf, compiled, filesOf, holdsFor, refusal } from "./operators.build.js";

const files = filesOf(
  {
    words: "# words\n\n  /etc/passwd \r\ntwo words\n#no\n",
    more: "three",
    nothing: "# nothing yet\n",
    addresses: "192.0.2.0/24\n# a comment\n 2001:db8::/32\n",
    wrong: "192.0.2.0/24\nlocalhost\n",
  },
  { words: ["alpha", "beta gamma"], addresses: ["198.51.100.0/24"] },
);

/** Arguments, and values that the operator holds for and does not. */
const cases: readonly (readonly [
  name: string,
  argument: string,
  holds: readonly string[],
  not: readonly string[],
])[] = [
  ["beginsWith", "GET ", ["GET /", "GET "], ["get /", "GET", " GET /", ""]],
  ["beginsWith", "", ["", "a"], []],
  ["endsWith", ".php", ["index.php", ".php"], ["index.php5", "php", ""]],
  ["streq", "POST", ["POST"], ["post", "POSTS", "POS", ""]],
  ["streq", "", [""], ["a"]],
  ["contains", "../", ["a/../b", "../"], ["..\\", "..", ""]],
  ["contains", "", ["", "a"], []],
  ["strmatch", "WebZIP", ["Mozilla WebZIP/3"], ["webzip", "WebZI"]],
  [
    "containsWord",
    "select",
    ["union select 1", "select", "(select)", "selects select", "sel-select-"],
    ["selection", "preselect", "_select", "select1", "SELECT", ""],
  ],
  ["containsWord", "a a", ["a a a", "ba a a"], ["ba a ab", "aa a"]],
  ["within", "GET HEAD POST", ["GET", "POST", "T H", "", "GET HEAD POST"], ["PUT", "get", "GET HEAD POSTS"]],
  ["within", "", [""], ["a"]],

  ["eq", "5", ["5", " \t5", "+5", "05", "5.9", "5x"], ["-5", "x5", "", "55"]],
  ["eq", "", ["", "0", "-0", "none", "- 1"], ["1"]],
  ["eq", "-3", ["-3", "-3 "], ["3", "- 3"]],
  ["ge", "10", ["10", "11", "99999999999999999999999999"], ["9", "", "-11"]],
  ["gt", "0", ["1", "1000000"], ["0", "-1", "a"]],
  ["gt", "9007199254740990", ["9".repeat(400)], ["9007199254740990", `-${"9".repeat(400)}`]],
  ["le", "10", ["10", "-10", "", "ten"], ["11"]],
  ["lt", "1", ["0", "", "-1"], ["1", "2"]],

  ["pm", "union select", ["UNION", "a select b", "unions"], ["unio selec", ""]],
  ["pm", "A|42 43|D x|20|y |0a|", ["abcd", "X y", "\n"], ["ABD", "xy", "x", "a|42 43|d"]],
  ["pm", "a|b| |4| ||", ["A|B|", "|4|", "||"], ["a|b", "4", "|"]],
  ["pm", "\xe4", ["\xe4"], ["\xc4"]],
  ["pmFromFile", "words", ["cat /ETC/passwd", "a two words"], ["two", "# words", "words", "#no"]],
  ["pmFromFile", "words  more", ["etc /etc/passwd", "three"], ["four"]],
  ["pmFromFile", "nothing", [], ["", "# nothing yet"]],
  ["pmf", "more", ["THREE"], ["thre"]],
  ["pmFromDataset", "words", ["ALPHA", "beta gamma"], ["beta"]],

  [
    "ipMatch",
    "10.0.0.0/8, 192.0.2.7,2001:db8::/32",
    ["10.255.0.1", "192.0.2.7", "2001:DB8:1::1", "2001:db8::192.0.2.1"],
    ["11.0.0.1", "192.0.2.8", "2001:db9::1", "::ffff:10.0.0.1", "10.0.0.1 ", "10.0.0", "010.0.0.1", ""],
  ],
  ["ipMatch", "192.0.2.77/24", ["192.0.2.1"], ["192.0.3.1"]],
  ["ipMatchFromFile", "addresses", ["192.0.2.1", "2001:db8::1"], ["192.0.3.1", "a comment"]],
  ["ipMatchF", "addresses", ["192.0.2.1"], ["192.0.3.1"]],
  ["ipMatchFromDataset", "addresses", ["198.51.100.9"], ["198.51.101.9"]],

  ["validateByteRange", "32-126", ["a\n", "\x1f", "\x7f", "\xff"], ["abc ~", ""]],
  ["validateByteRange", " 9, 10 ,13,32 - 126,128-255", ["\0", "\x7f"], ["a\r\n\t\xff"]],
  ["validateByteRange", "0-255", [], ["\0\xff"]],
  ["validateUrlEncoding", "", ["%", "%4", "a%zz", "%41%4g", "%%41", "%u0041"], ["%41%fF", "abc", ""]],
  [
    "validateUtf8Encoding",
    "",
    [
      "\x80",
      "\xc3",
      "\xc0\xaf",
      "\xc1\xbf",
      "\xe0\x9f\xbf",
      "\xed\xa0\x80",
      "\xf0\x8f\xbf\xbf",
      "\xf4\x90\x80\x80",
      "\xf5\x80\x80\x80",
      "a\xe2\x82",
      "\xe2\x82a",
      "\xff",
    ],
    [
      "",
      "a",
      "\xc2\x80",
      "\xe0\xa0\x80",
      "\xed\x9f\xbf",
      "\xee\x80\x80",
      "\xf0\x90\x80\x80",
      "\xf4\x8f\xbf\xbf",
    ],
  ],

  ["rx", "^a.b$", ["axb", "a\nb"], ["axb\n", "\naxb", "AXB", "axbc"]],
  ["rx", "(?i)UNION\\s", ["union ", "a Union\n"], ["union"]],
  ["rx", "(?m)^b$", ["a\nb\nc"], ["ab"]],
  ["rx", "", ["", "a"], []],
  // Octets, not characters: a class of two, and one that is repeated.
  ["rx", "^[\xc3\xa9]$", ["\xc3", "\xa9"], ["\xc3\xa9"]],
  ["rx", "^\xc3\xa9{2}$", ["\xc3\xa9\xa9"], ["\xc3\xa9\xc3\xa9"]],
  ["rx", "^\\Q.\xe9\\n\\E\\\xe9\\\\$", [".\xe9\\n\xe9\\"], [".\xe9\n\xe9\\"]],
  ["rx", "\\x{ff}", ["\xff"], ["\xfe"]],

  [
    "restpath",
    "/users/{id}/posts/{post}",
    ["/users/7/posts/8", "/v1/users//posts/"],
    ["/users/7/post", "/Users/7/posts/8"],
  ],
  ["restpath", "/a.b", ["/a.b", "/x/a.b/c"], ["/axb"]],

  [
    "verifyCC",
    "\\d{13,16}",
    ["4111111111111111", "14111111111111111", "card 5500000000000004.", "378282246310005"],
    ["411111111111", "", "4111-1111-1111-1111"],
  ],
  [
    "verifyCC",
    "\\b(?:\\d[ -]?){13,19}\\b",
    ["4111-1111-1111-1111", "no 4111 1111 1111 1111."],
    ["4111-1111-1111-1112", "x4111111111111111"],
  ],
  [
    "verifySSN",
    "\\d{3}-?\\d{2}-?\\d{4}",
    ["219-09-9998", "899-01-0001"],
    ["000-12-3456", "666-12-3456", "900-12-3456", "219-00-9999", "219-09-0000", "219-09-999"],
  ],
  [
    "verifyCPF",
    "\\d{3}\\.?\\d{3}\\.?\\d{3}-?\\d{2}",
    ["529.982.247-25", "52998224725"],
    ["529.982.247-26", "111.111.111-11"],
  ],
  ["verifySVNR", "\\d{4} ?\\d{6}", ["1237 010180", "1237010180"], ["1238 010180", "0237 010180"]],
  [
    "validateNid",
    "cl [0-9.]{7,10}-?[\\dkK]",
    ["11.111.111-1", "12.345.678-5", "10.000.013-K"],
    ["11.111.111-2", "12345678"],
  ],
  [
    "validateNid",
    "ES [XYZxyz\\d]\\d{7}-?[A-Za-z]",
    ["12345678Z", "x1234567l", "id=12345678-Z;"],
    ["12345678A", "X1234567Z"],
  ],
  ["validateNid", "us \\d{9}", ["219099998"], ["000123456"]],
  ["validateNid", "br \\d{11}", ["52998224725"], ["52998224724"]],
  ["validateNid", "at \\d{10}", ["1237010180"], ["1236010180"]],

  [
    "detectSQLi",
    "",
    ["1' or '1'='1", "1 union select 2,name from members"],
    ["", "O'Brien", "the select few"],
  ],
  ["detectXSS", "", ["<svg onload=alert(1)>", '" onfocus=alert(1) autofocus="'], ["", "a < b", "<3"]],
  ["unconditionalMatch", "", ["", "a"], []],
  ["noMatch", "", [], ["", "a"]],
];

describe("operators", () => {
  for (const [name, argument, holds, not] of cases) {
    it(`@${name} ${JSON.stringify(argument)}`, () => {
      const operator = compiled(name, argument, files);
      for (const value of holds) assert.equal(holdsFor(operator, value), true, JSON.stringify(value));
      for (const value of not) assert.equal(holdsFor(operator, value), false, JSON.stringify(value));
    });
  }

  it("have examples, all of them", () => {
    const shown = new Set(cases.map(([name]) => name));
    assert.deepEqual(
      operators.map(({ name }) => name).filter((name) => !shown.has(name)),
      [],
    );
    assert.ok(operators.length > 30);
  });

  it("are those that the language knows, and none that it refuses", () => {
    const names = operators.map(({ name }) => name.toLowerCase());
    assert.deepEqual(names.sort(), [...OPERATORS.known.keys()].sort());
    for (const name of OPERATORS.refused.keys()) assert.equal(operatorOf(name), undefined);
  });

  it("say what their machine is made of", () => {
    const states = (name: string, argument: string): number => compiled(name, argument).states!;
    assert.equal(states("pm", "he she his hers"), 10);
    assert.equal(states("pm", "Ab aB"), 3);
    assert.equal(states("rx", "a{100}") - states("rx", "a{10}"), 90);
    assert.equal(states("validateNid", "us \\d{9}"), states("verifySSN", "\\d{9}"));
    assert.equal(states("restpath", "/a/{b}"), states("rx", "/a/(.*)"));
  });

  it("are found by their names in any case, each once", () => {
    assert.equal(operatorOf("PMFROMFILE")?.name, "pmFromFile");
    assert.equal(operatorOf("@rx"), undefined);
    assert.equal(new Set(operators.map(({ name }) => name.toLowerCase())).size, operators.length);
  });

  const value = fc.oneof(
    fc.uint8Array({ maxLength: 40 }),
    fc.constantFrom(...cases.flatMap(([, , holds, not]) => [...holds, ...not])).map(latin1),
  );
  for (const [name, argument] of cases) {
    it(`@${name} ${JSON.stringify(argument)} is total, keeps nothing, sees its value alone and requires what it holds for`, () => {
      const operator = compiled(name, argument, files);
      const captures = new Captures();
      fc.assert(
        fc.property(value, fc.uint8Array({ maxLength: 4 }), (octets, around) => {
          const alone = operator.test(octets, 0, octets.length, undefined);
          const among = Uint8Array.from([...around, ...octets, ...around]);
          const copy = among.slice();
          const [start, end] = [around.length, around.length + octets.length];
          assert.equal(operator.test(among, start, end, captures), alone);
          assert.equal(operator.test(among, start, end, undefined), alone);
          assert.deepEqual(among, copy);
          if (!alone) return;
          for (let group = 0; group < captures.count; group += 1) {
            const [from, to] = [captures.starts[group]!, captures.ends[group]!];
            // What is no part of the value (the shape of an injection) stands in octets of its own.
            const [least, most] = captures.octets === among ? [start, end] : [0, captures.octets.length];
            assert.ok((from === -1 && to === -1) || (least <= from && from <= to && to <= most));
          }
          if (operator.required === undefined) return;
          const { literals, ignoreCase } = operator.required;
          const fold = (some: Uint8Array): string => {
            const text = String.fromCharCode(...some);
            return ignoreCase ? text.replace(/[A-Z]/g, (letter) => letter.toLowerCase()) : text;
          };
          assert.ok(literals.some((literal) => fold(octets).includes(fold(literal))));
        }),
        { numRuns: 60 },
      );
    });
  }

  it("capture what they found", () => {
    assert.deepEqual(capturesOf(compiled("rx", "(a)(x)?(b+)"), "-abb-"), ["abb", "a", undefined, "bb"]);
    assert.equal(capturesOf(compiled("rx", "(a)"), "b"), undefined);
    assert.deepEqual(capturesOf(compiled("rx", "(.)".repeat(12)), "abcdefghijkl"), [
      "abcdefghijkl",
      ..."abcdefghi",
    ]);
    assert.deepEqual(capturesOf(compiled("pm", "select union"), "a UNION b"), ["UNION"]);
    assert.deepEqual(capturesOf(compiled("verifyCC", "(\\d{4})\\d{12}"), "no 14111111111111111"), [
      "4111111111111111",
      "4111",
    ]);
    const path = compiled("restpath", "/users/{id}/posts/{post}");
    assert.deepEqual(capturesOf(path, "/users/7/posts/8/9"), ["/users/7/posts/8/9", "7", "8/9"]);
  });

  const wrong: readonly (readonly [name: string, argument: string, says: RegExp])[] = [
    ["rx", "a(b", /pattern at 1, .*without its \)/],
    ["rx", "(a)\\1", /back-references/],
    ["pm", " ", /no word/],
    ["pmFromFile", "", /no file/],
    ["pmFromFile", "https://example.com/list", /not fetched/],
    ["pmFromDataset", "none", /no dataset is called "none"/],
    ["pmFromDataset", "two names", /one dataset/],
    ["ipMatch", "10.0.0.0/33", /"10\.0\.0\.0\/33" is no address/],
    ["ipMatch", "10.0.0.1,,10.0.0.2", /"" is no address/],
    ["ipMatch", "", /"" is no address/],
    ["ipMatchFromFile", "wrong", /"localhost" is no address/],
    ["validateByteRange", "", /"" is no octet/],
    ["validateByteRange", "1-256", /0 to 255/],
    ["validateByteRange", "9-1", /0 to 255/],
    ["validateByteRange", "1-", /0 to 255/],
    ["validateByteRange", "a".repeat(500), /^.{0,160}$/],
    ["verifyCC", "\\d+", /more than 256 octets/],
    ["validateNid", "cl", /a country and a pattern/],
    ["validateNid", "xx \\d{9}", /at, br, cl, es, us/],
    ["restpath", "/a/{b", /brace/],
    ["restpath", "/a/{}", /brace/],
    ["restpath", "/a}", /brace/],
    ["restpath", "/{a}/{a}", /two parts/],
    ["restpath", "/{a}{b}{c}{d}{e}{f}{g}{h}{i}{j}", /more than 9 names/],
  ];
  for (const [name, argument, says] of wrong) {
    it(`name what is wrong with @${name} ${JSON.stringify(argument.slice(0, 40))}`, () => {
      const error = refusal(() => compiled(name, argument, files));
      assert.equal(error.code, "SECLANG_OPERATOR_ARGUMENT");
      assert.ok(error.message.startsWith(`@${name}: `), error.message);
      assert.match(error.message, says);
    });
  }

  it("pass on why a file cannot be read", () => {
    assert.equal(refusal(() => compiled("pmFromFile", "absent", files)).code, "TEST_NO_FILE");
  });
});
