import assert from "node:assert/strict";
import { test } from "node:test";
import { checksumHolds } from "../checksum.js";
import { hex } from "../octets.js";
import { emitUdpLite, parseUdpLite, UDP_LITE_COVERAGE_IMPOSSIBLE } from "./udp-lite.js";

test("the checksum covers as many octets as are said, or all", () => {
  const datagram = { sourcePort: 1, destinationPort: 2, checksum: 0, payload: hex("616263") };
  for (const [checksumCoverage, covered] of [
    [0, 11],
    [8, 8],
    [10, 10],
  ] as const) {
    const out = new Uint8Array(11);
    emitUdpLite({ ...datagram, checksumCoverage }, out, 0, 7);
    assert.equal(checksumHolds(out, 0, covered, 7), true, `coverage ${checksumCoverage}`);
  }
});

test("a coverage of part of the header, or of more than there is, names it", () => {
  assert.equal(parseUdpLite(hex("0001 0002 0007 0000 6162")), UDP_LITE_COVERAGE_IMPOSSIBLE);
  assert.equal(parseUdpLite(hex("0001 0002 000b 0000 6162")), UDP_LITE_COVERAGE_IMPOSSIBLE);
});
