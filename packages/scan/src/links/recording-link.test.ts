import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { describe, it } from "node:test";
import {
  CaptureReader,
  concat,
  ethernet,
  ipv4,
  LINKTYPE_ETHERNET,
  LINKTYPE_LINUX_SLL2,
  LINKTYPE_RAW,
  parseIpAddress,
  TCP_RST,
  TCP_SYN,
  tcp,
  u32le,
} from "@palisade/wire";
import fc from "fast-check";
import type { ProbePath } from "../probe-link.js";
import { RecordingLink, type RecordingLinkOptions } from "./recording-link.js";
import { TakingLink, type TakingLinkOptions } from "./taking-link.build.js";

const source = parseIpAddress("192.0.2.9")!;
const bare: ProbePath = {
  header: ipv4({ source, destination: "0.0.0.0", protocol: 6, payload: new Uint8Array(0) }),
  ipAt: 0,
  source,
};
const framed: ProbePath = { header: ethernet({ payload: bare.header, etherType: 0x0800 }), ipAt: 14, source };
const probe = (port: number): Uint8Array =>
  ipv4({
    source,
    destination: "198.51.100.7",
    payload: tcp({ sourcePort: 61_111, destinationPort: port, flags: TCP_SYN }),
  });
const reply = (port: number): Uint8Array =>
  ipv4({
    source: "198.51.100.7",
    destination: source,
    payload: tcp({ sourcePort: port, destinationPort: 61_111, flags: TCP_RST }),
  });

interface Read {
  readonly octets: Uint8Array;
  readonly timeUs: number;
  readonly linkType: number;
  readonly interfaceIndex: number;
}

function readAll(file: Uint8Array): Read[] {
  const packets: Read[] = [];
  const reader = new CaptureReader({
    packet: (octets, offset, captured, _wire, timeUs, linkType, interfaceIndex) =>
      void packets.push({
        octets: octets.slice(offset, offset + captured),
        timeUs,
        linkType,
        interfaceIndex,
      }),
  });
  reader.push(file);
  assert.equal(reader.end().malformed, undefined);
  return packets;
}

/** Values of the option epb_flags (number 2) of each Enhanced Packet Block (type 6). */
function directionsIn(file: Uint8Array): number[] {
  const directions: number[] = [];
  for (let at = 0; at < file.length; at += u32le(file, at + 4)) {
    if (u32le(file, at) !== 6) continue;
    const option = at + 28 + ((u32le(file, at + 20) + 3) & ~3);
    assert.equal(u32le(file, option), 2 | (4 << 16));
    assert.equal(u32le(file, option + 8), 0);
    assert.equal(u32le(file, at + u32le(file, at + 4) - 4), u32le(file, at + 4));
    directions.push(u32le(file, option + 4));
  }
  return directions;
}

function open(inner: TakingLinkOptions, options: Partial<RecordingLinkOptions> = {}) {
  const taking = new TakingLink({ engine: inner.path === bare ? "raw-ip" : "packet", ...inner });
  const pieces: Uint8Array[] = [];
  let nowUs = 1_700_000_000_000_000;
  const link = new RecordingLink(taking, {
    write: (octets) => void pieces.push(octets),
    nowUs: () => (nowUs += 1_000),
    ...options,
  });
  link.pathTo(parseIpAddress("198.51.100.7")!, 0);
  return { link, taking, pieces };
}

function write(link: RecordingLink, frames: readonly Uint8Array[]): void {
  for (const [slot, frame] of frames.entries()) {
    link.octets.set(frame, slot * link.slotBytes);
    link.set(slot, frame.length);
  }
}

const came: { octets: Uint8Array; timeUs: number }[] = [];
const sink = {
  packet: (octets: Uint8Array, offset: number, captured: number, _wire: number, timeUs: number) =>
    void came.push({ octets: octets.slice(offset, offset + captured), timeUs }),
};

describe("a recording link", () => {
  it("writes what is sent and what comes, each with its time and direction, as IP packets where such are sent", () => {
    const { link, taking, pieces } = open({ path: bare });
    write(link, [probe(22), probe(443)]);
    assert.equal(link.send(2), 2);
    const framedReply = ethernet({ payload: reply(22) });
    const tooShort = framedReply.subarray(0, 13);
    taking.arriving.push(
      { octets: reply(443), timeUs: 1_700_000_000_001_200.5 },
      { octets: framedReply, timeUs: 1_700_000_000_001_300, linkType: LINKTYPE_ETHERNET },
      { octets: tooShort, timeUs: 1_700_000_000_001_400, linkType: LINKTYPE_ETHERNET },
      { octets: tooShort, timeUs: 1_700_000_000_001_400, linkType: LINKTYPE_LINUX_SLL2 },
    );
    came.length = 0;
    link.drain(sink);
    assert.deepEqual(
      came.map(({ octets }) => octets),
      [reply(443), framedReply, tooShort, tooShort],
    );
    assert.equal(pieces.length, 0, "gathered until a piece is full");
    link.flush();
    assert.equal(pieces.length, 1);
    link.close();
    const file = concat(...pieces);
    const common = { linkType: LINKTYPE_RAW, interfaceIndex: 0 };
    assert.deepEqual(readAll(file), [
      { octets: probe(22), timeUs: 1_700_000_000_001_000, ...common },
      { octets: probe(443), timeUs: 1_700_000_000_001_000, ...common },
      { octets: reply(443), timeUs: 1_700_000_000_001_200.5, ...common },
      { octets: reply(22), timeUs: 1_700_000_000_001_300, ...common },
    ]);
    assert.deepEqual(directionsIn(file), [2, 2, 1, 1]);
    assert.ok(new TextDecoder("latin1").decode(file).includes("raw-ip"));
  });

  for (const [interfaceIndex, numbers] of [
    [3, [0, 0]],
    [undefined, [0, 1]],
  ] as const) {
    it(`writes frames of Ethernet with the interfaces that they take, that of sending being ${interfaceIndex}`, () => {
      const { link, taking, pieces } = open(
        { path: framed },
        { interfaceIndex, nameOf: (index) => `eth${index}` },
      );
      const frame = ethernet({ payload: probe(22) });
      const framedReply = ethernet({ payload: reply(22) });
      write(link, [frame]);
      link.send(1);
      taking.arriving.push({ octets: framedReply, timeUs: 5, linkType: LINKTYPE_ETHERNET });
      link.drain(sink);
      link.close();
      const file = concat(...pieces);
      assert.deepEqual(
        readAll(file).map(({ octets, linkType, interfaceIndex: number }) => [octets, linkType, number]),
        [
          [frame, LINKTYPE_ETHERNET, numbers[0]],
          [framedReply, LINKTYPE_ETHERNET, numbers[1]],
        ],
      );
      assert.ok(new TextDecoder("latin1").decode(file).includes("eth3"));
    });
  }

  it("writes only what was taken, once, in the order that it was taken in", () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(5)), fc.integer({ min: 1, max: 60 }), (stream, count) => {
        const { link, taking, pieces } = open({
          path: bare,
          takes: (asked) => Math.min(asked, stream.next().value),
        });
        let waiting = Array.from({ length: count }, (_, port) => probe(port));
        while (waiting.length > 0) {
          const batch = waiting.slice(0, link.slots);
          write(link, batch);
          waiting = waiting.slice(link.send(batch.length));
        }
        link.close();
        assert.deepEqual(
          readAll(concat(...pieces)).map(({ octets }) => octets),
          taking.sent,
        );
        assert.equal(taking.sent.length, count);
      }),
    );
  });

  it("hands its octets on in pieces, and the rest at the end", () => {
    const { link, taking, pieces } = open({ path: bare });
    write(link, [probe(1)]);
    for (let turn = 0; turn < 2_000; turn += 1) link.send(1);
    assert.ok(pieces.length >= 2 && pieces.every(({ length }) => length <= 65_536));
    link.close();
    link.close();
    assert.equal(taking.closed, 1);
    assert.equal(readAll(concat(...pieces)).length, 2_000);
    assert.equal(link.ringDrops(), 5);
  });

  it("is a file also where nothing was sent", () => {
    const { link, pieces } = open({ path: bare });
    link.close();
    assert.deepEqual(readAll(concat(...pieces)), []);
  });

  it("closes the link underneath although its octets have nowhere to go", () => {
    const { link, taking } = open(
      { path: bare },
      {
        write: () => {
          throw new Error("full");
        },
      },
    );
    assert.throws(() => link.close(), /full/);
    assert.equal(taking.closed, 1);
  });

  const tcpdump = spawnSync("tcpdump", ["--version"]).status === 0;
  for (const path of [bare, framed]) {
    it(`is read by tcpdump, with an IP header at ${path.ipAt}`, {
      skip: !tcpdump && "tcpdump is not here",
    }, () => {
      const { link, taking, pieces } = open({ path });
      const wrap = (packet: Uint8Array): Uint8Array =>
        path === framed ? ethernet({ payload: packet }) : packet;
      write(link, [wrap(probe(22))]);
      link.send(1);
      const timeUs = 1_700_000_000_002_000;
      taking.arriving.push({ octets: ethernet({ payload: reply(22) }), timeUs, linkType: LINKTYPE_ETHERNET });
      link.drain(sink);
      link.close();
      const words = ["-n", "-tt", "-r", "-"];
      const { stdout, stderr, status } = spawnSync("tcpdump", words, {
        input: concat(...pieces),
        encoding: "utf8",
      });
      assert.equal(status, 0, stderr);
      const lines = stdout.trim().split("\n");
      assert.equal(lines.length, 2);
      assert.match(
        lines[0]!,
        /^1700000000\.001000 IP 192\.0\.2\.9\.61111 > 198\.51\.100\.7\.22: Flags \[S\]/,
      );
      assert.match(
        lines[1]!,
        /^1700000000\.002000 IP 198\.51\.100\.7\.22 > 192\.0\.2\.9\.61111: Flags \[R\]/,
      );
    });
  }
});
