import assert from "node:assert/strict";
import { test } from "node:test";
import { AssertionFailure } from "@palisade/base";
import { type Cidr, cidrContains, concat, formatIpAddress, hex, parseIpAddress } from "@palisade/wire";
import fc from "fast-check";
import { IP_PREFIX_MALFORMED, IpSet, IpTable } from "./ip-set.js";

const address = (text: string): Uint8Array => parseIpAddress(text) ?? assert.fail(text);

test("an address gets the value of the longest prefix that holds it", () => {
  const table = new IpTable<string>();
  for (const prefix of [
    "10.0.0.0/8",
    "10.1.0.0/16",
    "10.1.2.0/24",
    "10.1.2.3",
    "2001:db8::/32",
    "2001:db8:1::/48",
  ]) {
    assert.equal(table.add(prefix, prefix), undefined);
  }
  const cases: [text: string, value: string | undefined][] = [
    ["10.1.2.3", "10.1.2.3"],
    ["10.1.2.4", "10.1.2.0/24"],
    ["10.1.3.0", "10.1.0.0/16"],
    ["10.255.255.255", "10.0.0.0/8"],
    ["11.0.0.0", undefined],
    ["9.255.255.255", undefined],
    ["2001:db8:1:ffff::", "2001:db8:1::/48"],
    ["2001:db8:2::", "2001:db8::/32"],
    ["2001:db9::", undefined],
    ["::ffff:10.1.2.3", undefined],
  ];
  for (const [text, value] of cases) assert.equal(table.lookup(address(text)), value, text);
});

test("the edges of the address space belong to it", () => {
  const set = new IpSet();
  for (const prefix of ["0.0.0.0/32", "255.255.255.255/32", "::/128", "ff00::/8"]) set.add(prefix);
  for (const text of ["0.0.0.0", "255.255.255.255", "::", "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"]) {
    assert.equal(set.hasText(text), true, text);
  }
  for (const text of ["0.0.0.1", "255.255.255.254", "::1", "feff::"])
    assert.equal(set.hasText(text), false, text);
});

test("an empty set holds nothing, and one of everything all", () => {
  const nothing = new IpSet();
  assert.equal(nothing.hasText("192.0.2.1"), false);
  assert.equal(nothing.hasText("2001:db8::1"), false);
  const everything = new IpSet();
  everything.add("0.0.0.0/0");
  assert.equal(everything.hasText("192.0.2.1"), true);
  assert.equal(everything.hasText("2001:db8::1"), false);
  assert.equal(everything.hasText("no address"), false);
});

test("addresses are looked up where they lie in a packet", () => {
  const set = new IpSet();
  set.add("198.51.100.0/24");
  const packet = concat(hex("ffffff"), address("198.51.100.9"), hex("ff"));
  assert.equal(set.has(packet, 3, 4), true);
  assert.equal(set.has(packet, 2, 4), false);
  assert.equal(set.has(packet, 3, 3), false);
  assert.equal(set.has(packet, 5, 4), false); // reaches past the octets
  assert.equal(set.has(packet, -1, 4), false);
});

test("a text that is no prefix is refused and leaves the set as it was", () => {
  const set = new IpSet();
  assert.equal(set.add("198.51.100.0/33"), IP_PREFIX_MALFORMED);
  assert.equal(set.add({ address: new Uint8Array(5), prefixLength: 8 }), IP_PREFIX_MALFORMED);
  assert.equal(set.size, 0);
});

test("nothing is added once it is frozen, be it by the first look-up", () => {
  const set = new IpSet();
  set.add("198.51.100.0/24");
  set.hasText("198.51.100.1");
  assert.throws(() => set.add("192.0.2.0/24"), AssertionFailure);
});

/** Few distinct octets, so that prefixes nest, touch and repeat. */
const octet = fc.constantFrom(0, 1, 127, 128, 254, 255);
const addressOctets = fc.oneof(
  fc.array(octet, { minLength: 4, maxLength: 4 }),
  fc.array(octet, { minLength: 16, maxLength: 16 }),
);
const cidrs = fc.array(
  fc.tuple(addressOctets, fc.nat(128)).map(
    ([octets, length]): Cidr => ({
      address: Uint8Array.from(octets),
      prefixLength: Math.min(length, octets.length * 8),
    }),
  ),
  { maxLength: 40 },
);

test("every look-up agrees with a walk over all prefixes", () => {
  fc.assert(
    fc.property(cidrs, fc.array(addressOctets, { minLength: 1, maxLength: 20 }), (prefixes, others) => {
      const table = new IpTable<number>();
      prefixes.forEach((prefix, index) => {
        table.add(prefix, index);
      });
      const probes = [
        ...others.map((octets) => Uint8Array.from(octets)),
        ...prefixes.map((prefix) => prefix.address),
      ];
      for (const probe of probes) {
        let best: number | undefined;
        prefixes.forEach((prefix, index) => {
          const longer = best === undefined || prefix.prefixLength >= prefixes[best]!.prefixLength;
          if (longer && cidrContains(prefix, probe)) best = index;
        });
        assert.equal(table.lookup(probe), best, formatIpAddress(probe));
      }
    }),
    { numRuns: 300 },
  );
});
