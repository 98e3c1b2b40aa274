import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { Cookie } from "./cookie.js";
import { hostsFrom } from "./hosts.build.js";
import { ScanPacer } from "./pace/pacer.js";
import { RttEstimator } from "./pace/rtt.js";
import { timingTemplates } from "./pace/templates.js";
import type { Shard } from "./permutation.js";
import { type ProbeProgress, ProbeScan } from "./probe-scan.js";
import { ScanPlan } from "./scan-plan.js";
import { type Behaviour, SimulatedNetwork, type SimulatedNetworkOptions } from "./simulated-network.build.js";
import { StateTable } from "./state-table.js";
import { udp } from "./techniques/udp.js";
import { VerdictCodes } from "./verdict-codes.js";

interface Setting extends SimulatedNetworkOptions {
  readonly hosts?: number;
  readonly ports: number;
  readonly shard?: Shard;
  /** Default true. */
  readonly waits?: boolean;
  readonly abortAfter?: (progress: ProbeProgress) => boolean;
}

/** Asks UDP ports from 20,000 on, none of which is known for anything. */
async function run(setting: Setting) {
  const network = new SimulatedNetwork(setting);
  const ports = Array.from({ length: setting.ports }, (_, at) => 20_000 + at);
  const plan = new ScanPlan(hostsFrom("10.0.0.0", setting.hosts ?? 1), ports, 42, setting.shard);
  const table = new StateTable(plan.pairs);
  const codes = new VerdictCodes();
  const replyTime = new RttEstimator(timingTemplates[3]!);
  const nowUs = () => network.nowUs;
  const shown: ProbeProgress[] = [];
  const stop = new AbortController();
  const scan = new ProbeScan({
    plan,
    technique: udp,
    link: network,
    table,
    codes,
    cookie: new Cookie(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)),
    sourcePort: 40_000,
    pacer: new ScanPacer({ roundTripUs: () => replyTime.smoothedUs, nowUs: nowUs() }),
    limitedHosts: setting.waits === false ? "counted" : "asked",
    replyTime,
    retriesMax: 10,
    nowUs,
    progress: (progress) => {
      shown.push(progress);
      if (setting.abortAfter?.(progress) === true) stop.abort();
    },
  });
  const startedUs = nowUs();
  await scan.run(stop.signal);
  /** How many pairs of a host are so. */
  const count = (state: string, host = 0): number => {
    let found = 0;
    for (let pair = host * plan.ports.length; pair < (host + 1) * plan.ports.length; pair += 1) {
      const code = table.get(pair);
      if ((code === 0 ? "silent" : codes.verdictOf(code).state) === state) found += 1;
    }
    return found;
  };
  return { network, scan, plan, table, count, shown, seconds: (nowUs() - startedUs) / 1e6 };
}

const closed = (): Behaviour => "closed";

describe("hosts that limit their ICMP errors", () => {
  it("are waited for: all of their closed ports are known in the end", async () => {
    const { count, seconds, shown, scan } = await run({
      ports: 100,
      behaviour: closed,
      errorsPerSecond: () => 1,
    });
    assert.equal(count("closed"), 100);
    assert.equal(scan.limitedHosts, 0);
    // Six at once and one a second: 94 seconds at least.
    assert.ok(seconds >= 94 && seconds < 125, `${seconds} s`);
    const told = shown.map(({ limited }) => limited).find((limited) => limited !== undefined);
    assert.equal(told?.hosts, 1);
    assert.ok(told !== undefined && told.pairs > 80 && told.pairs <= 94);
    assert.equal(told?.secondsLeft, told?.pairs);
  });

  it("are not waited for where nobody wants to", async () => {
    const { count, seconds } = await run({
      ports: 100,
      behaviour: closed,
      errorsPerSecond: () => 1,
      waits: false,
    });
    assert.ok(count("closed") < 20 && seconds < 5, `${count("closed")} in ${seconds} s`);
  });

  it("are asked at the same time", async () => {
    const { count, seconds } = await run({
      hosts: 20,
      ports: 30,
      behaviour: closed,
      errorsPerSecond: () => 1,
    });
    for (let host = 0; host < 20; host += 1) assert.equal(count("closed", host), 30, `host ${host}`);
    assert.ok(seconds < 60, `${seconds} s`);
  });

  it("are asked as fast as they answer", async () => {
    const { count, seconds } = await run({ ports: 400, behaviour: closed, errorsPerSecond: () => 5 });
    assert.equal(count("closed"), 400);
    assert.ok(seconds < 150, `${seconds} s`);
  });

  it("end when what is left is silent for good", async () => {
    const behaviour = (_: string, port: number): Behaviour => (port % 4 === 0 ? "closed" : "silent");
    const { count, seconds, network } = await run({ ports: 200, behaviour, errorsPerSecond: () => 1 });
    assert.equal(count("closed"), 50);
    assert.equal(count("silent"), 150);
    assert.ok(seconds < 400, `${seconds} s`);
    assert.ok(network.seen.length < 2_000, `${network.seen.length} probes`);
  });

  it("do not hold up a scan whose other hosts are silent, or say all at once", async () => {
    const behaviour = (address: string, port: number): Behaviour => {
      if (address === "10.0.0.0") return "closed";
      return port % 2 === 0 && address === "10.0.0.1" ? "closed" : "silent";
    };
    const { count, network } = await run({
      hosts: 3,
      ports: 40,
      behaviour,
      errorsPerSecond: (address) => (address === "10.0.0.0" ? 1 : undefined),
    });
    assert.deepEqual([count("closed", 0), count("closed", 1), count("closed", 2)], [40, 20, 0]);
    // Of those whose silence was one, none is asked at the pace of the first; who has said nothing is asked for a last word.
    const late = network.seen.slice(-30).map((probe) => probe.split(":")[0]!);
    assert.equal(late.pop(), "10.0.0.2");
    assert.deepEqual([...new Set(late)], ["10.0.0.0"]);
  });

  for (const errors of [0.2, 0.5, 2])
    for (const closedOf of [1, 3, 10])
      it(`are waited for where they send ${errors} errors in a second, and one of ${closedOf} ports is closed`, async () => {
        const behaviour = (_: string, port: number): Behaviour =>
          port % closedOf === 0 ? "closed" : "silent";
        const { count, plan, scan } = await run({ ports: 200, behaviour, errorsPerSecond: () => errors });
        assert.equal(count("closed"), plan.ports.filter((port) => port % closedOf === 0).length);
        assert.equal(scan.limitedHosts, 0);
      });

  it("are all waited for where they are addresses of one machine, most of which have not had a word", async () => {
    const hosts = 20;
    const { count, seconds } = await run({
      hosts,
      ports: 10,
      behaviour: closed,
      errorsPerSecond: () => 1,
      machineOf: () => "one",
    });
    for (let host = 0; host < hosts; host += 1) assert.equal(count("closed", host), 10, `host ${host}`);
    // At best an error a second.
    assert.ok(seconds < 600, `${seconds} s`);
  });

  it("are found where somebody else has used up their errors a moment ago", async () => {
    // One port answers, so that passes take a few round trips.
    const behaviour = (_: string, port: number): Behaviour => (port === 20_007 ? "open" : "closed");
    const { count, scan } = await run({
      hosts: 3,
      ports: 20,
      behaviour,
      errorsPerSecond: () => 1,
      errorsAtFirst: 0,
    });
    for (let host = 0; host < 3; host += 1) assert.equal(count("closed", host), 19, `host ${host}`);
    assert.equal(scan.limitedHosts, 0);
  });

  it("are looked for once where passes were brief and hosts have said nothing", async () => {
    const behaviour = (address: string, port: number): Behaviour =>
      address === "10.0.0.0" && port === 20_000 ? "open" : "silent";
    const setting = { hosts: 2, ports: 40, behaviour };
    const { network, seconds, shown } = await run(setting);
    // Twice all, of which one answers at once, and a last word of each.
    assert.equal(network.seen.length, 80 + 79 + 2 * 16);
    assert.ok(seconds > 1 && seconds < 1.5, `${seconds} s`);
    assert.ok(shown.every(({ limited, size }) => limited === undefined && size > 0));
    const unasked = await run({ ...setting, waits: false });
    assert.equal(unasked.network.seen.length, 80 + 79);
    assert.ok(unasked.seconds < 0.5, `${unasked.seconds} s`);
    const slow = { ...setting, roundTripUs: 1_200_000 };
    const probes = async (waits: boolean) => (await run({ ...slow, waits })).network.seen.length;
    assert.equal(await probes(true), await probes(false));
  });

  it("are not looked for once more where everything has answered", async () => {
    const { network, seconds } = await run({ hosts: 3, ports: 20, behaviour: closed });
    assert.equal(network.seen.length, 60);
    assert.ok(seconds < 0.5, `${seconds} s`);
  });

  it("are asked by each shard for its own ports alone", async () => {
    const behaviour = (_: string, port: number): Behaviour => (port === 20_000 ? "open" : "silent");
    const { network, plan } = await run({ hosts: 2, ports: 40, behaviour, shard: { index: 0, count: 2 } });
    assert.ok(network.seen.length > 2 * plan.size - 2, `${network.seen.length}`);
    assert.equal(new Set(network.seen).size, plan.size);
  });

  it("are told of without those that are done, and the silence that they are left with", async () => {
    const behaviour = (address: string, port: number): Behaviour =>
      address === "10.0.0.1" || port < 20_004 ? "closed" : "silent";
    const { count, shown } = await run({ hosts: 2, ports: 100, behaviour, errorsPerSecond: () => 1 });
    assert.deepEqual([count("silent", 0), count("closed", 1)], [96, 100]);
    const told = shown.flatMap(({ limited }) => (limited?.hosts === 1 ? [limited.pairs] : []));
    assert.ok(told.length > 0 && told.every((pairs) => pairs <= 94), `${told}`);
  });

  it("do not pass for others because a second has begun in which they have errors again", async () => {
    const { count, seconds } = await run({
      ports: 1_000,
      behaviour: closed,
      errorsPerSecond: () => 200,
      errorsBySecond: true,
      roundTripUs: 300_000,
    });
    assert.equal(count("closed"), 1_000);
    assert.ok(seconds < 60, `${seconds} s`);
  });

  it("are left, and counted, where they have gone away", async () => {
    let asked = 0;
    const behaviour = (): Behaviour => {
      asked += 1;
      return asked < 40_100 ? "closed" : "silent";
    };
    const { scan, seconds } = await run({ ports: 20_000, behaviour, errorsPerSecond: () => 1 });
    assert.equal(scan.limitedHosts, 1);
    assert.ok(seconds < 400, `${seconds} s`);
  });

  it("do not slow down the passes before: they are asked by themselves", async () => {
    const behaviour = (_: string, port: number): Behaviour => (port % 100 === 0 ? "closed" : "silent");
    const { count, seconds } = await run({
      ports: 5_000,
      behaviour,
      errorsPerSecond: () => 1,
      // So long that each pass brings some.
      roundTripUs: 800_000,
    });
    assert.equal(count("closed"), 50);
    assert.ok(seconds < 1_000, `${seconds} s`);
  });

  it("are asked faster than they answer where nearly all is silent for good", async () => {
    const behaviour = (_: string, port: number): Behaviour => (port % 450 === 0 ? "closed" : "silent");
    const { count, plan, seconds } = await run({ ports: 45_000, behaviour, errorsPerSecond: () => 1 });
    assert.equal(count("closed"), plan.ports.filter((port) => port % 450 === 0).length);
    assert.ok(seconds < 1_000, `${seconds} s`);
  });

  it("are left where they refuse a port now and then, to be asked for ever", async () => {
    const refused = new Set<number>();
    let asked = 0;
    // Of every 50 datagrams the next to a port that was not refused before, and none again.
    const behaviour = (_: string, port: number): Behaviour => {
      asked += 1;
      if (asked < 50 * refused.size || refused.has(port)) return "silent";
      refused.add(port);
      return "closed";
    };
    const { count, network, scan } = await run({ ports: 200, behaviour });
    assert.ok(count("closed") > 10);
    assert.equal(scan.limitedHosts, 1);
    assert.ok(network.seen.length < 200 * 40, `${network.seen.length} probes`);
  });

  it("are not suspected where they have no limit", async () => {
    const behaviour = (_: string, port: number): Behaviour => (port % 2 === 0 ? "closed" : "silent");
    const { count, seconds, network } = await run({ ports: 1_000, behaviour });
    assert.equal(count("closed"), 500);
    assert.ok(seconds < 5, `${seconds} s`);
    // Twice those that are silent, and one trial.
    assert.equal(network.seen.length, 1_000 + 500 + 32);
  });

  it("are not suspected where answers are lost by chance, and what was lost is found", async () => {
    const behaviour = (_: string, port: number): Behaviour => (port % 2 === 0 ? "closed" : "silent");
    for (let seed = 1; seed <= 20; seed += 1) {
      const { count, seconds } = await run({ ports: 1_000, behaviour, lostPercent: 10, seed });
      assert.ok(count("closed") > 490, `${count("closed")} closed`);
      assert.ok(seconds < 30, `${seconds} s`);
    }
  });

  it("are not asked for what another shard asks", async () => {
    const { count, plan } = await run({
      ports: 60,
      behaviour: closed,
      errorsPerSecond: () => 1,
      shard: { index: 1, count: 3 },
    });
    assert.equal(count("closed"), plan.size);
  });

  it("are left at once when the scan is stopped, and what is known stays", async () => {
    const { count, scan, plan } = await run({
      ports: 300,
      behaviour: closed,
      errorsPerSecond: () => 1,
      abortAfter: ({ limited, answered }) => limited !== undefined && answered >= 30,
    });
    assert.ok(count("closed") >= 30 && count("closed") < 40);
    const { pass, place } = scan.passes.position;
    assert.ok(pass > 0 && place >= 0 && place <= plan.size);
  });

  it("have all that they refuse found, in whatever order they are asked", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 1_000_000 }),
        fc.integer({ min: 2, max: 40 }),
        fc.integer({ min: 1, max: 4 }),
        async (seed, ports, hosts) => {
          const { count } = await run({ hosts, ports, behaviour: closed, errorsPerSecond: () => 1, seed });
          for (let host = 0; host < hosts; host += 1) assert.equal(count("closed", host), ports);
        },
      ),
      { numRuns: 30 },
    );
  });
});
