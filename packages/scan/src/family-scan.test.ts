import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer, type Socket } from "node:net";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AnsweringNetwork } from "./answering-link.build.js";
import { CONNECT } from "./ask.js";
import { CANARIES } from "./family-scan.js";
import { timingTemplateOf } from "./pace/templates.js";
import { scan } from "./scan.js";
import type { ScanOptions } from "./scan-options.js";
import { builtInServices } from "./service/built-in.js";
import { parseTarget } from "./targets/expression.js";
import { TargetSet } from "./targets/target-set.js";
import { ack } from "./techniques/ack.js";
import { syn } from "./techniques/syn.js";

const TARPIT = "192.0.2.1";
const ORDINARY = "192.0.2.2";
/** Cloudflare's. */
const PROVIDED = "104.16.0.1";

async function optionsFor(
  network: AnsweringNetwork,
  targets: readonly string[],
  ports: readonly number[],
  more: Partial<ScanOptions> = {},
): Promise<ScanOptions> {
  return {
    targets: await TargetSet.build({ targets: targets.map(parseTarget) }),
    asks: [{ technique: syn, ports }],
    timing: timingTemplateOf("normal"),
    seed: 7,
    openLink: network.openLink,
    ...more,
  };
}

const upTo = (last: number): number[] => Array.from({ length: last }, (_, at) => at + 1);
const answers = (address: string, port: number): boolean => address === TARPIT || port <= 12;

describe("canaries", () => {
  it("are asked of hosts with many open ports alone, and tell those that open all", async () => {
    const network = new AnsweringNetwork(
      (address, port) => answers(address, port) && address !== "192.0.2.3",
    );
    const targets = [TARPIT, ORDINARY, "192.0.2.3"];
    const { hosts, probes, scans } = await scan(await optionsFor(network, targets, upTo(50))).result;
    assert.deepEqual(
      [...hosts].map(({ verdict }) => verdict),
      ["all-open", undefined, undefined],
    );
    assert.equal(probes, 3 * 50 + 2 * CANARIES);
    // They are not what was asked for.
    assert.deepEqual(
      scans.map(({ ports }) => ports),
      ["1-50"],
    );
  });

  it("are not asked where none are wanted", async () => {
    const network = new AnsweringNetwork(() => true);
    const options = await optionsFor(network, [TARPIT], upTo(20), { canaries: 0 });
    const { hosts, probes } = await scan(options).result;
    assert.deepEqual([[...hosts][0]!.verdict, probes], [undefined, 20]);
  });

  it("say the same to each shard that asks three ports of a tarpit or more, however many shards and ports there are", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 2, max: 4 }),
        fc.integer({ min: 6, max: 40 }),
        async (count, ports) => {
          for (let index = 1; index <= count; index += 1) {
            const network = new AnsweringNetwork(answers);
            const shard = { index: index - 1, count };
            const options = await optionsFor(network, [TARPIT, ORDINARY], upTo(ports), { shard });
            const [tarpit, ordinary] = [...(await scan(options).result).hosts];
            if (tarpit!.ports.length >= 3) assert.equal(tarpit!.verdict, "all-open");
            assert.equal(ordinary!.verdict, undefined);
          }
        },
      ),
      { numRuns: 10 },
    );
  });
});

describe("addresses of providers", () => {
  it("are asked what providers serve alone, by every technique that asks for it", async () => {
    const network = new AnsweringNetwork(() => false);
    const asks = [
      { technique: syn, ports: [22, 80, 443] },
      { technique: ack, ports: [22] },
    ];
    const options = await optionsFor(network, [PROVIDED, ORDINARY], [], { asks, skipsProviders: true });
    const { hosts, scans } = await scan(options).result;
    const of = (address: string): string[] =>
      network.asked.filter((to) => to.startsWith(`${address}:`)).sort();
    assert.deepEqual(of(PROVIDED), [`${PROVIDED}:443`, `${PROVIDED}:80`]);
    // Port 22 by two techniques.
    assert.equal(new Set(of(ORDINARY)).size, 3);
    assert.deepEqual(
      scans.map(({ technique, portsPerHost }) => [technique, portsPerHost]),
      [
        ["syn", 3],
        ["syn", 2],
        ["ack", 1],
      ],
    );
    assert.deepEqual(
      [...hosts].map(({ address, provider }) => [address, provider]),
      [
        [PROVIDED, "cloudflare"],
        [ORDINARY, undefined],
      ],
    );
  });
});

describe("the time for hosts", () => {
  it("is over for what serves their ports too, and the result says so", async (test) => {
    const server = createServer((socket) => void socket.on("error", () => {}));
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    const sockets = new Set<Socket>();
    server.on("connection", (socket) => sockets.add(socket));
    test.after(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const { port } = server.address() as AddressInfo;
    const options = {
      targets: await TargetSet.build({ targets: [parseTarget("127.0.0.1")] }),
      asks: [{ technique: CONNECT, ports: [port] }] as const,
      timing: timingTemplateOf("normal"),
      canaries: 0,
      services: { database: builtInServices() },
      // The probes of the service have several seconds.
      hostTimeoutMs: 2_000,
    };
    const [host] = [...(await scan(options).result).hosts];
    assert.deepEqual([host!.isTimedOut, host!.notAsked, host!.ports.length], [true, 0, 1]);
    assert.equal(host!.ports[0]!.service, undefined);
  });
});

describe("a scan that is stopped while it looks for hosts", () => {
  it("calls hosts that it had not come to neither down nor silent", async () => {
    const network = new AnsweringNetwork(() => undefined);
    const ping = { kind: "syn", port: 80 } as const;
    const options = await optionsFor(network, [ORDINARY, TARPIT], upTo(3), {
      discovery: { withoutSweep: true, pings: () => [ping] },
      signal: AbortSignal.abort(),
    });
    const { hosts, notAsked } = await scan(options).result;
    for (const { state, reason } of hosts) assert.deepEqual([state, reason], ["unknown", "not-asked"]);
    assert.deepEqual([notAsked, network.asked], [{ hosts: 2, ports: 0 }, []]);
  });
});
