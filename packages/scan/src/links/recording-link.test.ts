import assert from "node:assert/strict";
import { describe, it } from "node:test";
import {
  CaptureReader,
  concat,
  ETHERTYPE_IPV4,
  ethernet,
  ipv4,
  LINKTYPE_ETHERNET,
  LINKTYPE_LINUX_SLL2,
  LINKTYPE_RAW,
  parseIpAddress,
  TCP_RST,
  TCP_SYN,
  tcp,
} from "@palisade/wire";
import fc from "fast-check";
import type { ProbePath } from "./probe-link.js";
import { Recorder, type RecorderOptions } from "./recorder.js";
import { directionsIn, interfacesIn } from "./recording-link.build.js";
import { RecordingLink } from "./recording-link.js";
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

function open(inner: TakingLinkOptions, options: Partial<RecorderOptions> = {}, leavingBy?: string) {
  const taking = new TakingLink({ engine: inner.path === bare ? "raw-ip" : "packet", ...inner });
  const pieces: Uint8Array[] = [];
  let nowUs = 1_700_000_000_000_000;
  const recorder = new Recorder({
    write: (octets) => void pieces.push(octets),
    nowUs: () => (nowUs += 1_000),
    ...options,
  });
  const link = new RecordingLink(taking, recorder, leavingBy);
  link.pathTo(parseIpAddress("198.51.100.7")!, 0);
  return { link, taking, pieces, recorder };
}

/** As an interface that has no Ethernet header shows it. */
const framedByZeros = (packet: Uint8Array): Uint8Array =>
  ethernet({
    source: "00:00:00:00:00:00",
    destination: "00:00:00:00:00:00",
    etherType: ETHERTYPE_IPV4,
    payload: packet,
  });

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
  it("writes what is sent and what comes, each with its time and direction, as frames of Ethernet", () => {
    const { link, taking, pieces, recorder } = open({ path: bare }, { nameOf: () => "eth3" });
    write(link, [probe(22), probe(443)]);
    assert.equal(link.send(2), 2);
    const framedReply = ethernet({ payload: reply(22) });
    const cooked = concat(new Uint8Array(20).fill(0, 2).fill(8, 0, 1), reply(80));
    const tooShort = new Uint8Array(13);
    const arriving = [
      { octets: reply(443), timeUs: 1_700_000_000_001_200.5 },
      { octets: framedReply, timeUs: 1_700_000_000_001_300, linkType: LINKTYPE_ETHERNET },
      { octets: cooked, timeUs: 1_700_000_000_001_400, linkType: LINKTYPE_LINUX_SLL2 },
      { octets: tooShort, timeUs: 1_700_000_000_001_500, linkType: LINKTYPE_LINUX_SLL2 },
      { octets: tooShort, timeUs: 1_700_000_000_001_600, linkType: LINKTYPE_RAW },
    ];
    taking.arriving.push(...arriving);
    came.length = 0;
    link.drain(sink);
    assert.deepEqual(
      came.map(({ octets }) => octets),
      arriving.map(({ octets }) => octets),
    );
    assert.equal(pieces.length, 0, "gathered until a piece is full");
    link.close();
    recorder.end();
    const file = concat(...pieces);
    const linkType = LINKTYPE_ETHERNET;
    assert.deepEqual(readAll(file), [
      { octets: framedByZeros(probe(22)), timeUs: 1_700_000_000_002_000, linkType, interfaceIndex: 0 },
      { octets: framedByZeros(probe(443)), timeUs: 1_700_000_000_002_000, linkType, interfaceIndex: 0 },
      { octets: framedByZeros(reply(443)), timeUs: 1_700_000_000_001_200.5, linkType, interfaceIndex: 1 },
      { octets: framedReply, timeUs: 1_700_000_000_001_300, linkType, interfaceIndex: 1 },
      { octets: framedByZeros(reply(80)), timeUs: 1_700_000_000_001_400, linkType, interfaceIndex: 1 },
    ]);
    assert.deepEqual(directionsIn(file), [2, 2, 1, 1, 1]);
    assert.deepEqual(interfacesIn(file), ["raw-ip", "eth3"]);
  });

  for (const [leavingBy, names] of [
    ["eth3", ["eth3"]],
    [undefined, ["packet", "eth3"]],
  ] as const) {
    it(`describes an interface once, by its name, that of sending being ${leavingBy}`, () => {
      const { link, taking, pieces, recorder } = open(
        { path: framed },
        { nameOf: (index) => `eth${index}` },
        leavingBy,
      );
      const frame = ethernet({ payload: probe(22) });
      const framedReply = ethernet({ payload: reply(22) });
      write(link, [frame]);
      link.send(1);
      taking.arriving.push({ octets: framedReply, timeUs: 5, linkType: LINKTYPE_ETHERNET });
      link.drain(sink);
      recorder.end();
      const file = concat(...pieces);
      assert.deepEqual(
        readAll(file).map(({ octets, interfaceIndex }) => [octets, interfaceIndex]),
        [
          [frame, 0],
          [framedReply, names.length - 1],
        ],
      );
      assert.deepEqual(interfacesIn(file), names);
    });
  }

  it("writes only what was taken, once, in the order that it was taken in", () => {
    fc.assert(
      fc.property(fc.infiniteStream(fc.nat(5)), fc.integer({ min: 1, max: 60 }), (stream, count) => {
        const { link, taking, pieces, recorder } = open({
          path: bare,
          takes: (asked) => Math.min(asked, stream.next().value),
        });
        let waiting = Array.from({ length: count }, (_, port) => probe(port));
        while (waiting.length > 0) {
          const batch = waiting.slice(0, link.slots);
          write(link, batch);
          waiting = waiting.slice(link.send(batch.length));
        }
        recorder.end();
        assert.deepEqual(
          readAll(concat(...pieces)).map(({ octets }) => octets),
          taking.sent.map(framedByZeros),
        );
        assert.equal(taking.sent.length, count);
      }),
    );
  });

  it("hands on the link addresses of the link underneath, and closes that, not the recorder", () => {
    const taking = new TakingLink({ path: framed });
    const linkAddresses = new Uint8Array(12);
    const recorder = new Recorder({ write: () => {}, nowUs: () => 0 });
    const link = new RecordingLink(Object.assign(taking, { linkAddresses }), recorder);
    assert.equal(link.linkAddresses, linkAddresses);
    assert.equal(link.engine, "taking");
    assert.equal(link.ringDrops(), 5);
    link.close();
    assert.equal(taking.closed, 1);
  });

  it("passes on what the octets' taker throws", () => {
    const { link } = open(
      { path: bare },
      {
        write: () => {
          throw new Error("full");
        },
      },
    );
    write(link, [probe(1)]);
    assert.throws(() => {
      for (let turn = 0; turn < 2_000; turn += 1) link.send(1);
    }, /full/);
  });
});
