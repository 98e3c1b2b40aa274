import assert from "node:assert/strict";
import { test } from "node:test";
import { AssertionFailure } from "@palisade/base";
import { concat, latin1 } from "@palisade/wire";
import fc from "fast-check";
import { DOMAIN_ENTRY_MALFORMED, DomainTable } from "./domain-table.js";

function tableOf(...entries: string[]): DomainTable<string> {
  const table = new DomainTable<string>();
  for (const entry of entries) assert.equal(table.add(entry, entry), undefined, entry);
  return table;
}

test("a name gets the value of its longest suffix, on label boundaries", () => {
  const table = tableOf("example.com", "www.example.com", "=api.example.com", "test", "Example.NET.");
  const cases: [name: string, value: string | undefined][] = [
    ["example.com", "example.com"],
    ["a.b.example.com", "example.com"],
    ["notexample.com", undefined],
    ["www.example.com", "www.example.com"],
    ["x.www.example.com", "www.example.com"],
    ["api.example.com", "=api.example.com"],
    ["v1.api.example.com", "example.com"],
    ["com", undefined],
    ["test", "test"],
    ["a.test", "test"],
    ["EXAMPLE.com", "example.com"],
    ["example.com.", "example.com"],
    ["example.com..", undefined],
    [".example.com", "example.com"],
    ["a..example.com", "example.com"],
    ["mail.example.net", "Example.NET."],
    ["", undefined],
    [".", undefined],
  ];
  for (const [name, value] of cases) assert.equal(table.lookupText(name), value, JSON.stringify(name));
});

test("an exact entry stands beside a suffix entry of the same name", () => {
  const table = tableOf("=example.com", "example.com");
  assert.equal(table.lookupText("example.com"), "=example.com");
  assert.equal(table.lookupText("www.example.com"), "example.com");
});

test("an exact entry alone says nothing of the names below it", () => {
  const table = tableOf("=example.com");
  assert.equal(table.lookupText("example.com"), "=example.com");
  assert.equal(table.lookupText("www.example.com"), undefined);
});

test("names are looked up where they lie, and the octets around them do not matter", () => {
  const table = tableOf("example.com");
  const octets = latin1("Host: example.com.invalid");
  assert.equal(table.lookup(octets, 6, 17), "example.com");
  assert.equal(table.lookup(octets, 7, 17), undefined);
  assert.equal(table.lookup(octets, 6, octets.length), undefined);
  assert.equal(table.lookup(octets, 6, 6), undefined);
});

test("a name longer than 255 octets has no value", () => {
  const table = tableOf("example.com");
  const below = (bytes: number) => concat(new Uint8Array(bytes - 12).fill(0x61), latin1(".example.com"));
  assert.equal(table.lookup(below(255)), "example.com");
  assert.equal(table.lookup(below(256)), undefined);
});

test("any octets may be looked up", () => {
  const table = tableOf("example.com", "com");
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
      const name = concat(octets, latin1(".com"));
      assert.equal(table.lookup(name), "com");
    }),
  );
});

test("text that is no domain name is refused", () => {
  const table = new DomainTable<number>();
  const wrong = [
    "",
    "=",
    ".",
    "=.",
    ".example",
    "a..b",
    "exa mple.com",
    "*.example.com",
    "b\u00fccher.example",
  ];
  for (const entry of [...wrong, `${"a".repeat(64)}.com`, `${"a.".repeat(126)}ab`, "http://example.com"]) {
    assert.equal(table.add(entry, 1), DOMAIN_ENTRY_MALFORMED, entry);
  }
  assert.equal(table.size, 0);
  assert.equal(table.add(`${"a.".repeat(126)}a`, 1), undefined);
});

test("nothing is added once it is frozen", () => {
  const table = tableOf("example.com").freeze();
  assert.throws(() => table.add("example.net", "x"), AssertionFailure);
  assert.equal(table.lookupText("example.com"), "example.com");
});

test("every look-up agrees with a walk over all entries", () => {
  const name = fc
    .array(fc.constantFrom("a", "b", "C", "aa", "ab", "x-1", "_s"), { minLength: 1, maxLength: 5 })
    .map((l) => l.join("."));
  const entries = fc.array(
    fc.tuple(fc.constantFrom("", "="), name).map(([mark, text]) => mark + text),
    { maxLength: 60 },
  );
  fc.assert(
    fc.property(entries, fc.array(name, { minLength: 1, maxLength: 20 }), (all, names) => {
      const table = new DomainTable<number>();
      all.forEach((entry, index) => {
        table.add(entry, index);
      });
      for (const text of names) {
        const lower = text.toLowerCase();
        let best: number | undefined;
        let bestRank = 0;
        all.forEach((entry, index) => {
          const wanted = entry.replace("=", "").toLowerCase();
          const matches = entry.startsWith("=") ? lower === wanted : `.${lower}`.endsWith(`.${wanted}`);
          const rank = wanted.length * 2 + (entry.startsWith("=") ? 1 : 0);
          if (matches && rank >= bestRank) {
            best = index;
            bestRank = rank;
          }
        });
        assert.equal(table.lookupText(text), best, text);
      }
    }),
    { numRuns: 300 },
  );
});

test("a thousand entries are all found again as the table grows", () => {
  const table = new DomainTable<number>();
  for (let index = 0; index < 1000; index += 1) table.add(`n${index}.example.${index % 7}`, index);
  for (let index = 0; index < 1000; index += 1) {
    assert.equal(table.lookupText(`www.n${index}.example.${index % 7}`), index);
  }
  assert.equal(table.lookupText("n1000.example.6"), undefined);
});
