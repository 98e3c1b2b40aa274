import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { type FlowRecord, inspect } from "@palisade/inspect";
import { CaptureReader, cidrContains, parseCidr, parseIpAddress } from "@palisade/wire";
import { palisade, temporaryFolder } from "../command.build.js";
import { exampleCapture } from "./example-capture.js";
import { openExample } from "./example-device.js";

async function flowsOf(capture: Uint8Array): Promise<FlowRecord[]> {
  const flows: FlowRecord[] = [];
  for await (const flow of inspect([capture])) flows.push(flow);
  return flows.sort((a, b) => a.firstPacket - b.firstPacket);
}

describe("the example capture", () => {
  it("is a whole capture, in the order of its times, and the same every time", () => {
    const capture = exampleCapture();
    const timesUs: number[] = [];
    const reader = new CaptureReader({ packet: (_, __, ___, ____, timeUs) => timesUs.push(timeUs) });
    reader.push(capture);
    const { malformed, truncated, packets, format } = reader.end();
    assert.deepEqual(
      { malformed, truncated, packets, format },
      { malformed: undefined, truncated: false, packets: 95, format: "pcap" },
    );
    assert.deepEqual(
      timesUs,
      [...timesUs].sort((a, b) => a - b),
    );
    assert.equal(timesUs[0], Date.UTC(2024, 4, 1, 9) * 1000);
    assert.ok(Buffer.from(exampleCapture()).equals(capture));
  });

  it("shows what it was made to show", async () => {
    const shown = (await flowsOf(exampleCapture())).map(({ appProto, confidence, findings, attributes }) => [
      appProto,
      confidence,
      attributes["tls.sni"] ?? attributes["quic.sni"] ?? attributes["http.host"] ?? attributes["dns.query"],
      findings.map(({ kind }) => kind),
    ]);
    assert.deepEqual(shown, [
      ["dhcp", "dpi", undefined, []],
      ["dhcp", "dpi", undefined, []],
      ["ntp", "dpi", undefined, []],
      ["dns", "dpi", ["www.example.com"], []],
      ["tls", "dpi", "www.example.com", []],
      ["dns", "dpi", ["cdn.example.net"], []],
      ["quic", "dpi", "cdn.example.net", []],
      ["icmpv6", "dpi", undefined, []],
      ["http", "dpi", "printer.example.com", ["http.basic-credentials"]],
      ["ssh", "dpi", undefined, []],
      ["dns", "dpi", ["broken.example"], ["dns.pointer-wrong"]],
    ]);
  });

  it("holds TCP connections from their first packet to their last, with nothing lost", async () => {
    const connections = (await flowsOf(exampleCapture())).filter(({ tcp }) => tcp !== undefined);
    assert.equal(connections.length, 3);
    for (const { connState, history, tcp } of connections) {
      assert.equal(connState, "SF");
      assert.match(history, /^ShA/);
      assert.deepEqual(
        [tcp!.retransmissions, tcp!.outOfOrder, tcp!.missedBytes],
        [
          [0, 0],
          [0, 0],
          [0, 0],
        ],
      );
      assert.ok(tcp!.rttUs! > 3_000 && tcp!.rttUs! < 50_000);
    }
  });

  it("names documentation addresses only", async () => {
    const reserved = ["192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24", "2001:db8::/32"].map(
      (text) => parseCidr(text)!,
    );
    const dhcp = ["0.0.0.0", "255.255.255.255"];
    for (const { src, dst } of await flowsOf(exampleCapture())) {
      for (const address of [src, dst]) {
        const octets = parseIpAddress(address)!;
        assert.ok(dhcp.includes(address) || reserved.some((cidr) => cidrContains(cidr, octets)), address);
      }
    }
  });

  it("is a device that can be read twice, and stopped", async () => {
    const device = openExample();
    assert.equal(device.name, "example");
    for (let round = 0; round < 2; round += 1) {
      let octets = 0;
      for await (const chunk of device.chunks()) octets += chunk.length;
      assert.equal(octets, device.sizeBytes);
      assert.equal(device.positionBytes, device.sizeBytes);
    }
    for await (const _ of device.chunks({ signal: AbortSignal.abort() }))
      assert.fail("a chunk after the stop");
  });
});

describe("palisade inspect --example", () => {
  it("shows the example's table", () => {
    const { status, stdout, stderr } = palisade(["inspect", "--example"]);
    assert.equal(status, 0);
    assert.equal(stderr, "");
    assert.match(stdout, /^95 packets, .* 11 flows, 48 s from 2024-05-01T09:00:00\.000Z\n/);
    assert.match(stdout, /^192\.0\.2\.23 +198\.51\.100\.10:443 +tls +1 +31 .* www\.example\.com$/m);
    assert.match(stdout, /^medium +http\.basic-credentials +1 flow +57 +192\.0\.2\.23 → 192\.0\.2\.80:80 /m);
    assert.match(stdout, /^low +dns\.pointer-wrong +1 flow +95 /m);
  });

  it("explains the flow of a finding by the finding's packet", () => {
    const { stdout } = palisade(["inspect", "--example", "--explain", "57"]);
    assert.match(stdout, /^192\.0\.2\.23:40131 → 192\.0\.2\.80:80 /);
    assert.match(stdout, /http\.basic-credentials, first in packet 57/);
  });

  it("goes with the other options, and with several workers", () => {
    const output = join(temporaryFolder(), "flows.jsonl");
    const one = palisade([
      "inspect",
      "--example",
      "--format",
      "jsonl",
      "--filter",
      "app_proto == tls",
      "-o",
      output,
    ]);
    assert.deepEqual(one, { status: 0, stdout: "", stderr: "" });
    const [line, ...rest] = readFileSync(output, "utf8").trimEnd().split("\n");
    assert.deepEqual(rest, []);
    assert.equal(JSON.parse(line!)["tls.certificate-issuer"], "CN=Example CA");
    const single = palisade(["inspect", "--example", "--format", "jsonl"]);
    const shared = palisade(["inspect", "--example", "--format", "jsonl", "--workers", "2"]);
    assert.equal(shared.status, 0);
    assert.equal(shared.stdout, single.stdout);
  });

  it("is refused beside a capture or an interface", () => {
    for (const words of [["other.pcap"], ["-i", "lo"], ["-i", "-"]]) {
      const { status, stdout, stderr } = palisade(["inspect", "--example", ...words]);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.equal(stderr, "palisade: --example is a capture: give no other with it\n");
    }
  });
});
