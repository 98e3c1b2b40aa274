import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { latin1 } from "@palisade/wire";
import fc from "fast-check";
import { Haystack, Needle } from "./needle.js";

const text = fc.string({ unit: fc.constantFrom("a", "b", "\u00ff"), maxLength: 12 });

describe("Needle and Haystack", () => {
  it("find what indexOf finds, within the octets that are searched", () => {
    let found = 0;
    fc.assert(
      fc.property(text, text, text, text, (needle, subject, before, behind) => {
        const octets = latin1(before + subject + behind);
        const end = before.length + subject.length;
        const expected = subject.indexOf(needle);
        if (expected >= 0) found += 1;
        const at = new Needle(latin1(needle)).find(octets, before.length, end);
        assert.equal(at < 0 ? at : at - before.length, expected);
        // The other way round: where is the subject in the needle?
        const haystack = new Haystack(latin1(needle));
        for (let pass = 0; pass < 2; pass += 1)
          assert.equal(haystack.find(octets, before.length, end), needle.indexOf(subject));
      }),
      { numRuns: 1_000 },
    );
    assert.ok(found > 0);
  });

  it("find in a long text what indexOf finds, time after time", () => {
    const long = fc.string({ unit: fc.constantFrom("a", "b", "c", "/"), minLength: 32, maxLength: 200 });
    let found = 0;
    fc.assert(
      fc.property(long, fc.array(fc.tuple(fc.nat(200), fc.nat(8), text)), (subject, parts) => {
        const haystack = new Haystack(latin1(subject));
        for (const [from, length, other] of parts) {
          for (const part of [subject.slice(from, from + length), other]) {
            const expected = subject.indexOf(part);
            if (expected >= 0 && part.length > 3) found += 1;
            assert.equal(haystack.find(latin1(part)), expected);
          }
        }
      }),
      { numRuns: 500 },
    );
    // 330 on the average, with a standard deviation of 20.
    assert.ok(found > 100, `${found} found`);
  });

  it("find all that occur, overlapping ones too", () => {
    let several = 0;
    fc.assert(
      fc.property(text, text, (needle, subject) => {
        const one = new Needle(latin1(needle));
        const octets = latin1(`${subject}b`);
        const found: number[] = [];
        for (let at = one.find(octets, 0, subject.length); at >= 0; at = one.next(octets, at, subject.length))
          found.push(at);
        const expected = [...Array(subject.length + 1).keys()].filter((at) => subject.startsWith(needle, at));
        assert.deepEqual(found, expected);
        if (found.length > 1 && needle.length > 1) several += 1;
      }),
      { numRuns: 4_000 },
    );
    // 35 on the average.
    assert.ok(several > 0);
  });

  it("find what comes behind a false start", () => {
    assert.equal(new Needle(latin1("aab")).find(latin1("aaaab")), 2);
    assert.equal(new Needle(latin1("abab")).find(latin1("abaabab")), 3);
    assert.equal(new Needle(latin1("")).find(latin1("a"), 1), 1);
    assert.equal(new Haystack(latin1("aaaab")).find(latin1("aab")), 2);
    assert.equal(new Haystack(latin1("")).find(latin1("")), 0);
  });
});
