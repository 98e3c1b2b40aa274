import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatIpAddress, parseIpAddress } from "@palisade/wire";
import fc from "fast-check";
import { DECOYS_CHARACTERS_MAX, DECOYS_MAX, isPublicUnicast, parseDecoys } from "./decoys.js";

/** Numbers 0 … 1 by a seed (a linear congruential generator with Numerical Recipes' constants). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 0x1_0000_0000;
  };
}

const textOf = (addresses: readonly Uint8Array[]): string[] =>
  addresses.map((octets) => formatIpAddress(octets));

describe("a list of decoys", () => {
  it("keeps the order, with our own address where ME stands", () => {
    const { addresses, ownAt } = parseDecoys("192.0.2.1, ME ,198.51.100.7,203.0.113.9", 4);
    assert.deepEqual(textOf(addresses), ["192.0.2.1", "198.51.100.7", "203.0.113.9"]);
    assert.equal(ownAt, 1);
    assert.equal(parseDecoys("me,192.0.2.1", 4).ownAt, 0);
    assert.equal(parseDecoys("2001:db8::1,ME", 6).ownAt, 1);
  });

  it("has us anywhere where ME is not named", () => {
    const places = [0, 0.3, 0.5, 0.999].map(
      (random) => parseDecoys("192.0.2.1,192.0.2.2", 4, () => random).ownAt,
    );
    assert.deepEqual(places, [0, 0, 1, 2]);
  });

  it("has addresses by chance that are public, none of them twice, whatever chance brings", () => {
    fc.assert(
      fc.property(
        fc.constantFrom(4 as const, 6 as const),
        fc.integer({ min: 1, max: DECOYS_MAX }),
        fc.oneof(
          fc.integer().map(randomOf),
          fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }).map((value) => () => value),
        ),
        (version, count, random) => {
          const { addresses, ownAt } = parseDecoys(`RND:${count}`, version, random);
          assert.equal(addresses.length, count);
          assert.equal(new Set(textOf(addresses)).size, count);
          assert.ok(addresses.every((octets) => octets.length === (version === 4 ? 4 : 16)));
          assert.ok(addresses.every(isPublicUnicast), textOf(addresses).join());
          assert.ok(Number.isInteger(ownAt) && ownAt >= 0 && ownAt <= count);
        },
      ),
    );
    assert.equal(parseDecoys("RND", 4).addresses.length, 1);
    assert.equal(parseDecoys("192.0.2.1,rnd:2,ME,RND", 4).ownAt, 3);
  });

  for (const [text, version, wrong] of [
    ["", 4, /empty place/],
    ["192.0.2.1,,192.0.2.2", 4, /empty place/],
    ["ME", 4, /nobody but ME/],
    ["ME,192.0.2.1,me", 4, /ME twice/],
    ["192.0.2.1,192.0.2.1", 4, /192\.0\.2\.1 is listed twice/],
    ["2001:db8::1,2001:DB8::0:1", 6, /listed twice/],
    ["decoy.example", 4, /"decoy\.example" is no address, and names of decoys are not looked up/],
    ["10.0.0", 4, /no address/],
    ["2001:db8::1", 4, /not of IPv4/],
    ["192.0.2.1", 6, /not of IPv6/],
    ["0.0.0.0", 4, /no sender's address/],
    ["224.0.0.1", 4, /no sender's address/],
    ["255.255.255.255", 4, /no sender's address/],
    ["::", 6, /no sender's address/],
    ["ff02::1", 6, /no sender's address/],
    ["RND:0", 4, /"RND:0" is no number of decoys/],
    ["RND:", 4, /no number/],
    ["RND:1e2", 4, /no number/],
    ["RND:-1", 4, /no number/],
    [`RND:${DECOYS_MAX + 1}`, 4, /129 decoys or more/],
    [`RND:${DECOYS_MAX},192.0.2.1`, 4, /129 decoys or more/],
    [`192.0.2.1${" ".repeat(DECOYS_CHARACTERS_MAX)}`, 4, /characters/],
  ] as const) {
    it(`is refused where it is "${text.slice(0, 40)}" for IPv${version}`, () => {
      assert.throws(
        () => parseDecoys(text, version),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, "SCAN_EVASION_DECOYS");
          assert.match(error.message, wrong);
          assert.doesNotMatch(error.message, /\n/);
          return true;
        },
      );
    });
  }

  it("is read or refused, whatever the text", () => {
    fc.assert(
      fc.property(
        fc.oneof(
          fc.string(),
          fc
            .array(fc.constantFrom("ME", "RND:2", "10.0.0.1", "::1", "", "RND:"), { maxLength: 5 })
            .map((words) => words.join()),
        ),
        fc.constantFrom(4 as const, 6 as const),
        (text, version) => {
          try {
            assert.ok(parseDecoys(text, version).addresses.length > 0);
          } catch (error) {
            assert.equal((error as { code?: string }).code, "SCAN_EVASION_DECOYS");
          }
        },
      ),
    );
  });
});

describe("a public address", () => {
  it("is none of those for special use", () => {
    const isPublic = (text: string): boolean => isPublicUnicast(parseIpAddress(text)!);
    for (const text of [
      "1.1.1.1",
      "9.255.255.255",
      "172.32.0.0",
      "192.167.0.1",
      "223.255.255.255",
      "2600::1",
      "2a0f::1",
    ])
      assert.ok(isPublic(text), text);
    for (const text of [
      "0.1.2.3",
      "10.1.1.1",
      "100.127.0.1",
      "127.0.0.1",
      "169.254.1.1",
      "172.31.255.255",
      "192.168.0.1",
      "198.19.0.1",
      "203.0.113.1",
      "224.0.0.1",
      "240.0.0.1",
      "255.255.255.255",
      "::1",
      "fe80::1",
      "fd00::1",
      "ff02::1",
      "2001:db8::1",
      "2002::1",
      "3fff::1",
    ])
      assert.ok(!isPublic(text), text);
  });
});
