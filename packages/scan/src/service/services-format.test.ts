import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PalisadeError } from "@palisade/base";
import { latin1 } from "@palisade/wire";
import fc from "fast-check";
import { checkDatabase, ServiceDatabase } from "./database.js";
import { LazyPattern } from "./lazy-pattern.js";
import type { ServiceMatch } from "./probe.js";
import { parseServices } from "./services-format.js";

const databaseOf = (...texts: string[]): ServiceDatabase =>
  new ServiceDatabase(parseServices(texts.map((text, index) => ({ file: `f${index + 1}`, text }))));

const example = String.raw`
# probes
probe null tcp
  wait 250ms
match ssh
  pattern /^SSH-(\d\.\d)-(\w+)\/(\S+)/i   # a comment
  product "$2"
  version "${"$"}{3|replace:_:.|upper}"
  info "costs $$5, é, \x41"
  cpe "cpe:/a:some:$2:$3"
  confidence 9
  example "SSH-2.0-Some/1_x" version "1.X" cpe "cpe:/a:some:some:1_x"
probe tell udp
  send "t"
  replies-from any-port
probe ask tcp
  send "a\r\n\0" hex 0d 0A "é"
  send "\x7f"
  ports 80,8000-8100
  tls-ports 443
  rarity 2
  wait 3s
  listen 50ms
  fallback null
softmatch any
  pattern /./s
`;

function partsOf({ pattern, fields, cpe, confidence, examples, place, patternPlace }: ServiceMatch) {
  return { pattern, fields, cpe, confidence, examples, place, patternPlace };
}

describe("parseServices", () => {
  it("reads probes, matches and their fields", () => {
    const database = databaseOf(example);
    assert.deepEqual(checkDatabase(database), []);
    const ask = database.probe("ask")!;
    assert.deepEqual(ask.octets, latin1("a\r\n\0\r\n\xc3\xa9\x7f"));
    assert.deepEqual(ask.ports, [
      { first: 80, last: 80 },
      { first: 8000, last: 8100 },
    ]);
    assert.deepEqual(ask.tlsPorts, [{ first: 443, last: 443 }]);
    assert.equal(ask.rarity, 2);
    assert.equal(ask.waitMs, 3_000);
    assert.equal(ask.listenMs, 50);
    assert.equal(ask.anyPort, false);
    const tell = database.probe("tell")!;
    assert.equal(tell.listenMs, 300);
    assert.equal(tell.anyPort, true);
    assert.equal(database.probe("null")!.waitMs, 250);
    const found = database.read(ask, latin1("ssh-1.5-x/2_b ..."))!;
    assert.deepEqual(found.fields, { product: "x", version: "2.B", info: "costs $5, é, A" });
    assert.deepEqual(found.cpe, ["cpe:/a:some:x:2_b"]);
    assert.equal(found.match.confidence, 9);
    assert.equal(found.match.place, "f1:5");
    assert.equal(database.read(ask, latin1("\n"))!.match.service, "any");
  });

  it("says the same of a file whose matches are read late, and then what is wrong with it", () => {
    const early = databaseOf(example);
    const late = new ServiceDatabase(parseServices([{ file: "f1", text: example }], { deferred: true }));
    assert.ok(early.probes.length > 1);
    for (const [index, probe] of late.probes.entries()) {
      const other = early.probes[index]!;
      assert.equal(probe.matches.length, other.matches.length);
      for (const [
        at,
        { fields, cpe, confidence, examples, place, patternPlace },
      ] of probe.matches.entries()) {
        const { pattern: _pattern, ...expected } = partsOf(other.matches[at]!);
        assert.deepEqual({ fields, cpe, confidence, examples, place, patternPlace }, expected);
      }
    }
    const broken = "probe null tcp\nmatch a\n  pattern /a/\n  # remark\n  version $1\n";
    const [probe] = parseServices([{ file: "f", text: broken }], { deferred: true });
    assert.throws(() => probe!.matches[0]!.fields, /^PalisadeError: f:5:11: /);
    assert.throws(() => probe!.matches[0]!.cpe, /^PalisadeError: f:5:11: /, "however often it is asked");
  });

  it("adds matches to probes of other files, behind their own, in any order of files", () => {
    const database = databaseOf(
      "answers null\nmatch b\n pattern /a/\n",
      "probe null tcp\nmatch a\n pattern /a/\n",
      "answers null\nmatch c\n pattern /c/\n",
    );
    assert.deepEqual(
      database.probe("null")!.matches.map(({ service }) => service),
      ["a", "b", "c"],
    );
  });

  it("orders probes: those that list the port, then by rarity up to the intensity", () => {
    const database = databaseOf(
      ["a 9 -", "b 3 -", "c 8 70", "d 1 -", "e 2 70"]
        .map((line) => line.split(" "))
        .map(
          ([name, rarity, ports]) =>
            `probe ${name} tcp\n send "x"\n rarity ${rarity}\n${ports === "-" ? "" : ` ports ${ports}\n`}`,
        )
        .join(""),
    );
    const names = (port: number, intensity: number) =>
      database.probesFor(port, "tcp", false, intensity).map(({ name }) => name);
    assert.deepEqual(names(70, 7), ["e", "c", "d", "b"]);
    assert.deepEqual(names(71, 9), ["d", "e", "b", "c", "a"]);
    assert.deepEqual(names(70, 0), ["e", "c"]);
  });

  const head = 'probe p tcp\n send "x"\n';
  for (const [text, place, word] of [
    ["prob p tcp", "1:1", 'did you mean "probe"?'],
    ['send "x"', "1:1", "indent it"],
    [' send "x"', "1:2", "under no head"],
    ["probe", "1:6", "is missing"],
    ["probe P tcp", "1:7", "cannot be a name"],
    ["probe p sctp", "1:9", "neither tcp nor udp"],
    ["probe p tcp x", "1:13", "too much"],
    ["probe p tcp", "1:1", "has no send"],
    ['probe null tcp\n send "x"', "1:1", "sends nothing"],
    [`${head}${head}`, "3:7", "is defined at f1:1"],
    ["probe p tcp\n send x", "2:7", "double quotes"],
    ['probe p tcp\n send "x', "2:7", "no closing quote"],
    ['probe p tcp\n send "\\q"', "2:8", "no escape"],
    ['probe p tcp\n send "\\x1"', "2:8", "two hexadecimal digits"],
    ["probe p tcp\n send hex 1", "2:11", "pairs of digits"],
    [`${head} ports 80-`, "3:8", "no list of ports"],
    [`${head} ports 70000`, "3:8", "no list of ports"],
    [`${head} ports 1\n ports 2`, "4:2", "given twice"],
    [`${head} rarity 0`, "3:9", "from 1 to 9"],
    [`${head} wait 5`, "3:7", "not a time"],
    [`${head} wait 61s`, "3:7", "not a time"],
    [`${head} fallback q`, "1:1", "is no probe"],
    [`${head} rarety 1`, "3:2", 'did you mean "rarity"?'],
    ["match m", "1:1", "belongs under"],
    ["answers q\nmatch m\n pattern /x/", "1:10", "no file defines"],
    ["answers q\n ports 1", "2:2", "has no fields"],
    [`${head}match m`, "3:1", "has no pattern"],
    [`${head}match m\n pattern x`, "4:10", "between slashes"],
    [`${head}match m\n pattern /x`, "4:10", "no closing /"],
    [`${head}match m\n pattern //`, "4:10", "is empty"],
    [`${head}match m\n pattern /x/g`, "4:10", "at most once"],
    [`${head}match m\n pattern /x/\n pattern /x/`, "5:2", "given twice"],
    [`${head}match m\n pattern /x/\n product "$"`, "5:10", "needs a group"],
    [`${head}match m\n pattern /x/\n product "\${1|up}"`, "5:10", "no filter"],
    [`${head}match m\n pattern /x/\n cpe "a"`, "5:6", "begins with cpe:/a:"],
    [`${head}match m\n pattern /x/\n confidence 11`, "5:13", "from 0 to 10"],
    [`${head}match m\n pattern /x/\n example "x" port "1"`, "5:14", "no field"],
    [`${head}match m\n pattern /x/\n verson "1"`, "5:2", 'did you mean "version"?'],
  ] as const) {
    it(`refuses ${JSON.stringify(text)} with its place`, () => {
      assert.throws(
        () => databaseOf(text),
        (error) => {
          assert.ok(error instanceof PalisadeError);
          assert.equal(error.code, "SERVICES_MALFORMED");
          assert.ok(error.message.startsWith(`f1:${place}: `), error.message);
          assert.ok(error.message.includes(word), error.message);
          assert.ok(!error.message.includes("\n"));
          return true;
        },
      );
    });
  }

  it("throws nothing but its error, whatever the text", () => {
    const words = fc.constantFrom(
      "probe",
      "null",
      "p",
      "tcp",
      "match",
      "m",
      "\n",
      "\n ",
      "send",
      '"x"',
      "hex",
      "00",
      "pattern",
      "/",
      "^",
      "\\",
      "answers",
      "$1",
      "example",
      "#",
    );
    fc.assert(
      fc.property(fc.array(words, { maxLength: 40 }), (list) => {
        try {
          databaseOf(list.join(" "));
        } catch (error) {
          assert.ok(error instanceof PalisadeError, String(error));
        }
      }),
      { numRuns: 300 },
    );
  });
});

describe("checkDatabase", () => {
  it("finds groups that there are not, patterns that cannot be, and examples that others claim", () => {
    const wrong = checkDatabase(
      databaseOf(String.raw`
probe null tcp
match a
  pattern /^ab/
  version "$1"
match b
  pattern /^(a)b?/
  example "ab"
  example "ac" version "b"
  example "x"
match c
  pattern /(c)\1/
`),
    );
    assert.deepEqual(
      wrong.slice(0, -1).map((line) => line.slice(0, 28)),
      [
        "f1:4:11: $1 is used, but the",
        "f1:8:11: the example is clai",
        'f1:9:11: version is "", not ',
        "f1:10:11: the pattern of b d",
      ],
    );
    assert.match(wrong.at(-1)!, /^f1:12:11: c: /);
  });
});

describe("a pattern that is compiled late", () => {
  it("fits what it fits without the comparison of its first octets", () => {
    const pieces = fc.constantFrom(
      "a",
      "b",
      "\\.",
      "\\x41",
      "a?",
      "b*",
      "(a)",
      "[ab]",
      "\\r",
      "a{0,1}",
      "$",
      ".",
      "a+",
      "b{2}",
      "(?:ab)",
      "(a|b)",
      "a|b",
      "[^(|b]",
      "ab",
      "\\D",
    );
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 6 }),
        fc.array(fc.constantFrom("a", "b", ".", "A", "\r"), { maxLength: 8 }),
        fc.constantFrom("^", ""),
        fc.constantFrom("", "i", "s", "x"),
        (parts, input, anchor, flags) => {
          const pattern = new LazyPattern(`${anchor}${parts.join("")}`, flags);
          const octets = latin1(input.join(""));
          assert.equal(pattern.exec(octets) !== undefined, pattern.compiled.test(octets));
        },
      ),
    );
  });

  it("says what is wrong with hostile files in a short line that no terminal obeys", () => {
    for (const [text, word] of [
      ["\u001b[2Jprobe\u0007 a tcp", "?[2Jprobe?"],
      [`probe null tcp\n  fallback ${"null,".repeat(21)}null`, "more than 20 fallbacks"],
      [`probe a tcp\n  send "${"x".repeat(5_000_000)}"`, "longer than"],
      [`probe a tcp\n  send hex ${"00 ".repeat(500_000)}`, "longer than"],
      [`probe null tcp\nmatch a\n  pattern /${"a".repeat(5_000_000)}/`, "longer than"],
      [`probe ${"a".repeat(5_000_000)} tcp`, "cannot be a name"],
      [`${" ".repeat(1_000_000)}x`, "stands under no head"],
    ] as const) {
      assert.throws(
        () => parseServices([{ file: "f", text }]),
        (error) =>
          error instanceof PalisadeError &&
          error.code === "SERVICES_MALFORMED" &&
          error.message.includes(word) &&
          error.message.length < 300 &&
          !/\p{C}/u.test(error.message),
        word,
      );
    }
  });

  it("keeps lists of ports in order and as short as can be", () => {
    const list = `9-11,${"7,8,".repeat(10_000)}12,80-90,85`;
    const [probe] = parseServices([{ file: "f", text: `probe a tcp\n  send "x"\n  ports ${list}` }]);
    assert.deepEqual(probe!.ports, [
      { first: 7, last: 12 },
      { first: 80, last: 90 },
    ]);
  });

  it("shows of a pattern that cannot be compiled what is printable", () => {
    const [probe] = parseServices([
      { file: "f", text: "probe null tcp\nmatch a\n  pattern /a\u001b[2J(\u0007/" },
    ]);
    assert.throws(
      () => probe!.matches[0]!.pattern.compiled,
      (error) =>
        error instanceof PalisadeError && /^PATTERN_/.test(error.code) && !/\p{C}/u.test(error.message),
    );
  });
});
