import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { type AttemptSource, blankAttempt, type Connector, ERRNO } from "@palisade/link";
import { formatIpAddress } from "@palisade/wire";
import { hostsFrom } from "../hosts.build.js";
import { unpaced } from "../pace/unpaced.build.js";
import { connectPings } from "./connect-pings.js";
import { HostStates } from "./host-states.js";

/** Ends each attempt at once, as a function of address and port says. */
class SimulatedConnector implements Connector {
  readonly name = "node";
  readonly because = undefined;
  readonly inFlightMax = 1;
  readonly limited = undefined;
  readonly tried: string[] = [];
  readonly #errnoOf: (address: string, port: number) => number;

  constructor(errnoOf: (address: string, port: number) => number) {
    this.#errnoOf = errnoOf;
  }

  async run(source: AttemptSource, signal: AbortSignal): Promise<void> {
    const attempt = blankAttempt();
    while (!signal.aborted && source.next(attempt) === "next") {
      const address = formatIpAddress(attempt.address.slice(0, attempt.addressBytes));
      this.tried.push(`${address}:${attempt.port}`);
      source.ended(attempt.token, this.#errnoOf(address, attempt.port), 700);
    }
  }

  close(): void {}
}

async function run(errnoOf: (address: string, port: number) => number, size = 4, retriesMax = 3) {
  const connector = new SimulatedConnector(errnoOf);
  const states = new HostStates(size);
  const probes = await connectPings(
    {
      hosts: hostsFrom("10.0.0.0", size),
      ports: [80, 443],
      seed: 42,
      connector,
      pacer: unpaced,
      replyTime: { timeoutUs: 1_000, measured: () => {} },
      retriesMax,
      scopeId: 0,
      nowUs: () => 0,
      told: (host, verdict, tookUs) => states.told(host, verdict, 0, tookUs),
      progress: () => {},
    },
    new AbortController().signal,
  );
  return { connector, states, probes };
}

describe("connectPings", () => {
  it("takes a host for up that accepts or refuses on one port", async () => {
    const { states } = await run((address, port) => {
      if (address === "10.0.0.1") return port === 443 ? 0 : ERRNO.ETIMEDOUT;
      if (address === "10.0.0.2") return port === 80 ? ERRNO.ECONNREFUSED : ERRNO.EHOSTUNREACH;
      return address === "10.0.0.3" ? ERRNO.EHOSTUNREACH : ERRNO.ETIMEDOUT;
    });
    assert.deepEqual(
      [0, 1, 2, 3].map((host) => `${states.isUp(host)} ${states.reasonOf(host)}`),
      ["false no-response", "true syn-ack", "true conn-refused", "false host-unreach"],
    );
    assert.equal(states.roundTripUsOf(1), 700);
  });

  it("asks no other port of a host that is up, and silent ones once more", async () => {
    const { connector, probes } = await run((address) => (address === "10.0.0.0" ? 0 : ERRNO.ETIMEDOUT));
    const times = new Map<string, number>();
    for (const tried of connector.tried) times.set(tried, (times.get(tried) ?? 0) + 1);
    assert.equal([...times.keys()].filter((tried) => tried.startsWith("10.0.0.0:")).length, 1);
    for (const [tried, count] of times) assert.equal(count, tried.startsWith("10.0.0.0:") ? 1 : 2, tried);
    assert.equal(probes, 1 + 3 * 2 * 2);
  });

  it("says nothing of a host by this machine's own trouble", async () => {
    const { states } = await run(() => ERRNO.EADDRNOTAVAIL);
    assert.equal(states.up.answered, 0);
    assert.equal(states.reasonOf(0), "no-response");
  });
});
