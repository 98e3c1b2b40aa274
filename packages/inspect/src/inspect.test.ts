import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { gzipSync } from "node:zlib";
import { LINKTYPE_ETHERNET, latin1, PcapngWriter, PcapWriter } from "@palisade/wire";
import { conversation, type Frame, framesOf, START_US, udpFrame } from "./engine.build.js";
import type { FlowRecord } from "./flow/flow-record.js";
import { type InspectOptions, type InspectSummary, inspect } from "./inspect.js";

const REQUEST = latin1("GET / HTTP/1.1\r\nHost: www.example.com\r\nUser-Agent: example/1.0\r\n\r\n");
const RESPONSE = latin1("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n");

const frames: readonly Frame[] = [
  ...framesOf(
    conversation({
      turns: [
        { from: "client", octets: REQUEST },
        { from: "server", octets: RESPONSE },
      ],
    }),
  ),
  udpFrame(START_US + 100_000_000, { sourcePort: 5 }),
  udpFrame(START_US + 100_000_001, { sourcePort: 6 }),
];

function captureOf(format: "pcap" | "pcapng"): Uint8Array {
  const parts: Uint8Array[] = [];
  const write = (octets: Uint8Array) => void parts.push(octets);
  const writer =
    format === "pcap" ? new PcapWriter(write, { linkType: LINKTYPE_ETHERNET }) : new PcapngWriter(write);
  for (const { octets, timeUs } of frames)
    writer.packet(octets, 0, octets.length, octets.length, timeUs, LINKTYPE_ETHERNET);
  writer.end();
  return Buffer.concat(parts);
}

function* pieces(octets: Uint8Array, size: number): Generator<Uint8Array> {
  for (let at = 0; at < octets.length; at += size) yield octets.subarray(at, at + size);
}

async function all(
  capture: Iterable<Uint8Array>,
  options?: InspectOptions,
): Promise<{ flows: FlowRecord[]; summary: InspectSummary }> {
  const flows: FlowRecord[] = [];
  const generator = inspect(capture, options);
  for (;;) {
    const { done, value } = await generator.next();
    if (done === true) return { flows, summary: value };
    flows.push(value);
  }
}

describe("inspecting a capture", () => {
  it("gives its flows as they end, then what it came to", async () => {
    const { flows, summary } = await all([captureOf("pcap")]);
    assert.deepEqual(
      flows.map(({ appProto, end, sport }) => [appProto, end, sport]),
      [
        ["http", "closed", 49_152],
        [undefined, "end-of-capture", 5],
        [undefined, "end-of-capture", 6],
      ],
    );
    assert.equal(summary.totals.packets, frames.length);
    assert.equal(summary.totals.flows, 3);
    assert.deepEqual(
      [summary.capture.format, summary.capture.truncated, summary.capture.malformed],
      ["pcap", false, undefined],
    );
    assert.equal(summary.statistics[0]!.path, "eth");
    assert.deepEqual(summary.anomalies, []);
  });

  it("does not depend on the format, nor on how the octets come", async () => {
    const whole = await all([captureOf("pcap")]);
    for (const format of ["pcap", "pcapng"] as const) {
      for (const size of [1, 7, 100, 4_096]) {
        const { flows } = await all(pieces(captureOf(format), size));
        assert.deepEqual(flows, whole.flows, `${format} in pieces of ${size}`);
      }
    }
  });

  it("delivers what stands before the cut of a truncated capture, and says that it is cut", async () => {
    const octets = captureOf("pcap");
    const { flows, summary } = await all([octets.subarray(0, octets.length - 3)]);
    assert.equal(summary.capture.truncated, true);
    assert.equal(summary.capture.missingBytes, 3);
    assert.equal(summary.totals.packets, frames.length - 1);
    assert.deepEqual(
      flows.map(({ sport }) => sport),
      [49_152, 5],
    );
  });

  it("refuses what is no capture, however it is cut, and reads no more of it", async () => {
    const text = latin1("this is a text, not a capture of anything");
    const gzipped = gzipSync(captureOf("pcap"));
    for (const octets of [text, gzipped, text.subarray(0, 3)]) {
      for (const size of [1, 100]) {
        await assert.rejects(all(pieces(octets, size)), {
          name: "PalisadeError",
          code: "CAPTURE_UNKNOWN_FORMAT",
          message: /^not a capture: neither pcap nor pcapng; .*createGunzip/,
        });
      }
    }
    await assert.rejects(all([]), { name: "PalisadeError", code: "CAPTURE_EMPTY" });
    let given = 0;
    const endless = function* () {
      for (;;) {
        given += 1;
        yield text;
      }
    };
    await assert.rejects(all(endless()), { code: "CAPTURE_UNKNOWN_FORMAT" });
    assert.equal(given, 1);
  });

  it("puts into records the attributes asked for", async () => {
    const some = await all([captureOf("pcap")], { attributes: ["http.host"] });
    assert.deepEqual(Object.keys(some.flows[0]!.attributes), ["http.host"]);
    const none = await all([captureOf("pcap")], { attributes: [] });
    assert.deepEqual(none.flows[0]!.attributes, {});
    assert.equal(none.flows[0]!.appProto, "http");
  });

  it("refuses an attribute that no protocol has", async () => {
    await assert.rejects(all([captureOf("pcap")], { attributes: ["http.hots"] }), {
      name: "PalisadeError",
      code: "INSPECT_ATTRIBUTE_UNKNOWN",
      message: 'no protocol has an attribute "http.hots"',
    });
  });

  it("reads no further than flows are taken", async () => {
    let given = 0;
    const source = function* () {
      for (const piece of pieces(captureOf("pcap"), 64)) {
        given += piece.length;
        yield piece;
      }
      // A capture that goes on for ever.
      for (;;) {
        given += 1;
        yield new Uint8Array(0);
      }
    };
    for await (const flow of inspect(source())) {
      assert.equal(flow.appProto, "http");
      break;
    }
    assert.ok(given <= captureOf("pcap").length);
  });
});
