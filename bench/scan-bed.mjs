/**
 * Where scans are measured: two network namespaces, one that scans and one whose kernel answers for all of 10.77.0.0/17, joined
 * by a pair of Ethernet devices. Needs root, iproute2 and nftables; nothing outside of the namespaces is touched.
 */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

export const HOST = "10.77.0.2";
export const HOSTS = "10.77.0.0/17";
/** All of the prefix but its last address, which is for broadcasts. */
export const HOSTS_ANSWERING = 2 ** 15 - 1;
/** Addresses elsewhere, behind the same gateway: no neighbour is asked for. */
export const FAR_HOSTS = "10.78.0.0/16";
export const OWN_ADDRESS = "10.77.128.1";
const OWN_LINK_ADDRESS = "02:77:00:00:00:01";
export const HOST_LINK_ADDRESS = "02:77:00:00:00:02";
/** Some lie among the ports that Linux gives to its own connections, where a scan can connect to itself. */
export const LISTENING = [
  1, 21, 22, 25, 53, 80, 110, 143, 443, 993, 3306, 5432, 6379, 8080, 9200, 27_017, 33_000, 45_000, 61_000,
  65_535,
];

const scanning = `bench-scan-${process.pid}`;
const scanned = `bench-host-${process.pid}`;
export const device = `bscan${process.pid}`;
const hostDevice = `bhost${process.pid}`;
let host;

/** Makes it. Throws with the command that failed. */
export async function makeBed() {
  const settings = [
    "net.ipv4.icmp_ratelimit=0",
    "net.core.somaxconn=4096",
    "net.ipv4.tcp_max_syn_backlog=4096",
  ];
  for (const words of [
    `netns add ${scanned}`,
    `netns add ${scanning}`,
    `link add ${device} netns ${scanning} address ${OWN_LINK_ADDRESS} type veth peer name ${hostDevice} netns ${scanned} address ${HOST_LINK_ADDRESS}`,
    `-n ${scanned} link set lo up`,
    `-n ${scanning} link set lo up`,
    `-n ${scanning} addr add ${OWN_ADDRESS}/17 dev ${device}`,
    `-n ${scanning} link set ${device} up`,
    `-n ${scanned} addr add ${HOST}/17 dev ${hostDevice}`,
    `-n ${scanned} link set ${hostDevice} up`,
    `-n ${scanning} route add ${HOST}/32 dev ${device}`,
    `-n ${scanning} route add default via ${HOST} dev ${device}`,
    `-n ${scanned} route add 10.77.128.0/17 dev ${hostDevice}`,
    `-n ${scanned} route add local ${HOSTS} dev lo`,
    `-n ${scanned} route add local ${FAR_HOSTS} dev lo`,
    `-n ${scanning} neigh replace ${HOST} lladdr ${HOST_LINK_ADDRESS} dev ${device} nud permanent`,
    `-n ${scanned} neigh replace ${OWN_ADDRESS} lladdr ${OWN_LINK_ADDRESS} dev ${hostDevice} nud permanent`,
    ...settings.map((setting) => `netns exec ${scanned} sysctl -qw ${setting}`),
  ])
    must("ip", words.split(" "));
  const program = fileURLToPath(new URL("scan-host.mjs", import.meta.url));
  host = spawn(
    "ip",
    ["netns", "exec", scanned, process.execPath, program, OWN_ADDRESS, ...LISTENING.map(String)],
    {
      stdio: ["pipe", "pipe", "inherit"],
      detached: true,
    },
  );
  await new Promise((ready, failed) => {
    host.stdout.once("data", ready);
    host.once("exit", () => failed(new Error("the host that is to be scanned has ended")));
  });
}

/** Takes it away; harmless where there is none. */
export function removeBed() {
  host?.kill("SIGKILL");
  for (const namespace of [scanned, scanning])
    spawnSync("ip", ["netns", "del", namespace], { stdio: "ignore" });
}

/** The command, in the namespace that scans. */
export const fromOutside = (words) => ["ip", "netns", "exec", scanning, ...words];

/** The command, on the host that is scanned. */
export const onHost = (words) => ["ip", "netns", "exec", scanned, ...words];

/** Whether some datagrams arrive all the time: masscan's receiver waits for a packet before it looks at the clock. */
export function tick(on) {
  host.stdin.write(on ? "tick\n" : "still\n");
}

/** Drops what comes to any other port than those given, until `accept`. */
export function dropAllBut(ports) {
  nft(`table inet bench {
  chain in {
    type filter hook input priority 0; policy accept;
    iifname "lo" accept
    tcp dport != { ${ports.join(", ")} } drop
  }
}
`);
}

export function accept() {
  nft("delete table inet bench\n");
}

/** Drops every SYN as it comes in by the device, before the host's own stack has work with it, until `unsink`. */
export function sink() {
  nft(`table netdev bench {
  counter syn { }
  chain in {
    type filter hook ingress device "${hostDevice}" priority -500; policy accept;
    tcp flags syn counter name syn drop
  }
}
`);
}

export function unsink() {
  nft("delete table netdev bench\n");
}

/** SYNs that were dropped since `sink`, or since this was asked before. */
export function takeSunk() {
  const text = must("ip", [
    "netns",
    "exec",
    scanned,
    "nft",
    "-j",
    "reset",
    "counter",
    "netdev",
    "bench",
    "syn",
  ]);
  return JSON.parse(text).nftables.find(({ counter }) => counter !== undefined).counter.packets;
}

/** Packets that have come in by the host's device since it was made. */
export function packetsIn() {
  const line = readFileSync(`/proc/${host.pid}/net/dev`, "utf8")
    .split("\n")
    .find((text) => text.includes(hostDevice));
  return Number(line.split(":")[1].trim().split(/\s+/)[1]);
}

function nft(rules) {
  must("ip", ["netns", "exec", scanned, "nft", "-f", "-"], rules);
}

function must(program, words, input = "") {
  const { status, stdout, stderr, error } = spawnSync(program, words, { input, encoding: "utf8" });
  if (status !== 0)
    throw new Error(`${program} ${words.join(" ")}: ${(error?.message ?? stderr).trim().split("\n")[0]}`);
  return stdout;
}
