import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { PalisadeError } from "@palisade/base";
import { latin1 } from "@palisade/wire";
import { parseNmapProbes } from "./nmap-format.js";

// Written for this test from the format's description.
const text = String.raw`
# a comment
Exclude 53,T:9100-9102,U:30000
Probe TCP NULL q||
totalwaitms 1500
tcpwrappedms 800
match chat m|^CHAT/([\d_]+) (\w+)| p/Chat $2/ v/$SUBST(1,"_",".")/ i=a / b= cpe:/a:chat:chat:$1/a
match count m=^COUNT(.)(.)=s v/$I(1,">").$I(2,"<")/ h/$P(1)/
softmatch chat m/^chat/i
match back m|^(a+)\1$| p/never/
Probe TCP Ask q=ask\r\n\x00|=
ports 7000,7010-7020
sslports 7443
rarity 2
fallback Other,NULL
match ssl/answer m|^yes|
Probe TCP Other q|other| no-payload
match other m#^other (\S+)# o/Other OS/ d/router/
Probe UDP Ask q|udp|
match datagram m|^d|
`;

describe("parseNmapProbes", () => {
  const database = parseNmapProbes("probes", text);
  const read = (probe: string, octets: string) => database.read(database.probe(probe)!, latin1(octets));

  it("reads probes with their ports, times and fallbacks", () => {
    const ask = database.probe("tcp-Ask")!;
    assert.deepEqual(ask.octets, latin1("ask\r\n\0|"));
    assert.deepEqual(ask.ports, [
      { first: 7000, last: 7000 },
      { first: 7010, last: 7020 },
    ]);
    assert.deepEqual(ask.tlsPorts, [{ first: 7443, last: 7443 }]);
    assert.equal(ask.rarity, 2);
    assert.deepEqual(ask.fallback, ["tcp-Other", "null"]);
    assert.equal(database.probe("null")!.waitMs, 1500);
    assert.equal(database.probe("udp-Ask")!.protocol, "udp");
  });

  it("sends characters beyond ASCII as UTF-8, those of two units too", () => {
    const { octets } = parseNmapProbes("f", "Probe TCP A q|é😀\\xff|").probe("tcp-A")!;
    assert.deepEqual(octets, Uint8Array.of(0xc3, 0xa9, 0xf0, 0x9f, 0x98, 0x80, 0xff));
  });

  it("refuses names of services that reports could not repeat", () => {
    for (const name of ["\u001b[31m", "a\u009b", "n".repeat(64)])
      assert.throws(() => parseNmapProbes("f", `Probe TCP NULL q||\nmatch ${name} m|a|`), {
        code: "SERVICES_MALFORMED",
        message: /^f:2:7: "\S+" cannot be a service's name$/,
      });
  });

  it("reads templates with their helpers, and CPE", () => {
    const found = read("null", "CHAT/1_2 serverd\n")!;
    assert.deepEqual(found.fields, { product: "Chat serverd", version: "1.2", info: "a / b" });
    assert.deepEqual(found.cpe, ["cpe:/a:chat:chat:1_2"]);
    assert.deepEqual(read("null", "COUNT\x07\n")!.fields, { version: "7.10" });
  });

  it("tries fallbacks and the banner's matches, and takes the tunnel out of names", () => {
    assert.equal(read("tcp-Ask", "yes")!.match.service, "answer");
    assert.deepEqual(read("tcp-Ask", "other one")!.fields, { os: "Other OS", device: "router" });
    assert.equal(read("tcp-Ask", "CHAT here")!.match.soft, true);
    assert.equal(read("udp-Ask", "CHAT/1 x"), undefined);
  });

  it("excludes ports by protocol", () => {
    assert.deepEqual(
      [53, 9101, 30000, 80].map((port) => [database.excludes(port, "tcp"), database.excludes(port, "udp")]),
      [
        [true, true],
        [true, false],
        [false, true],
        [false, false],
      ],
    );
  });

  it("counts what its patterns cannot do, and says so", () => {
    assert.deepEqual(database.remarks, [
      "probes: 1 of 7 match lines use what linear-time patterns cannot do; left out",
    ]);
  });

  for (const [line, place, word] of [
    ["match a m|b|", "1:1", "before the first Probe"],
    ["Prob TCP a q||", "1:1", "no directive"],
    ["Probe SCTP a q||", "1:7", "neither TCP nor UDP"],
    ["Probe TCP a send", "1:13", "q|"],
    ["Probe TCP a q|b", "1:14", "no closing"],
    ["Probe TCP a q||", "1:13", "only the probe NULL"],
    ["Probe TCP NULL q|a|", "1:16", "sends nothing"],
    ["Probe TCP a q|\\x1|", "1:13", "two hexadecimal digits"],
    ["Probe TCP a q|b|\nProbe TCP a q|b|", "2:11", "twice"],
    ["Probe TCP a q|b|\nmatch s m|(|", "2:9", ""],
    ["Probe TCP a q|b|\nmatch s m|x|g", "2:9", "at most once"],
    ["Probe TCP a q|b|\nmatch s m|x| z/1/", "2:14", "none of p v i"],
    ["Probe TCP a q|b|\nmatch s m|x| p/$Q(1)/", "2:14", "$"],
    ["Probe TCP a q|b|\nmatch s m|x| p/1", "2:15", "no closing"],
    ["Probe TCP a q|b|\nports 1-x", "2:7", "no list of ports"],
    ["Probe TCP a q|b|\nrarity 10", "2:8", "from 1 to 9"],
    ["Probe TCP a q|b|\nfallback b", "1:1", "no probe"],
    ["Exclude T:x", "1:9", "no list of ports"],
    ["Exclude 1\nExclude 2", "2:1", "twice"],
    ["\x1b[31mProbe\x07", "1:1", "?[31mProbe?"],
    [`Probe TCP a q|${"x".repeat(100_000)}|`, "1:13", "more than 16384 octets"],
    [`Probe TCP a q|b|\nmatch s m|${"(".repeat(9_000)}|`, "2:9", "longer than 8192"],
    [`Probe TCP a q|b|\nmatch s m|x| p/$SUBST(1,"${"a".repeat(9_000_000)}/`, "2:14", "longer than 4096"],
    [`Probe TCP a q|b|\nmatch s m|x|${" cpe:/a:b/".repeat(9)}`, "2:94", "more than 8 cpe"],
    [`Probe TCP a q|b|\nfallback ${"b,".repeat(21)}b`, "2:1", "more than 20 fallbacks"],
    [`Probe TCP a q|b|\nfallback b${" ".repeat(1_000_000)}c`, "1:1", "no probe"],
    [`Exclude 1,${" ".repeat(1_000_000)}a b`, "1:9", "no list of ports"],
  ] as const) {
    it(`refuses ${JSON.stringify(line.slice(0, 60))} with its place (${word})`, () => {
      assert.throws(
        () => parseNmapProbes("f", line),
        (error) =>
          error instanceof PalisadeError &&
          error.code === "SERVICES_MALFORMED" &&
          error.message.startsWith(`f:${place}: `) &&
          error.message.includes(word) &&
          !error.message.includes("\n"),
      );
    });
  }
});
