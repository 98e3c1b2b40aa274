import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { hex, internetSum, latin1, u16 } from "@palisade/wire";
import { UDP_PAYLOAD_BYTES_MAX, udpPayload, udpPayloads } from "./udp-payloads.js";

describe("UDP payloads", () => {
  it("are found at their ports, the first of two in the first pass and the second in the next", () => {
    const ports = new Set(udpPayloads.flatMap((payload) => payload.ports));
    assert.ok(ports.size > 40);
    for (const port of ports) {
      const [first, second = first, ...more] = udpPayloads.filter((payload) => payload.ports.includes(port));
      assert.equal(more.length, 0);
      for (const [pass, payload] of [first, second, first, second].entries())
        assert.equal(udpPayload(port, pass), payload);
    }
    for (const payload of udpPayloads) assert.ok(payload.ports.length > 0 && payload.spec !== "");
    assert.notEqual(udpPayload(161, 0), udpPayload(161, 1));
  });

  it("are empty at ports of no known service", () => {
    for (const port of [0, 1, 51_820, 65_535]) {
      assert.deepEqual([udpPayload(port).octets.length, udpPayload(port).sum], [0, 0]);
    }
  });

  it("know their sum, keep within the bound and are not empty", () => {
    for (const { octets, sum, protocol } of udpPayloads) {
      assert.equal(sum, internetSum(octets, 0, octets.length), protocol);
      assert.ok(octets.length > 0 && octets.length <= UDP_PAYLOAD_BYTES_MAX, protocol);
    }
  });

  it("fill a QUIC client's first datagram, with a version that is reserved to be unknown", () => {
    const { octets } = udpPayload(443);
    assert.equal(octets.length, 1200);
    // RFC 9000 §15: each octet of such a version ends in a.
    for (const octet of octets.subarray(1, 5)) assert.equal(octet & 0x0f, 0x0a);
  });

  it("are these octets: the discovery of an SNMP engine", () => {
    assert.deepEqual(
      udpPayload(161, 1).octets,
      hex(`
        30 39 02 01 03
        30 0e 02 02 5061 02 02 04b0 04 01 04 02 01 03 # identifier, size, reportable, user-based
        04 10 30 0e 04 00 02 01 00 02 01 00 04 00 04 00 04 00 # no engine, nobody
        30 12 04 00 04 00 a0 0c 02 02 5061 02 01 00 02 01 00 30 00`),
    );
  });

  it("are these octets: DNS of RFC 4892, SNMP, IPMI, XDMCP", () => {
    assert.deepEqual(
      udpPayload(53).octets,
      hex("5061 0000 0001 0000 0000 0000 07 76657273696f6e 04 62696e64 00 0010 0003"),
    );
    assert.deepEqual(
      udpPayload(161).octets,
      hex(`30 27 02 01 00 04 06 7075626c6963 a0 1a 02 02 5061 02 01 00 02 01 00
        30 0e 30 0c 06 08 2b06010201010100 05 00`),
    );
    assert.deepEqual(
      udpPayload(623).octets,
      hex("0600ff07 00 00000000 00000000 09 20 18 c8 81 00 38 8e 04 b5"),
    );
    assert.deepEqual(udpPayload(177).octets, hex("0001 0002 0001 00"));
  });

  it("of IPMI sum to zero from each address to its checksum (IPMI 2.0 §13.8)", () => {
    const { octets } = udpPayload(623);
    const sum = (from: number, to: number) =>
      octets.subarray(from, to).reduce((total, octet) => total + octet, 0);
    assert.equal(sum(14, 17) & 0xff, 0);
    assert.equal(sum(17, 23) & 0xff, 0);
  });

  it("say their own length where the protocol has one", () => {
    const lengths = [
      [500, 26],
      [1701, 2],
      [1812, 2],
      [3671, 4],
      [47_808, 2],
    ] as const;
    for (const [port, at] of lengths) {
      assert.equal(u16(udpPayload(port).octets, at), udpPayload(port).octets.length, String(port));
    }
  });

  it("end SIP and SSDP requests with an empty line", () => {
    for (const port of [5060, 1900]) {
      assert.deepEqual(udpPayload(port).octets.slice(-4), latin1("\r\n\r\n"));
    }
  });
});
