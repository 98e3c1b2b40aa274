import assert from "node:assert/strict";
import { test } from "node:test";
import { PalisadeError } from "@palisade/base";
import fc from "fast-check";
import { PORTS_CHARACTERS_MAX, parsePorts } from "./ports.js";
import { namedPorts, type PortProtocol, serviceName } from "./services.js";

const protocols: readonly PortProtocol[] = ["tcp", "udp", "sctp", "ip"];
const tcp = (text: string): number[] => [...parsePorts(text, ["tcp"]).tcp];
const count = (first: number, last: number): number[] =>
  Array.from({ length: last - first + 1 }, (_, at) => first + at);

function refusal(message: RegExp | string): (error: unknown) => boolean {
  return (error) => {
    assert.ok(error instanceof PalisadeError, String(error));
    assert.equal(error.code, "SCAN_PORTS_INVALID");
    if (typeof message === "string") assert.equal(error.message, message);
    else assert.match(error.message, message);
    assert.doesNotMatch(error.message, /\p{C}/u);
    return true;
  };
}

test("ports come sorted, each once", () => {
  assert.deepEqual(tcp("80,22,80,1000-1002,1001"), [22, 80, 1000, 1001, 1002]);
  assert.deepEqual(tcp(" 22 , 80 "), [22, 80]);
  assert.deepEqual(tcp("0"), [0]);
  assert.deepEqual(tcp("65535"), [65_535]);
  assert.deepEqual(tcp("007"), [7]);
});

test("a range without an end goes to the last port, without a start from port 1", () => {
  assert.deepEqual(tcp("-"), count(1, 65_535));
  assert.deepEqual(tcp("1-"), count(1, 65_535));
  assert.deepEqual(tcp("0-"), count(0, 65_535));
  assert.deepEqual(tcp("-1024"), count(1, 1024));
  assert.deepEqual(tcp("65530-"), count(65_530, 65_535));
  assert.deepEqual([...parsePorts("-", ["ip"]).ip], count(0, 255));
});

test("a letter says which protocol is meant, until the next", () => {
  const sets = parsePorts("U:53,111,T:21-25,80,S:9,P:1,6", protocols);
  assert.deepEqual([...sets.udp], [53, 111]);
  assert.deepEqual([...sets.tcp], [21, 22, 23, 24, 25, 80]);
  assert.deepEqual([...sets.sctp], [9]);
  assert.deepEqual([...sets.ip], [1, 6]);
  const both = parsePorts("53,T:80,u:67", ["tcp", "udp"]);
  assert.deepEqual([...both.tcp], [53, 80]);
  assert.deepEqual([...both.udp], [53, 67]);
  assert.equal(both.sctp.length, 0);
});

test("names and patterns are ports of the table", () => {
  assert.deepEqual(tcp("http,ssh"), [22, 80]);
  assert.deepEqual(tcp("HTTP"), [80]);
  assert.deepEqual(tcp("netbios-ssn,asf-rmcp"), [139, 623]);
  const web = tcp("http*");
  assert.ok(web.includes(80) && web.includes(443) && web.includes(8080) && !web.includes(22));
  assert.deepEqual(tcp("ftp-d??a"), [20]);
  assert.deepEqual(tcp("*"), namedPorts("tcp"));
  assert.deepEqual([...parsePorts("icmp,gre", ["ip"]).ip], [1, 47]);
  const mixed = parsePorts("tftp,ssh", ["tcp", "udp"]);
  assert.deepEqual([[...mixed.tcp], [...mixed.udp]], [[22], [69]]);
});

test("brackets keep those of a range that have a name", () => {
  const named = namedPorts("tcp");
  assert.deepEqual(
    tcp("[1-1024]"),
    named.filter((port) => port >= 1 && port <= 1024),
  );
  assert.deepEqual(
    tcp("[-30]"),
    named.filter((port) => port >= 1 && port <= 30),
  );
  assert.deepEqual(tcp("[20-25,80-90],4,5"), [
    4,
    5,
    ...named.filter((port) => (port >= 20 && port <= 25) || (port >= 80 && port <= 90)),
  ]);
  const sets = parsePorts("T:[1-30],U:[60-70]", ["tcp", "udp"]);
  assert.deepEqual(
    [...sets.udp],
    namedPorts("udp").filter((port) => port >= 60 && port <= 70),
  );
});

test("says which piece is wrong", () => {
  const cases: [text: string, protocols: readonly PortProtocol[], message: RegExp | string][] = [
    ["", ["tcp"], /^-p \(nothing\): a port, a range or a name is missing/],
    ["22,,80", ["tcp"], /is missing/],
    ["22,", ["tcp"], /is missing/],
    ["T:", ["tcp"], /^-p T:: a port, a range or a name is missing/],
    ["22,65536", ["tcp"], "-p 65536: a port is 0 to 65535"],
    ["1-70000", ["tcp"], "-p 1-70000: a port is 0 to 65535"],
    ["99999999999999999999999", ["tcp"], /a port is 0 to 65535/],
    ["22,90-80", ["tcp"], "-p 90-80: the range is the wrong way round: write 80-90"],
    ["-0", ["tcp"], /write 0 for port 0/],
    ["1-2-3", ["tcp"], /no tcp service has that name/],
    ["256", ["ip"], /^-p 256: an IP protocol number is 0 to 255/],
    ["X:80", ["tcp"], /^-p X:80: the letter before a colon is T/],
    ["T:80,U:53", ["tcp"], "-p U:53: udp is not scanned: add -sU, or leave this out"],
    ["T:80", ["tcp", "udp"], "-p T:80: it names no udp port, and udp is scanned: add U: with some"],
    ["htpp", ["tcp"], /^-p htpp: no tcp service has that name: did you mean http\?/],
    ["qqqqqqqqqqqq", ["tcp", "udp"], /no tcp or udp service has that name: give its number/],
    ["zzz*", ["tcp"], /no tcp service has that name/],
    ["80;81", ["tcp"], /no port, range or name/],
    ["[1-100", ["tcp"], /^-p \[1-100: the \[ is not closed/],
    ["1-100]", ["tcp"], /has no \[ before it/],
    ["[1,[2]]", ["tcp"], /stands inside another/],
    ["[]", ["tcp"], /is missing/],
    ["[65500-65501]", ["tcp"], /names no tcp port/],
    ["80\u001b[2J", ["tcp"], /no port, range or name/],
    ["1".repeat(PORTS_CHARACTERS_MAX + 1), ["tcp"], /longer than/],
  ];
  for (const [text, scanned, message] of cases) {
    assert.throws(() => parsePorts(text, scanned), refusal(message), text.slice(0, 80));
  }
});

test("what is named is what is found, for any list of numbers and ranges", () => {
  const piece = fc.tuple(fc.nat({ max: 65_535 }), fc.option(fc.nat({ max: 300 }), { nil: undefined }));
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.constantFrom("", "T:", "U:"), piece), { minLength: 1, maxLength: 12 }),
      (pieces) => {
        const model: Record<"tcp" | "udp", Set<number>> = { tcp: new Set([1]), udp: new Set([1]) };
        const texts = ["1"];
        let current: readonly ("tcp" | "udp")[] = ["tcp", "udp"];
        for (const [letter, [first, more]] of pieces) {
          if (letter !== "") current = [letter === "T:" ? "tcp" : "udp"];
          const last = Math.min(first + (more ?? 0), 65_535);
          texts.push(`${letter}${more === undefined ? first : `${first}-${last}`}`);
          for (const protocol of current) for (const port of count(first, last)) model[protocol].add(port);
        }
        const sets = parsePorts(texts.join(","), ["tcp", "udp"]);
        for (const protocol of ["tcp", "udp"] as const) {
          assert.deepEqual(
            [...sets[protocol]],
            [...model[protocol]].sort((a, b) => a - b),
          );
        }
      },
    ),
    { numRuns: 200 },
  );
});

test("never fails but with its own error", () => {
  const pieces = fc.constantFrom(
    "1",
    "80",
    "65535",
    "99999",
    ",",
    ",",
    "-",
    "[",
    "]",
    "T:",
    "U:",
    "*",
    "?",
    "http",
    " ",
  );
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: pieces, maxLength: 20 })), (text) => {
      try {
        const { tcp: found } = parsePorts(text, ["tcp"]);
        assert.ok(found.length > 0);
      } catch (error) {
        refusal(/^-p /)(error);
      }
    }),
    { numRuns: 1000 },
  );
});

test("a pattern covers what a regular expression of the same meaning covers", () => {
  fc.assert(
    fc.property(
      fc.string({
        unit: fc.constantFrom("h", "t", "p", "s", "*", "*", "?", "-"),
        minLength: 1,
        maxLength: 8,
      }),
      (pattern) => {
        fc.pre(/[*?]/.test(pattern));
        const expression = new RegExp(`^${pattern.replaceAll("*", ".*").replaceAll("?", ".")}$`);
        const names = namedNames()
          .filter(([, name]) => expression.test(name))
          .map(([port]) => port);
        if (names.length === 0) assert.throws(() => tcp(pattern), refusal(/has that name/));
        else assert.deepEqual(tcp(pattern), names);
      },
    ),
    { numRuns: 200 },
  );
});

function namedNames(): [port: number, name: string][] {
  return namedPorts("tcp").map((port) => [port, serviceName(port, "tcp")!]);
}
