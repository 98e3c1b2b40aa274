import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { hostsFrom, octetsOf } from "./hosts.build.js";
import { ScanPlan } from "./scan-plan.js";

const ports = fc
  .uniqueArray(fc.integer({ min: 0, max: 65_535 }), { minLength: 1, maxLength: 20 })
  .map((list) => list.sort((a, b) => a - b));
const shards = fc.integer({ min: 1, max: 7 });
const seeds = fc.maxSafeNat();
const hosts = fc.integer({ min: 1, max: 40 });

const pairsOf = (plan: ScanPlan): number[] => Array.from({ length: plan.size }, (_, nth) => plan.pairAt(nth));

describe("a plan", () => {
  it("numbers pairs host by host", () => {
    const plan = new ScanPlan(hostsFrom("10.0.0.0", 3), [22, 80], 1);
    assert.equal(plan.pairs, 6);
    assert.deepEqual(
      [0, 1, 2, 3, 4, 5].map((pair) => [plan.hostOf(pair), plan.portOf(pair)]),
      [
        [0, 22],
        [0, 80],
        [1, 22],
        [1, 80],
        [2, 22],
        [2, 80],
      ],
    );
  });

  it("asks every pair once, whatever the shards", () => {
    fc.assert(
      fc.property(hosts, ports, seeds, shards, (size, list, seed, count) => {
        const asked: number[] = [];
        for (let index = 0; index < count; index += 1) {
          const plan = new ScanPlan(hostsFrom("10.0.0.0", size), list, seed, { index, count });
          const pairs = pairsOf(plan);
          assert.equal(pairs.length, plan.size);
          for (let pair = 0; pair < plan.pairs; pair += 1) {
            assert.equal(plan.isOurs(pair), pairs.includes(pair));
            assert.equal(plan.placeOf(pair), pairs.indexOf(pair));
          }
          asked.push(...pairs);
        }
        assert.deepEqual(
          asked.sort((a, b) => a - b),
          Array.from({ length: size * list.length }, (_, pair) => pair),
        );
      }),
      { numRuns: 50 },
    );
  });

  it("finds the pair of an address and a port, and only of those it asks", () => {
    fc.assert(
      fc.property(hosts, ports, fc.integer({ min: 0, max: 65_535 }), (size, list, other) => {
        const plan = new ScanPlan(hostsFrom("10.0.0.0", size), list, 5);
        const octets = new Uint8Array(9);
        for (let pair = 0; pair < plan.pairs; pair += 1) {
          plan.hosts.write(plan.hostOf(pair), octets, 3);
          assert.equal(plan.pairOf(octets, 3, plan.portOf(pair)), pair);
        }
        if (!list.includes(other)) assert.equal(plan.pairOf(octets, 3, other), -1);
        octets.set(octetsOf(`10.0.0.${size}`), 3);
        assert.equal(plan.pairOf(octets, 3, list[0]!), -1);
      }),
    );
  });

  it("has the same order for the same seed, and another for another", () => {
    const order = (seed: number): number[] =>
      pairsOf(new ScanPlan(hostsFrom("10.0.0.0", 20), [1, 2, 3, 4, 5], seed));
    assert.deepEqual(order(7), order(7));
    assert.notDeepEqual(order(7), order(8));
    assert.notDeepEqual(
      order(7),
      order(7).sort((a, b) => a - b),
    );
  });

  it("leaves a shard that comes after the last pair with nothing", () => {
    const plan = new ScanPlan(hostsFrom("10.0.0.0", 1), [80], 1, { index: 1, count: 2 });
    assert.equal(plan.size, 0);
    assert.equal(plan.isOurs(0), false);
  });
});
