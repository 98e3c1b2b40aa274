import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { AssertionFailure } from "@palisade/base";
import fc from "fast-check";
import { FlowKey } from "./flow-key.js";
import {
  DOUBLES,
  FIRST_PACKET,
  FlowTable,
  INTS,
  PACKETS,
  PORTS,
  PROBES_MAX,
  PROTOCOL,
  WHEEL_NEXT,
  WHEEL_SECONDS,
} from "./flow-table.js";

interface Key {
  readonly number: number;
  readonly hash: number;
}

function flowKey({ number, hash }: Key): FlowKey {
  const key = new FlowKey(0, true);
  key.words[0] = number;
  key.words[7] = ~number;
  key.ports = number << 16;
  key.kind = (6 << 8) | 6;
  key.hash = hash;
  return key;
}

const find = (table: FlowTable, key: Key): number => table.find(flowKey(key));

function insert(table: FlowTable, key: Key): number {
  const flow = table.insert(flowKey(key));
  if (flow >= 0) table.doubles[flow * DOUBLES + FIRST_PACKET] = key.number;
  return flow;
}

/** Hashes that meet in few places, also across the end of any table. */
const hashes = fc.oneof(
  fc.integer({ min: 0, max: 3 }),
  fc.integer({ min: -4, max: -1 }),
  fc.integer({ min: 0, max: 200 }),
  fc.integer(),
);

type Step =
  | { readonly kind: "insert"; readonly hash: number }
  | { readonly kind: "remove" | "find"; readonly at: number }
  | { readonly kind: "schedule"; readonly at: number; readonly second: number };

const steps: fc.Arbitrary<Step[]> = fc.array(
  fc.oneof(
    { weight: 4, arbitrary: fc.record({ kind: fc.constant("insert" as const), hash: hashes }) },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constantFrom("remove" as const, "find" as const), at: fc.nat() }),
    },
    {
      weight: 2,
      arbitrary: fc.record({ kind: fc.constant("schedule" as const), at: fc.nat(), second: fc.nat(5_000) }),
    },
  ),
  { minLength: 1, maxLength: 400 },
);

function scheduledIn(table: FlowTable, second: number): number[] {
  const flows: number[] = [];
  for (let flow = table.scheduled(second); flow >= 0; flow = table.ints[flow * INTS + WHEEL_NEXT]!)
    flows.push(flow);
  return flows;
}

describe("the flow table", () => {
  it("does what a map does, however hashes meet", () => {
    fc.assert(
      fc.property(steps, fc.integer({ min: 1, max: 150 }), (sequence, flowsMax) => {
        const table = new FlowTable(flowsMax);
        const flows = new Map<Key, number>();
        const buckets = new Map<number, number>();
        const pick = (at: number): Key | undefined => [...flows.keys()][at % Math.max(1, flows.size)];
        const forget = (flow: number): void => {
          for (const [key, known] of flows) if (known === flow) flows.delete(key);
          buckets.delete(flow);
          table.remove(flow);
        };
        let number = 0;
        for (const step of sequence) {
          const key = step.kind === "insert" ? undefined : pick(step.at);
          if (step.kind === "insert") {
            assert.equal(table.full, flows.size >= flowsMax);
            if (table.full) continue;
            number += 1;
            const made = { number, hash: step.hash };
            assert.equal(find(table, made), -1);
            let flow = insert(table, made);
            for (let evicted = 0; flow < 0; evicted += 1) {
              assert.ok(evicted < flowsMax, "there is always a flow to make room");
              forget(table.crowded(flowKey(made)));
              flow = insert(table, made);
            }
            assert.ok(![...flows.values()].includes(flow), "a flow's number is its own");
            assert.equal(table.ints[flow * INTS + PROTOCOL], -1);
            assert.equal(table.doubles[flow * DOUBLES + PACKETS], 0);
            flows.set(made, flow);
          } else if (key === undefined) {
            assert.equal(table.size, 0);
          } else if (step.kind === "remove") {
            forget(flows.get(key)!);
            assert.equal(find(table, key), -1);
          } else if (step.kind === "schedule") {
            const flow = flows.get(key)!;
            table.schedule(flow, step.second);
            buckets.set(flow, step.second % WHEEL_SECONDS);
          }
          assert.equal(table.size, flows.size);
        }
        for (const [key, flow] of flows) {
          assert.equal(find(table, key), flow);
          assert.equal(table.doubles[flow * DOUBLES + FIRST_PACKET], key.number);
          assert.equal(table.ints[flow * INTS + PORTS], key.number << 16);
        }
        assert.deepEqual([...table.flows()].sort(), [...flows.values()].sort());
        for (const bucket of new Set(buckets.values())) {
          assert.deepEqual(
            scheduledIn(table, bucket).sort(),
            [...buckets]
              .filter(([, in_]) => in_ === bucket)
              .map(([flow]) => flow)
              .sort(),
          );
        }
      }),
      { numRuns: 300 },
    );
  });

  it("grows to its bound, keeping what it has, and takes no more", () => {
    const table = new FlowTable(1_000);
    const keys = Array.from(
      { length: 1_000 },
      (_, number): Key => ({ number, hash: Math.imul(number, 0x9e37_79b1) }),
    );
    for (const key of keys) assert.ok(insert(table, key) >= 0);
    assert.ok(table.full);
    assert.equal(table.capacity, 1_000);
    for (const key of keys) {
      const flow = find(table, key);
      assert.equal(table.doubles[flow * DOUBLES + FIRST_PACKET], key.number);
    }
    assert.throws(() => insert(table, { number: 1_001, hash: 1 }), AssertionFailure);
    table.remove(find(table, keys[500]!));
    assert.ok(!table.full);
    assert.ok(insert(table, { number: 1_001, hash: 1 }) >= 0);
    assert.equal(table.capacity, 1_000);
  });

  it("keeps timers while it grows", () => {
    const table = new FlowTable(4_096);
    for (let number = 0; number < 4_096; number += 1) {
      table.schedule(insert(table, { number, hash: Math.imul(number, 0x9e37_79b1) }), number % 7);
    }
    const found = Array.from({ length: 7 }, (_, second) => scheduledIn(table, second).length);
    assert.equal(
      found.reduce((sum, count) => sum + count, 0),
      4_096,
    );
    assert.deepEqual(found, [586, 585, 585, 585, 585, 585, 585]);
  });

  it(`looks at ${PROBES_MAX} places for a key, so that chosen hashes cost no more`, () => {
    const table = new FlowTable(4_096);
    for (let number = 0; number < PROBES_MAX; number += 1)
      assert.ok(insert(table, { number, hash: 12 }) >= 0);
    const last = { number: 99, hash: 12 };
    assert.equal(insert(table, last), -1);
    assert.equal(table.size, PROBES_MAX);
    assert.equal(find(table, { number: PROBES_MAX - 1, hash: 12 }) >= 0, true);
    table.remove(table.crowded(flowKey(last)));
    assert.ok(insert(table, last) >= 0);
    assert.ok(find(table, last) >= 0);
  });

  it("finds what it holds after growing, where many hashes share their low bits", () => {
    // A run across the end of the smaller table, of flows that belong to both halves of the larger one.
    const table = new FlowTable(4_096);
    const keys: Key[] = [];
    for (let number = 0; number < 2_000; number += 1) {
      const key = {
        number,
        hash: (number % 50 === 0 ? 0 : 0x40) | (120 + (number % 16)) | ((number % 3) << 9),
      };
      if (insert(table, key) >= 0) keys.push(key);
    }
    assert.ok(table.capacity > 64);
    for (const key of keys) assert.ok(find(table, key) >= 0, `key ${key.number} of ${keys.length}`);
  });

  it("finds what it holds after growing, where a run goes across the end and its last keys have the first homes", () => {
    const table = new FlowTable(4_096);
    const keys: Key[] = [];
    const add = (hash: number): void => {
      const key = { number: keys.length, hash };
      assert.ok(insert(table, key) >= 0);
      keys.push(key);
    };
    for (let slot = 100; slot < 144; slot += 1) add(slot);
    for (let slot = 192; slot < 255; slot += 1) add(slot);
    // As far from its home as may be, in the last slot; those behind it, in the first slots, come from homes before its.
    add(192);
    for (let more = 0; more < 20; more += 1) add(224);
    assert.deepEqual([keys.length, table.capacity], [128, 128]);
    add(0);
    assert.equal(table.capacity, 256);
    for (const key of keys) assert.ok(find(table, key) >= 0, `key ${key.number} with home ${key.hash}`);
  });

  it("removes a flow from a run as long as the table without looking through the run", () => {
    const table = new FlowTable(4_096);
    const flows: number[] = [];
    for (let hash = 0; hash < 4_096; hash += 1) flows.push(insert(table, { number: hash, hash }));
    let reads = 0;
    table.ints = new Proxy(table.ints, {
      get(ints, field) {
        reads += 1;
        const value: unknown = Reflect.get(ints, field, ints);
        return typeof value === "function" ? value.bind(ints) : value;
      },
    });
    for (let flow = 0; flow < 100; flow += 1) table.remove(flows[flow]!);
    assert.ok(reads < 100 * (PROBES_MAX + 10), `${reads} reads`);
    for (let hash = 100; hash < 4_096; hash += 1)
      assert.equal(find(table, { number: hash, hash }), flows[hash]);
  });

  it("forgets a flow's timer with the flow", () => {
    const table = new FlowTable(8);
    const a = insert(table, { number: 1, hash: 1 });
    const b = insert(table, { number: 2, hash: 2 });
    table.schedule(a, 10);
    table.schedule(b, 10);
    table.schedule(a, 10);
    table.remove(a);
    assert.deepEqual(scheduledIn(table, 10), [b]);
    assert.deepEqual(scheduledIn(table, 10 + WHEEL_SECONDS), [b]);
    table.unschedule(b);
    table.unschedule(b);
    assert.deepEqual(scheduledIn(table, 10), []);
  });
});
