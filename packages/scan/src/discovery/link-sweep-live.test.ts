/** Sweeps and scans of a link that is there: a veth pair between two namespaces, and nmap beside them. */
import assert from "node:assert/strict";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { findInterface } from "@palisade/link";
import { enterNamespace, Host, run, saidSomething } from "@palisade/link/namespace.build.js";
import { formatIpAddress, formatMac, IP_PROTOCOL_TCP } from "@palisade/wire";
import { COOKIE_KEY_BYTES, Cookie } from "../cookie.js";
import { hostsFrom, hostsOf } from "../hosts.build.js";
import { openPacketLink } from "../links/packet-link.js";
import { ScanPacer } from "../pace/pacer.js";
import { RttEstimator } from "../pace/rtt.js";
import { timingTemplateOf } from "../pace/templates.js";
import { ProbeScan } from "../probe-scan.js";
import { type HostList, ScanPlan } from "../scan-plan.js";
import { StateTable } from "../state-table.js";
import { statesOf } from "../states.build.js";
import { syn } from "../techniques/syn.js";
import { VerdictCodes } from "../verdict-codes.js";
import { OWN_LINK } from "./link-sweep.build.js";
import { sweepLink } from "./link-sweep.js";

const FAR_LINK = "02:00:00:00:00:02";
const OTHER_LINK = "02:00:00:00:00:03";
const SOURCE_PORT = 61_111;
const SWITCH = "bridge";

/** `near` and, by a bridge, `far` and `other`, of the same host: it answers by both where it is let. */
const entered = enterNamespace(
  "ip link set dev lo up",
  `ip link add ${SWITCH} address ${OWN_LINK} type bridge mcast_snooping 0`,
  `ip link add far-peer type veth peer name far address ${FAR_LINK}`,
  `ip link add other-peer type veth peer name other address ${OTHER_LINK}`,
  ...[SWITCH, "far-peer", "other-peer"].map((device) => `ip link set dev ${device} addrgenmode none`),
  `ip link set dev far-peer master ${SWITCH}`,
  `ip link set dev other-peer master ${SWITCH}`,
  ...["far-peer", "other-peer", SWITCH].map((device) => `ip link set dev ${device} up`),
  `ip addr add 10.78.0.1/22 dev ${SWITCH}`,
  `ip addr add 10.79.0.1/21 dev ${SWITCH}`,
  `ip addr add fd78::1/64 dev ${SWITCH} nodad`,
  "ip route add 198.51.100.0/24 via 10.78.0.2",
);
const host =
  entered === false
    ? new Host(
        ["far", "other"],
        [
          "ip link set dev far addrgenmode none",
          "ip link set dev other addrgenmode none",
          "ip link set dev lo up",
          // `other` answers nobody, until a test wants it to.
          "sysctl -qw net.ipv4.conf.other.arp_ignore=8",
          ...["all", "far", "other"].map((device) => `sysctl -qw net.ipv4.conf.${device}.rp_filter=0`),
          "ip link set dev far up",
          "ip link set dev other up",
          "ip addr add 10.78.0.2/22 dev far",
          "ip route add local 10.78.1.64/26 dev lo",
          "ip route add local 10.78.2.200/29 dev lo",
          "ip route add local 198.51.100.0/28 dev lo",
          ...["fd78::2", "fd78::20", "fd78::3:1", "fd78::ab:cdef"].map(
            (address) => `ip addr add ${address}/64 dev far nodad`,
          ),
        ],
      )
    : undefined;
const skip = host?.missing ?? entered;

const LISTENERS = `
const net = require("node:net");
for (const port of [22, 8080]) net.createServer((s) => s.destroy()).listen(port, "0.0.0.0");
process.stdin.on("end", () => process.exit()).resume();
setTimeout(() => console.log("ready"), 100);
`;

function addressOf(hosts: HostList, host: number): string {
  const octets = new Uint8Array(hosts.addressBytes);
  hosts.write(host, octets, 0);
  return formatIpAddress(octets);
}

const addressesOf = (hosts: HostList, has: (host: number) => boolean): string[] =>
  Array.from({ length: hosts.size }, (_, host) => host)
    .filter(has)
    .map((host) => addressOf(hosts, host));

const expected = [
  "10.78.0.2",
  ...Array.from({ length: 64 }, (_, host) => `10.78.1.${64 + host}`),
  ...Array.from({ length: 8 }, (_, host) => `10.78.2.${200 + host}`),
];

const sockets = (): number =>
  readFileSync("/proc/thread-self/net/packet", "utf8").trim().split("\n").length - 1;

/** They are closed by another thread, soon after they are given up. */
async function allClosed(): Promise<void> {
  for (let turn = 0; turn < 3_000 && sockets() > 0; turn += 1) await sleep(10);
  assert.equal(sockets(), 0);
}

after(() => host?.close());

describe("a sweep of a link", { skip }, () => {
  it("finds who answers ARP, tells the kernel nothing, and leaves no socket open", async () => {
    const hosts = hostsFrom("10.78.0.0", 1_024);
    const { neighbours, hostsOnLink, ringDrops } = await sweepLink({
      hosts,
      interface: findInterface(SWITCH),
    });
    assert.deepEqual(
      addressesOf(hosts, (host) => neighbours.has(host)),
      expected,
    );
    assert.equal(hostsOnLink, 1_023, "this machine is not asked");
    assert.equal(formatMac(neighbours.linkAddressOf(2)!), FAR_LINK);
    assert.ok(neighbours.replyUs(2)! > 0);
    assert.equal(neighbours.duplicates, 0);
    assert.equal(ringDrops, 0);
    assert.doesNotMatch(run("ip neigh show").output, /10\.78\.[123]\./);
    await allClosed();
  });

  it("finds who nmap finds", { skip: run("nmap --version").status !== 0 && "nmap is not here" }, async () => {
    const { output } = run("nmap -sn -PR -n -T4 10.78.0.0/22 -oX -");
    const up = [...output.matchAll(/state="up" reason="arp-response"[\s\S]*?addr="([0-9.]+)"/g)].map(
      ([, address]) => address,
    );
    assert.deepEqual(up, expected);
  });

  it("finds who answers neighbour solicitations", async () => {
    const addresses = [
      ...Array.from({ length: 64 }, (_, host) => `fd78::${host.toString(16)}`),
      "fd78::3:1",
      "fd78::ab:cdef",
      "fd78::ac:cdef",
      "2001:db8::1",
    ];
    const hosts = hostsOf(addresses.slice(1));
    const { neighbours, hostsOnLink, passes } = await sweepLink({ hosts, interface: findInterface(SWITCH) });
    assert.deepEqual(
      addressesOf(hosts, (host) => neighbours.has(host)),
      ["fd78::2", "fd78::20", "fd78::3:1", "fd78::ab:cdef"],
    );
    assert.equal(hostsOnLink, hosts.size - 2, "one is this machine, one is elsewhere");
    assert.equal(passes, 2);
    assert.equal(formatMac(neighbours.linkAddressOf(1)!), FAR_LINK);
  });

  it("asks a link of two thousand hosts that are not there twice", async () => {
    const hosts = hostsFrom("10.79.0.0", 2_048);
    const found = await sweepLink({ hosts, interface: findInterface(SWITCH) });
    assert.equal(found.neighbours.answered, 0);
    assert.equal(found.hostsOnLink, 2_047);
    assert.deepEqual([found.passes, found.probes], [2, 2 * 2_047]);
  });

  it("takes no neighbour that was written down for one that answers, unless it is told to", async () => {
    assert.equal(run(`ip neigh add 10.78.0.77 lladdr ${OTHER_LINK} dev ${SWITCH} nud permanent`).status, 0);
    const hosts = hostsOf(["10.78.0.77"]);
    const options = { hosts, interface: findInterface(SWITCH) };
    assert.equal((await sweepLink(options)).neighbours.has(0), false);
    const told = await sweepLink({ ...options, permanent: true });
    assert.equal(formatMac(told.neighbours.linkAddressOf(0)!), OTHER_LINK);
    assert.equal(told.probes, 0);
  });

  it("tells of an address that two stations answer for", async () => {
    assert.equal(host!.run("sysctl -qw net.ipv4.conf.other.arp_ignore=0").status, 0);
    try {
      const hosts = hostsOf(["10.78.0.2", "10.78.0.3"]);
      const { neighbours } = await sweepLink({ hosts, interface: findInterface(SWITCH) });
      assert.equal(neighbours.duplicates, 1);
      assert.equal(neighbours.duplicate?.host, 0);
      assert.deepEqual(
        [neighbours.duplicate.first, neighbours.duplicate.second]
          .map((octets) => formatMac(octets))
          .toSorted(),
        [FAR_LINK, OTHER_LINK],
      );
    } finally {
      host!.run("sysctl -qw net.ipv4.conf.other.arp_ignore=8");
    }
  });

  it("stops when it is told to", async () => {
    const hosts = hostsFrom("10.79.0.0", 2_048);
    const found = await sweepLink({ hosts, interface: findInterface(SWITCH), signal: AbortSignal.abort() });
    assert.equal(found.probes, 0);
    await allClosed();
  });
});

describe("a scan of frames", { skip }, () => {
  const here = createServer((socket) => socket.destroy());

  before(async () => {
    assert.ok(await saidSomething(host!.start(process.execPath, ["-e", LISTENERS])));
    here.listen(22, "10.78.0.1");
    await once(here, "listening");
  });
  after(() => {
    here.close();
  });

  async function scan(hosts: HostList) {
    const ports = [9, 22, 8080];
    const plan = new ScanPlan(hosts, ports, 42);
    const table = new StateTable(plan.pairs);
    const codes = new VerdictCodes();
    const packets = await openPacketLink({
      hosts,
      portsPerHost: ports.length,
      ipProtocol: IP_PROTOCOL_TCP,
      probeBytesMax: syn.probeBytesMax,
      sourcePort: SOURCE_PORT,
    });
    try {
      const nowUs = (): number => (performance.timeOrigin + performance.now()) * 1_000;
      const times = new RttEstimator(timingTemplateOf("4"));
      const probing = new ProbeScan({
        plan,
        technique: syn,
        link: packets,
        table,
        codes,
        cookie: new Cookie(new Uint8Array(COOKIE_KEY_BYTES).fill(5)),
        sourcePort: SOURCE_PORT,
        ttls: new Map(),
        pacer: new ScanPacer({ roundTripUs: () => times.smoothedUs, nowUs: nowUs() }),
        replyTime: times,
        retriesMax: 3,
        nowUs,
        progress: () => {},
      });
      await probing.run(new AbortController().signal);
      const states = [...statesOf(plan, table, codes)];
      const inState = (state: string): string[] =>
        states.filter(([, said]) => said.startsWith(`${state} `)).map(([pair]) => pair);
      return { engine: packets.engine, probing, open: inState("open"), closed: inState("closed") };
    } finally {
      packets.close();
    }
  }

  it("reaches each neighbour, hosts behind a router, and this machine among them", async () => {
    const addresses = [
      ...Array.from({ length: 256 }, (_, host) => `10.78.0.${host}`),
      ...Array.from({ length: 256 }, (_, host) => `10.78.1.${host}`),
      ...Array.from({ length: 16 }, (_, host) => `198.51.100.${host}`),
    ];
    const { engine, probing, open, closed } = await scan(hostsOf(addresses));
    assert.equal(engine, "packet");
    const up = addresses.filter((address) => expected.includes(address) || address.startsWith("198."));
    const own = "10.78.0.1";
    // The one that is only written down is asked, and silent.
    assert.equal(probing.unreachable, addresses.length - up.length - [own, "10.78.0.77"].length);
    assert.deepEqual(
      open.toSorted(),
      [`${own}:22`, ...up.flatMap((address) => [`${address}:22`, `${address}:8080`])].toSorted(),
    );
    assert.deepEqual(
      closed.toSorted(),
      [`${own}:9`, `${own}:8080`, ...up.map((address) => `${address}:9`)].toSorted(),
    );
    await allClosed();
  });

  it("says of neighbours by IPv6 what they say", async () => {
    const { engine, open, closed, probing } = await scan(hostsOf(["fd78::2", "fd78::7", "fd78::ab:cdef"]));
    assert.equal(engine, "packet");
    assert.deepEqual(open, []);
    assert.equal(closed.length, 2 * 3);
    assert.equal(probing.unreachable, 1);
  });
});
