import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type Attempt, type AttemptSource, blankAttempt, type Connector, ERRNO } from "@palisade/link";
import { formatIpAddress } from "@palisade/wire";
import fc from "fast-check";
import { ConnectScan } from "./connect-scan.js";
import { hostsFrom } from "./hosts.build.js";
import { ScanPacer } from "./pace/pacer.js";
import { unpaced } from "./pace/unpaced.build.js";
import type { Pacer } from "./passes.js";
import type { Shard } from "./permutation.js";
import type { ProbeProgress } from "./probe-scan.js";
import { ScanPlan } from "./scan-plan.js";
import { StateTable } from "./state-table.js";
import { statesOf } from "./states.build.js";
import { VerdictCodes } from "./verdict-codes.js";

/** Ends attempts by a table, a round trip later on a clock of its own; holds a few at a time. */
class SimulatedConnector implements Connector {
  readonly name = "node";
  readonly because = undefined;
  readonly limited = undefined;
  readonly inFlightMax: number;
  nowUs = 1_700_000_000_000_000;
  runs = 0;
  /** Times that the source said "wait". */
  waits = 0;
  readonly asked: { readonly pair: string; readonly atUs: number; readonly timeoutMs: number }[] = [];
  readonly #errnoOf: (pair: string, time: number) => number;
  readonly #roundTripUs: number;
  readonly #times = new Map<string, number>();

  /** @param errnoOf how the attempt to `address:port` ends that is its `time`th, from 1 */
  constructor(errnoOf: (pair: string, time: number) => number, inFlightMax = 3, roundTripUs = 700) {
    this.#errnoOf = errnoOf;
    this.inFlightMax = inFlightMax;
    this.#roundTripUs = roundTripUs;
  }

  async run(source: AttemptSource, signal: AbortSignal): Promise<void> {
    this.runs += 1;
    const attempt: Attempt = blankAttempt();
    const open: { token: number; pair: string; endsUs: number }[] = [];
    for (let done = false; !done || open.length > 0; ) {
      let untilUs = Number.POSITIVE_INFINITY;
      while (!done && open.length < this.inFlightMax) {
        const step = signal.aborted ? "done" : source.next(attempt);
        if (step === "done") done = true;
        if (step === "wait") {
          this.waits += 1;
          assert.ok(attempt.waitMs > 0, "a wait takes time");
          untilUs = this.nowUs + Math.ceil(attempt.waitMs * 1_000);
        }
        if (step !== "next") break;
        const address = formatIpAddress(attempt.address.subarray(0, attempt.addressBytes));
        const pair = `${address}:${attempt.port}`;
        this.asked.push({ pair, atUs: this.nowUs, timeoutMs: attempt.timeoutMs });
        open.push({ token: attempt.token, pair, endsUs: this.nowUs + this.#roundTripUs });
      }
      const first = open[0];
      if (signal.aborted) {
        for (const { token } of open.splice(0)) source.ended(token, ERRNO.ECANCELED, 0);
        done = true;
      } else if (first !== undefined && first.endsUs <= untilUs) {
        open.shift();
        this.nowUs = first.endsUs;
        const time = (this.#times.get(first.pair) ?? 0) + 1;
        this.#times.set(first.pair, time);
        source.ended(first.token, this.#errnoOf(first.pair, time), this.#roundTripUs);
      } else if (untilUs !== Number.POSITIVE_INFINITY) this.nowUs = untilUs;
    }
  }

  close(): void {}
}

interface Setting {
  readonly errnoOf: (pair: string, time: number) => number;
  readonly hosts?: number;
  readonly ports?: readonly number[];
  readonly shard?: Shard;
  readonly retriesMax?: number;
  readonly inFlightMax?: number;
  readonly pacer?: (connector: SimulatedConnector) => Pacer;
  readonly timeoutUs?: number;
  readonly signal?: AbortSignal;
  readonly progress?: (progress: ProbeProgress) => void;
}

async function run(setting: Setting) {
  const { hosts = 3, ports = [22, 80, 443], pacer, retriesMax = 3 } = setting;
  const connector = new SimulatedConnector(setting.errnoOf, setting.inFlightMax);
  const plan = new ScanPlan(hostsFrom("10.0.0.0", hosts), ports, 42, setting.shard);
  const table = new StateTable(plan.pairs);
  const codes = new VerdictCodes();
  const samples: number[] = [];
  const scan = new ConnectScan({
    plan,
    connector,
    table,
    codes,
    pacer: pacer?.(connector) ?? unpaced,
    replyTime: { timeoutUs: setting.timeoutUs ?? 100_000, measured: (us) => void samples.push(us) },
    retriesMax,
    scopeId: 0,
    nowUs: () => connector.nowUs,
    progress: setting.progress ?? (() => {}),
  });
  await scan.run(setting.signal ?? new AbortController().signal);
  const states = statesOf(plan, table, codes);
  return { connector, plan, scan, states, samples };
}

const timesOf = (connector: SimulatedConnector): Map<string, number> => {
  const times = new Map<string, number>();
  for (const { pair } of connector.asked) times.set(pair, (times.get(pair) ?? 0) + 1);
  return times;
};

describe("a connect scan", () => {
  for (const [name, wanted] of [
    [undefined, "open syn-ack"],
    ["ECONNREFUSED", "closed conn-refused"],
    ["EHOSTUNREACH", "filtered host-unreach"],
    ["EHOSTDOWN", "filtered host-unreach"],
    ["ENETUNREACH", "filtered net-unreach"],
    ["ENOPROTOOPT", "filtered proto-unreach"],
    ["EACCES", "filtered admin-prohibited"],
    ["EPERM", "filtered admin-prohibited"],
    ["ETIMEDOUT", undefined],
    ["ECANCELED", undefined],
    ["EADDRNOTAVAIL", undefined],
  ] as const) {
    it(`takes ${name ?? "a connection"} for ${wanted ?? "no answer"}`, async () => {
      const { states } = await run({ errnoOf: () => (name === undefined ? 0 : ERRNO[name]), hosts: 1 });
      assert.deepEqual([...states.values()], wanted === undefined ? [] : [wanted, wanted, wanted]);
    });
  }

  for (const name of ["ENONET", "EOPNOTSUPP", "EPROTO"] as const) {
    it(`takes an ICMP error that says nothing (${name}) for silence, not for this machine's trouble`, async () => {
      let slowed = 0;
      const { connector, states, scan } = await run({
        errnoOf: () => ERRNO[name],
        pacer: () => ({ ...unpaced, slow: () => void (slowed += 1) }),
      });
      assert.deepEqual([states.size, scan.sendRefusals, slowed, connector.runs], [0, 0, 0, 2]);
    });
  }

  it("asks every pair once where all answer, whatever the shards and however many at a time", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 20 }),
        fc.uniqueArray(fc.integer({ min: 0, max: 65_535 }), { minLength: 1, maxLength: 10 }),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 50 }),
        async (hosts, unsorted, count, inFlightMax) => {
          const ports = unsorted.sort((a, b) => a - b);
          const asked: string[] = [];
          let answered = 0;
          for (let index = 0; index < count; index += 1) {
            const { connector, states, scan } = await run({
              errnoOf: (pair) => (pair.endsWith("0") ? 0 : ERRNO.ECONNREFUSED),
              hosts,
              ports,
              inFlightMax,
              shard: { index, count },
            });
            assert.equal(scan.probes, connector.asked.length);
            asked.push(...connector.asked.map(({ pair }) => pair));
            answered += states.size;
          }
          assert.equal(asked.length, hosts * ports.length);
          assert.equal(new Set(asked).size, hosts * ports.length);
          assert.equal(answered, hosts * ports.length);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("asks again only what was silent, as long as that brings answers", async () => {
    const { connector, states } = await run({
      errnoOf: (pair, time) =>
        pair.startsWith("10.0.0.1:") && time < 3 ? ERRNO.ETIMEDOUT : ERRNO.ECONNREFUSED,
      hosts: 2,
      retriesMax: 10,
    });
    // The second pass brought nothing, and so the third was not made.
    assert.equal(states.size, 3);
    assert.deepEqual(new Set(timesOf(connector).values()), new Set([1, 2]));
    const steady = await run({
      errnoOf: (pair, time) => (time <= Number(pair.split(":")[1]) - 80 ? ERRNO.ETIMEDOUT : 0),
      hosts: 1,
      ports: [80, 81, 82, 83],
      retriesMax: 10,
    });
    assert.equal(steady.states.size, 4);
    assert.deepEqual(
      [80, 81, 82, 83].map((port) => timesOf(steady.connector).get(`10.0.0.0:${port}`)),
      [1, 2, 3, 4],
    );
  });

  it("ends after the passes that it may make", async () => {
    for (const [retriesMax, passes] of [
      [0, 1],
      [1, 2],
      [9, 2],
    ] as const) {
      const { connector } = await run({ errnoOf: () => ERRNO.ETIMEDOUT, retriesMax });
      assert.deepEqual(new Set(timesOf(connector).values()), new Set([passes]));
      assert.equal(connector.runs, passes);
    }
  });

  for (const name of ["EADDRNOTAVAIL", "ENOBUFS", "ENOMEM"] as const) {
    it(`tries again what this machine refused with ${name}, though nothing else is tried again`, async () => {
      let slowed = 0;
      const { states, scan } = await run({
        errnoOf: (_, time) => (time <= 2 ? ERRNO[name] : ERRNO.ECONNREFUSED),
        retriesMax: 0,
        pacer: () => ({ ...unpaced, slow: () => void (slowed += 1) }),
      });
      assert.equal(states.size, 9);
      assert.equal(scan.sendRefusals, 18);
      assert.ok(slowed >= 18);
    });
  }

  it("asks again what could not be reached, and that is the answer of what never can", async () => {
    // An interface that is down for a while; 443 has no route at all.
    const errnoOf = (pair: string, time: number): number =>
      pair.endsWith(":443") ? ERRNO.ENETUNREACH : time === 1 ? ERRNO.ENETUNREACH : ERRNO.ECONNREFUSED;
    const { states, connector } = await run({ errnoOf, hosts: 1 });
    assert.deepEqual(
      [...states],
      [
        ["10.0.0.0:22", "closed conn-refused"],
        ["10.0.0.0:80", "closed conn-refused"],
        ["10.0.0.0:443", "filtered net-unreach"],
      ],
    );
    assert.equal(connector.asked.filter(({ pair }) => pair.endsWith(":22")).length, 2);
    const once = await run({ errnoOf, hosts: 1, retriesMax: 0 });
    assert.deepEqual([...new Set(once.states.values())], ["filtered net-unreach"]);
    const stopped = await run({ errnoOf, hosts: 1, signal: AbortSignal.abort() });
    assert.deepEqual([...new Set(stopped.states.values())].includes("filtered net-unreach"), false);
  });

  it("ends where this machine refuses all the time", async () => {
    const { states, connector } = await run({ errnoOf: () => ERRNO.EADDRNOTAVAIL, retriesMax: 2 });
    assert.equal(states.size, 0);
    assert.ok(connector.runs <= 12, `${connector.runs} passes`);
  });

  it("keeps to the pace, and waits where it may not go on", async () => {
    const { connector, states } = await run({
      errnoOf: () => ERRNO.ECONNREFUSED,
      hosts: 20,
      inFlightMax: 100,
      pacer: ({ nowUs }) =>
        new ScanPacer({ probesPerSecondMax: 50, delayUs: 0, roundTripUs: () => 700, nowUs }),
    });
    assert.equal(states.size, 60);
    assert.ok(connector.waits > 0);
    const times = connector.asked.map(({ atUs }) => atUs);
    for (const [nth, atUs] of times.entries()) {
      if (nth > 0) assert.ok(atUs - times[nth - 1]! >= 20_000 - 1, `${atUs - times[nth - 1]!} µs apart`);
    }
  });

  it("measures round trips by answers of the port alone", async () => {
    const answers = [0, ERRNO.ECONNREFUSED, ERRNO.EHOSTUNREACH, ERRNO.ETIMEDOUT];
    const { samples } = await run({
      errnoOf: (pair) => answers[Number(pair.split(":")[1]) - 1]!,
      hosts: 1,
      ports: [1, 2, 3, 4],
      retriesMax: 0,
    });
    assert.deepEqual(samples, [700, 700]);
  });

  it("waits for an answer as long as answers take, at least a millisecond", async () => {
    for (const [timeoutUs, timeoutMs] of [
      [250_000, 250],
      [1_001, 2],
      [3, 1],
    ] as const) {
      const { connector } = await run({ errnoOf: () => 0, timeoutUs });
      assert.deepEqual(new Set(connector.asked.map((asked) => asked.timeoutMs)), new Set([timeoutMs]));
    }
  });

  it("stops when it is told to, and keeps what it found", async () => {
    const stop = new AbortController();
    let ended = 0;
    const { states, connector } = await run({
      errnoOf: () => {
        ended += 1;
        if (ended === 4) stop.abort();
        return ERRNO.ECONNREFUSED;
      },
      signal: stop.signal,
    });
    assert.equal(states.size, 4);
    assert.ok(connector.asked.length < 9);
    assert.equal(connector.runs, 1);
  });

  it("names the interface of link-local addresses alone", () => {
    for (const [text, scopeId] of [
      ["192.0.2.7", 0],
      ["2001:db8::7", 0],
      ["fe80::7", 3],
      ["febf::7", 3],
      ["fec0::7", 0],
    ] as const) {
      const plan = new ScanPlan(hostsFrom(text, 1), [80], 42);
      const scan = new ConnectScan({
        plan,
        connector: new SimulatedConnector(() => 0),
        table: new StateTable(plan.pairs),
        codes: new VerdictCodes(),
        pacer: unpaced,
        replyTime: { timeoutUs: 100_000, measured: () => {} },
        retriesMax: 0,
        scopeId: 3,
        nowUs: () => 0,
        progress: () => {},
      });
      const attempt = blankAttempt();
      assert.equal(scan.next(attempt), "next");
      assert.equal(attempt.scopeId, scopeId, text);
    }
  });

  it("asks nothing where it was stopped before", async () => {
    const { connector } = await run({ errnoOf: () => 0, signal: AbortSignal.abort() });
    assert.deepEqual([connector.runs, connector.asked], [0, []]);
  });

  it("tells how far it is", async () => {
    const told: ProbeProgress[] = [];
    const { plan } = await run({
      errnoOf: () => ERRNO.ECONNREFUSED,
      hosts: 400,
      progress: (at) => void told.push(at),
    });
    assert.ok(told.length > 0);
    for (const { pass, asked, size, answered, probes } of told) {
      assert.deepEqual([pass, size], [0, plan.size]);
      assert.ok(answered <= asked && asked <= size && probes === asked);
    }
  });
});
