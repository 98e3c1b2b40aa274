/**
 * The command beside nmap, in two network namespaces: a host with ports of every kind, and one that scans it. What nmap says
 * of each port, state and reason, is what is wanted.
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
} from "@palisade/link/namespace.build.js";
import { palisade, run } from "../command.build.js";

const HOST4 = "10.77.0.2";
const HOST6 = "fd77::2";

const FIREWALL = `table inet bed {
  chain in {
    type filter hook input priority 0; policy accept;
    iifname "lo" accept
    tcp dport 7000-7009 drop
    tcp dport 7010-7012 reject with icmpx type port-unreachable
    tcp dport 7013-7015 reject with icmpx type host-unreachable
    tcp dport 7016-7018 reject with icmpx type no-route
    tcp dport 7020-7029 reject with icmpx type admin-prohibited
    tcp dport 7030-7039 reject with tcp reset
    udp dport 7000-7004 drop
    udp dport 7005-7007 reject with icmpx type admin-prohibited
    udp dport 7008-7009 reject with icmpx type host-unreachable
  }
}
`;

/** What listens: TCP on some ports, UDP that answers on one and is silent on another. */
const LISTENERS = `
import net from "node:net";
import dgram from "node:dgram";
process.on("uncaughtException", () => {});
for (const port of [22, 80, 7040, 61000, 65535]) net.createServer((s) => s.on("error", () => {})).listen(port, "::");
for (const type of ["udp6"]) {
  const echo = dgram.createSocket(type);
  echo.on("message", (octets, from) => echo.send(octets, from.port, from.address));
  echo.bind(53);
  dgram.createSocket(type).bind(7040);
}
process.stdin.on("end", () => process.exit()).resume();
setTimeout(() => console.log("ready"), 300);
`;

const entered = enterNamespace("ip link add near type veth peer name far", "ip link set dev lo up");
const host =
  entered === false
    ? new Host(
        ["far"],
        [
          "ip link set dev lo up",
          `ip addr add ${HOST4}/24 dev far`,
          `ip addr add ${HOST6}/64 dev far nodad`,
          "ip link set dev far up",
          "sysctl -qw net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0",
        ],
      )
    : undefined;
after(() => host?.close());

/** Puts both ends to work; why that cannot be, or false. */
async function prepare(): Promise<string | false> {
  if (host === undefined) return entered;
  const failure =
    host.missing ||
    missingPrograms("nft --version", "nmap --version") ||
    runAll([
      "ip addr add 10.77.0.1/24 dev near",
      "ip addr add fd77::1/64 dev near nodad",
      "ip link set dev near up",
    ]);
  if (failure !== false) return failure;
  const firewall = host.run("nft -f -", FIREWALL);
  if (firewall.status !== 0) return `nft: ${firewall.output.trim()}`;
  // Before all else that this machine does, so that what answers does so in the time that a scan waits.
  const program = ["-n", "-15", process.execPath, "--input-type=module", "-e", LISTENERS];
  if (!(await saidSomething(host.start("nice", program)))) return "the other host does not listen";
  // Link-local addresses are checked for duplicates before they are used.
  await setTimeout(1_500);
  return false;
}

const skip = await prepare();

/** By `port/protocol`: state and reason, of every port that was asked. */
type Ports = ReadonlyMap<string, string>;

function byNmap(words: readonly string[]): Ports {
  const { stdout, stderr, status } = run("nmap", ["-n", "-Pn", "-oX", "-", "-d", ...words]);
  assert.equal(status, 0, stderr);
  const ports = new Map<string, string>();
  for (const [, protocol, port, state, reason] of stdout.matchAll(
    /<port protocol="(\w+)" portid="(\d+)"><state state="([^"]+)" reason="([^"]+)"/g,
  ))
    ports.set(`${port}/${protocol}`, `${state} ${reason}`);
  return ports;
}

function byPalisade(words: readonly string[]): Ports {
  const { stdout, stderr, status } = palisade(["scan", "-Pn", "--all-states", "--format", "json", ...words]);
  assert.equal(status, 0, stderr);
  const result = JSON.parse(stdout);
  return new Map(
    result.hosts[0].ports.map(
      ({ port, protocol, state, reason }: Readonly<Record<string, string>>) =>
        [`${port}/${protocol}`, `${state} ${reason}`] as const,
    ),
  );
}

/** nmap's debugging output lists every port only where few are alike; so each port list is short. */
const TCP_PORTS = "22,80,81,7000,7001,7010,7013,7016,7020,7030,7040,7050,61000,65535";
const UDP_PORTS = "53,7000,7005,7008,7040,7100";
/** One that answers, one that is silent, and ten that are closed. */
const LIMITED_PORTS = "53,7040,7100-7109";
/** An ICMP error ends a connect of nmap's only when the kernel sends its SYN again, after a second. */
const PATIENT = ["--min-rtt-timeout", "3s", "--max-rtt-timeout", "5s"];
/** Not ICMP, of whose state nmap gives the reason of whatever ICMP message came last. */
const PROTOCOLS = "2,6,17,47,50,132,136,200";

describe("palisade scan beside nmap", { skip }, () => {
  for (const [technique, ports, states] of [
    ["-sS", TCP_PORTS, 3],
    ["-sT", TCP_PORTS, 3],
    ["-sF", TCP_PORTS, 3],
    ["-sN", TCP_PORTS, 3],
    ["-sX", TCP_PORTS, 3],
    ["-sA", TCP_PORTS, 2],
    ["-sW", TCP_PORTS, 2],
    ["-sM", TCP_PORTS, 2],
    ["-sU", UDP_PORTS, 4],
    ["-sO", PROTOCOLS, 3],
  ] as const) {
    for (const [version, host] of [
      ["IPv4", [HOST4]],
      ["IPv6", ["-6", HOST6]],
    ] as const) {
      it(`says the same with ${technique} over ${version}`, () => {
        const expected = byNmap([technique, ...(technique === "-sT" ? PATIENT : []), "-p", ports, ...host]);
        const found = byPalisade([technique, "-p", ports, ...host]);
        assert.equal(expected.size, ports.split(",").length);
        assert.ok(new Set([...expected.values()].map((text) => text.split(" ")[0])).size >= states);
        assert.deepEqual(Object.fromEntries(found), Object.fromEntries(expected));
      });
    }
  }

  for (const [version, host, limit] of [
    ["IPv4", [HOST4], "net.ipv4.icmp_ratelimit"],
    ["IPv6", ["-6", HOST6], "net.ipv6.icmp.ratelimit"],
  ] as const) {
    it(`says of a host that limits its ICMP errors what nmap says where it does not, over ${version}`, () => {
      const expected = byNmap(["-sU", "-p", LIMITED_PORTS, ...host]);
      limitErrors(limit, 1_000);
      try {
        const found = byPalisade(["-sU", "-p", LIMITED_PORTS, ...host]);
        assert.equal([...found.values()].filter((text) => text === "closed port-unreach").length, 10);
        assert.deepEqual(Object.fromEntries(found), Object.fromEntries(expected));
      } finally {
        limitErrors(limit, 0);
      }
    });
  }
});

/** Milliseconds between two errors to one address, of which six are sent at once (icmp(7)); 0 for no limit. */
function limitErrors(name: string, ms: number): void {
  const { status, output } = host!.run(`sysctl -qw ${name}=${ms}`);
  assert.equal(status, 0, output);
}
