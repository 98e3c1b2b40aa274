import assert from "node:assert/strict";
import { test } from "node:test";
import { checksumHolds } from "../checksum.js";
import { hex } from "../octets.js";
import { emitIgmp, IGMP_QUERY, IGMP_TRUNCATED, type Igmp, igmpBytes, parseIgmp } from "./igmp.js";

test("a query is of version 3 from twelve octets on", () => {
  assert.deepEqual(parseIgmp(hex("11 64 ee9b 00000000")), {
    kind: "message",
    type: IGMP_QUERY,
    responseCode: 100,
    checksum: 0xee9b,
    group: hex("00000000"),
  });
  assert.deepEqual(parseIgmp(hex("11 64 0000 e9000001 0a 7d 0001 c0000201")), {
    kind: "query-3",
    responseCode: 100,
    checksum: 0,
    group: hex("e9000001"),
    suppress: true,
    robustness: 2,
    intervalCode: 125,
    sources: [hex("c0000201")],
  });
});

test("a report of version 3 has records, each with sources and auxiliary data", () => {
  assert.deepEqual(
    parseIgmp(hex("22 00 0000 0000 0002  04 00 0000 e9000001  05 01 0001 e9000002 c0000201 aabbccdd")),
    {
      kind: "report-3",
      checksum: 0,
      records: [
        { type: 4, group: hex("e9000001"), sources: [], auxiliary: hex("") },
        { type: 5, group: hex("e9000002"), sources: [hex("c0000201")], auxiliary: hex("aabbccdd") },
      ],
    },
  );
});

test("the computed checksum holds", () => {
  const message: Igmp = {
    kind: "message",
    type: 0x16,
    responseCode: 0,
    checksum: 0xbeef,
    group: hex("e9000001"),
  };
  const out = new Uint8Array(igmpBytes(message));
  emitIgmp(message, out, 0, true);
  assert.equal(checksumHolds(out, 0, out.length), true);
});

test("counts that promise more than there is name it", () => {
  assert.equal(parseIgmp(hex("11 64 0000 e9000001 0a 7d ffff c0000201")), IGMP_TRUNCATED);
  assert.equal(parseIgmp(hex("22 00 0000 0000 ffff  04 00 0000 e9000001")), IGMP_TRUNCATED);
  assert.equal(parseIgmp(hex("22 00 0000 0000 0001  04 01 0000 e9000001 aabbcc")), IGMP_TRUNCATED);
  assert.equal(parseIgmp(hex("22 00 0000 0000 0001  04 00 0001 e9000001")), IGMP_TRUNCATED);
});
