import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { IP_PROTOCOL_ICMP, IP_PROTOCOL_SCTP, IP_PROTOCOL_TCP, IP_PROTOCOL_UDP } from "@palisade/wire";
import { parseDecoys } from "./decoys.js";
import {
  checkEvasion,
  EVASION_DATA_BYTES_MAX,
  type Evasion,
  type EvasiveProbes,
  evasiveProbeBytes,
  FRAGMENT_BYTES_MAX,
  framesPerProbe,
} from "./evasion.js";

const tcp: EvasiveProbes = { ipVersion: 4, ipProtocol: IP_PROTOCOL_TCP, probeBytesMax: 24 };
const udp: EvasiveProbes = { ipVersion: 4, ipProtocol: IP_PROTOCOL_UDP, probeBytesMax: 1_208 };
const sctp: EvasiveProbes = { ipVersion: 4, ipProtocol: IP_PROTOCOL_SCTP, probeBytesMax: 32 };
const icmp: EvasiveProbes = { ipVersion: 4, ipProtocol: IP_PROTOCOL_ICMP, probeBytesMax: 8 };
const several: EvasiveProbes = { ipVersion: 4, ipProtocol: 0, probeBytesMax: 32 };
const decoys = parseDecoys("192.0.2.1,192.0.2.2,ME", 4);

describe("evasion", () => {
  for (const [what, evasion, probes] of [
    ["nothing", {}, tcp],
    ["all at once", { decoys, fragmentBytes: 8, timeToLive: 1, badChecksum: true, dataBytes: 20 }, tcp],
    [
      "the smallest and the largest",
      { fragmentBytes: FRAGMENT_BYTES_MAX, timeToLive: 255, dataBytes: EVASION_DATA_BYTES_MAX },
      { ...tcp, probeBytesMax: 100 },
    ],
    ["data behind ICMP", { dataBytes: 1, badChecksum: true }, icmp],
    ["fragments of UDP that is long enough", { fragmentBytes: 8 }, { ...udp, probeBytesMin: 9 }],
    ["fragments of UDP with data", { fragmentBytes: 8, dataBytes: 1 }, udp],
    ["SCTP that keeps its cookie", { fragmentBytes: 24, badChecksum: true, decoys }, sctp],
    ["decoys of several protocols", { decoys, timeToLive: 9 }, several],
    ["no data", { dataBytes: 0, badChecksum: false }, several],
  ] as const satisfies readonly (readonly [string, Evasion, EvasiveProbes])[]) {
    it(`takes ${what}`, () => checkEvasion(evasion, probes));
  }

  for (const [evasion, probes, code, wrong] of [
    [{ timeToLive: 0 }, tcp, "SCAN_EVASION_TTL", /is 0: give 1 to 255/],
    [{ timeToLive: 256 }, tcp, "SCAN_EVASION_TTL", /256/],
    [{ timeToLive: 1.5 }, tcp, "SCAN_EVASION_TTL", /1\.5/],
    [{ dataBytes: -1 }, tcp, "SCAN_EVASION_DATA", /0 to 1400/],
    [{ dataBytes: EVASION_DATA_BYTES_MAX + 1 }, tcp, "SCAN_EVASION_DATA", /0 to 1400/],
    [{ dataBytes: 8 }, sctp, "SCAN_EVASION_DATA", /behind SCTP: it goes with TCP, UDP and ICMP/],
    [{ dataBytes: 8 }, several, "SCAN_EVASION_DATA", /several IP protocols/],
    [{ dataBytes: 300 }, udp, "SCAN_EVASION_DATA", /at most 272, or have them cut/],
    [{ badChecksum: true }, several, "SCAN_EVASION_CHECKSUM", /several IP protocols/],
    [{ badChecksum: true }, { ...several, ipProtocol: 47 }, "SCAN_EVASION_CHECKSUM", /IP protocol 47/],
    [{ decoys }, { ...tcp, ipVersion: 6 }, "SCAN_EVASION_DECOYS", /not of IPv6/],
    [{ fragmentBytes: 0 }, tcp, "SCAN_EVASION_FRAGMENTS", /multiple of 8/],
    [{ fragmentBytes: 12 }, tcp, "SCAN_EVASION_FRAGMENTS", /fragments of 12 octets/],
    [{ fragmentBytes: FRAGMENT_BYTES_MAX + 8 }, tcp, "SCAN_EVASION_FRAGMENTS", /multiple of 8/],
    [{ fragmentBytes: 8 }, several, "SCAN_EVASION_FRAGMENTS", /mostly empty/],
    [{ fragmentBytes: 24 }, tcp, "SCAN_EVASION_FRAGMENTS", /whole probe of 24.*at least 1 octets of data/],
    [{ fragmentBytes: 8 }, udp, "SCAN_EVASION_FRAGMENTS", /whole probe of 8/],
    [{ fragmentBytes: 32 }, sctp, "SCAN_EVASION_FRAGMENTS", /ask for smaller ones$/],
    [{ fragmentBytes: 16 }, sctp, "SCAN_EVASION_FRAGMENTS", /--mtu 24/],
  ] as const satisfies readonly (readonly [Evasion, EvasiveProbes, string, RegExp])[]) {
    it(`refuses ${JSON.stringify(evasion).slice(0, 40)} for protocol ${probes.ipProtocol} by ${code}`, () => {
      assert.throws(
        () => checkEvasion(evasion, probes),
        (error: Error & { code?: string }) => {
          assert.equal(error.code, code);
          assert.match(error.message, wrong);
          assert.doesNotMatch(error.message, /\n/);
          return true;
        },
      );
    });
  }

  it("says how long and how many the frames are", () => {
    assert.equal(evasiveProbeBytes({}, tcp), 24);
    assert.equal(evasiveProbeBytes({ dataBytes: 10 }, tcp), 34);
    assert.equal(evasiveProbeBytes({ dataBytes: 10, fragmentBytes: 16 }, tcp), 16);
    assert.equal(evasiveProbeBytes({ fragmentBytes: 16 }, { ...tcp, ipVersion: 6 }), 24);
    assert.equal(framesPerProbe({}, tcp), 1);
    assert.equal(framesPerProbe({ decoys }, tcp), 3);
    assert.equal(framesPerProbe({ decoys, fragmentBytes: 16 }, tcp), 6);
    assert.equal(framesPerProbe({ fragmentBytes: 8, dataBytes: 1 }, tcp), 4);
    assert.equal(framesPerProbe({ decoys }, { ...several, probeBytesMax: 0 }), 3);
  });
});
