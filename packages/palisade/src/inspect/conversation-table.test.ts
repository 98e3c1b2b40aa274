import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { formatIpAddress } from "@palisade/wire";
import fc from "fast-check";
import {
  CONVERSATIONS_PER_SHARD_MAX,
  type Conversation,
  ConversationTable,
  compareConversations,
} from "./conversation-table.js";

const PROTOCOLS = ["", "dns", "tls", "ssh"];
const APPLICATIONS = ["", "shop"];

function top(table: ConversationTable, count: number): Conversation[] {
  return table.top(
    count,
    (number) => PROTOCOLS[number]!,
    (number) => APPLICATIONS[number]!,
  );
}

/** Words of an address with the octets `high` and `low` in its first and last. */
function words(ipVersion: 4 | 6, high: number, low: number): Int32Array {
  return ipVersion === 4 ? Int32Array.of((high << 24) | low, 0, 0, 0) : Int32Array.of(high << 24, 0, 0, low);
}

function addressOf(ipVersion: 4 | 6, high: number, low: number): string {
  const octets = new Uint8Array(ipVersion === 4 ? 4 : 16);
  octets[0] = high;
  octets[octets.length - 1] = low;
  return formatIpAddress(octets);
}

const flow = fc.record({
  ipVersion: fc.constantFrom<4 | 6>(4, 6),
  high: fc.constantFrom(0, 10, 255),
  low: fc.nat(3),
  protocol: fc.integer({ min: 1, max: 3 }),
  application: fc.nat(1),
  packets: fc.nat(9),
  bytes: fc.nat(1_000),
});

describe("a table of conversations", () => {
  it("sums flows as a map by text does", () => {
    fc.assert(
      fc.property(fc.array(flow, { maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (flows, count) => {
        const table = new ConversationTable();
        const expected = new Map<string, Conversation>();
        for (const { ipVersion, high, low, protocol, application, packets, bytes } of flows) {
          const both = Int32Array.of(...words(ipVersion, high, low), ...words(ipVersion, 192, 1));
          table.add(both, ipVersion, protocol, application, packets, bytes);
          const src = addressOf(ipVersion, high, low);
          const key = `${src} ${protocol} ${application}`;
          const known = expected.get(key);
          expected.set(key, {
            src,
            dst: addressOf(ipVersion, 192, 1),
            protocol: PROTOCOLS[protocol]!,
            application: APPLICATIONS[application]!,
            flows: (known?.flows ?? 0) + 1,
            packets: (known?.packets ?? 0) + packets,
            bytes: (known?.bytes ?? 0) + bytes,
          });
        }
        assert.equal(table.size, expected.size);
        assert.deepEqual(
          top(table, count),
          [...expected.values()].sort(compareConversations).slice(0, count),
        );
      }),
    );
  });

  it("holds so many, and keeps the largest of more", () => {
    const table = new ConversationTable();
    const more = CONVERSATIONS_PER_SHARD_MAX + 1_000;
    for (let at = 0; at < more; at += 1) {
      // The large ones come first, so that none of them is begun when small ones are no longer.
      const both = Int32Array.of(at, 0, 0, 0, 1, 0, 0, 0);
      table.add(both, 4, 1, 0, 1, more - at);
    }
    assert.ok(table.size <= CONVERSATIONS_PER_SHARD_MAX);
    assert.deepEqual(
      top(table, 3).map(({ bytes }) => bytes),
      [more, more - 1, more - 2],
    );
    // One that is still there goes on where it was.
    table.add(Int32Array.of(0, 0, 0, 0, 1, 0, 0, 0), 4, 1, 0, 1, 10);
    assert.deepEqual([top(table, 1)[0]!.flows, top(table, 1)[0]!.bytes], [2, more + 10]);
  });
});
