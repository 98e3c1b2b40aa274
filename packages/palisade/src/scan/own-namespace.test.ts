/**
 * Scans in a namespace of this test's, whose own firewall and links are in the way: what the kernel tells of packets that it
 * refused, ports that two techniques see differently, and link-local addresses on two links.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { createServer, type Server } from "node:net";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { outputCounts } from "@palisade/link";
import {
  enterNamespace,
  Host,
  missingPrograms,
  run,
  runAll,
  saidSomething,
} from "@palisade/link/namespace.build.js";
import { COMMAND, palisade, run as runCommand, temporaryFolder } from "../command.build.js";

const OPEN = 7000;
/** What leaves for it is dropped here. */
const DROPPED = 7001;
/** Drops SYNs as the system's connections send them, which have timestamps (RFC 7323 §3.2); a probe has none. */
const PICKY = 7002;

/** What comes for it is dropped where it arrives. */
const LOST = 7004;
/** Behind the neighbour; whatever leaves for it is dropped here. */
const HIDDEN = "192.0.2.9";

const FIREWALL = `table inet own {
  chain out {
    type filter hook output priority 0; policy accept;
    tcp dport ${DROPPED} drop
    udp dport ${DROPPED} drop
    ip daddr ${HIDDEN} drop
  }
  chain in {
    type filter hook input priority 0; policy accept;
    tcp dport ${LOST} drop
    tcp dport ${PICKY} tcp option timestamp exists drop
  }
}
`;

const LISTENER = `
import net from "node:net";
net.createServer((socket) => socket.on("error", () => {})).listen(${OPEN}, "::", () => console.log("ready"));
process.stdin.on("end", () => process.exit()).resume();
`;

const NEIGHBOUR = "fe80::2";

const folder = temporaryFolder();
const servers: Server[] = [];
const entered = enterNamespace(
  "ip link set dev lo up",
  "ip link add near type veth peer name far",
  "ip link add other type veth peer name remote",
);
const host =
  entered === false
    ? new Host(
        ["far"],
        ["ip link set dev lo up", `ip addr add ${NEIGHBOUR}/64 dev far nodad`, "ip link set dev far up"],
      )
    : undefined;
after(() => {
  for (const server of servers) server.close();
  host?.close();
});

async function prepare(): Promise<string | false> {
  if (host === undefined) return entered;
  const failure =
    host.missing ||
    missingPrograms("nft --version", "setpriv --version") ||
    runAll([
      "sysctl -qw net.ipv6.conf.near.accept_dad=0 net.ipv6.conf.other.accept_dad=0",
      "ip link set dev near up",
      "ip link set dev other up",
      "ip link set dev remote up",
      "ip addr add 192.0.2.1/32 dev near",
      `ip route add ${HIDDEN}/32 dev near`,
    ]);
  if (failure !== false) return failure;
  const firewall = run("nft -f -", FIREWALL);
  if (firewall.status !== 0) return `nft: ${firewall.output.trim()}`;
  const program = ["--input-type=module", "-e", LISTENER];
  if (!(await saidSomething(host.start(process.execPath, program)))) return "the other host does not listen";
  for (const port of [OPEN, DROPPED, PICKY]) {
    const server = createServer((socket) => void socket.on("error", () => {}).destroy());
    servers.push(server);
    await new Promise<void>((ready) => server.listen(port, "127.0.0.1", ready));
  }
  return false;
}

const skip = await prepare();
const NOT_COUNTED = "this kernel does not count packets that pass output rules";

function scanned(words: readonly string[], said: RegExp = /^$/): string {
  const { status, stdout, stderr } = palisade(["scan", "-Pn", ...words]);
  assert.equal(status, 0, stderr);
  assert.match(stderr, said, words.join(" "));
  return stdout;
}

/** The one line on standard error beside results that are no table. */
const TOLD = /^palisade: \d+ packets? w[a-z]+ refused by this machine's own firewall: [^\n]+\n$/;

describe("packets that this machine's own firewall refuses", { skip }, () => {
  for (const [technique, state] of [
    ["-sS", "filtered"],
    ["-sU", "open|filtered"],
  ] as const) {
    it(`are told of ${technique}, in the table and in JSON`, () => {
      const words = ["127.0.0.1", technique, "-p", `${OPEN}-${DROPPED}`, "--all-states"];
      assert.match(
        scanned(words),
        /^\d+ packets were refused by this machine's own firewall: what is without a response may be for that$/m,
      );
      const { firewalled, hosts } = JSON.parse(scanned([...words, "--format", "json"], TOLD));
      // Asked twice, since it stayed silent; with UDP once more, as the port beside it is refused by the host itself.
      assert.equal(firewalled, technique === "-sU" ? 3 : 2);
      const [, dropped] = hosts[0].ports;
      assert.deepEqual([dropped.port, dropped.state, dropped.reason], [DROPPED, state, "no-response"]);
    });
  }

  it("are told of connections, of which the kernel says nothing but how many packets were made and how many passed", (t) => {
    if (outputCounts(4) === undefined) return t.skip(NOT_COUNTED);
    for (const target of ["127.0.0.1", "::1", `${NEIGHBOUR}%near`]) {
      const words = [target, "-sT", "-p", `${OPEN}-${DROPPED}`, "--all-states", "--format", "json"];
      const { firewalled, hosts } = JSON.parse(scanned(words, TOLD));
      assert.ok(firewalled >= 1 && firewalled <= 3, `${target}: ${firewalled}`);
      const [, dropped] = hosts[0].ports;
      assert.deepEqual([dropped.port, dropped.state, dropped.reason], [DROPPED, "filtered", "no-response"]);
    }
  });

  it("are told where hosts are looked for by connections", (t) => {
    if (outputCounts(4) === undefined) return t.skip(NOT_COUNTED);
    const words = [
      "--bounding-set=-net_raw",
      "--inh-caps=-net_raw",
      process.execPath,
      COMMAND,
      "scan",
      "-sn",
    ];
    const { status, stdout, stderr } = runCommand("setpriv", [...words, HIDDEN, "--format", "json"]);
    assert.equal(status, 0, stderr);
    assert.match(stderr, TOLD);
    const { firewalled, hosts } = JSON.parse(stdout);
    assert.ok(firewalled >= 2, `${firewalled}`);
    assert.equal(hosts[0].state, "down");
  });

  it("are not told of where there were none, or what dropped them was not here", () => {
    assert.doesNotMatch(scanned(["127.0.0.1", "-sS", "-p", `${OPEN}`]), /firewall/);
    for (const technique of ["-sS", "-sT"])
      assert.doesNotMatch(scanned(["127.0.0.1", technique, "-p", `${LOST}`]), /firewall/);
  });
});

describe("two techniques that ask the same ports", { skip }, () => {
  const words = ["127.0.0.1", "-sS", "-sT", "-p", `${OPEN},${PICKY},7003`];

  it("come to one result a port, the more certain, with what each said", () => {
    const [{ ports, others }] = JSON.parse(scanned([...words, "--format", "json"])).hosts;
    const brief = ({ port, state, answers }: Record<string, unknown>): unknown[] => [
      port,
      state,
      (answers as readonly { technique: string; state: string }[]).map(
        (one) => `${one.technique} ${one.state}`,
      ),
    ];
    assert.deepEqual(ports.map(brief), [
      [OPEN, "open", ["syn open", "connect open"]],
      [PICKY, "open", ["syn open", "connect filtered"]],
    ]);
    assert.deepEqual(
      others.map(({ state, ports: which, count }: Record<string, unknown>) => [state, which, count]),
      [["closed", "7003", 1]],
    );
  });

  it("are one element in XML and one row in the table", () => {
    const xml = scanned([...words, "-oX", "-"]);
    assert.equal(xml.split(`portid="${OPEN}"`).length, 2);
    assert.match(
      xml,
      /portid="7002">\n<state state="open"[^>]*>\n(?:<service[^>]*>\n)?<script id="other-techniques" output="connect: filtered/,
    );
    const table = scanned(words);
    assert.match(table, /^ *7002\/tcp +open .* connect: filtered \(no-response\)$/m);
    assert.equal(table.match(/^ *7000\/tcp /gm)?.length, 1);
  });

  it("are compared with an older scan by them", () => {
    const older = join(folder, "two.json");
    scanned([...words, "-oJ", older]);
    const { difference } = JSON.parse(scanned([...words, "--format", "json", "--diff", older]));
    assert.deepEqual([difference.still_open, difference.opened, difference.not_compared], [2, [], []]);
  });
});

describe("a link-local address", { skip }, () => {
  const words = [`${NEIGHBOUR}%near`, "-sS", "-p", `${OPEN}`];

  it("stays with its link in the table, in JSON and in its lines", () => {
    assert.match(scanned(words), new RegExp(`^${NEIGHBOUR}%near$`, "m"));
    const [host] = JSON.parse(scanned([...words, "--format", "json"])).hosts;
    assert.deepEqual([host.address, host.zone, host.ports[0].state], [NEIGHBOUR, "near", "open"]);
    const records = scanned([...words, "--format", "jsonl"])
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line));
    assert.deepEqual(
      records.map(({ type, zone, technique }) => [type, zone, technique]),
      [
        ["port", "near", "syn"],
        ["host", "near", undefined],
        ["scan", undefined, undefined],
      ],
    );
  });

  it("is the same host in an older scan of the same link, and another on another", () => {
    const older = join(folder, "near.json");
    scanned([...words, "-oJ", older]);
    const same = JSON.parse(scanned([...words, "--format", "json", "--diff", older])).difference;
    assert.deepEqual([same.still_open, same.gone, same.not_compared], [1, [], []]);
    const onOther = [`${NEIGHBOUR}%other`, ...words.slice(1), "--format", "json", "--diff", older];
    const { gone, not_compared: left } = JSON.parse(scanned(onOther)).difference;
    assert.deepEqual(gone, []);
    assert.deepEqual(
      left.map(({ zone, because }: Record<string, string>) => [zone, because]),
      [["near", "host-not-asked"]],
    );
  });

  it("is not gone on with on another link", async () => {
    const file = join(folder, "near.resume");
    const slowly = ["-Pn", "--resume", file, "--max-rate", "1", "-p", "1-100"];
    const stopped = spawn(process.execPath, [COMMAND, "scan", ...slowly, `${NEIGHBOUR}%near`], {
      stdio: "ignore",
    });
    const ended = once(stopped, "exit");
    // Long before its end.
    while (!existsSync(file) && stopped.exitCode === null) await setTimeout(20);
    stopped.kill("SIGINT");
    assert.deepEqual(await ended, [130, null]);
    const other = palisade(["scan", ...slowly, `${NEIGHBOUR}%other`]);
    assert.equal(other.status, 2);
    assert.match(other.stderr, /the resume file is of another scan/);
  });
});
