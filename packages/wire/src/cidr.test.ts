import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { parseIpAddress } from "./address.js";
import { cidrContains, formatCidr, isIpv4Cidr, parseCidr } from "./cidr.js";

test("prefixes are written in their canonical form", () => {
  const cases: [text: string, canonical: string][] = [
    ["192.0.2.0/24", "192.0.2.0/24"],
    ["192.0.2.77/24", "192.0.2.0/24"],
    ["192.0.2.77", "192.0.2.77/32"],
    ["255.255.255.255/1", "128.0.0.0/1"],
    ["0.0.0.0/0", "0.0.0.0/0"],
    ["2001:db8:ffff::1/35", "2001:db8:e000::/35"],
    ["::1", "::1/128"],
    ["ffff::/0", "::/0"],
  ];
  for (const [text, canonical] of cases) {
    const cidr = parseCidr(text);
    assert.ok(cidr, text);
    assert.equal(formatCidr(cidr), canonical);
    assert.equal(isIpv4Cidr(cidr), !canonical.includes(":"));
  }
});

test("text that is no prefix is none", () => {
  const wrong = ["", "/", "/8", "192.0.2.0/", "192.0.2.0/33", "::/129", "192.0.2.0/08", "192.0.2.0/8/8"];
  for (const text of [
    ...wrong,
    "192.0.2.0/-1",
    "192.0.2.0/+8",
    "192.0.2.0/ 8",
    "192.0.2/24",
    "192.0.2.0/255.0.0.0",
  ]) {
    assert.equal(parseCidr(text), undefined, text);
  }
});

test("a prefix holds the addresses that agree in its bits", () => {
  const address = fc.oneof(
    fc.uint8Array({ minLength: 4, maxLength: 4 }),
    fc.uint8Array({ minLength: 16, maxLength: 16 }),
  );
  const bits = (octets: Uint8Array) =>
    [...octets].map((octet) => octet.toString(2).padStart(8, "0")).join("");
  fc.assert(
    fc.property(address, fc.nat(128), fc.nat(127), (octets, length, flipped) => {
      const prefixLength = Math.min(length, octets.length * 8);
      const cidr = { address: octets, prefixLength };
      const other = Uint8Array.from(octets);
      const bit = flipped % (octets.length * 8);
      other[bit >>> 3] = other[bit >>> 3]! ^ (0x80 >>> (bit & 7));
      assert.equal(cidrContains(cidr, octets), true);
      assert.equal(
        cidrContains(cidr, other),
        bits(other).slice(0, prefixLength) === bits(octets).slice(0, prefixLength),
      );
    }),
  );
});

test("the families are apart", () => {
  const everything4 = parseCidr("0.0.0.0/0");
  const everything6 = parseCidr("::/0");
  const mapped = parseIpAddress("::ffff:192.0.2.1");
  assert.ok(everything4 && everything6 && mapped);
  assert.equal(cidrContains(everything4, mapped), false);
  assert.equal(cidrContains(everything6, mapped), true);
  assert.equal(cidrContains(everything6, mapped, 12, 4), false);
});
