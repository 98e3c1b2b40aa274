import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { PacketView } from "../decode/packet-view.js";
import { FlowKey, SHARDS } from "./flow-key.js";

interface Ends {
  readonly source: Uint8Array;
  readonly destination: Uint8Array;
  readonly sourcePort: number;
  readonly destinationPort: number;
  readonly vlan?: number;
}

function viewOf(ends: Ends): PacketView {
  const view = new PacketView();
  const length = ends.source.length;
  view.octets = new Uint8Array(3 + 2 * length);
  view.octets.set(ends.source, 3);
  view.octets.set(ends.destination, 3 + length);
  view.sourceAddress = 3;
  view.destinationAddress = 3 + length;
  view.ipVersion = length === 4 ? 4 : 6;
  view.protocol = 17;
  view.sourcePort = ends.sourcePort;
  view.destinationPort = ends.destinationPort;
  view.vlan = ends.vlan ?? 0;
  return view;
}

function keyOf(ends: Ends, seed = 1, vlans = true) {
  const key = new FlowKey(seed, vlans);
  key.set(viewOf(ends));
  const { words, ports, kind, reversed, shard, hash } = key;
  return { words: [...words], ports, kind, reversed, shard, hash };
}

const turned = (ends: Ends): Ends => ({
  ...ends,
  source: ends.destination,
  destination: ends.source,
  sourcePort: ends.destinationPort,
  destinationPort: ends.sourcePort,
});

const port = fc.integer({ min: 0, max: 65_535 });
const address = (length: number) =>
  fc.oneof(
    fc.uint8Array({ minLength: length, maxLength: length }),
    // Neighbours, and the halves of the signed range.
    fc.constantFrom(0x00, 0x7f, 0x80, 0xff).map((octet) => new Uint8Array(length).fill(octet)),
  );
const anyEnds: fc.Arbitrary<Ends> = fc.constantFrom(4, 16).chain((length) =>
  fc.record({
    source: address(length),
    destination: address(length),
    sourcePort: port,
    destinationPort: port,
  }),
);

describe("a flow's key", () => {
  it("is the same in both directions, and says which it was", () => {
    fc.assert(
      fc.property(anyEnds, (ends) => {
        const { reversed: there, ...one } = keyOf(ends);
        const { reversed: back, ...other } = keyOf(turned(ends));
        assert.deepEqual(one, other);
        const alike =
          Buffer.compare(ends.source, ends.destination) === 0 && ends.sourcePort === ends.destinationPort;
        assert.equal(there !== back, !alike);
      }),
    );
  });

  it("tells endpoints apart that differ in anything", () => {
    fc.assert(
      fc.property(anyEnds, anyEnds, (a, b) => {
        const { reversed: _, hash: __, shard: ___, ...one } = keyOf(a);
        const { reversed: ____, hash: _____, shard: ______, ...other } = keyOf(b);
        const text = ({ source, destination, sourcePort, destinationPort }: Ends) =>
          [`${source}:${sourcePort}`, `${destination}:${destinationPort}`].sort().join(" ");
        assert.equal(JSON.stringify(one) === JSON.stringify(other), text(a) === text(b));
      }),
    );
  });

  it("puts all flows of two hosts into one shard, whatever the seed", () => {
    fc.assert(
      fc.property(anyEnds, port, fc.integer(), (ends, otherPort, seed) => {
        const { shard } = keyOf(ends);
        assert.ok(shard >= 0 && shard < SHARDS);
        assert.equal(keyOf({ ...ends, sourcePort: otherPort }, seed).shard, shard);
      }),
    );
  });

  it("hashes otherwise with another seed", () => {
    const ends = {
      source: new Uint8Array(4),
      destination: new Uint8Array(4).fill(1),
      sourcePort: 1,
      destinationPort: 2,
    };
    assert.notEqual(keyOf(ends, 1).hash, keyOf(ends, 2).hash);
  });

  it("includes the VLAN only where asked", () => {
    const ends = {
      source: new Uint8Array(4),
      destination: new Uint8Array(4).fill(1),
      sourcePort: 1,
      destinationPort: 2,
    };
    const tagged = { ...ends, vlan: 4_096 };
    assert.notEqual(keyOf(tagged).kind, keyOf(ends).kind);
    assert.deepEqual(keyOf(tagged, 1, false), keyOf(ends, 1, false));
  });

  it("spreads neighbouring hosts over all shards", () => {
    const seen = new Map<number, number>();
    for (let host = 0; host < 64 * SHARDS; host += 1) {
      const { shard } = keyOf({
        source: Uint8Array.of(10, 0, host >>> 8, host),
        destination: Uint8Array.of(192, 0, 2, 1),
        sourcePort: 1,
        destinationPort: 2,
      });
      seen.set(shard, (seen.get(shard) ?? 0) + 1);
    }
    assert.equal(seen.size, SHARDS);
    // 64 a shard on average: a binomial spread stays far inside these.
    assert.ok(Math.max(...seen.values()) < 128 && Math.min(...seen.values()) > 20);
  });
});
