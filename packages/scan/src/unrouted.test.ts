import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { parseIpAddress } from "@palisade/wire";
import { hostsFrom } from "./hosts.build.js";
import type { ProbeLink, ProbePath } from "./links/probe-link.js";
import { newPart, type Part } from "./part.js";
import { type AskedPart, hostResult } from "./result/host-results.js";
import { nothingMore } from "./result/nothing-more.build.js";
import { HOSTS_LISTED_MAX } from "./result/result.js";
import { ScanPlan, WHOLE } from "./scan-plan.js";
import { verdict } from "./techniques/verdicts.js";
import { writeUnrouted } from "./unrouted.js";

const OPEN = verdict("open", "syn-ack");
const PATH: ProbePath = { header: new Uint8Array(20), ipAt: 0, source: Uint8Array.of(192, 0, 2, 1) };

/** No route leads to addresses that end in an odd number. */
function linkWith(linkAddresses?: Uint8Array): ProbeLink {
  return {
    engine: "raw-ip",
    octets: new Uint8Array(0),
    slotBytes: 0,
    slots: 0,
    linkAddresses,
    pathTo: (address, at) => (address[at + 3]! % 2 === 1 ? undefined : PATH),
    set() {},
    send: () => 0,
    drain() {},
    wait: async () => {},
    ringDrops: () => 0,
    close() {},
  };
}

function partOf(plan: ScanPlan): Part {
  const part = newPart("ipv4 syn", "syn", plan.pairs, 61_111);
  part.isDone = true;
  part.table.set(0, part.codes.codeOf(OPEN));
  return part;
}

/** Of each port: state and reason. */
function told({ part, plan }: Pick<AskedPart, "part" | "plan">, address: string): readonly string[] {
  const asked: AskedPart = { part, plan, protocol: "tcp", silence: verdict("filtered", "no-response") };
  const result = hostResult(parseIpAddress(address)!, [asked], undefined, nothingMore);
  return [result.state, ...result.ports.map(({ port, state, reason }) => `${port} ${state} ${reason}`)];
}

describe("hosts without a route", () => {
  it("have ports that are filtered for that reason, and are not said to be up", () => {
    const plan = new ScanPlan(hostsFrom("198.51.0.0", 4), [22, 80], 1);
    const part = partOf(plan);
    writeUnrouted(part, plan, linkWith());
    assert.deepEqual(told({ part, plan }, "198.51.0.1"), [
      "unknown",
      "22 filtered no-route",
      "80 filtered no-route",
    ]);
    assert.deepEqual(told({ part, plan }, "198.51.0.0"), [
      "up",
      "22 open syn-ack",
      "80 filtered no-response",
    ]);
    assert.deepEqual(told({ part, plan }, "198.51.0.2"), [
      "unknown",
      "22 filtered no-response",
      "80 filtered no-response",
    ]);
  });

  it("are told from neighbours that do not answer", () => {
    const plan = new ScanPlan(hostsFrom("198.51.0.0", 4), [22, 80], 1);
    const part = partOf(plan);
    writeUnrouted(part, plan, linkWith(new Uint8Array(4 * 6)));
    assert.equal(part.table.answered, 1);
  });

  it("are written by each shard for its own pairs", () => {
    let written = 0;
    for (const index of [0, 1, 2]) {
      const plan = new ScanPlan(hostsFrom("198.51.0.0", 40), [22, 80, 443], 1, { ...WHOLE, index, count: 3 });
      const part = newPart("ipv4 syn", "syn", plan.pairs, 61_111);
      writeUnrouted(part, plan, linkWith());
      assert.ok(part.table.answered > 0 && part.table.answered < plan.size);
      written += part.table.answered;
    }
    assert.equal(written, 20 * 3);
  });

  it("are left out with all that are silent, where too many are asked to list those", () => {
    for (const [size, written] of [
      [HOSTS_LISTED_MAX, HOSTS_LISTED_MAX / 2],
      [HOSTS_LISTED_MAX + 1, 0],
    ] as const) {
      const plan = new ScanPlan(hostsFrom("198.51.0.0", size), [22], 1);
      const part = newPart("ipv4 syn", "syn", plan.pairs, 61_111);
      writeUnrouted(part, plan, linkWith());
      assert.equal(part.table.answered, written);
    }
  });
});
