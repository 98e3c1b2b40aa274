import assert from "node:assert/strict";
import { once } from "node:events";
import { type AddressInfo, createServer } from "node:net";
import { describe, it } from "node:test";
import { PalisadeError } from "@palisade/base";
import { type AskSettings, CONNECT, checkEvasionOf, evasionFor, limitedHostsOf } from "./ask.js";
import { parseDecoys } from "./links/decoys.js";
import { timingTemplateOf } from "./pace/templates.js";
import { scan } from "./scan.js";
import type { Ask, ScanOptions } from "./scan-options.js";
import { parseTarget } from "./targets/expression.js";
import { TargetSet } from "./targets/target-set.js";
import { ipProtocol } from "./techniques/ip-protocol.js";
import { syn } from "./techniques/syn.js";

async function optionsFor(
  targets: readonly string[],
  techniques: readonly Ask["technique"][],
  more: Partial<ScanOptions>,
): Promise<ScanOptions> {
  return {
    targets: await TargetSet.build({ targets: targets.map(parseTarget) }),
    asks: techniques.map((technique) => ({ technique, ports: [6] })),
    timing: timingTemplateOf("normal"),
    ...more,
  };
}

describe("what is to be done to probes", () => {
  it("is refused for any technique and address family that it cannot be done to", async () => {
    const decoys = (version: 4 | 6) => parseDecoys("192.0.2.77", version);
    for (const [targets, techniques, evasion, code] of [
      [["192.0.2.1", "2001:db8::1"], [syn], { decoys }, "SCAN_EVASION_DECOYS"],
      [["192.0.2.1"], [syn, ipProtocol], { badChecksum: true }, "SCAN_EVASION_CHECKSUM"],
      [["192.0.2.1"], [syn], { fragmentBytes: 64 }, "SCAN_EVASION_FRAGMENTS"],
      [["192.0.2.1"], [syn], { timeToLive: 0 }, "SCAN_EVASION_TTL"],
    ] as const) {
      const options = await optionsFor(targets, techniques, { evasion });
      assert.throws(() => checkEvasionOf(options), { code });
    }
  });

  it("is let pass where it can be, or where there are no probes of ours", async () => {
    const decoys = (version: 4 | 6) => parseDecoys(version === 4 ? "192.0.2.77" : "2001:db8::77", version);
    for (const [targets, techniques, evasion] of [
      [["192.0.2.1", "2001:db8::1"], [syn], { decoys, timeToLive: 3 }],
      [["192.0.2.1"], [syn, ipProtocol], { timeToLive: 3 }],
      [["192.0.2.1"], [CONNECT], { fragmentBytes: 64 }],
      [["192.0.2.1"], [syn], undefined],
    ] as const)
      checkEvasionOf(await optionsFor(targets, techniques, { evasion }));
  });

  it("has the decoys of the IP version that is asked about, and all else as it is", () => {
    const decoys = (version: 4 | 6) => parseDecoys(version === 4 ? "192.0.2.77" : "2001:db8::77", version);
    assert.deepEqual(
      evasionFor({ decoys, dataBytes: 3 }, 6)?.decoys?.addresses.map(({ length }) => length),
      [16],
    );
    assert.deepEqual(evasionFor({ dataBytes: 3 }, 4), { dataBytes: 3, decoys: undefined });
    assert.equal(evasionFor(undefined, 4), undefined);
  });
});

describe("hosts that limit their ICMP errors", () => {
  it("are waited for, but not by who is in a hurry, and not looked for where nobody wants to know", () => {
    for (const [settings, expected] of [
      [{}, "asked"],
      [{ retriesMax: 2 }, "asked"],
      [{ retriesMax: 1 }, "counted"],
      [{ retriesMax: 0 }, undefined],
      [{ timing: timingTemplateOf("insane") }, "counted"],
      [{ probesPerSecondMin: 100 }, "counted"],
      [{ probesPerSecondMax: 100, delayUs: 5 }, "asked"],
      [{ defeatsErrorLimits: true }, undefined],
    ] as const) {
      const timing = timingTemplateOf("normal");
      assert.equal(
        limitedHostsOf({ timing, ...settings } as AskSettings),
        expected,
        JSON.stringify(settings),
      );
    }
  });
});

describe("asking without the permission to send packets", () => {
  const openLink = async (): Promise<never> => {
    throw new PalisadeError("LINK_NOT_PERMITTED", "no permission");
  };

  it("is done by connections where they may take the place, and says why", async () => {
    const server = createServer((socket) => socket.destroy());
    server.listen(0, "127.0.0.1");
    await once(server, "listening");
    try {
      const { port } = server.address() as AddressInfo;
      const asks = [{ technique: syn, ports: [port] }];
      const options = await optionsFor(["127.0.0.1"], [], { asks, openLink, orConnect: true });
      const { scans, hosts } = await scan(options).result;
      assert.deepEqual(
        scans.map(({ technique, because }) => [technique, because]),
        [[CONNECT, "raw sockets need root or CAP_NET_RAW"]],
      );
      assert.deepEqual([...hosts][0]!.ports[0]?.state, "open");
    } finally {
      server.close();
    }
  });

  it("is refused where they may not, or cannot", async () => {
    for (const [technique, orConnect] of [
      [syn, false],
      [ipProtocol, true],
    ] as const) {
      const options = await optionsFor(["127.0.0.1"], [technique], { openLink, orConnect });
      await assert.rejects(scan(options).result, { code: "LINK_NOT_PERMITTED" });
    }
  });
});
