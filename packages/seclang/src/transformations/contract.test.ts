/** What every transformation keeps, whatever the octets. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { transformationOf, transformations } from "./index.js";
import { bytesOf } from "./octets.js";

/** Octets that transformations act on, so that random values hold escapes, comments, paths and cut ones of each. */
const TELLING =
  "%+uUxX0123456789afAFgG\\&#;ltgamposqunbLT/*-<!>.(,'\"^ \t\n\r\v\f=_\0\xa0\xc2\xc3\xa9\xe2\x82\xac\xf0\x9f\xff";

const anOctet = fc.oneof(
  fc.constantFrom(...bytesOf(TELLING)),
  fc.constantFrom(...bytesOf("%u0x\\&#/*-.")),
  fc.integer({ min: 0, max: 255 }),
);
const values = fc.array(anOctet, { maxLength: 40 }).map((octets) => Uint8Array.from(octets));
/** What stands before and after the value, and what the room for the result was filled with. */
const around = fc.array(anOctet, { maxLength: 8 }).map((octets) => Uint8Array.from(octets));
const filler = fc.integer({ min: 0, max: 255 });

/** A value between other octets. */
function between(before: Uint8Array, value: Uint8Array, after: Uint8Array): Uint8Array {
  return Uint8Array.from([...before, ...value, ...after]);
}

describe("the table of transformations", () => {
  it("has those of the manual, each once", () => {
    const names = transformations.map(({ name }) => name);
    assert.equal(new Set(names.map((name) => name.toLowerCase())).size, 36);
    assert.deepEqual(
      names,
      [...names].sort((a, b) => (a.toLowerCase() < b.toLowerCase() ? -1 : 1)),
    );
  });

  it("finds each by its name in any case", () => {
    for (const transformation of transformations) {
      assert.equal(transformationOf(transformation.name), transformation);
      assert.equal(transformationOf(transformation.name.toUpperCase()), transformation);
      assert.equal(transformationOf(transformation.name.toLowerCase()), transformation);
    }
  });

  it("knows the older names of the paths", () => {
    assert.equal(transformationOf("normalisePath"), transformationOf("normalizePath"));
    assert.equal(transformationOf("normalisePathWin"), transformationOf("normalizePathWin"));
  });

  it("does not know others", () => {
    for (const name of ["", "sha256", "lower", "lowercase ", "constructor", "__proto__"]) {
      assert.equal(transformationOf(name), undefined);
    }
  });
});

for (const transformation of transformations) {
  const { name, actsOn } = transformation;
  describe(`${name}, as every transformation,`, () => {
    it("writes at most bytesMax octets, to where it was told, and leaves all else as it was", () => {
      fc.assert(
        fc.property(values, around, around, filler, (value, before, after, fill) => {
          const octets = between(before, value, after);
          const kept = Uint8Array.from(octets);
          const start = before.length;
          const room = transformation.bytesMax(value.length);
          const at = after.length;
          const out = new Uint8Array(at + room + 8).fill(fill);
          const bytes = transformation.apply(octets, start, start + value.length, out, at);
          assert.ok(Number.isInteger(bytes) && bytes >= 0 && bytes <= room);
          assert.ok(out.subarray(0, at).every((octet) => octet === fill));
          assert.ok(out.subarray(at + room).every((octet) => octet === fill));
          assert.deepEqual(octets, kept);
        }),
      );
    });

    it("says the same whatever stands around the value and in the room, and each time", () => {
      fc.assert(
        fc.property(values, around, around, filler, (value, before, after, fill) => {
          const room = transformation.bytesMax(value.length);
          const alone = new Uint8Array(room);
          const bytes = transformation.apply(value, 0, value.length, alone, 0);
          const out = new Uint8Array(room + 3).fill(fill);
          const octets = between(before, value, after);
          for (let call = 0; call < 2; call++) {
            const again = transformation.apply(octets, before.length, before.length + value.length, out, 3);
            assert.deepEqual(out.subarray(3, 3 + again), alone.subarray(0, bytes));
          }
        }),
      );
    });

    it("has room enough for the value that grows most", () => {
      for (let octet = 0; octet < 256; octet++) {
        for (const count of [0, 1, 2, 3, 4, 5, 9, 10, 11, 64]) {
          const room = transformation.bytesMax(count);
          const out = new Uint8Array(room);
          const bytes = transformation.apply(new Uint8Array(count).fill(octet), 0, count, out, 0);
          assert.ok(bytes <= room);
        }
      }
    });

    const { changes, foldsLetters, ignoresCase } = transformation;
    const applied = (value: Uint8Array): Uint8Array => {
      const out = new Uint8Array(transformation.bytesMax(value.length));
      return out.subarray(0, transformation.apply(value, 0, value.length, out, 0));
    };
    const lowered = (value: Uint8Array): Uint8Array =>
      value.map((octet) => (octet >= 0x41 && octet <= 0x5a ? octet | 0x20 : octet));
    const folded = (value: Uint8Array): Uint8Array => (foldsLetters ? lowered(value) : value);

    if (changes !== undefined)
      it("leaves a value as it is, but for case where it says so, that it says it does not change", () => {
        const said = new Set<boolean>();
        fc.assert(
          fc.property(values, around, around, (value, before, after) => {
            const octets = between(before, value, after);
            const start = before.length;
            const mayChange = changes(octets, start, start + value.length);
            said.add(mayChange);
            if (!mayChange) assert.deepEqual(folded(applied(value)), folded(value));
          }),
          { numRuns: 1000 },
        );
        assert.equal(said.size, 2);
      });

    if (ignoresCase)
      it("makes of a value in small letters what it makes of the value, in small letters", () => {
        fc.assert(
          fc.property(values, (value) => {
            assert.deepEqual(lowered(applied(lowered(value))), lowered(applied(value)));
          }),
          { numRuns: 500 },
        );
      });

    if (foldsLetters)
      it("makes other letters of letters, wherever they stand, and nothing else", () => {
        fc.assert(
          fc.property(values, (value) => {
            assert.deepEqual(lowered(applied(value)), lowered(applied(lowered(value))));
          }),
        );
        const letters = bytesOf("AbyZ");
        assert.deepEqual(lowered(applied(letters)), lowered(letters));
      });

    if (actsOn === undefined) return;

    it("leaves a value without the octets that it acts on as it is", () => {
      assert.equal(actsOn.length, 256);
      const idle = [...actsOn.keys()].filter((octet) => actsOn[octet] === 0);
      assert.ok(idle.length > 0);
      const idleTelling = [...bytesOf(TELLING)].filter((octet) => actsOn[octet] === 0);
      const idleValue = fc
        .array(fc.oneof(fc.constantFrom(...idleTelling), fc.constantFrom(...idle)), { maxLength: 40 })
        .map((octets) => Uint8Array.from(octets));
      fc.assert(
        fc.property(idleValue, (value) => {
          const out = new Uint8Array(transformation.bytesMax(value.length));
          const bytes = transformation.apply(value, 0, value.length, out, 0);
          assert.deepEqual(out.subarray(0, bytes), value);
        }),
      );
    });
  });
}

describe("the octets that transformations act on", () => {
  it("are those that change a value alone, or with the octets that they need", () => {
    // For each octet of each set, a value in which no other octet of the set stands, or only such as it needs.
    const needs: Readonly<Record<string, string>> = {
      "compressWhitespace ": "  ",
      "cmdLine ": " /",
      "htmlEntityDecode&": "&lt",
      "jsDecode\\": "\\q",
      "cssDecode\\": "\\q",
      "escapeSeqDecode\\": "\\q",
      "normalizePath/": "//",
      "normalizePathWin/": "//",
      "removeComments*": "/**/",
      "removeComments-": "--",
      "removeCommentsChar*": "/*",
      "removeCommentsChar-": "--",
      "replaceComments*": "/**/",
      sqlHexDecodex: "0x41",
      sqlHexDecodeX: "0X41",
      "urlDecode%": "%41",
      "urlDecodeUni%": "%41",
    };
    for (const transformation of transformations) {
      const { name, actsOn } = transformation;
      if (actsOn === undefined) continue;
      for (let octet = 0; octet < 256; octet++) {
        if (actsOn[octet] === 0) continue;
        const alone = String.fromCharCode(octet);
        const value =
          name === "utf8toUnicode"
            ? Uint8Array.of(octet, 0x80, 0x80, 0x80)
            : bytesOf(needs[name + alone] ?? alone);
        const out = new Uint8Array(transformation.bytesMax(value.length));
        const bytes = transformation.apply(value, 0, value.length, out, 0);
        assert.notDeepEqual([...out.subarray(0, bytes)], [...value], `${name} of ${JSON.stringify(alone)}`);
      }
    }
  });
});
