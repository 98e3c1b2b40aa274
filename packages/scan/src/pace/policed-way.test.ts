/**
 * Ways that pass so many probes in a second and drop the rest: a simulated one, and one in a namespace, whose far side polices
 * what comes in.
 */
import assert from "node:assert/strict";
import { after, describe, it, type TestContext } from "node:test";
import { enterNamespace, Host, missingPrograms, run } from "@palisade/link/namespace.build.js";
import { Cookie } from "../cookie.js";
import { hostsFrom } from "../hosts.build.js";
import { openPacketLink } from "../links/packet-link.js";
import type { ProbeLink } from "../links/probe-link.js";
import { ProbeScan } from "../probe-scan.js";
import { type HostList, ScanPlan } from "../scan-plan.js";
import { SimulatedNetwork, type SimulatedNetworkOptions } from "../simulated-network.build.js";
import { StateTable } from "../state-table.js";
import { syn } from "../techniques/syn.js";
import { VerdictCodes } from "../verdict-codes.js";
import { ScanPacer, type ScanPacerOptions } from "./pacer.js";
import { RttEstimator } from "./rtt.js";
import { timingTemplateOf } from "./templates.js";

const SOURCE_PORT = 61_111;
const PORTS = [22, 80, 443, 8_080];
/** 198.18.0.0/15 is for tests of networks (RFC 2544). */
const FIRST_ADDRESS = "198.18.0.0";

interface Asking extends Partial<Omit<ScanPacerOptions, "nowUs">> {
  readonly link: ProbeLink;
  readonly nowUs: () => number;
  readonly hosts: HostList;
  /** Whether the rate follows the answers. Default true. */
  readonly follows?: boolean;
  /** Called now and then with the rate. */
  readonly progress?: (rate: number) => void;
}

async function ask({ link, nowUs, hosts, follows = true, progress, ...bounds }: Asking) {
  const plan = new ScanPlan(hosts, PORTS, 42);
  const table = new StateTable(plan.pairs);
  const codes = new VerdictCodes();
  const replyTime = new RttEstimator(timingTemplateOf("normal"));
  const pacer = new ScanPacer({ roundTripUs: () => replyTime.smoothedUs, nowUs: nowUs(), ...bounds });
  const scan = new ProbeScan({
    plan,
    technique: syn,
    link,
    table,
    codes,
    cookie: new Cookie(Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8)),
    sourcePort: SOURCE_PORT,
    pacer: follows ? pacer : withoutRepeated(pacer),
    replyTime,
    retriesMax: 0,
    nowUs,
    progress: () => progress?.(pacer.probesPerSecond),
  });
  const beganUs = nowUs();
  await scan.run(new AbortController().signal);
  return {
    probes: scan.probes,
    lost: 1 - table.answered / plan.pairs,
    states: Array.from({ length: plan.pairs }, (_, pair) => table.get(pair)),
    tookUs: nowUs() - beganUs,
  };
}

function withoutRepeated(pacer: ScanPacer) {
  return {
    permits: (nowUs: number) => pacer.permits(nowUs),
    spend: (probes: number, nowUs: number) => pacer.spend(probes, nowUs),
    waitUs: (nowUs: number) => pacer.waitUs(nowUs),
    slow: (nowUs: number) => pacer.slow(nowUs),
    limit: (probesPerSecond: number, nowUs: number) => pacer.limit(probesPerSecond, nowUs),
  };
}

describe("a way that passes so many probes in a second", () => {
  const simulate = (network: Partial<SimulatedNetworkOptions>, size: number, more: Partial<Asking> = {}) => {
    const link = new SimulatedNetwork({ behaviour: () => "closed", ...network });
    return ask({ link, nowUs: () => link.nowUs, hosts: hostsFrom(FIRST_ADDRESS, size), ...more }).then(
      (result) => ({
        ...result,
        seen: link.seen,
      }),
    );
  };

  it("loses little of a scan whose rate follows the answers, and most of another", async () => {
    const passesPerSecond = (): number => 5_000;
    const bounds = { probesPerSecondMax: 200_000 };
    const followed = await simulate({ passesPerSecond }, 12_000, bounds);
    const other = await simulate({ passesPerSecond }, 12_000, { ...bounds, follows: false });
    assert.ok(other.lost > 0.8, `${other.lost}`);
    assert.ok(followed.lost < 0.4, `${followed.lost}`);
  });

  it("is used again when it passes more", async () => {
    const rates: { readonly us: number; readonly rate: number }[] = [];
    const link = new SimulatedNetwork({
      behaviour: () => "closed",
      passesPerSecond: (us) => (us < 3e6 ? 5_000 : undefined),
    });
    const beganUs = link.nowUs;
    const progress = (rate: number): void => void rates.push({ us: link.nowUs - beganUs, rate });
    await ask({ link, nowUs: () => link.nowUs, hosts: hostsFrom(FIRST_ADDRESS, 30_000), progress });
    const between = (from: number, to: number): number[] =>
      rates.filter(({ us }) => us >= from && us < to).map(({ rate }) => rate);
    const policed = between(1e6, 3e6);
    assert.ok(Math.max(...policed) < 12_000, `${Math.max(...policed)}`);
    assert.ok(Math.max(...between(3e6, 60e6)) > 50_000, `${rates.at(-1)?.rate}`);
  });

  it("is not what keeps answers away where hosts stop answering: the rate is back soon", async () => {
    let seen = 0;
    const rates: number[] = [];
    const { tookUs } = await simulate(
      { behaviour: () => ((seen += 1) < 30_000 ? "closed" : "silent") },
      60_000,
      {
        progress: (rate) => void rates.push(rate),
      },
    );
    assert.ok(Math.min(...rates.slice(20)) < 10_000);
    assert.ok(rates.at(-1)! > 100_000, `${rates.at(-1)}`);
    assert.ok(tookUs < 10e6, `${tookUs}`);
  });

  it("changes no result and holds no end, and little is asked again", async () => {
    const silent = new Set([3, 77, 1_000]);
    let turn = 0;
    const behaviour = (address: string): "open" | "closed" | "silent" => {
      turn += 1;
      const host = Number(address.split(".")[3]);
      return silent.has(host) ? "silent" : host % 7 === 0 ? "open" : "closed";
    };
    const followed = await simulate({ behaviour, roundTripUs: 5_000 }, 4_000);
    assert.equal(turn, followed.probes);
    const other = await simulate({ behaviour, roundTripUs: 5_000 }, 4_000, { follows: false });
    assert.deepEqual(followed.states, other.states);
    assert.equal(other.probes, 16_000);
    const again = followed.probes - 16_000;
    assert.ok(again >= 20 && again <= 16_000 / 32, `${again}`);
    assert.ok(followed.tookUs < other.tookUs * 1.1, `${followed.tookUs} µs, ${other.tookUs} µs`);
  });

  it("is asked no faster than the user allows, repeated probes included, and no slower", async () => {
    const most = await simulate({}, 2_000, { probesPerSecondMax: 4_000 });
    assert.ok(most.probes > 8_050, `${most.probes}`);
    assert.ok(most.probes <= (most.tookUs / 1e6) * 4_000 + 41, `${most.probes} in ${most.tookUs} µs`);
    const slowest: number[] = [];
    await simulate({ passesPerSecond: () => 2_000 }, 20_000, {
      probesPerSecondMin: 10_000,
      probesPerSecondMax: 100_000,
      progress: (rate) => void slowest.push(rate),
    });
    assert.equal(Math.min(...slowest), 10_000);
  });

  it("is asked nothing again where a delay between probes was asked for", async () => {
    const { probes } = await simulate({}, 100, { delayUs: 1_000 });
    assert.equal(probes, 400);
  });
});

/** What the other host lets in, probes per second. */
const POLICED_PER_SECOND = 10_000;
/** What a quick machine has asked before the first answer fails is lost however it goes on: none is asked more quickly than this. */
const ASKED_PER_SECOND_MAX = 100_000;
const HOSTS = 16_384;
/** Scans of either kind, until they differ as they should. */
const ROUNDS_MAX = 4;

const entered = enterNamespace(
  "ip link add near type veth peer name far",
  "ip link set dev lo up",
  "ip link set dev near up",
  "ip addr add 10.79.0.1/24 dev near",
);
const host =
  entered === false
    ? new Host(
        ["far"],
        [
          "ip link set dev lo up",
          "ip link set dev far up",
          "ip addr add 10.79.0.2/24 dev far",
          "ip route add local 198.18.0.0/15 dev lo",
        ],
      )
    : undefined;
after(() => host?.close());

function prepare(): string | false {
  if (host === undefined) return entered;
  const missing = host.missing || missingPrograms("nft --version");
  if (missing !== false) return missing;
  for (const command of [
    "nft add table inet police",
    "nft add chain inet police in { type filter hook prerouting priority -300 ; }",
    `nft add rule inet police in tcp flags syn limit rate over ${POLICED_PER_SECOND}/second burst 200 packets drop`,
  ]) {
    const { status, output } = host.run(command);
    if (status !== 0) return `${command}: ${output.trim()}`;
  }
  const { status, output } = run("ip route add 198.18.0.0/15 via 10.79.0.2");
  return status !== 0 && output;
}

describe("a host that polices what comes in", { skip: prepare() }, () => {
  it("answers most of a scan whose rate follows the answers, and little of another", async (test) => {
    const tries: string[] = [];
    // On a machine that is busy with something else answers come too late to follow, or probes too slowly to be dropped.
    for (let round = 0; round < ROUNDS_MAX; round += 1) {
      const other = await lostOf(false, test);
      const followed = await lostOf(true, test);
      if (followed < 0.6 * other || other < 0.1) return;
      tries.push(`${followed} and ${other}`);
    }
    assert.fail(tries.join(", "));
  });
});

/** The share of a scan's probes whose answers were lost. */
async function lostOf(follows: boolean, test: TestContext): Promise<number> {
  const hosts = hostsFrom(FIRST_ADDRESS, HOSTS);
  const link = await openPacketLink({
    hosts,
    portsPerHost: PORTS.length,
    ipProtocol: 6,
    probeBytesMax: syn.probeBytesMax,
    sourcePort: SOURCE_PORT,
    sweep: {},
    signal: new AbortController().signal,
  });
  try {
    const nowUs = (): number => (performance.timeOrigin + performance.now()) * 1_000;
    const asked = await ask({ link, nowUs, hosts, follows, probesPerSecondMax: ASKED_PER_SECOND_MAX });
    const percent = (100 * asked.lost).toFixed(1);
    test.diagnostic(
      `${follows ? "following" : "not following"}: ${percent} % lost of ${asked.probes} in ${(asked.tookUs / 1e6).toFixed(1)} s`,
    );
    return asked.lost;
  } finally {
    link.close();
  }
}
