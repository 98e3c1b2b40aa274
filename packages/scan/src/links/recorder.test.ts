import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import {
  ARP_REQUEST,
  arp,
  CaptureReader,
  concat,
  ETHERTYPE_ARP,
  ethernet,
  hex,
  ipv4,
  LINKTYPE_ETHERNET,
  LINKTYPE_RAW,
  parseIpAddress,
  TCP_RST,
  TCP_SYN,
  tcp,
} from "@palisade/wire";
import fc from "fast-check";
import { describeFrame } from "./describe-frame.js";
import type { ProbePath } from "./probe-link.js";
import { Recorder, type RecorderOptions } from "./recorder.js";
import { directionsIn } from "./recording-link.build.js";
import { RecordingLink, RecordingSweep } from "./recording-link.js";
import { TakingLink } from "./taking-link.build.js";

const HERE = "02:77:00:00:00:01";
const THERE = "02:77:00:00:00:02";
const source = parseIpAddress("192.0.2.9")!;
const bare: ProbePath = { header: new Uint8Array(20), ipAt: 0, source };
const framed: ProbePath = { header: new Uint8Array(34), ipAt: 14, source };
const probe = (port: number, identification = 7): Uint8Array =>
  ipv4({
    source,
    destination: "198.51.100.7",
    identification,
    payload: tcp({ sourcePort: 61_111, destinationPort: port, flags: TCP_SYN }),
  });
const reply = (port: number): Uint8Array =>
  ipv4({
    source: "198.51.100.7",
    destination: source,
    payload: tcp({ sourcePort: port, destinationPort: 61_111, flags: TCP_RST }),
  });
const inbound = (payload: Uint8Array): Uint8Array => ethernet({ source: THERE, destination: HERE, payload });
const outbound = (payload: Uint8Array): Uint8Array => ethernet({ source: HERE, destination: THERE, payload });
const question = ethernet({
  source: HERE,
  destination: "ff:ff:ff:ff:ff:ff",
  etherType: ETHERTYPE_ARP,
  payload: arp({
    operation: ARP_REQUEST,
    senderHardware: hex("0277 0000 0001"),
    senderProtocol: source,
    targetHardware: new Uint8Array(6),
    targetProtocol: parseIpAddress("192.0.2.1")!,
  }),
});
const FIRST_US = 1_700_000_000_000_000;
const sink = { packet: () => {} };

function open(options: Partial<RecorderOptions> = {}) {
  const pieces: Uint8Array[] = [];
  const clock = { us: FIRST_US };
  const recorder = new Recorder({
    write: (octets) => void pieces.push(octets),
    nowUs: () => clock.us,
    nameOf: (index) => `eth${index}`,
    ...options,
  });
  const told = (): string[] => {
    recorder.end();
    return linesOf(concat(...pieces));
  };
  return { recorder, pieces, clock, told };
}

function linesOf(file: Uint8Array): string[] {
  const lines: string[] = [];
  const reader = new CaptureReader({
    packet: (octets, offset, captured, _wire, _time, linkType) => {
      assert.equal(linkType, LINKTYPE_ETHERNET);
      lines.push(describeFrame(octets, offset, captured, linkType));
    },
  });
  reader.push(file);
  assert.equal(reader.end().malformed, undefined);
  return lines;
}

function linkOf(recorder: Recorder, path: ProbePath) {
  const taking = new TakingLink({ path, engine: path === bare ? "raw-ip" : "packet" });
  const link = new RecordingLink(taking, recorder, "eth3");
  link.pathTo(parseIpAddress("198.51.100.7")!, 0);
  return { taking, link };
}

function send(link: Pick<RecordingLink, "octets" | "set" | "send">, frame: Uint8Array): void {
  link.octets.set(frame);
  link.set(0, frame.length);
  assert.equal(link.send(1), 1);
}

function hear({ taking, link }: ReturnType<typeof linkOf>, octets: Uint8Array, timeUs: number): void {
  const linkType = octets[0]! >>> 4 === 4 ? LINKTYPE_RAW : LINKTYPE_ETHERNET;
  taking.arriving.push({ octets, timeUs, linkType });
  link.drain(sink);
}

const flagsOf = (lines: readonly string[]): string[] =>
  lines.map((line) => / (SYN|RST) /.exec(line)?.[1] ?? line);

describe("a recorder", () => {
  it("writes a frame that several links hear once", () => {
    const { recorder, told } = open();
    const [one, other] = [linkOf(recorder, bare), linkOf(recorder, framed)];
    hear(one, inbound(reply(22)), FIRST_US);
    hear(one, inbound(reply(80)), FIRST_US + 1);
    hear(other, inbound(reply(22)), FIRST_US + 2);
    hear(other, inbound(reply(80)), FIRST_US + 3);
    assert.equal(told().length, 2);
  });

  it("writes frames that are alike as often as they came", () => {
    fc.assert(
      fc.property(
        fc.array(fc.nat(2), { maxLength: 30 }),
        fc.array(fc.boolean(), { minLength: 60, maxLength: 60 }),
        (ports, turns) => {
          // Four alike at most stand side by side: what a bucket holds.
          const counts = [0, 0, 0];
          const some = ports.filter((port) => (counts[port] = counts[port]! + 1) <= 4);
          const { recorder, told } = open();
          const links = [linkOf(recorder, framed), linkOf(recorder, framed)] as const;
          const heard: [number, number] = [0, 0];
          for (const turn of [...turns, ...some.map(() => true), ...some.map(() => false)]) {
            const which = turn ? 1 : 0;
            const port = some[heard[which]];
            if (port === undefined) continue;
            heard[which] += 1;
            hear(links[which], inbound(reply(port)), FIRST_US);
          }
          assert.deepEqual(heard, [some.length, some.length]);
          assert.equal(told().length, some.length);
        },
      ),
    );
  });

  it("writes what a ring brings back of what was sent once, whatever the kernel fills in", () => {
    const { recorder, told } = open();
    const [probing, pinging] = [linkOf(recorder, bare), linkOf(recorder, bare)];
    send(probing.link, probe(22, 0));
    hear(probing, outbound(probe(22, 0x1234)), FIRST_US + 900);
    hear(pinging, outbound(probe(22, 0x1234)), FIRST_US + 901);
    hear(pinging, inbound(reply(22)), FIRST_US + 950);
    assert.deepEqual(flagsOf(told()), ["SYN", "RST"]);
  });

  it("writes what is sent again again", () => {
    const { recorder, told } = open();
    const probing = linkOf(recorder, bare);
    for (let turn = 0; turn < 3; turn += 1) {
      send(probing.link, probe(22));
      hear(probing, outbound(probe(22)), FIRST_US + turn);
    }
    assert.deepEqual(flagsOf(told()), ["SYN", "SYN", "SYN"]);
  });

  it("writes what comes a second later, or by another interface, as another frame", () => {
    const { recorder, told } = open();
    const [one, other] = [linkOf(recorder, framed), linkOf(recorder, framed)];
    hear(one, inbound(reply(22)), FIRST_US);
    hear(other, inbound(reply(22)), FIRST_US + 1_000_001);
    const frame = inbound(reply(80));
    const number = recorder.join();
    hear(one, frame, FIRST_US);
    recorder.heard(frame, 0, frame.length, frame.length, FIRST_US, LINKTYPE_ETHERNET, 4, number);
    assert.equal(told().length, 4);
  });

  it("says of frames that come from an interface's own address that they are outbound", () => {
    const asked: number[] = [];
    const { recorder, pieces } = open({
      linkAddressOf: (index) => {
        asked.push(index);
        return hex("0277 0000 0001");
      },
    });
    const link = linkOf(recorder, framed);
    hear(link, outbound(reply(1)), FIRST_US);
    hear(link, inbound(reply(2)), FIRST_US);
    recorder.end();
    assert.deepEqual(asked, [3]);
    assert.deepEqual(directionsIn(concat(...pieces)), [2, 1]);
  });

  it("hands on what has waited a second, in whole blocks", async () => {
    const { recorder, pieces, clock } = open();
    const { link } = linkOf(recorder, framed);
    send(link, outbound(probe(1)));
    await link.wait(0);
    assert.equal(pieces.length, 0);
    clock.us += 1_000_000;
    await link.wait(0);
    assert.equal(pieces.length, 1);
    assert.equal(linesOf(concat(...pieces)).length, 1);
    for (let turn = 0; turn < 2_000; turn += 1) send(link, outbound(probe(turn)));
    assert.ok(pieces.length > 2);
    assert.ok(linesOf(concat(...pieces)).length > 1_000, "without the rest, a file too");
    recorder.end();
    assert.equal(linesOf(concat(...pieces)).length, 2_001);
    send(link, outbound(probe(1)));
    recorder.end();
    assert.equal(linesOf(concat(...pieces)).length, 2_001, "ended is ended");
  });

  it("is a file also where nothing was sent", () => {
    assert.deepEqual(open().told(), []);
  });

  it("makes one file of links of several engines and a sweep, which tcpdump reads", {
    skip: spawnSync("tcpdump", ["--version"]).status !== 0 && "tcpdump is not here",
  }, () => {
    const { recorder, pieces } = open();
    const taking = new TakingLink({ path: framed });
    const sweep = new RecordingSweep(taking, recorder, "eth3");
    const [raw, packet] = [linkOf(recorder, bare), linkOf(recorder, framed)];
    send(sweep, question);
    taking.arriving.push({ octets: question, timeUs: FIRST_US + 1, linkType: LINKTYPE_ETHERNET });
    sweep.drain(sink);
    send(raw.link, probe(22));
    send(packet.link, outbound(probe(80)));
    hear(packet, inbound(reply(80)), FIRST_US + 2_000);
    sweep.close();
    assert.equal(taking.closed, 1);
    recorder.end();
    const file = concat(...pieces);
    assert.equal(linesOf(file).length, 4);
    const { stdout, stderr, status } = spawnSync("tcpdump", ["-n", "-tt", "-r", "-"], {
      input: file,
      encoding: "utf8",
    });
    assert.equal(status, 0, stderr);
    const lines = stdout.trim().split("\n");
    assert.deepEqual(
      lines.map((line) => line.replace(/, (seq|length).*/, "")),
      [
        "1700000000.000000 ARP, Request who-has 192.0.2.1 tell 192.0.2.9",
        "1700000000.000000 IP 192.0.2.9.61111 > 198.51.100.7.22: Flags [S]",
        "1700000000.000000 IP 192.0.2.9.61111 > 198.51.100.7.80: Flags [S]",
        "1700000000.002000 IP 198.51.100.7.80 > 192.0.2.9.61111: Flags [R]",
      ],
    );
  });
});
