/**
 * Host discovery beside nmap, in two network namespaces: a router with hosts behind it that each answer something else, and one
 * that pings them. The hosts that nmap says are up, and why, and with what time to live, are what is wanted.
 */
import assert from "node:assert/strict";
import { after, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import {
  enterNamespace,
  Host,
  missingPrograms,
  runAll,
  saidSomething,
  withoutRawSockets,
} from "@palisade/link/namespace.build.js";
import { run } from "../command.build.js";

/** Hosts behind the router by their last number: 1 answers all, 6 nothing; 10 and 11 the router answers for, 12 it swallows. */
const LAST = [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12] as const;
const HOSTS4 = LAST.map((last) => `10.78.0.${last}`);
const HOSTS6 = LAST.map((last) => `fd78::${last}`);
/** Those that there are. */
const THERE = 9;

const FIREWALL = `table inet bed {
  chain in {
    type filter hook input priority 0; policy accept;
    iifname "lo" accept
    ip daddr 10.78.0.2 icmp type echo-request drop
    ip6 daddr fd78::2 icmpv6 type echo-request drop
    ip daddr 10.78.0.3 ip protocol icmp drop
    ip6 daddr fd78::3 icmpv6 type echo-request drop
    ip daddr 10.78.0.3 tcp flags & (syn|ack) == ack drop
    ip6 daddr fd78::3 tcp flags & (syn|ack) == ack drop
    ip daddr 10.78.0.4 ip protocol icmp drop
    ip6 daddr fd78::4 icmpv6 type echo-request drop
    ip daddr 10.78.0.4 tcp flags & (syn|ack) == syn drop
    ip6 daddr fd78::4 tcp flags & (syn|ack) == syn drop
    ip daddr 10.78.0.5 ip protocol != udp drop
    ip6 daddr fd78::5 meta l4proto { tcp, sctp, ipv6-icmp } drop
    ip daddr 10.78.0.6 drop
    ip6 daddr fd78::6 drop
    ip daddr 10.78.0.7 reject with icmp type admin-prohibited
    ip6 daddr fd78::7 reject with icmpv6 type admin-prohibited
    ip daddr 10.78.0.8 reject with icmp type host-unreachable
    ip6 daddr fd78::8 reject with icmpv6 type addr-unreachable
    ip daddr 10.78.0.9 reject with icmp type port-unreachable
    ip6 daddr fd78::9 reject with icmpv6 type port-unreachable
  }
}
`;

/** TCP port 80 is open everywhere, and one host answers on UDP port 53. */
const LISTENERS = `
import net from "node:net";
import dgram from "node:dgram";
process.on("uncaughtException", () => {});
net.createServer((s) => s.on("error", () => {})).listen(80, "::");
for (const [type, address] of [["udp4", "10.78.0.1"], ["udp6", "fd78::1"]]) {
  const echo = dgram.createSocket(type);
  echo.on("message", (octets, from) => echo.send(octets, from.port, from.address));
  echo.bind(53, address);
}
process.stdin.on("end", () => process.exit()).resume();
setTimeout(() => console.log("ready"), 300);
`;

/** Discovers the hosts that its argument names, and prints those that are up. */
const DISCOVER = `
import { discover, timingTemplateOf } from "${import.meta.resolve("@palisade/scan")}";
import { findRoute, resolveNeighbour } from "${import.meta.resolve("@palisade/link")}";
import { formatIpAddress, parseIpAddress } from "${import.meta.resolve("@palisade/wire")}";
const { addresses, pings, onLink, orConnect } = JSON.parse(process.argv.at(-1));
const list = addresses.map((text) => parseIpAddress(text));
const texts = list.map((octets) => formatIpAddress(octets));
const addressBytes = list[0].length;
const hosts = {
  addressBytes,
  size: list.length,
  write: (host, octets, at) => octets.set(list[host], at),
  indexAt: (octets, at) => texts.indexOf(formatIpAddress(octets.slice(at, at + addressBytes))),
};
/** By the kernel's own ARP and Neighbour Discovery. */
const sweep = async (some, device, up, signal) => {
  const address = new Uint8Array(addressBytes);
  for (let host = 0; host < some.size; host += 1) {
    some.write(host, address, 0);
    try {
      await resolveNeighbour(findRoute(address), address, { signal });
      up(host, -1);
    } catch (error) {
      if (error.code !== "LINK_NO_NEIGHBOUR") throw error;
    }
  }
  return { probes: some.size, losses: { ringDrops: 0, sendRefusals: 0 } };
};
const { states, engine, because } = await discover({
  hosts,
  pings,
  sweep: onLink ? sweep : undefined,
  orConnect,
  timing: timingTemplateOf("T4"),
  seed: 42,
  signal: new AbortController().signal,
});
const up = {};
for (let host = 0; host < list.length; host += 1) {
  if (states.isUp(host)) up[texts[host]] = states.reasonOf(host) + " " + states.ttlOf(host);
}
console.log(JSON.stringify({ up, engine, because }));
`;

const entered = enterNamespace("ip link add near type veth peer name far", "ip link set dev lo up");
const router =
  entered === false
    ? new Host(
        ["far"],
        [
          "ip link set dev lo up",
          "ip addr add 10.77.0.2/24 dev far",
          "ip addr add fd77::2/64 dev far nodad",
          "ip link set dev far up",
          ...HOSTS4.slice(0, THERE).map((host) => `ip addr add ${host}/32 dev lo`),
          ...HOSTS6.slice(0, THERE).map((host) => `ip addr add ${host}/128 dev lo nodad`),
          `ip route add unreachable ${HOSTS4[9]}`,
          `ip route add prohibit ${HOSTS4[10]}`,
          `ip route add blackhole ${HOSTS4[11]}`,
          `ip -6 route add unreachable ${HOSTS6[9]}`,
          `ip -6 route add prohibit ${HOSTS6[10]}`,
          `ip -6 route add blackhole ${HOSTS6[11]}`,
          "sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0",
          "sysctl -qw net.ipv4.ip_forward=1 net.ipv6.conf.all.forwarding=1",
        ],
      )
    : undefined;
after(() => router?.close());

/** Puts both ends to work; why that cannot be, or false. */
async function prepare(): Promise<string | false> {
  if (router === undefined) return entered;
  const failure =
    router.missing ||
    missingPrograms("nft --version", "nmap --version") ||
    runAll([
      "ip addr add 10.77.0.1/24 dev near",
      "ip addr add fd77::1/64 dev near nodad",
      "ip link set dev near up",
      "ip route add 10.78.0.0/24 via 10.77.0.2",
      "ip -6 route add fd78::/64 via fd77::2",
    ]);
  if (failure !== false) return failure;
  const firewall = router.run("nft -f -", FIREWALL);
  if (firewall.status !== 0) return `nft: ${firewall.output.trim()}`;
  // Before all else that this machine does, so that what answers does so in the time that a ping waits.
  const program = ["-n", "-15", process.execPath, "--input-type=module", "-e", LISTENERS];
  if (!(await saidSomething(router.start("nice", program)))) return "the router does not listen";
  // Link-local addresses are checked for duplicates before they are used.
  await setTimeout(1_500);
  return false;
}

const skip = await prepare();

/** By address: reason and time to live of each host that is up. */
type Up = Readonly<Record<string, string>>;

function byNmap(words: readonly string[]): Up {
  const { stdout, stderr, status } = run("nmap", ["-sn", "-n", "-T4", "-oX", "-", ...words]);
  assert.equal(status, 0, stderr);
  return Object.fromEntries(
    [
      ...stdout.matchAll(
        /<status state="up" reason="([^"]+)" reason_ttl="(\d+)"\/>\s*<address addr="([^"]+)" addrtype="ipv/g,
      ),
    ].map(([, reason, ttl, address]) => [address!, `${reason} ${ttl}`]),
  );
}

interface Asking {
  readonly addresses: readonly string[];
  readonly pings?: readonly object[] | undefined;
  /** On the link, hosts are asked by ARP or Neighbour Discovery. */
  readonly onLink?: boolean;
  readonly orConnect?: boolean;
}

interface Found {
  readonly up: Up;
  readonly engine: string;
  readonly because: string | undefined;
}

function byPalisade(asking: Asking, before: readonly string[] = []): Found {
  const [program, ...words] = [...before, process.execPath, "--input-type=module", "-e", DISCOVER];
  const { stdout, stderr, status } = run(program!, [...words, JSON.stringify(asking)]);
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Found;
}

const protocols = (...numbers: readonly number[]) =>
  numbers.map((protocol) => ({ kind: "ip-protocol", protocol }));

/** Option of nmap's, the same in pings, and how many hosts are up at least for it to show something. */
const PINGS4: readonly (readonly [string, readonly object[] | undefined, number])[] = [
  ["-PE", [{ kind: "echo" }], 2],
  ["-PP", [{ kind: "timestamp" }], 3],
  ["-PM", [{ kind: "address-mask" }], 1],
  ["-PS80", [{ kind: "syn", port: 80 }], 4],
  ["-PS81", [{ kind: "syn", port: 81 }], 4],
  ["-PA80", [{ kind: "ack", port: 80 }], 4],
  ["-PU", [{ kind: "udp", port: 40_125 }], 6],
  ["-PU53", [{ kind: "udp", port: 53 }], 6],
  ["-PY", [{ kind: "sctp-init", port: 80 }], 5],
  ["-PO", protocols(1, 2, 4), 5],
  ["-PO6", protocols(6), 4],
  ["", undefined, 5],
];

const PINGS6: typeof PINGS4 = [
  ["-PE", [{ kind: "echo" }], 2],
  ["-PS80", [{ kind: "syn", port: 80 }], 4],
  ["-PS81", [{ kind: "syn", port: 81 }], 4],
  ["-PA80", [{ kind: "ack", port: 80 }], 4],
  ["-PU", [{ kind: "udp", port: 40_125 }], 6],
  ["-PU53", [{ kind: "udp", port: 53 }], 5],
  ["-PY", [{ kind: "sctp-init", port: 80 }], 1],
  ["-PO58", protocols(58), 2],
  ["", undefined, 5],
];

/**
 * What nmap 7.93 does not hear over IPv6: that a host knows no such protocol, which it says by a parameter problem, and
 * datagrams.
 */
const UNHEARD: readonly string[] = ["param-problem", "udp-response"];

describe("discover beside nmap", { skip }, () => {
  for (const [version, addresses, pings] of [
    ["IPv4", HOSTS4, PINGS4],
    ["IPv6", HOSTS6, PINGS6],
  ] as const) {
    for (const [option, asked, least] of pings) {
      it(`finds the same hosts for the same reasons with ${option || "what is asked by default"} over ${version}`, () => {
        const words = [...(version === "IPv6" ? ["-6"] : []), ...(option === "" ? [] : [option])];
        const expected = byNmap([...words, "--disable-arp-ping", ...addresses]);
        const { up, engine } = byPalisade({ addresses, pings: asked });
        assert.equal(engine, "packet");
        assert.ok(Object.keys(expected).length >= least, JSON.stringify(expected));
        assert.ok(Object.keys(expected).length < addresses.length);
        const heard = Object.entries(up).filter(
          ([, reason]) => version === "IPv4" || !UNHEARD.includes(reason.split(" ")[0]!),
        );
        assert.deepEqual(Object.fromEntries(heard), expected);
      });
    }
  }

  it("hears what it does not over IPv6", () => {
    const datagrams = byPalisade({ addresses: HOSTS6, pings: [{ kind: "udp", port: 53 }] });
    assert.equal(datagrams.up["fd78::1"], "udp-response 64");
    const { up } = byPalisade({ addresses: HOSTS6, pings: [{ kind: "sctp-init", port: 80 }] });
    // A kernel with SCTP aborts instead.
    assert.match(up["fd78::1"] ?? "", /^(?:param-problem|abort) 64$/);
    assert.equal(up["fd78::6"], undefined);
  });

  for (const [version, addresses, engine] of [
    [
      "IPv4",
      ["127.0.0.1", "127.3.2.1", "10.77.0.1", "10.77.0.2", "10.77.0.9", "10.78.0.1", "10.78.0.6"],
      "packet",
    ],
    ["IPv6", ["::1", "fd77::1", "fd77::2", "fd77::9", "fd78::1", "fd78::6"], "packet"],
  ] as const) {
    it(`tells own addresses, neighbours and hosts behind a router as it does over ${version}`, () => {
      const expected = byNmap([...(version === "IPv6" ? ["-6"] : []), ...addresses]);
      const found = byPalisade({ addresses, onLink: true });
      assert.equal(new Set(Object.values(expected)).size, 3, JSON.stringify(expected));
      assert.deepEqual(found.up, expected);
      assert.equal(found.engine, engine);
    });

    it(`pings neighbours as it does when told to over ${version}`, () => {
      const expected = byNmap([
        ...(version === "IPv6" ? ["-6"] : []),
        "--disable-arp-ping",
        "-PE",
        ...addresses,
      ]);
      const found = byPalisade({ addresses, pings: [{ kind: "echo" }] });
      assert.deepEqual(found.up, expected);
      assert.equal(found.engine, "packet");
    });

    it(`connects where it may not send packets, and says so, over ${version}`, (test) => {
      const dropped = withoutRawSockets();
      if (dropped === false) {
        test.skip("setpriv (util-linux) is not here");
        return;
      }
      const hosts = [...(version === "IPv6" ? HOSTS6 : HOSTS4).slice(0, 6)];
      const expected = byNmap([...(version === "IPv6" ? ["-6"] : []), "--unprivileged", ...hosts]);
      const found = byPalisade({ addresses: hosts, orConnect: true }, dropped);
      assert.ok(Object.keys(expected).length >= 3);
      // Of connections nobody sees the time to live, and either of two ports may have been the first.
      assert.deepEqual(Object.keys(found.up).sort(), Object.keys(expected).sort());
      for (const reason of Object.values(found.up)) assert.match(reason, /^(?:syn-ack|conn-refused) 0$/);
      assert.match(found.because ?? "", /CAP_NET_RAW/);
    });
  }
});
