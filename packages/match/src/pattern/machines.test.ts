import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { assemble } from "./assembler.js";
import { BacktrackMachine } from "./backtrack-machine.js";
import { parsePattern } from "./parser.js";
import { compilePattern, type Pattern } from "./pattern.js";
import { octetsOf, patternSource, referenceMatch, TooLong } from "./reference.build.js";
import { Skip } from "./skip.js";
import { ThreadMachine } from "./thread-machine.js";

function matched(source: string, subject: string, flags = ""): (string | undefined)[] | undefined {
  const slots = compilePattern(source, flags).exec(octetsOf(subject));
  if (slots === undefined) return undefined;
  return Array.from({ length: slots.length / 2 }, (_, group) =>
    slots[2 * group]! < 0 ? undefined : subject.slice(slots[2 * group], slots[2 * group + 1]),
  );
}

describe("a pattern's notation", () => {
  const cases: readonly (readonly [
    source: string,
    flags: string,
    subject: string,
    groups: (string | undefined)[] | undefined,
  ])[] = [
    [
      "^SSH-([\\d.]+)-(\\S+)",
      "",
      "SSH-2.0-OpenSSH_9.2p1 Debian\r\n",
      ["SSH-2.0-OpenSSH_9.2p1", "2.0", "OpenSSH_9.2p1"],
    ],
    ["\\x00\\xff\\x{7f}\\0\\o{12}\\012\\cA", "", "\0\xff\x7f\0\n\n\x01", ["\0\xff\x7f\0\n\n\x01"]],
    ["\\a\\e\\f\\n\\r\\t", "", "\x07\x1b\x0c\n\r\t", ["\x07\x1b\x0c\n\r\t"]],
    ["\\v+", "", "a\n\x0b\x85", ["\n\x0b\x85"]],
    ["\\h+", "", "a\t \xa0\n", ["\t \xa0"]],
    ["[[:alpha:][:^ascii:]_]+", "", "1aZ_\xe9 ", ["aZ_\xe9"]],
    ["[]\\]^-]+", "", "a]^-", ["]^-"]],
    ["[\\w-.]+", "", "!a-b.c!", ["a-b.c"]],
    ["[^\\x00-\\x1f]+$", "", "\x01hello\n", ["hello"]],
    ["\u00e9+", "", "caf\xc3\xa9\xc3\xa9", ["\xc3\xa9\xc3\xa9"]],
    ["\\Qa.b*\\E+", "", "axb a.b**", ["a.b**"]],
    [" a b # comment\n (?# and another ) c", "x", "abc", ["abc"]],
    ["a{,b{1,x", "", "a{,b{1,x", ["a{,b{1,x"]],
    ["(?i)a(?-i)B|(?i:c)d", "", "AB", ["AB"]],
    ["(?:a(?i)b|c)d", "", "Cd", ["Cd"]],
    ["(?:a(?i)b|c)d", "", "CD", undefined],
    ["(?<year>\\d+)-(?P<month>\\d+)", "", "2026-11", ["2026-11", "2026", "11"]],
    ["^b$", "m", "a\nb\nc", ["b"]],
    ["^", "m", "", [""]],
    ["\\n^", "m", "a\n", undefined],
    ["a$", "", "a\n", ["a"]],
    ["a\\Z", "", "a\n", ["a"]],
    ["a\\z", "", "a\n", undefined],
    ["a.b", "", "a\nb", undefined],
    ["a.b", "s", "a\nb", ["a\nb"]],
    ["x++y", "", "xxy", ["xxy"]],
    ["(?>[a-z]+\\d+);", "", "abc123;", ["abc123;"]],
    ['[^"]*+"', "", 'ab"c', ['ab"']],
    // Perl and PCRE leave a repetition behind a pass that took nothing, and keep groups of earlier passes.
    ["(|a)*", "", "aa", ["", ""]],
    ["(a*)+", "", "aa", ["aa", ""]],
    ["((a)|b)*", "", "ab", ["ab", "b", "a"]],
  ];
  for (const [source, flags, subject, groups] of cases) {
    it(`reads /${source.replace(/\n/g, "\\n")}/${flags} in ${JSON.stringify(subject)}`, () => {
      assert.deepEqual(matched(source, subject, flags), groups);
    });
  }

  it("gives named groups their numbers", () => {
    assert.deepEqual(
      [...compilePattern("(a)(?<b>b)(?:c)(?'d'd)").names],
      [
        ["b", 2],
        ["d", 3],
      ],
    );
  });

  it("gives the same captures from both of its machines, on any stretch of the octets", () => {
    const characters = fc.array(fc.constantFrom("a", "b", "c", "A", "_", "\n"), { maxLength: 12 });
    fc.assert(
      fc.property(patternSource(true), characters, fc.nat(4), fc.nat(4), (source, all, before, behind) => {
        const syntax = parsePattern(source, "");
        const program = assemble(syntax, source);
        const octets = octetsOf(`${"a".repeat(before)}${all.join("")}${"b".repeat(behind)}`);
        const end = octets.length - behind;
        const skip = Skip.useful(program.first) ? new Skip(program.first) : undefined;
        const [one, other] = [new Int32Array(program.slots), new Int32Array(program.slots)];
        const found = new BacktrackMachine(program, skip).run(octets, before, before, end, one);
        assert.equal(new ThreadMachine(program, skip).run(octets, before, before, end, other), found);
        if (found) assert.deepEqual(one, other);
        // With notes no further than the match can go it is the same.
        const longest = compilePattern(source).octetsMax;
        if (!found || longest === undefined) return;
        const limit = Math.min(end, one[0]! + longest);
        assert.ok(new BacktrackMachine(program, skip).run(octets, before, before, end, other, limit));
        assert.deepEqual(one, other);
      }),
      { numRuns: 1_000 },
    );
  });

  it("takes what it searches for the whole text", () => {
    const octets = octetsOf("xabcx");
    assert.deepEqual([...compilePattern("^\\babc\\b$").exec(octets, 1, 4)!], [1, 4]);
    assert.equal(compilePattern("x").test(octets, 1, 4), false);
    assert.throws(() => compilePattern("x").test(octets, 1, 6), { name: "AssertionFailure" });
  });

  it("takes a possessive repetition only where it gives what giving nothing back gives", () => {
    const subject = fc
      .array(fc.constantFrom("a", "b", "c", "\n"), { maxLength: 10 })
      .map((all) => all.join(""));
    let taken = 0;
    fc.assert(
      fc.property(
        fc.tuple(
          patternSource(false),
          fc.constantFrom("a*+", "[ab]++", "(?:ab)*+", "c?+", "a{1,2}+"),
          patternSource(false),
        ),
        subject,
        ([before, possessive, behind], text) => {
          const source = `(?:${before})${possessive}(?:${behind})`;
          let pattern: Pattern;
          try {
            pattern = compilePattern(source);
          } catch {
            return;
          }
          try {
            const expected = referenceMatch(source, "", octetsOf(text));
            taken += 1;
            const slots = pattern.exec(octetsOf(text));
            assert.deepEqual(slots && [...slots], expected);
          } catch (error) {
            if (!(error instanceof TooLong)) throw error;
          }
        },
      ),
      { numRuns: 1_000 },
    );
    assert.ok(taken > 50);
  });
});

describe("a pattern's work", () => {
  const hostile: readonly (readonly [source: string, octet: string, end: string])[] = [
    ["(a+)+$", "a", "b"],
    ["(a|a)*b", "a", "c"],
    ["(a*)*b", "a", "c"],
    ["^(?:\\w+\\s?)+=$", "w", "!"],
    ["(?:a?){30}a{30}$", "a", "b"],
    ["(.*)(.*)(.*)(.*)x", "a", "y"],
    // Of sets of states there are two to the 16th.
    ["[ab]*a[ab]{15}c", "a", "b"],
  ];
  for (const [source, octet, end] of hostile) {
    it(`grows with the octets alone for ${source}`, () => {
      const steps = (length: number): number => {
        const pattern = compilePattern(source);
        const octets = octetsOf(octet.repeat(length) + end);
        pattern.test(octets);
        pattern.exec(octets);
        return pattern.steps;
      };
      const [short, long] = [steps(2_000), steps(16_000)];
      assert.ok(long < 8.5 * short, `${long} steps for eight times what takes ${short}`);
    });
  }

  it("takes no more for a long text than for a short one where matches are short", () => {
    const steps = (length: number): number => {
      const pattern = compilePattern("\\b(\\d{4})(\\d{4})?");
      const octets = octetsOf("1234 ".repeat(length));
      for (let from = 0, times = 0; times < 100; times += 1)
        from = pattern.exec(octets, 0, octets.length, from)![1]!;
      return pattern.steps;
    };
    assert.equal(steps(40_000), steps(400));
  });

  it("stays linear where the table of sets is full again and again", () => {
    const pattern = compilePattern("[ab]*a[ab]{15}c");
    let seed = 1;
    const octets = Uint8Array.from({ length: 30_000 }, () => {
      seed = (Math.imul(seed, 1_103_515_245) + 12_345) >>> 0;
      return 0x61 + ((seed >>> 16) & 1);
    });
    assert.equal(pattern.test(octets), false);
    assert.ok(pattern.steps < 40 * 2 * octets.length, `${pattern.steps} steps`);
    octets[octets.length - 17] = 0x61;
    octets[octets.length - 1] = 0x63;
    assert.equal(pattern.test(octets), true);
    assert.deepEqual([...pattern.exec(octets)!], [0, octets.length]);
  });

  it("says the same when it is asked again", () => {
    const pattern = compilePattern("(a|ab)(c|bcd)?\\b");
    const octets = octetsOf("-abcd ac");
    const first = [...pattern.exec(octets)!];
    for (let times = 0; times < 3; times += 1) assert.deepEqual([...pattern.exec(octets)!], first);
    assert.equal(pattern.exec(octets), pattern.exec(octets));
  });
});

describe("what a pattern requires", () => {
  const cases: readonly (readonly [
    source: string,
    flags: string,
    required: string[] | undefined,
    max: number | undefined,
  ])[] = [
    ["^SSH-([\\d.]+)", "", ["ssh-"], undefined],
    ["foo|bar\\d+x", "", ["foo", "bar"], undefined],
    ["(ab){3}", "", ["ababab"], 6],
    ["a?", "", undefined, 1],
    ["[ab]c{2}", "", ["acc", "bcc"], 3],
    ["ok", "i", ["ok"], 2],
    ["a*|b", "", undefined, undefined],
  ];
  for (const [source, flags, required, max] of cases) {
    it(`is known of /${source}/${flags}`, () => {
      const pattern = compilePattern(source, flags);
      assert.deepEqual(
        pattern.required?.map((one) => String.fromCharCode(...one)),
        required,
      );
      assert.equal(pattern.octetsMax, max);
    });
  }

  it("are octets, too, the rarest first", () => {
    const sets = (source: string) =>
      compilePattern(source).requiredOctets.map((set) =>
        [...set.keys()]
          .filter((octet) => set[octet] === 1)
          .map((octet) => String.fromCharCode(octet))
          .join(""),
      );
    assert.deepEqual(sets("sel\\s*<[0-9]"), ["<", "s", "e", "l"]);
    assert.deepEqual(sets("a<|b<|<"), ["<"]);
    assert.deepEqual(sets("a?[;|]+x{0,2}"), [";|"]);
    assert.deepEqual(sets("a*|b"), []);
    assert.deepEqual(sets("[\\x00-\\xff]"), []);
  });

  it("is in every match, which is no longer than it says", () => {
    const subject = fc
      .array(fc.constantFrom("a", "b", "c", "_"), { maxLength: 12 })
      .map((all) => all.join(""));
    fc.assert(
      fc.property(patternSource(true), subject, (source, text) => {
        const pattern = compilePattern(source);
        const slots = pattern.exec(octetsOf(text));
        if (slots === undefined) return;
        const match = text.slice(slots[0], slots[1]);
        assert.ok(match.length <= (pattern.octetsMax ?? Number.POSITIVE_INFINITY));
        const octets = octetsOf(match);
        for (const set of pattern.requiredOctets) assert.ok(octets.some((octet) => set[octet] === 1));
        if (pattern.required === undefined) return;
        assert.ok(pattern.required.some((one) => match.includes(String.fromCharCode(...one))));
      }),
      { numRuns: 1_000 },
    );
  });
});
