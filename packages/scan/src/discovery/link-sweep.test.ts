/** Sweeps of a simulated link. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { findInterface, type Route } from "@palisade/link";
import { ARP_REPLY, ARP_REQUEST, formatMac } from "@palisade/wire";
import fc from "fast-check";
import { hostsOf, octetsOf } from "../hosts.build.js";
import { ScanPacer } from "../pace/pacer.js";
import { RttEstimator } from "../pace/rtt.js";
import { unpaced } from "../pace/unpaced.build.js";
import type { Pacer } from "../passes.js";
import { ScanPlan } from "../scan-plan.js";
import {
  advertisement,
  arpFrame,
  OWN_LINK,
  SimulatedLink,
  type SimulatedLinkOptions,
  solicitation,
} from "./link-sweep.build.js";
import { LinkSweep, sweepLink } from "./link-sweep.js";
import { LINK_HOSTS_MAX, Neighbours } from "./link-sweep-neighbours.js";
import { linkSources } from "./link-sweep-sources.js";

const STATION = "02:00:00:00:01:00";
const OTHER = "02:00:00:00:02:00";

interface Setting extends SimulatedLinkOptions {
  readonly addresses: readonly string[];
  /** Our address that a host is asked from; undefined for hosts elsewhere. */
  readonly sourceOf?: (address: string) => string | undefined;
  readonly pacer?: Pacer;
  readonly retriesMax?: number;
  readonly signal?: AbortSignal;
}

async function sweep(setting: Setting) {
  const { addresses } = setting;
  const link = new SimulatedLink(setting);
  const hosts = hostsOf(addresses);
  const neighbours = new Neighbours(hosts);
  const own = addresses[0]!.includes(":") ? "2001:db8::1" : "192.0.2.1";
  const froms = addresses.map((address) => (setting.sourceOf ?? (() => own))(address));
  const sources = [...new Set(froms.filter((from) => from !== undefined))];
  const samples: number[] = [];
  const times = new RttEstimator({
    timeoutInitialUs: 250_000,
    timeoutMinUs: 100_000,
    timeoutMaxUs: 1_000_000,
  });
  const sweeping = new LinkSweep({
    neighbours,
    link,
    sources: {
      sources: sources.map(octetsOf),
      sourceOf: Uint8Array.from(froms, (from) => (from === undefined ? 0 : sources.indexOf(from) + 1)),
      hostsOnLink: froms.filter((from) => from !== undefined).length,
    },
    hardware: Uint8Array.of(2, 0, 0, 0, 0, 1),
    plan: new ScanPlan(hosts, [0], 7),
    pacer: setting.pacer ?? unpaced,
    replyTime: {
      get timeoutUs() {
        return times.timeoutUs;
      },
      measured(us) {
        samples.push(us);
        times.measured(us);
      },
    },
    retriesMax: setting.retriesMax ?? 2,
    nowUs: () => link.nowUs,
  });
  const startedUs = link.nowUs;
  await sweeping.run(setting.signal ?? new AbortController().signal);
  const found = addresses.filter((_, host) => neighbours.has(host));
  return { link, sweeping, neighbours, samples, found, tookUs: link.nowUs - startedUs };
}

const range = (count: number, prefix = "192.0.2."): string[] =>
  Array.from({ length: count }, (_, host) => `${prefix}${host + 10}`);

describe("a sweep", () => {
  for (const [version, addresses] of [
    ["ARP", range(200)],
    ["neighbour discovery", range(200, "2001:db8::")],
  ] as const) {
    it(`finds by ${version} who is there, where, and how far`, async () => {
      const linkOf = (address: string) => `02:00:00:00:03:${address.endsWith("6") ? "66" : "01"}`;
      const { link, sweeping, neighbours, found, samples } = await sweep({
        addresses,
        stationsOf: (address) => (/[36]$/.test(address) ? [linkOf(address)] : []),
        roundTripUs: 700,
      });
      assert.deepEqual(
        found,
        addresses.filter((address) => /[36]$/.test(address)),
      );
      for (const [host, address] of addresses.entries()) {
        const is = /[36]$/.test(address);
        assert.equal(neighbours.linkAddressOf(host) !== undefined, is);
        if (is) assert.equal(formatMac(neighbours.linkAddressOf(host)!), linkOf(address));
        assert.equal(neighbours.replyUs(host) !== undefined, is);
        if (is) assert.ok(neighbours.replyUs(host)! >= 700);
      }
      assert.equal(samples.length, found.length);
      assert.equal(sweeping.passes, 2, "the second brings nothing, and silence is an answer");
      assert.equal(link.asked.length, 200 + (200 - found.length));
      assert.equal(sweeping.probes, link.asked.length);
      assert.equal(neighbours.duplicates, 0);
    });
  }

  it("ends with the last answer where all are there", async () => {
    const { link, tookUs, sweeping } = await sweep({ addresses: range(30), stationsOf: () => [STATION] });
    assert.equal(link.asked.length, 30);
    assert.equal(sweeping.passes, 1);
    assert.ok(tookUs < 10_000, "it waits for nothing more");
  });

  it("asks a dead link of two thousand hosts twice", async () => {
    const addresses = Array.from({ length: 2_048 }, (_, host) => `198.18.${host >> 8}.${host & 255}`);
    const { link, sweeping, found, tookUs } = await sweep({
      addresses,
      stationsOf: () => [],
      sourceOf: () => "198.18.9.9",
    });
    assert.deepEqual([link.asked.length, sweeping.passes, found.length], [4_096, 2, 0]);
    assert.ok(tookUs >= 2 * 250_000, "it waits for answers to each pass");
    assert.ok(tookUs < 600_000);
  });

  it("asks again while that brings answers, three times at most", async () => {
    const addresses = range(8);
    const { found, sweeping, samples } = await sweep({
      addresses,
      stationsOf: (address) => (address.endsWith(".17") ? [] : [STATION]),
      isLost: (question) => question < 11,
    });
    assert.equal(sweeping.passes, 3);
    assert.deepEqual(found, addresses.slice(0, 7));
    assert.deepEqual(samples, [], "of who was asked twice nobody knows which question is answered");
  });

  it("finds everybody whatever is lost of the first questions, and whoever answers late", async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.uint8Array({ minLength: 12, maxLength: 12 }),
        fc.nat(240_000),
        async (lost, late) => {
          const { found } = await sweep({
            addresses: range(12),
            stationsOf: () => [STATION],
            // Of each pass one host is heard at least, or the sweep would take silence for an answer.
            isLost: (question) => question < 11 && lost[question]! < 128,
            roundTripUs: 100 + late,
          });
          assert.equal(found.length, 12);
        },
      ),
      { numRuns: 50 },
    );
  });

  it("asks each host from the address that leads to it, and none that is elsewhere", async () => {
    const { link, found } = await sweep({
      addresses: ["192.0.2.10", "198.51.100.10", "203.0.113.10"],
      sourceOf: (address) =>
        address.startsWith("192") ? "192.0.2.1" : address.startsWith("198") ? "198.51.100.1" : undefined,
      stationsOf: () => [STATION],
    });
    assert.deepEqual(link.asked.toSorted(), ["192.0.2.10 from 192.0.2.1", "198.51.100.10 from 198.51.100.1"]);
    assert.deepEqual(found, ["192.0.2.10", "198.51.100.10"]);
  });

  it("tells of two stations with one address, and keeps the first", async () => {
    const { neighbours } = await sweep({
      addresses: range(4),
      stationsOf: (address) => (/[12]$/.test(address) ? [STATION, OTHER, OTHER, STATION] : [STATION]),
    });
    assert.equal(neighbours.duplicates, 2);
    assert.deepEqual(
      [0, 1, 2, 3].map((host) => neighbours.isDuplicate(host)),
      [false, true, true, false],
    );
    const { duplicate } = neighbours;
    assert.ok(duplicate?.host === 1 || duplicate?.host === 2);
    assert.deepEqual([formatMac(duplicate.first), formatMac(duplicate.second)], [STATION, OTHER]);
    assert.equal(formatMac(neighbours.linkAddressOf(1)!), STATION);
  });

  it("takes a question for somebody else for a sign of life, and asks no more", async () => {
    for (const [addresses, frame] of [
      [
        range(40),
        arpFrame({
          operation: ARP_REQUEST,
          senderHardware: STATION,
          senderProtocol: "192.0.2.30",
          targetProtocol: "192.0.2.250",
        }),
      ],
      [range(40, "2001:db8::"), solicitation("2001:db8::30", STATION, "2001:db8::99")],
    ] as const) {
      const { found, neighbours } = await sweep({ addresses, stationsOf: () => [], besides: () => [frame] });
      assert.deepEqual(found, [addresses[20]]);
      assert.equal(formatMac(neighbours.linkAddressOf(20)!), STATION);
    }
  });

  it("sends later what found no room", async () => {
    let slowed = 0;
    const { found, sweeping, link } = await sweep({
      addresses: range(100),
      stationsOf: () => [STATION],
      queueMax: 3,
      pacer: { ...unpaced, slow: () => void (slowed += 1) },
      sourceOf: (address) => (/[02468]$/.test(address) ? "192.0.2.1" : "192.0.2.2"),
    });
    assert.equal(found.length, 100);
    assert.equal(new Set(link.asked).size, 100, "none is sent in another's place");
    assert.ok(sweeping.sendRefusals > 0 && slowed >= sweeping.sendRefusals);
  });

  it("keeps to the pace that it is given", async () => {
    const paced = await sweep({
      addresses: range(50),
      stationsOf: () => [],
      retriesMax: 0,
      pacer: new ScanPacer({
        delayUs: 10_000,
        roundTripUs: () => undefined,
        nowUs: 1_700_000_000_000_000,
      }),
    });
    assert.equal(paced.link.asked.length, 50);
    assert.ok(paced.tookUs >= 49 * 10_000);
  });

  it("stops when it is told to, and keeps what it knows", async () => {
    const controller = new AbortController();
    let asked = 0;
    const { link, found } = await sweep({
      addresses: range(200),
      stationsOf: () => [STATION],
      besides() {
        asked += 1;
        if (asked >= 64) controller.abort();
        return [];
      },
      roundTripUs: 1,
      pacer: { ...unpaced, permits: () => 16 },
      signal: controller.signal,
    });
    assert.ok(link.asked.length >= 64 && link.asked.length <= 80);
    assert.ok(found.length > 0 && found.length < 200);
  });

  it("does nothing where it was told to stop before", async () => {
    const { link } = await sweep({
      addresses: range(5),
      stationsOf: () => [STATION],
      signal: AbortSignal.abort(),
    });
    assert.equal(link.asked.length, 0);
  });
});

describe("a sweep does not believe", () => {
  const reply = {
    operation: ARP_REPLY,
    senderHardware: STATION,
    senderProtocol: "192.0.2.10",
    targetHardware: OWN_LINK,
    targetProtocol: "192.0.2.1",
  };
  const advertised = { target: "2001:db8::10", link: STATION, to: "2001:db8::1" };
  for (const [what, frame] of [
    ["a reply to somebody else's address", arpFrame({ ...reply, targetProtocol: "192.0.2.2" })],
    ["a reply to somebody else's link address", arpFrame({ ...reply, targetHardware: OTHER })],
    ["a reply about who was not asked for", arpFrame({ ...reply, senderProtocol: "192.0.2.99" })],
    ["a reply about who is elsewhere", arpFrame({ ...reply, senderProtocol: "192.0.2.11" })],
    ["a reply from our own link address", arpFrame({ ...reply, senderHardware: OWN_LINK })],
    [
      "somebody with our own address",
      arpFrame({ ...reply, senderProtocol: "192.0.2.1", targetProtocol: "192.0.2.9" }),
    ],
    ["an announcement", arpFrame({ ...reply, targetProtocol: "192.0.2.10" })],
    [
      "a probe for an address, which has no sender",
      arpFrame({ ...reply, operation: 1, senderProtocol: "0.0.0.0" }),
    ],
    ["a reply that is cut short", arpFrame(reply).subarray(0, 41)],
    ["an advertisement to somebody else", advertisement({ ...advertised, to: "2001:db8::2" })],
    ["an advertisement to all", advertisement({ ...advertised, to: "ff02::1" })],
    ["an advertisement of who was not asked for", advertisement({ ...advertised, target: "2001:db8::99" })],
    ["an advertisement of who is elsewhere", advertisement({ ...advertised, target: "2001:db8::11" })],
    ["an advertisement of our own link address", advertisement({ ...advertised, link: OWN_LINK })],
    ["a solicitation from nobody", solicitation("::", STATION, "2001:db8::10")],
  ] as const) {
    it(what, async () => {
      const prefix = frame[12] === 0x86 ? "2001:db8::" : "192.0.2.";
      const own = frame[12] === 0x86 ? "2001:db8::1" : "192.0.2.1";
      const setting: Setting = {
        addresses: [`${prefix}10`, `${prefix}11`, `${prefix}1`],
        // The others are elsewhere, or are this machine.
        sourceOf: (address) => (address.endsWith("10") ? own : undefined),
        stationsOf: () => [],
      };
      const lied = await sweep({ ...setting, besides: () => [frame] });
      assert.deepEqual(lied.found, []);
      // The same link with a right answer is believed.
      assert.deepEqual((await sweep({ ...setting, stationsOf: () => [STATION] })).found, [`${prefix}10`]);
    });
  }

  it("either of two replies where one is forged, but says so", async () => {
    const { neighbours } = await sweep({
      addresses: ["192.0.2.10"],
      stationsOf: () => [],
      besides: () => [arpFrame(reply), arpFrame({ ...reply, senderHardware: OTHER })],
    });
    assert.equal(neighbours.duplicates, 1);
  });
});

describe("neighbours", () => {
  it("are of a link that can be", () => {
    const hosts = { ...hostsOf(["192.0.2.10"]), size: LINK_HOSTS_MAX + 1 };
    assert.throws(() => new Neighbours(hosts), {
      code: "SCAN_LINK_HOSTS_TOO_MANY",
      message: /1048577.*1048576/,
    });
  });

  it("answered after they were asked, by clocks that wrap and differ", () => {
    const neighbours = new Neighbours(hostsOf(range(3)));
    const link = Uint8Array.of(2, 0, 0, 0, 0, 9);
    neighbours.asked(0, 0xffff_ff00);
    assert.equal(neighbours.heard(0, link, 0, 0x100), 0x200);
    neighbours.asked(1, 5_000);
    assert.equal(neighbours.heard(1, link, 0, 4_990), 0);
    assert.equal(neighbours.heard(2, link, 0, undefined), 0);
    assert.equal(neighbours.heard(2, link, 0, undefined), -1);
    assert.deepEqual(
      [0, 1, 2].map((host) => neighbours.replyUs(host)),
      [0x200, 0, 0],
    );
    assert.equal(neighbours.answered, 3);
  });

  it("are asked for on Ethernet alone", {
    skip: process.platform !== "linux" && "it is Linux's lo",
  }, async () => {
    await assert.rejects(sweepLink({ hosts: hostsOf(["127.0.0.1"]), interface: findInterface("lo") }), {
      code: "LINK_UNSUPPORTED",
    });
  });
});

describe("the sources of a sweep", () => {
  const near = { ...findInterfaceLike(3), index: 3 };
  function findInterfaceLike(index: number) {
    return {
      name: "near",
      index,
      hardwareType: 1,
      linkType: 1,
      up: true,
      loopback: false,
      mtuBytes: 1500,
    };
  }

  it("are those of ways through the interface without a router, and not to this machine", () => {
    const route = {
      interface: near,
      source: octetsOf("192.0.2.1"),
      gateway: undefined,
      mtuBytes: 1500,
      local: false,
    };
    const table = new Map<string, Route>([
      ["192.0.2.10", route],
      ["192.0.2.11", { ...route, gateway: octetsOf("192.0.2.254") }],
      ["192.0.2.12", { ...route, local: true }],
      ["192.0.2.13", { ...route, interface: findInterfaceLike(4) }],
      ["192.0.2.15", { ...route, source: octetsOf("192.0.2.2") }],
    ]);
    const addresses = [...table.keys(), "192.0.2.14", "192.0.2.10"];
    const found = linkSources(hostsOf(addresses), near, {
      find: (octets, at) => table.get(octets.subarray(at, at + 4).join(".")),
    });
    assert.deepEqual([...found.sourceOf], [1, 0, 0, 0, 2, 0, 1]);
    assert.deepEqual(found.sources, [octetsOf("192.0.2.1"), octetsOf("192.0.2.2")]);
    assert.equal(found.hostsOnLink, 3);
  });
});
