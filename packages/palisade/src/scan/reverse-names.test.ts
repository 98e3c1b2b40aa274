/** Names of addresses, from a name server that the test runs on 127.0.0.1. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { after, before, describe, it } from "node:test";
import { reverseLookUpOf, reverseZoneOf } from "./reverse-names.js";
import { BARE, scan } from "./scan-command.build.js";

/**
 * Answers about 127.83.20.N as an own zone might (RFC 1035 §4.1): 1 has two names, 2 none, 3 one that would act on a terminal, 4 an error,
 * 5 one that takes a while, 6 what is no answer; about all else it keeps silent.
 */
const NAME_SERVER = `
const socket = require("node:dgram").createSocket("udp4");
const pointer = (labels) => {
  const data = Buffer.concat([...labels.map((label) => Buffer.from([label.length, ...Buffer.from(label, "latin1")])), Buffer.of(0)]);
  return Buffer.concat([Buffer.from("c00c000c00010000003c00", "hex"), Buffer.of(data.length), data]);
};
const NAMES = {
  1: [["one", "example", "net"], ["uno", "example", "net"]],
  2: [],
  3: [["\\u001b[2J", "example"], ["three", "example", "net"]],
  5: [["five", "example", "net"]],
};
socket.on("message", (query, from) => {
  const labels = [];
  let at = 12;
  for (; query[at] > 0; at += 1 + query[at]) labels.push(query.toString("latin1", at + 1, at + 1 + query[at]));
  const last = labels[0];
  if (labels.slice(1, 4).join(".") !== "20.83.127" || !"123456".includes(last)) return;
  if (last === "6") return socket.send(Buffer.alloc(40, 0xff), from.port, from.address);
  const names = NAMES[last] ?? [];
  const code = last === "2" ? 3 : last === "4" ? 2 : 0;
  const answer = Buffer.from(query.subarray(0, at + 5));
  answer.writeUInt16BE(0x8580 | code, 2);
  answer.writeUInt16BE(names.length, 6);
  answer.writeUInt16BE(0, 8);
  answer.writeUInt16BE(0, 10);
  const send = () => socket.send(Buffer.concat([answer, ...names.map(pointer)]), from.port, from.address);
  setTimeout(send, last === "5" ? 1_500 : 0);
});
socket.bind(0, "127.0.0.1", () => console.log(socket.address().port));
process.stdin.on("end", () => process.exit()).resume();
`;

describe("palisade scan -R", () => {
  let server: ChildProcess | undefined;
  let at = "";
  before(async () => {
    server = spawn(process.execPath, ["-e", NAME_SERVER], { stdio: ["pipe", "pipe", "inherit"] });
    const [port] = (await once(server.stdout!, "data")) as [Buffer];
    at = `127.0.0.1:${String(port).trim()}`;
  });
  after(() => server?.kill());

  const named = (...words: string[]) => scan(["-R", "--dns-servers", at, "-sT", "-p", "9", ...words]);

  it("looks them up where RFC 1035 and RFC 3596 have them", () => {
    assert.equal(reverseZoneOf("10.2.0.52"), "52.0.2.10.in-addr.arpa");
    // The example of RFC 3596 §2.5.
    assert.equal(
      reverseZoneOf("4321:0:1:2:3:4:567:89ab"),
      "b.a.9.8.7.6.5.0.4.0.0.0.3.0.0.0.2.0.0.0.1.0.0.0.0.0.0.0.1.2.3.4.ip6.arpa",
    );
  });

  it("tells the names of addresses in the table, all of them in JSON and XML", () => {
    const { status, stdout, stderr } = named("-Pn", "127.83.20.1-3");
    assert.deepEqual([status, stderr], [0, ""]);
    assert.match(stdout, /127\.83\.20\.1 \(one\.example\.net\)/);
    assert.match(stdout, /127\.83\.20\.2(,|:)/);
    assert.match(stdout, /127\.83\.20\.3 \(three\.example\.net\)/);
    const { hosts } = JSON.parse(named("-Pn", "127.83.20.1-3", "--format", "json").stdout);
    assert.deepEqual(
      hosts.map((host: { reverse_names?: string[] }) => host.reverse_names),
      [["one.example.net", "uno.example.net"], undefined, ["three.example.net"]],
    );
    const xml = named("127.83.20.1", "--format", "xml").stdout;
    assert.match(
      xml,
      /<hostname name="one\.example\.net" type="PTR"\/>\s*<hostname name="uno\.example\.net"/,
    );
    assert.match(
      named("127.83.20.1", "--format", "csv").stdout,
      /\n127\.83\.20\.1,one\.example\.net uno\.example\.net,/,
    );
    assert.match(
      named("127.83.20.1", "--format", "grepable").stdout,
      /Host: 127\.83\.20\.1 \(one\.example\.net\)\t/,
    );
  });

  it("names listed targets, and those that are up where no port is asked", () => {
    const words = ["-R", "--dns-servers", at, "127.83.20.1"];
    assert.equal(scan(["-sL", ...words]).stdout.split("\n")[0], "127.83.20.1 (one.example.net)");
    assert.match(scan(["-sn", ...words]).stdout, /\n127\.83\.20\.1 \(one\.example\.net\) +up /);
  });

  it("says where names could not be looked up, and loses nothing", () => {
    const { status, stdout, stderr } = named("127.83.20.1,4");
    assert.equal(status, 0);
    assert.match(stdout, /127\.83\.20\.1 \(one\.example\.net\)/);
    assert.match(stdout, /127\.83\.20\.4(,|:)/);
    assert.equal(stderr, `palisade: the names of 1 host could not be looked up (${at}: ESERVFAIL)\n`);
    const { unnamed } = JSON.parse(named("127.83.20.4", "--format", "json").stdout);
    assert.deepEqual(unnamed, { addresses: 1, because: `${at}: ESERVFAIL` });
    const silent = named(BARE);
    assert.equal(silent.status, 0);
    assert.equal(silent.stderr, `palisade: the names of 1 host could not be looked up (${at}: ETIMEOUT)\n`);
  });

  it("waits for a name that takes a while, though others come at once", async () => {
    const lookUp = reverseLookUpOf([at]);
    const { signal } = new AbortController();
    for (let times = 0; times < 8; times += 1) await lookUp("127.83.20.1", signal);
    assert.deepEqual(await lookUp("127.83.20.5", signal), ["five.example.net"]);
  });

  it("finds a name while another's answer is none", async () => {
    const lookUp = reverseLookUpOf([at]);
    const { signal } = new AbortController();
    const bad = assert.rejects(lookUp("127.83.20.6", signal), /EBADRESP/);
    assert.deepEqual(await lookUp("127.83.20.5", signal), ["five.example.net"]);
    await bad;
  });

  it("is stopped at once when some have been answered", async () => {
    const lookUp = reverseLookUpOf([at]);
    const stop = new AbortController();
    const silent = lookUp(BARE, stop.signal);
    assert.equal((await lookUp("127.83.20.1", stop.signal)).length, 2);
    stop.abort();
    // Else it would come to its time.
    await assert.rejects(silent, /ECANCELLED/);
  });

  it("asks nobody in a dry run, nor without -R", () => {
    const dry = scan(["-R", "--dns-servers", at, "--dry-run", "-sT", "-p", "9", "-Pn", BARE]);
    assert.deepEqual([dry.status, dry.stderr], [0, ""]);
    assert.doesNotMatch(scan(["-n", "-sT", "-p", "9", "127.83.20.1"]).stdout, /example/);
  });

  it("refuses servers that are none, and servers for nothing", () => {
    for (const [words, why] of [
      [["-R", "--dns-servers", "dns.example"], /^palisade: --dns-servers dns\.example: give addresses/],
      [["-R", "--dns-servers", ""], /^palisade: --dns-servers "": give addresses/],
      [
        ["-R", "--dns-servers", "127.0.0.1:99999"],
        /^palisade: --dns-servers 127\.0\.0\.1:99999: give addresses/,
      ],
      [["-R", "--dns-servers", "127.0.0.1:0"], /^palisade: --dns-servers 127\.0\.0\.1:0: give addresses/],
      [["-R", "--dns-servers", "[127.0.0.1]:53"], /^palisade: --dns-servers \[127\.0\.0\.1\]:53: give/],
      [
        ["-R", "--dns-servers", "127.0.0.1,localhost:53"],
        /^palisade: --dns-servers 127.*:53: give addresses/,
      ],
      [["--dns-servers", "127.0.0.1"], /^palisade: --dns-servers is for the names of addresses: add -R/],
      [["-R", "-n"], /^palisade: -n and -R do not go together/],
    ] as const) {
      const { status, stderr } = scan([...words, BARE]);
      assert.equal(status, 2, stderr);
      assert.match(stderr, why);
    }
  });
});
