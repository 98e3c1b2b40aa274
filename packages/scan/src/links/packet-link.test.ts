/**
 * The packet link in a network namespace that this process enters by itself: nothing outside is touched, and the kernel
 * takes all away when the process ends.
 */
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { findInterface } from "@palisade/link";
import { enterNamespace } from "@palisade/link/namespace.build.js";
import { IP_PROTOCOL_TCP, IP_PROTOCOL_UDP } from "@palisade/wire";
import fc from "fast-check";
import { Neighbours } from "../discovery/link-sweep-neighbours.js";
import { hostsOf, octetsOf } from "../hosts.build.js";
import { SOURCE_PORT_SPREAD } from "../probe-scan.js";
import { chooseSourcePort, openPacketLink, type PacketLinkOptions } from "./packet-link.js";

/** `near`, on whose far side `10.78.0.2` and `fd78::2` are known neighbours. */
const skip = enterNamespace(
  "ip link add near type veth peer name far",
  "ip link add idle type veth peer name idle-peer",
  "ip link set dev lo up",
  "ip link set dev near up",
  "ip link set dev far up",
  "ip addr add 10.78.0.1/24 dev near",
  "ip addr add fd78::1/64 dev near nodad",
  "ip neigh add 10.78.0.2 lladdr 02:00:00:00:00:02 dev near",
  "ip neigh add fd78::2 lladdr 02:00:00:00:00:02 dev near",
  "ip neigh add 10.78.0.4 lladdr 02:00:00:00:00:04 dev near",
  "ip addr add 10.79.0.1/24 dev far",
  "ip route add 198.51.100.0/24 via 10.78.0.2",
  "ip route add 2001:db8::/32 via fd78::2",
  "ip route add 192.0.2.0/24 via 10.78.0.4",
  "ip route add 203.0.113.64/26 via 10.78.0.99",
  "ip route add 224.0.0.0/4 dev near",
);

const LOCAL_MANY = [
  "10.78.0.2",
  ...Array.from({ length: 255 }, (_, host) => `127.0.1.${host}`),
  "127.0.2.1",
  "127.0.2.2",
];

function open(addresses: readonly string[], options: Partial<PacketLinkOptions> = {}) {
  return openPacketLink({
    portsPerHost: 1,
    hosts: hostsOf(addresses),
    ipProtocol: IP_PROTOCOL_TCP,
    probeBytesMax: 64,
    sourcePort: 61_111,
    ...options,
  });
}

describe("a source port", () => {
  it("is outside of the kernel's own ports, with room for all that come from there on", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1_200, max: 65_535 }),
        fc.integer({ min: 0, max: 64_000 }),
        fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
        (low, width, random) => {
          const high = Math.min(65_535, low + width);
          const port = chooseSourcePort(random, `${low}\t${high}\n`);
          const last = port + SOURCE_PORT_SPREAD - 1;
          assert.ok(port >= 1_024 && last <= 65_535, `${port} … ${last}`);
          assert.ok(last < low || port > high, `${port} … ${last} is within ${low} … ${high}`);
        },
      ),
    );
  });

  it("is within the ports of the machine where the kernel takes all for itself", () => {
    for (const range of ["1024 65535", "1 65535", "1080 65530", ""]) {
      for (const random of [0, 0.5, 0.999_999]) {
        const port = chooseSourcePort(random, range);
        assert.ok(
          Number.isInteger(port) && port >= 1_024 && port + SOURCE_PORT_SPREAD - 1 <= 65_535,
          `${port} of "${range}"`,
        );
      }
    }
  });

  it("differs from scan to scan", () => {
    assert.notEqual(chooseSourcePort(0.1, "32768 60999"), chooseSourcePort(0.9, "32768 60999"));
  });
});

describe("the packet link", { skip }, () => {
  for (const [what, addresses, engine] of [
    ["one neighbour", ["10.78.0.2"], "packet"],
    ["one neighbour by IPv6", ["fd78::2"], "packet"],
    ["hosts behind one router", ["198.51.100.1", "198.51.100.200"], "packet"],
    ["hosts behind one router by IPv6", ["2001:db8::1", "2001:db8::2"], "packet"],
    ["two neighbours", ["10.78.0.2", "10.78.0.3"], "packet"],
    ["two neighbours by IPv6", ["fd78::2", "fd78::3"], "packet"],
    ["hosts behind two routers", ["198.51.100.1", "192.0.2.1"], "packet"],
    ["a neighbour and a host behind another", ["10.78.0.2", "192.0.2.1"], "packet"],
    ["a neighbour and this machine", ["10.78.0.2", "10.78.0.1"], "packet"],
    ["hosts of which one has no way", ["198.51.100.1", "203.0.113.1"], "raw-ip"],
    ["hosts of which one is a group", ["10.78.0.2", "224.0.0.1"], "raw-ip"],
    ["hosts through two interfaces", ["10.78.0.2", "10.79.0.2"], "raw-ip"],
    ["hosts behind a router that does not answer", ["10.78.0.2", "203.0.113.65"], "raw-ip"],
    ["more addresses of this machine than are told apart", LOCAL_MANY, "raw-ip"],
    ["the loopback interface", ["127.0.0.1"], "raw-ip"],
    ["the loopback interface by IPv6", ["::1"], "raw-ip"],
    ["this machine's address on a link", ["10.78.0.1"], "raw-ip"],
  ] as const) {
    it(`reaches ${what} by ${engine}`, async () => {
      const link = await open(addresses);
      try {
        assert.equal(link.engine, engine);
        assert.ok(link.slotBytes >= 14 + 40 + 64 && link.slots > 0);
        const path = link.pathTo(octetsOf(addresses[0]), 0)!;
        assert.equal(path.ipAt, engine === "packet" ? 14 : 0);
        const isIpv4 = path.source.length === 4;
        assert.equal(path.header.length, path.ipAt + (isIpv4 ? 20 : 40));
        assert.equal(path.header[path.ipAt]! >> 4, isIpv4 ? 4 : 6);
        const sourceAt = path.ipAt + (isIpv4 ? 12 : 8);
        assert.deepEqual(path.header.slice(sourceAt, sourceAt + path.source.length), path.source);
        assert.equal(link.ringDrops(), 0);
      } finally {
        link.close();
      }
    });
  }

  it("sends frames to the neighbour that leads there, with the hops that were asked for", async () => {
    const link = await open(["198.51.100.1"], { timeToLive: 7 });
    try {
      const { header, source } = link.pathTo(octetsOf("198.51.100.9"), 0)!;
      assert.deepEqual(header.subarray(0, 6), Uint8Array.of(2, 0, 0, 0, 0, 2));
      assert.deepEqual(header.subarray(12, 14), Uint8Array.of(8, 0));
      assert.equal(header[14 + 8], 7);
      assert.deepEqual(source, octetsOf("10.78.0.1"));
    } finally {
      link.close();
    }
  });

  it("says whose frame goes where, and knows no path to a neighbour that is not there", async () => {
    const addresses = ["10.78.0.2", "10.78.0.3", "192.0.2.1", "198.51.100.1", "10.78.0.1"];
    const link = await open(addresses);
    try {
      assert.deepEqual(
        addresses.map((_, host) => link.linkAddresses?.[host * 6 + 5]),
        [2, 0, 4, 2, 0],
      );
      assert.deepEqual(
        addresses.map((address) => link.pathTo(octetsOf(address), 0)?.header.slice(0, 6)),
        [new Uint8Array(6), undefined, new Uint8Array(6), new Uint8Array(6), new Uint8Array(6)],
      );
      assert.equal(link.pathTo(octetsOf("10.78.0.9"), 0), undefined, "not a target");
    } finally {
      link.close();
    }
  });

  it("goes by the neighbours that it is told, and asks nobody", async () => {
    const found = new Neighbours(hostsOf(["10.78.0.9", "10.78.0.8", "10.78.0.7"]));
    found.heard(1, Uint8Array.of(2, 0, 0, 0, 0, 8), 0, undefined);
    const link = await open(["10.78.0.7", "10.78.0.8"], { neighbours: found });
    try {
      assert.equal(link.engine, "packet");
      assert.deepEqual(link.linkAddresses, Uint8Array.of(0, 0, 0, 0, 0, 0, 2, 0, 0, 0, 0, 8));
      assert.equal(link.pathTo(octetsOf("10.78.0.7"), 0), undefined);
      assert.ok(link.pathTo(octetsOf("10.78.0.8"), 0));
    } finally {
      link.close();
    }
  });

  it("stops asking for neighbours when it is told to", async () => {
    const reason = new Error("enough");
    await assert.rejects(open(["10.78.0.7", "10.78.0.8"], { signal: AbortSignal.abort(reason) }), reason);
  });

  it("knows no path where there is no way, and one for all that leave alike", async () => {
    const link = await open(["198.51.100.1", "203.0.113.1"]);
    try {
      assert.equal(link.pathTo(octetsOf("203.0.113.1"), 0), undefined);
      assert.equal(link.pathTo(octetsOf("198.51.100.1"), 0), link.pathTo(octetsOf("10.78.0.2"), 0));
    } finally {
      link.close();
    }
  });

  it("refuses a target without a way, an interface that is down, and a source port without room", async () => {
    await assert.rejects(open(["203.0.113.1"]), { code: "LINK_NO_ROUTE" });
    await assert.rejects(open(["203.0.113.1"], { interface: findInterface("idle") }), (error: Error) => {
      assert.match((error as Error & { code: string }).code, /^LINK_/);
      assert.doesNotMatch(error.message, /\n/);
      return true;
    });
    await assert.rejects(open(["127.0.0.1"], { ipProtocol: IP_PROTOCOL_UDP, sourcePort: 65_500 }), {
      code: "SCAN_SOURCE_PORT_RANGE",
      message: /65500.*65472/,
    });
  });

  it("leaves no packet socket open, whether it could be made or not, and may be closed twice", async () => {
    const sockets = (): number =>
      readFileSync("/proc/thread-self/net/packet", "utf8").trim().split("\n").length - 1;
    // They are closed by another thread, soon after they are given up.
    const allClosed = async (): Promise<void> => {
      for (let turn = 0; turn < 3_000 && sockets() > 0; turn += 1) await sleep(10);
      assert.equal(sockets(), 0);
    };
    await allClosed();
    const link = await open(["127.0.0.1"]);
    assert.ok(sockets() > 0);
    link.close();
    link.close();
    await allClosed();
    await assert.rejects(open(["203.0.113.1"]));
    await allClosed();
  });
});
