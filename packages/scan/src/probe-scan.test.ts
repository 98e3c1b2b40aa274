import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Cookie } from "./cookie.js";
import { hostsFrom } from "./hosts.build.js";
import { unpaced } from "./pace/unpaced.build.js";
import type { Pacer, ReplyTime, ScanPosition } from "./passes.js";
import { ProbeScan } from "./probe-scan.js";
import { type HostList, ScanPlan } from "./scan-plan.js";
import { type Behaviour, SimulatedNetwork, type SimulatedNetworkOptions } from "./simulated-network.build.js";
import { StateTable } from "./state-table.js";
import { statesOf } from "./states.build.js";
import type { Technique } from "./technique.js";
import { syn } from "./techniques/syn.js";
import { VerdictCodes } from "./verdict-codes.js";

interface Setting extends SimulatedNetworkOptions {
  readonly hosts?: HostList;
  readonly ports?: readonly number[];
  readonly technique?: Technique;
  readonly retriesMax?: number;
  readonly pacer?: Pacer;
  readonly shard?: { readonly index: number; readonly count: number };
  readonly table?: StateTable;
  readonly codes?: VerdictCodes;
  readonly from?: ScanPosition;
  readonly isHeld?: () => boolean;
  readonly signal?: AbortSignal;
  /** Of the round trip, where it is told. */
  readonly smoothedUs?: number;
}

async function run(setting: Setting) {
  const network = new SimulatedNetwork(setting);
  const hosts = setting.hosts ?? hostsFrom("10.0.0.0", 4);
  const plan = new ScanPlan(hosts, setting.ports ?? [22, 80, 443], 42, setting.shard);
  const table = setting.table ?? new StateTable(plan.pairs);
  const codes = setting.codes ?? new VerdictCodes();
  const samples: number[] = [];
  const replyTime: ReplyTime = {
    timeoutUs: 100_000,
    smoothedUs: setting.smoothedUs,
    measured: (us) => void samples.push(us),
  };
  const scan = new ProbeScan({
    plan,
    technique: setting.technique ?? syn,
    link: network,
    table,
    codes,
    cookie: new Cookie(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)),
    sourcePort: 61_111,
    ttls: new Map(),
    from: setting.from,
    isHeld: setting.isHeld,
    pacer: setting.pacer ?? unpaced,
    replyTime,
    retriesMax: setting.retriesMax ?? 5,
    nowUs: () => network.nowUs,
    progress: () => {},
  });
  const startedUs = network.nowUs;
  await scan.run(setting.signal ?? new AbortController().signal);
  const states = statesOf(plan, table, codes);
  return { network, scan, plan, table, codes, states, samples, tookUs: network.nowUs - startedUs };
}

const byPort = (table: Readonly<Record<number, Behaviour>>) => (_: string, port: number) =>
  table[port] ?? "silent";

describe("ProbeScan", () => {
  it("finds what answers, and how", async () => {
    const { states } = await run({ behaviour: byPort({ 22: "open", 80: "closed", 443: "prohibited" }) });
    assert.equal(states.size, 12);
    assert.equal(states.get("10.0.0.3:22"), "open syn-ack");
    assert.equal(states.get("10.0.0.0:80"), "closed reset");
    assert.equal(states.get("10.0.0.1:443"), "filtered admin-prohibited");
  });

  it("asks each pair once where all answer, and ends with the last answer", async () => {
    const { network, tookUs, samples } = await run({ behaviour: () => "closed", roundTripUs: 3_000 });
    assert.equal(network.seen.length, 12);
    assert.equal(new Set(network.seen).size, 12);
    assert.ok(tookUs < 5_000, `${tookUs} µs`);
    assert.deepEqual(new Set(samples), new Set([3_000]));
  });

  it("asks once more where nothing comes, and takes silence for an answer then", async () => {
    const { network, states } = await run({ behaviour: () => "silent" });
    assert.equal(network.seen.length, 24);
    assert.equal(states.size, 0);
  });

  it("is not slowed down by errors that say no more than silence", async () => {
    const { states, tookUs } = await run({
      behaviour: () => "prohibited",
      hosts: hostsFrom("10.0.0.0", 1),
      ports: Array.from({ length: 1_000 }, (_, port) => port),
      // So many that each pass brings some.
      errorsPerSecond: () => 20,
      retriesMax: 10,
    });
    assert.ok(states.size > 6, `${states.size} said so`);
    assert.ok(tookUs < 10e6, `${tookUs} µs`);
  });

  it("can be stopped on its way through pairs that have answered", async () => {
    const plan = new ScanPlan(hostsFrom("10.0.0.0", 1_000_000), [80], 42);
    const table = new StateTable(plan.size);
    const codes = new VerdictCodes();
    // Of all but the one that is asked last something is known.
    for (let place = 0; place < plan.size - 1; place += 1)
      table.set(plan.pairAt(place), codes.codeOf({ state: "closed", reason: "reset" }));
    const stop = new AbortController();
    const running = run({
      hosts: plan.hosts,
      ports: [80],
      table,
      codes,
      signal: stop.signal,
      behaviour: () => "closed",
    });
    stop.abort();
    const { network } = await running;
    assert.deepEqual(network.seen, []);
  });

  it("tells the technique which pass it is", async () => {
    const passes: unknown[] = [];
    const technique: Technique = {
      ...syn,
      write(octets, at, target) {
        passes.push(target.pass);
        return syn.write(octets, at, target);
      },
    };
    await run({ behaviour: () => "silent", hosts: hostsFrom("10.0.0.0", 1), ports: [22, 80], technique });
    assert.deepEqual(passes, [0, 0, 1, 1]);
  });

  it("waits for the replies to a later pass as long as those to the first took", async () => {
    const behaviour = byPort({ 80: "open" });
    const unmeasured = await run({ behaviour, roundTripUs: 3_000 });
    const measured = await run({ behaviour, roundTripUs: 3_000, smoothedUs: 3_000 });
    assert.equal(measured.network.seen.length, unmeasured.network.seen.length);
    // The least wait is 20 ms, and the timer's 100 ms.
    assert.ok(measured.tookUs <= unmeasured.tookUs - 70_000, `${measured.tookUs} of ${unmeasured.tookUs} µs`);
    assert.ok(measured.tookUs >= 120_000, `${measured.tookUs} µs`);
    const slow = await run({ behaviour, roundTripUs: 3_000, smoothedUs: 500_000 });
    assert.ok(slow.tookUs <= unmeasured.tookUs + 2_000, `${slow.tookUs} µs`);
  });

  it("asks again as long as that brings answers", async () => {
    for (const seed of [1, 2, 3]) {
      const { states } = await run({
        behaviour: byPort({ 80: "open" }),
        hosts: hostsFrom("10.0.0.0", 500),
        ports: [80],
        lostPercent: 20,
        retriesMax: 20,
        seed,
      });
      assert.equal(states.size, 500);
    }
  });

  it("asks no more often than it may", async () => {
    const { network } = await run({ behaviour: () => "silent", retriesMax: 0 });
    assert.equal(network.seen.length, 12);
  });

  it("believes no reply without the cookie", async () => {
    const { states } = await run({ behaviour: () => "unknown-cookie" });
    assert.equal(states.size, 0);
  });

  it("sends later what the kernel has no room for", async () => {
    let slowed = 0;
    const pacer = { ...unpaced, slow: () => void (slowed += 1) };
    const { network, scan, states } = await run({ behaviour: () => "closed", queueMax: 1, pacer });
    assert.equal(states.size, 12);
    assert.equal(network.seen.length, 12);
    assert.ok(scan.sendRefusals > 0);
    assert.ok(slowed >= scan.sendRefusals);
  });

  it("leaves out hosts that there is no way to", async () => {
    const { scan, network } = await run({ behaviour: () => "closed", hosts: hostsFrom("203.0.113.0", 2) });
    assert.equal(scan.unreachable, 2);
    assert.equal(network.seen.length, 0);
  });

  it("stops when it is told to, and keeps what it found", async () => {
    const stop = new AbortController();
    let permits = 0;
    const pacer = {
      ...unpaced,
      permits() {
        permits += 1;
        if (permits > 3) stop.abort();
        return 2;
      },
    };
    const { states, network } = await run({ behaviour: () => "closed", pacer, signal: stop.signal });
    assert.ok(network.seen.length < 12);
    assert.ok(states.size <= network.seen.length);
  });

  it("sends nothing while it is held, and goes on", async () => {
    let looks = 0;
    let sent = 0;
    const sentWhileHeld = new Set<number>();
    const isHeld = (): boolean => {
      looks += 1;
      if (looks > 2 && looks <= 10) sentWhileHeld.add(sent);
      return looks > 2 && looks < 10;
    };
    const pacer = { ...unpaced, permits: () => 2, spend: (probes: number) => void (sent += probes) };
    const { states } = await run({ behaviour: () => "closed", pacer, isHeld });
    assert.equal(states.size, 12);
    assert.equal(sentWhileHeld.size, 1);
  });

  it("divides the work between shards without a gap", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 5 }),
        fc.integer({ min: 1, max: 20 }),
        async (count, size) => {
          const seen: string[] = [];
          for (let index = 0; index < count; index += 1) {
            const { network } = await run({
              behaviour: () => "closed",
              hosts: hostsFrom("10.0.0.0", size),
              shard: { index, count },
            });
            seen.push(...network.seen);
          }
          assert.equal(seen.length, size * 3);
          assert.equal(new Set(seen).size, size * 3);
        },
      ),
      { numRuns: 25 },
    );
  });

  it("goes on from a table that was begun", async () => {
    const begun = await run({ behaviour: byPort({ 22: "open" }), retriesMax: 0 });
    const { network, states } = await run({ behaviour: () => "closed", table: begun.table });
    assert.equal(network.seen.length, 8);
    assert.equal(states.size, 12);
  });
});
