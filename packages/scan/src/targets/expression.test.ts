import assert from "node:assert/strict";
import { test } from "node:test";
import { PalisadeError } from "@palisade/base";
import fc from "fast-check";
import {
  ipv4Text,
  ipv6Text,
  parseTarget,
  parseTargetList,
  TARGET_CHARACTERS_MAX,
  TARGET_EXPRESSIONS_MAX,
} from "./expression.js";

/** First and last address, for an expression that is one stretch. */
function stretch(text: string): string {
  const target = parseTarget(text);
  if (target.kind === "ipv4") return `${ipv4Text(target.first)} ${ipv4Text(target.last)}`;
  assert.equal(target.kind, "ipv6", text);
  assert.ok(target.kind === "ipv6");
  return `${ipv6Text(target.first)} ${ipv6Text(target.last)}${target.zone === undefined ? "" : ` %${target.zone}`}`;
}

function refusal(code: string, message: RegExp | string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof PalisadeError, String(error));
    assert.equal(error.code, code);
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\p{C}/u);
    return true;
  };
}

test("addresses and prefixes are stretches of addresses", () => {
  const cases: [text: string, stretch: string][] = [
    ["192.0.2.1", "192.0.2.1 192.0.2.1"],
    ["10.0.0.0/24", "10.0.0.0 10.0.0.255"],
    ["10.0.0.77/24", "10.0.0.0 10.0.0.255"],
    ["255.255.255.255/31", "255.255.255.254 255.255.255.255"],
    ["0.0.0.0/0", "0.0.0.0 255.255.255.255"],
    ["2001:db8::/120", "2001:db8:: 2001:db8::ff"],
    ["2001:DB8::77/120", "2001:db8:: 2001:db8::ff"],
    ["[2001:db8::1]", "2001:db8::1 2001:db8::1"],
    ["[2001:db8::1]/127", "2001:db8:: 2001:db8::1"],
    ["::/0", ":: ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"],
    ["fe80::1%eth0", "fe80::1 fe80::1 %eth0"],
    ["[fe80::1%eth0.7]", "fe80::1 fe80::1 %eth0.7"],
    ["febf::%wlan0/120", "febf:: febf::ff %wlan0"],
  ];
  for (const [text, expected] of cases) assert.equal(stretch(text), expected, text);
});

test("octets are lists and ranges", () => {
  const cases: [text: string, octets: string][] = [
    ["10.0.0-3.1,5,9-20", "10 0 0-3 1,5,9-20"],
    ["10.0.*.1", "10 0 0-255 1"],
    ["10.0.-.1", "10 0 0-255 1"],
    ["10.0.250-.-3", "10 0 250-255 0-3"],
    ["10.0.0.3,1,1,2-4", "10 0 0 1-4"],
    ["1-3,2-5.0.0.1", "1-5 0 0 1"],
  ];
  for (const [text, expected] of cases) {
    const target = parseTarget(text);
    assert.ok(target.kind === "ipv4-octets", text);
    assert.equal(target.octets.map(runs).join(" "), expected, text);
  }
});

function runs(octets: Uint8Array): string {
  return [...octets]
    .reduce<number[][]>((all, octet) => {
      const last = all.at(-1);
      if (last !== undefined && last[1] === octet - 1) last[1] = octet;
      else all.push([octet, octet]);
      return all;
    }, [])
    .map(([first, last]) => (first === last ? `${first}` : `${first}-${last}`))
    .join(",");
}

test("names are names, with the prefix length that goes with their addresses", () => {
  const name = (text: string) => {
    const target = parseTarget(text);
    assert.ok(target.kind === "name", text);
    return [target.name, target.prefixLength];
  };
  assert.deepEqual(name("scanme.example"), ["scanme.example", undefined]);
  assert.deepEqual(name("scanme.example./28"), ["scanme.example", 28]);
  assert.deepEqual(name("3com.example"), ["3com.example", undefined]);
  assert.deepEqual(name("_dmarc.example"), ["_dmarc.example", undefined]);
  assert.deepEqual(name("xn--bcher-kva.example"), ["xn--bcher-kva.example", undefined]);
  assert.deepEqual(name("localhost"), ["localhost", undefined]);
  assert.deepEqual(name("deadbeef"), ["deadbeef", undefined]);
});

test("says which part is wrong and what would be right", () => {
  const cases: [text: string, message: RegExp | string][] = [
    ["10.0.0.300", "10.0.0.300: an octet is 0 to 255"],
    ["10.0.0", "10.0.0: an IPv4 address has four octets, this has 3"],
    ["10.0.0.1.2", /has four octets, this has 5/],
    ["10.0.0.1-10.0.0.9", /a range is written in its octet, 10\.0\.0\.1-9/],
    ["1234567890", /has four octets/],
    ["10.0.0.01", /no leading zero/],
    ["10..0.1", /an octet is missing/],
    ["10.0.0.", /an octet is missing/],
    ["10.0.0.1,", /a comma too many/],
    ["10.0.0.9-1", /wrong way round: write 1-9/],
    ["10.0.0.1-2-3", /"1-2-3" is no range/],
    ["10.0.0.1*", /stands alone/],
    ["10.0.0.0/33", /a prefix length is 0 to 32, as in \/24/],
    ["10.0.0.0/", /a prefix length is/],
    ["10.0.0.0/255.255.255.0", /a prefix length is/],
    ["10.0.0.0/24/24", /a prefix length is/],
    ["10.0.0-3.0/24", /not with octet ranges/],
    ["2001:db8::/129", /a prefix length is 0 to 128/],
    ["2001:db8::g", /no IPv6 address/],
    ["2001:db8:::1", /no IPv6 address/],
    ["2001:db8::1-9", /write an IPv6 prefix/],
    ["[2001:db8::1", /closed by a \]/],
    ["[2001:db8::1]:80", /ports are given with -p/],
    ["[192.0.2.1]", /no IPv6 address/],
    ["2001:db8::1%eth0", /leave out %eth0/],
    ["fec0::1%eth0", /leave out %eth0/],
    ["fe80::%eth0/9", /leave out %eth0/],
    ["fe80::1%", /a zone is the name of an interface/],
    ["host..example", /no empty label/],
    [".example", /no empty label/],
    ["-host.example", /"-host" is neither/],
    ["ho st", /ASCII letters/],
    ["bücher.example", /xn-- form/],
    ["http://host.example", /no IPv6 address|neither/],
    ["0x7f.1", /does not end in a number/],
    ["host.example.0x10", /does not end in a number/],
    [`${"a".repeat(64)}.example`, /at most 63 characters/],
    [`${"a.".repeat(200)}example`, /at most 253 characters/],
    ["a".repeat(TARGET_CHARACTERS_MAX + 1), /at most 1024 characters/],
    ["host\u001b[2J", /ASCII letters/],
    ["", /a target is/],
    ["/24", /no empty label/],
  ];
  for (const [text, message] of cases) {
    assert.throws(() => parseTarget(text), refusal("SCAN_TARGET_INVALID", message), text);
  }
});

test("never fails but with its own error, and names what it was given", () => {
  const pieces = fc.constantFrom(
    "10",
    "0",
    "255",
    "256",
    ".",
    ".",
    ",",
    "-",
    "*",
    "/",
    ":",
    "[",
    "]",
    "%",
    "a",
    "fe80",
    "24",
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: pieces })), (text) => {
      try {
        assert.equal(parseTarget(text).text, text);
      } catch (error) {
        refusal("SCAN_TARGET_INVALID", /: /)(error);
      }
    }),
    { numRuns: 3000 },
  );
});

test("every address is a target that is itself", () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.ipV4(),
        fc.ipV6().map((text) => text.replace(/(^|:|\.)0+(?=\d)/g, "$1")),
      ),
      (text) => {
        const [first, last] = stretch(text).split(" ");
        assert.equal(first, last);
        assert.equal(stretch(first!), `${first} ${last}`);
      },
    ),
  );
});

test("a list has its targets between any white space, and comments", () => {
  const text =
    "\uFEFF# servers\n192.0.2.1 192.0.2.2\t192.0.2.3\r\n\r\n  10.0.0.0/24 # the office 10.9.9.9\r2001:db8::1#x\n#host.example";
  assert.deepEqual(
    parseTargetList(text).map((target) => target.text),
    ["192.0.2.1", "192.0.2.2", "192.0.2.3", "10.0.0.0/24", "2001:db8::1"],
  );
  assert.deepEqual(parseTargetList(""), []);
  assert.deepEqual(parseTargetList("# none\n \n"), []);
});

test("a list says on which line it is wrong, and where it is too long", () => {
  assert.throws(
    () => parseTargetList("192.0.2.1\r\n\n192.0.2.2 192.0.2.999 # here\n"),
    refusal("SCAN_TARGET_INVALID", "line 3: 192.0.2.999: an octet is 0 to 255"),
  );
  assert.throws(
    () => parseTargetList("a ".repeat(TARGET_EXPRESSIONS_MAX + 1)),
    refusal("SCAN_TARGETS_TOO_MANY", /^line 1: /),
  );
});
