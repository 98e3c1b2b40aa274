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
  bytes: fc.nat(50),
  port: fc.constantFrom(0, 53, 443),
  detail: fc.constantFrom("", "a", "b"),
});

describe("a table of conversations", () => {
  it("sums flows as a map by text does", () => {
    fc.assert(
      fc.property(fc.array(flow, { maxLength: 300 }), fc.integer({ min: 1, max: 50 }), (flows, count) => {
        const table = new ConversationTable();
        const expected = new Map<string, Conversation>();
        const largest = new Map<string, number>();
        flows.forEach(({ ipVersion, high, low, protocol, application, packets, bytes, port, detail }, at) => {
          const both = Int32Array.of(...words(ipVersion, high, low), ...words(ipVersion, 192, 1));
          const number = table.add(both, ipVersion, protocol, application, port, packets, bytes);
          if (detail !== "" && table.leads(number, bytes, at))
            table.setSample(number, { bytes, firstPacket: at, detail });
          const src = addressOf(ipVersion, high, low);
          const key = `${src} ${protocol} ${application}`;
          const known = expected.get(key);
          const speaks = detail !== "" && bytes > (largest.get(key) ?? -1);
          if (speaks) largest.set(key, bytes);
          expected.set(key, {
            src,
            dst: addressOf(ipVersion, 192, 1),
            protocol: PROTOCOLS[protocol]!,
            application: APPLICATIONS[application]!,
            flows: (known?.flows ?? 0) + 1,
            packets: (known?.packets ?? 0) + packets,
            bytes: (known?.bytes ?? 0) + bytes,
            port: known === undefined || known.port === port ? port : 0,
            detail: speaks ? detail : (known?.detail ?? ""),
          });
        });
        assert.equal(table.size, expected.size);
        assert.deepEqual(
          top(table, count),
          [...expected.values()].sort(compareConversations).slice(0, count),
        );
      }),
    );
  });

  it("holds so many, keeps the largest of more, and sums the others", () => {
    const table = new ConversationTable();
    const more = CONVERSATIONS_PER_SHARD_MAX + 1_000;
    for (let at = 0; at < more; at += 1) begin(table, at, 1 + ((at * 7) % more));
    assert.ok(table.size <= CONVERSATIONS_PER_SHARD_MAX);
    assert.deepEqual(
      top(table, 3).map(({ bytes }) => bytes),
      [more, more - 1, more - 2],
    );
    assert.equal(table.other.flows, more - table.size);
    assert.equal(table.other.packets, more - table.size);
    const told = top(table, more).reduce((sum, { bytes }) => sum + bytes, 0);
    assert.equal(told + table.other.bytes, (more * (more + 1)) / 2);
  });

  it("keeps half of those that are all alike", () => {
    const table = new ConversationTable();
    for (let at = 0; at <= CONVERSATIONS_PER_SHARD_MAX; at += 1) begin(table, at, 60);
    assert.equal(table.size, CONVERSATIONS_PER_SHARD_MAX / 2 + 1);
    assert.equal(table.other.flows, CONVERSATIONS_PER_SHARD_MAX / 2);
  });

  it("tells a large conversation of small flows that begins when others have been given up", () => {
    const table = new ConversationTable();
    for (let at = 0; at < 3 * CONVERSATIONS_PER_SHARD_MAX; at += 1) begin(table, at, 2_000);
    for (let at = 0; at < 1_000; at += 1) begin(table, -1, 100);
    assert.deepEqual([top(table, 1)[0]!.flows, top(table, 1)[0]!.bytes], [1_000, 100_000]);
  });

  it("moves port and sample with what it keeps, and begins anew with what comes back", () => {
    const table = new ConversationTable();
    const say = (number: number, bytes: number, port: number, detail: string): void =>
      table.setSample(begin(table, number, bytes, port), { bytes, firstPacket: 1, detail });
    say(-1, 1, 80, "small");
    say(-2, 9_000, 81, "large");
    for (let at = 0; at < CONVERSATIONS_PER_SHARD_MAX; at += 1) begin(table, at, 60);
    const after = begin(table, -1, 10_000, 82);
    assert.ok(table.leads(after, 0, 9));
    assert.deepEqual(
      top(table, 2).map(({ port, detail, flows }) => [port, detail, flows]),
      [
        [82, "", 1],
        [81, "large", 1],
      ],
    );
  });

  it("hears the flow with most bytes, of equals the earliest, whichever ended first", () => {
    const table = new ConversationTable();
    const flows = [
      [5, 60],
      [9, 70],
      [7, 70],
      [8, 70],
      [1, 10],
    ] as const;
    for (const [firstPacket, bytes] of flows) {
      const number = begin(table, 0, bytes);
      if (table.leads(number, bytes, firstPacket))
        table.setSample(number, { bytes, firstPacket, detail: `packet ${firstPacket}` });
    }
    assert.equal(top(table, 1)[0]!.detail, "packet 7");
  });

  it("has the port that all its flows have, in any order", () => {
    for (const [ports, expected] of [
      [[443, 443], 443],
      [[443, 80, 443], 0],
      [[0, 443], 0],
      [[443, 0, 443], 0],
    ] as const) {
      const table = new ConversationTable();
      for (const port of ports) begin(table, 0, 1, port);
      assert.equal(top(table, 1)[0]!.port, expected, ports.join());
    }
  });

  it("tells conversations apart whose hashes meet", () => {
    const table = new ConversationTable();
    // A difference in the topmost bit becomes one in bits 31 and 16, which the next word takes back: for every seed.
    for (let choice = 0; choice < 128; choice += 1) {
      const words = new Int32Array(8);
      for (let pair = 0; pair < 7; pair += 1) {
        if ((choice & (1 << pair)) === 0) continue;
        words[pair]! ^= 0x8000_0000;
        words[pair + 1]! ^= 0x8001_0000;
      }
      table.add(words, 6, 1, 0, 443, 1, 100);
    }
    assert.equal(table.size, 128);
    assert.equal(table.other.flows, 0);
  });
});

/** A flow of so many octets in the conversation with this number. */
function begin(table: ConversationTable, number: number, bytes: number, port = 443): number {
  return table.add(Int32Array.of(number, 0, 0, 0, 1, 0, 0, 0), 4, 1, 0, port, 1, bytes);
}
