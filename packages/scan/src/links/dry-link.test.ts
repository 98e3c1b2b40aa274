import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Route } from "@palisade/link";
import { parseIpAddress } from "@palisade/wire";
import { Cookie } from "../cookie.js";
import { hostsFrom } from "../hosts.build.js";
import { unpaced } from "../pace/unpaced.build.js";
import { ProbeScan } from "../probe-scan.js";
import { type HostList, ScanPlan } from "../scan-plan.js";
import { StateTable } from "../state-table.js";
import { syn } from "../techniques/syn.js";
import { VerdictCodes } from "../verdict-codes.js";
import { describeFrame } from "./describe-frame.js";
import { DryLink, DrySweep } from "./dry-link.js";
import { EvasiveLink } from "./evasive-link.js";
import type { ProbeLink } from "./probe-link.js";
import { TakingLink } from "./taking-link.build.js";

const route = { source: parseIpAddress("192.0.2.9")! } as unknown as Route;
/** There is no way to 203.0.113.0/24. */
const routes = { find: (octets: Uint8Array, at: number) => (octets[at] === 203 ? undefined : route) };

async function scan(link: ProbeLink, hosts: HostList, ports: readonly number[]) {
  const plan = new ScanPlan(hosts, ports, 1);
  const probing = new ProbeScan({
    plan,
    technique: syn,
    link,
    table: new StateTable(plan.pairs),
    codes: new VerdictCodes(),
    cookie: new Cookie(new Uint8Array(8)),
    sourcePort: 61_111,
    pacer: unpaced,
    replyTime: { timeoutUs: 0, measured: () => {} },
    retriesMax: 0,
    nowUs: () => 1,
    progress: () => {},
  });
  await probing.run(new AbortController().signal);
  return probing;
}

describe("a dry link", () => {
  it("hands on each probe of a scan once, and sends nothing", async () => {
    const lines: string[] = [];
    const link = new DryLink({
      addressBytes: 4,
      probeBytesMax: syn.probeBytesMax,
      timeToLive: 9,
      routes,
      frame: (octets, at, bytes) => void lines.push(describeFrame(octets, at, bytes)),
    });
    const { probes, unreachable } = await scan(link, hostsFrom("198.51.100.0", 100), [22, 443]);
    assert.equal(probes, 200);
    assert.equal(unreachable, 0);
    assert.equal(new Set(lines).size, 200);
    for (const line of lines)
      assert.match(
        line,
        /^TCP 192\.0\.2\.9:61111 > 198\.51\.100\.\d+:(22|443) SYN seq 0x[\da-f]{8} ttl 9, 44 octets$/,
      );
    assert.equal(link.ringDrops(), 0);
    link.close();
  });

  it("shows what evasion makes of a probe", async () => {
    const lines: string[] = [];
    const dry = new DryLink({
      addressBytes: 4,
      probeBytesMax: 64,
      routes,
      frame: (octets, at, bytes) => void lines.push(describeFrame(octets, at, bytes)),
    });
    const decoys = { addresses: [parseIpAddress("203.0.113.5")!], ownAt: 0 };
    const evasion = { decoys, badChecksum: true, timeToLive: 3 };
    const link = new EvasiveLink(dry, {
      ipVersion: 4,
      ipProtocol: 6,
      probeBytesMax: syn.probeBytesMax,
      evasion,
    });
    await scan(link, hostsFrom("198.51.100.7", 1), [22]);
    assert.deepEqual(
      lines.map((line) => line.replace(/0x[\da-f]+/, "0x…")),
      [
        "TCP 192.0.2.9:61111 > 198.51.100.7:22 SYN seq 0x… bad checksum ttl 3, 44 octets",
        "TCP 203.0.113.5:61111 > 198.51.100.7:22 SYN seq 0x… bad checksum ttl 3, 44 octets",
      ],
    );
  });

  it("knows no path where there is no way, and one for all that leave alike", async () => {
    const link = new DryLink({ addressBytes: 4, probeBytesMax: 24, routes, frame: () => {} });
    assert.equal(link.pathTo(parseIpAddress("203.0.113.1")!, 0), undefined);
    assert.equal(link.pathTo(parseIpAddress("10.0.0.1")!, 0), link.pathTo(parseIpAddress("10.0.0.2")!, 0));
    assert.equal((await scan(link, hostsFrom("203.0.113.1", 2), [22])).unreachable, 2);
  });

  it("asks the kernel for ways, which needs no privilege", {
    skip: process.platform !== "linux" && "routes are asked of Linux",
  }, () => {
    for (const [address, addressBytes] of [
      ["127.0.0.1", 4],
      ["::1", 16],
    ] as const) {
      const link = new DryLink({ addressBytes, probeBytesMax: 24, frame: () => {} });
      const path = link.pathTo(parseIpAddress(address)!, 0);
      // A machine without IPv6 has no way there.
      if (path === undefined) assert.equal(addressBytes, 16);
      else assert.deepEqual(path.source, parseIpAddress(address));
    }
  });

  it("waits for nothing", async () => {
    const link = new DryLink({ addressBytes: 4, probeBytesMax: 24, routes, frame: () => {} });
    await link.wait(1e9);
    link.drain({ packet: () => assert.fail("nothing comes") });
    assert.equal(link.engine, "dry-run");
  });

  it("takes nothing while there is no room, and waits for some", async () => {
    let frames = 0;
    let isFull = true;
    const room = {
      isFull: () => isFull,
      drained: async () => {
        isFull = false;
      },
    };
    const link = new DryLink({
      addressBytes: 4,
      probeBytesMax: 24,
      routes,
      room,
      frame: () => (frames += 1),
    });
    assert.equal(link.send(1), 0);
    assert.equal(frames, 0);
    await link.wait(0);
    assert.equal(link.send(1), 1);
    assert.equal(frames, 1);
  });

  it("lets the event loop have its turn", async () => {
    const link = new DryLink({ addressBytes: 4, probeBytesMax: 24, routes, frame: () => {} });
    let turned = false;
    setImmediate(() => {
      turned = true;
    });
    await link.wait(0);
    assert.ok(turned);
  });
});

describe("a dry sweep", () => {
  it("hands on what would be asked, and lets the link underneath send nothing", async () => {
    const taking = new TakingLink({ path: { header: new Uint8Array(0), ipAt: 0, source: route.source } });
    taking.arriving.push({ octets: new Uint8Array(60), timeUs: 1 });
    const frames: Uint8Array[] = [];
    const link = new DrySweep(taking, (octets, at, bytes) => void frames.push(octets.slice(at, at + bytes)));
    link.octets.set([1, 2, 3], link.slotBytes);
    link.set(0, 2);
    link.set(1, 3);
    assert.equal(link.send(2), 2);
    link.drain({ packet: () => assert.fail("nothing comes") });
    await link.wait(1e9);
    assert.deepEqual(frames, [new Uint8Array(2), Uint8Array.of(1, 2, 3)]);
    assert.deepEqual(taking.sent, []);
    assert.equal(link.ringDrops(), 0);
    link.close();
    assert.equal(taking.closed, 1);
  });

  it("takes nothing while there is no room", () => {
    const taking = new TakingLink({ path: { header: new Uint8Array(0), ipAt: 0, source: route.source } });
    const room = { isFull: () => true, drained: async () => {} };
    const link = new DrySweep(taking, () => assert.fail("there is no room"), room);
    link.set(0, 2);
    assert.equal(link.send(1), 0);
  });
});
