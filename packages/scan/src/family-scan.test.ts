import assert from "node:assert/strict";
import { describe, it } from "node:test";
import fc from "fast-check";
import { AnsweringNetwork } from "./answering-link.build.js";
import { CANARIES } from "./family-scan.js";
import { timingTemplateOf } from "./pace/templates.js";
import { scan } from "./scan.js";
import type { ScanOptions } from "./scan-options.js";
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
