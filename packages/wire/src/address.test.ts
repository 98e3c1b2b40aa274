import assert from "node:assert/strict";
import { isIP } from "node:net";
import { test } from "node:test";
import fc from "fast-check";
import {
  formatIpAddress,
  formatIpv4,
  formatIpv6,
  formatMac,
  isIpv4Mapped,
  parseIpAddress,
  parseMac,
} from "./address.js";
import { hex } from "./octets.js";

const ipv4Octets = fc.uint8Array({ minLength: 4, maxLength: 4 });
/** Groups that are often zero, so that runs are met. */
const ipv6Octets = fc
  .array(fc.oneof(fc.constant(0), fc.constant(0), fc.constant(0xffff), fc.nat(0xffff)), {
    minLength: 8,
    maxLength: 8,
  })
  .map((groups) => Uint8Array.from(groups.flatMap((group) => [group >>> 8, group & 0xff])));

test("IPv6 text is canonical as RFC 5952 says", () => {
  const cases: [text: string, canonical: string][] = [
    ["2001:0db8:0000:0000:0001:0000:0000:0001", "2001:db8::1:0:0:1"],
    ["2001:DB8:0:0:8:800:200C:417A", "2001:db8::8:800:200c:417a"],
    ["2001:db8:0:1:1:1:1:1", "2001:db8:0:1:1:1:1:1"],
    ["2001:0:0:1:0:0:0:1", "2001:0:0:1::1"],
    ["0:0:0:0:0:0:0:0", "::"],
    ["0:0:0:0:0:0:0:1", "::1"],
    ["fe80:0:0:0:0:0:0:0", "fe80::"],
    ["1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0"],
    ["0:0:0:0:0:FFFF:129.144.52.38", "::ffff:129.144.52.38"],
    ["::192.0.2.33", "::c000:221"],
    ["64:ff9b::192.0.2.33", "64:ff9b::c000:221"],
  ];
  for (const [text, canonical] of cases) {
    const octets = parseIpAddress(text);
    assert.ok(octets, text);
    assert.equal(formatIpv6(octets), canonical);
  }
});

test("text that two readers could read as two addresses is none", () => {
  const wrong = [
    ...["", ".", ":", ":::", "1", "1.2.3", "1.2.3.4.5", "1.2.3.256", "01.2.3.4", "1.2.3.04", "00.0.0.0"],
    ...["1.2.3.4 ", " 1.2.3.4", "1..3.4", "1.2.3.-4", "0x1.2.3.4", "1.2.3.4/8", "1.2.3.1000", "+1.2.3.4"],
    ...["1::2::3", "1:2:3:4:5:6:7", "1:2:3:4:5:6:7:8:9", "1:2:3:4:5:6:7:8::", "::1:2:3:4:5:6:7:8", "12345::"],
    ...[
      "fe80::1%eth0",
      "[::1]",
      "::g",
      "1:",
      ":1",
      "1:2:3:4:5:6:7:",
      ":1:2:3:4:5:6:7",
      "::1.2.3",
      "::1.2.3.04",
    ],
    ...["1.2.3.4::", "1:2:3:4:5:6:7:1.2.3.4", "::1.2.3.4:5", "1:2:3:4::5:6:7:8"],
  ];
  for (const text of wrong) assert.equal(parseIpAddress(text), undefined, JSON.stringify(text));
});

test("what is written is read as the same octets", () => {
  fc.assert(
    fc.property(ipv4Octets, (octets) => assert.deepEqual(parseIpAddress(formatIpv4(octets)), octets)),
  );
  fc.assert(
    fc.property(ipv6Octets, (octets) => assert.deepEqual(parseIpAddress(formatIpv6(octets)), octets)),
  );
});

test("the same texts are addresses as for Node, zone identifiers apart", () => {
  const piece = fc.constantFrom(
    "0",
    "1",
    "25",
    "255",
    "256",
    "01",
    "ffff",
    "FF",
    "10000",
    ":",
    "::",
    ".",
    "g",
    "%",
  );
  const nearText = fc.oneof(
    fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join("")),
    fc
      .array(fc.constantFrom("0", "1", "25", "a", "ffff", "", "1.2.3.4"), { maxLength: 10 })
      .map((all) => all.join(":")),
    fc
      .array(fc.constantFrom("0", "9", "99", "255", "256", "00", ""), { maxLength: 6 })
      .map((all) => all.join(".")),
    ipv6Octets.map((octets) => formatIpv6(octets).replace("0", "")),
  );
  const lengthOf = { 0: undefined, 4: 4, 6: 16 } as const;
  fc.assert(
    fc.property(nearText, (text) => {
      fc.pre(!text.includes("%"));
      assert.equal(parseIpAddress(text)?.length, lengthOf[isIP(text) as 0 | 4 | 6], text);
    }),
    { numRuns: 2000 },
  );
});

test("an address is written from the middle of a packet", () => {
  const octets = hex("ffff c0000201 2001 0db8 0000 0000 0000 0000 0000 0001 ff");
  assert.equal(formatIpAddress(octets, 2, 4), "192.0.2.1");
  assert.equal(formatIpAddress(octets, 6, 16), "2001:db8::1");
  assert.equal(formatIpAddress(octets, 0, 2), "ffff");
});

test("only ::ffff:0:0/96 is IPv4-mapped", () => {
  assert.equal(isIpv4Mapped(hex("00000000 00000000 0000ffff c0000201")), true);
  assert.equal(isIpv4Mapped(hex("00000000 00000000 0000fffe c0000201")), false);
  assert.equal(isIpv4Mapped(hex("00000000 00000000 0001ffff c0000201")), false);
});

test("hardware addresses are read with either separator and written with colons", () => {
  assert.equal(formatMac(hex("00005E005301")), "00:00:5e:00:53:01");
  assert.deepEqual(parseMac("00-00-5E-00-53-01"), hex("00005e005301"));
  const wrong = [
    "",
    "00:00:5e:00:53",
    "00:00:5e:00:53:0g",
    "00:00-5e:00:53:01",
    "0:0:5e:0:53:1",
    "00005e005301",
  ];
  for (const text of wrong) assert.equal(parseMac(text), undefined, text);
  fc.assert(
    fc.property(fc.uint8Array({ minLength: 6, maxLength: 6 }), (octets) =>
      assert.deepEqual(parseMac(formatMac(octets)), octets),
    ),
  );
});
