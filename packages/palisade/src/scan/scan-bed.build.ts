/**
 * Two network namespaces for tests of the command: one that scans, and one with hosts of every kind, on a link with it and behind
 * a router. They are gone when the file's tests are done.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { after } from "node:test";
import { setTimeout } from "node:timers/promises";
import { describeFrame } from "@palisade/scan";
import { CaptureReader } from "@palisade/wire";
import { COMMAND, type Ran, run } from "../command.build.js";

/** An ordinary host, and the router to those that are not on the link. */
export const ORDINARY = "10.77.0.2";
/** Every TCP port of it leads to one listener. */
export const TARPIT = "10.77.0.3";
/** Ten ports and some are open there. */
export const BUSY = "10.77.0.4";
/** On the link, and silent: all it is sent by TCP is dropped. */
export const SILENT = "10.77.0.5";
/** On the link, and nobody has it. */
export const DEAD = "10.77.0.9";
export const ORDINARY6 = "fd77::2";
/** Behind the router: hosts that are there. */
export const REMOTE = ["10.78.1.1", "10.78.1.2"] as const;
/** Behind the router, which drops all that goes there. */
export const DEAD_NET = "10.78.2.0/24";
/** Of a provider's addresses, with the same ports as the ordinary host. */
export const PROVIDED = "104.16.0.1";
export const PROVIDED6 = "2606:4700::1";
/** Open on the ordinary host and those like it. */
export const OPEN_PORTS = [22, 80, 443, 8080] as const;
/** Open on the busy host besides. */
export const BUSY_PORTS = [8000, 8001, 8002, 8003, 8004, 8005, 8006, 8007, 8008, 8009] as const;

const TARPIT_PORT = 4_444;

const FIREWALL = `table ip bed {
  chain redirected {
    type nat hook prerouting priority -100; policy accept;
    ip daddr ${TARPIT} meta l4proto tcp dnat to ${TARPIT}:${TARPIT_PORT}
  }
  chain in {
    type filter hook input priority 0; policy accept;
    ip daddr ${SILENT} meta l4proto tcp drop
  }
}
`;

/** Every port says who it is: an SSH server of the version that the environment names. */
const LISTENERS = `
import net from "node:net";
process.on("uncaughtException", (error) => console.error(error.message));
const greet = (socket) => {
  socket.on("error", () => {});
  socket.end("SSH-2.0-OpenSSH_" + process.env.SSH_VERSION + "\\r\\n");
};
const silent = (socket) => socket.on("error", () => {});
const listen = (port, address, accept) =>
  new Promise((ready) => net.createServer(accept).listen(port, address, ready));
await listen(${TARPIT_PORT}, "${TARPIT}", (socket) => { silent(socket); console.log("tarpit"); });
for (const port of [${BUSY_PORTS.join()}]) await listen(port, "${BUSY}", greet);
for (const port of [${OPEN_PORTS.join()}]) await listen(port, "::", greet);
// Which ends when the test does, however it does.
process.stdin.on("end", () => process.exit()).resume();
console.log("ready");
`;

export interface Begun {
  readonly child: ChildProcess;
  readonly ended: Promise<Ran>;
}

export interface Bed {
  /** Why there is none, or false. */
  readonly skip: string | false;
  /** Words of `ip` that run others where the scanner is. */
  inside(words: readonly string[]): string[];
  /** `palisade scan WORDS…` there, to its end. */
  scan(words: readonly string[]): Ran;
  /** The same, in the background. */
  begin(words: readonly string[]): Begun;
  /** Restarts what listens, as servers of another version. */
  listenAs(version: string): Promise<void>;
  /** Connections that the tarpit has accepted; what was only half opened is none. */
  tarpitAccepted(): number;
  /** What comes from the scanner's link while `during` runs: a line for each frame, and when it came, in microseconds. */
  captured(file: string, during: () => unknown): Promise<readonly { line: string; timeUs: number }[]>;
}

export async function makeBed(programs: readonly string[] = []): Promise<Bed> {
  const { pid } = process;
  const hosts = `palisade-hosts-${pid}`;
  const scanner = `palisade-scanner-${pid}`;
  let listeners: ChildProcess | undefined;
  let accepted = 0;

  const listenAs = async (version: string): Promise<void> => {
    listeners?.kill("SIGKILL");
    if (listeners !== undefined) await once(listeners, "exit");
    // Before all else that this machine does, so that what answers does so in the time that a scan waits.
    const program = ["nice", "-n", "-15", process.execPath, "--input-type=module", "-e", LISTENERS];
    const child = spawn("ip", ["netns", "exec", hosts, ...program], {
      stdio: ["pipe", "pipe", "ignore"],
      env: { ...process.env, SSH_VERSION: version },
    });
    listeners = child;
    await new Promise<void>((ready) =>
      child.stdout.on("data", (text) => {
        accepted += String(text).split("tarpit").length - 1;
        if (String(text).includes("ready")) ready();
      }),
    );
  };

  const prepare = async (): Promise<string | false> => {
    if (process.platform !== "linux") return "raw scans work on Linux";
    if (process.geteuid?.() !== 0) return "only root can make a network namespace";
    for (const program of ["ip", "nft", "sysctl", ...programs])
      if (run("sh", ["-c", `command -v ${program}`]).status !== 0) return `${program} is not here`;
    if (run("ip", ["netns", "add", hosts]).status !== 0) return "this machine makes no network namespaces";
    after(() => {
      listeners?.kill("SIGKILL");
      run("ip", ["netns", "del", hosts]);
      run("ip", ["netns", "del", scanner]);
    });
    for (const words of [
      `netns add ${scanner}`,
      // No waiting for addresses that somebody else may have.
      ...[hosts, scanner].map((name) => `netns exec ${name} sysctl -qw net.ipv6.conf.default.accept_dad=0`),
      `link add near${pid} netns ${scanner} type veth peer name far${pid} netns ${hosts}`,
      `-n ${hosts} link set lo up`,
      `-n ${scanner} link set lo up`,
      ...[ORDINARY, TARPIT, BUSY, SILENT].map((host) => `-n ${hosts} addr add ${host}/24 dev far${pid}`),
      `-n ${hosts} addr add ${ORDINARY6}/64 dev far${pid} nodad`,
      `-n ${scanner} addr add 10.77.0.1/24 dev near${pid}`,
      `-n ${scanner} addr add fd77::1/64 dev near${pid} nodad`,
      ...[...REMOTE, PROVIDED].map((host) => `-n ${hosts} addr add ${host}/32 dev lo`),
      `-n ${hosts} addr add ${PROVIDED6}/128 dev lo nodad`,
      `-n ${hosts} link set far${pid} up`,
      `-n ${scanner} link set near${pid} up`,
      `-n ${hosts} route add blackhole ${DEAD_NET}`,
      `-n ${scanner} route add default via ${ORDINARY}`,
      `-n ${scanner} -6 route add default via ${ORDINARY6}`,
      `netns exec ${hosts} sysctl -qw net.ipv4.ip_forward=1 net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0`,
    ]) {
      const { status, stderr } = run("ip", words.split(" "));
      if (status !== 0) return `ip ${words}: ${stderr.trim()}`;
    }
    const rules = new TextEncoder().encode(FIREWALL);
    const firewall = run("ip", ["netns", "exec", hosts, "nft", "-f", "-"], rules);
    if (firewall.status !== 0) return `nft: ${firewall.stderr.trim()}`;
    await listenAs("9.2p1");
    return false;
  };

  const inside = (words: readonly string[]): string[] => ["netns", "exec", scanner, ...words];
  const command = (words: readonly string[]): string[] =>
    inside([process.execPath, COMMAND, "scan", ...words]);
  return {
    skip: await prepare(),
    inside,
    scan: (words) => run("ip", command(words)),
    begin(words) {
      const child = spawn("ip", command(words), { stdio: ["ignore", "pipe", "pipe"] });
      const told = { stdout: "", stderr: "" };
      child.stdout.on("data", (text) => (told.stdout += String(text)));
      child.stderr.on("data", (text) => (told.stderr += String(text)));
      const ended = new Promise<Ran>((resolve) =>
        child.on("close", (status) => resolve({ status, ...told })),
      );
      return { child, ended };
    },
    listenAs,
    tarpitAccepted: () => accepted,
    async captured(file, during) {
      const words = ["tcpdump", "-Z", "root", "-U", "--immediate-mode", "-Q", "in", "-w", file];
      const dump = spawn("ip", ["netns", "exec", hosts, ...words, "-i", `far${pid}`], {
        stdio: ["ignore", "ignore", "pipe"],
      });
      let told = "";
      await new Promise<void>((ready, fail) => {
        dump.on("exit", () => fail(new Error(`tcpdump: ${told}`)));
        dump.stderr.on("data", (text) => {
          told += String(text);
          if (told.includes("listening on")) ready();
        });
      });
      dump.removeAllListeners("exit");
      const ended = once(dump, "exit");
      try {
        await during();
        // What has come is written by then.
        await setTimeout(200);
      } finally {
        dump.kill("SIGINT");
      }
      await ended;
      return framesIn(file);
    },
  };
}

function framesIn(file: string): { line: string; timeUs: number }[] {
  const frames: { line: string; timeUs: number }[] = [];
  const reader = new CaptureReader({
    packet: (octets, offset, captured, _wire, timeUs, linkType) =>
      void frames.push({ line: describeFrame(octets, offset, captured, linkType), timeUs }),
  });
  reader.push(readFileSync(file));
  assert.equal(reader.end().malformed, undefined);
  return frames;
}

export interface PortReport {
  readonly protocol: string;
  readonly port: number;
  readonly state: string;
  readonly reason: string;
  readonly service?: {
    readonly name: string;
    readonly method: string;
    readonly product?: string;
    readonly version?: string;
  };
  readonly answers?: readonly { readonly technique: string }[];
}

export interface HostReport {
  readonly address: string;
  readonly state: string;
  readonly reason: string;
  readonly mac?: string;
  readonly provider?: string;
  readonly verdict?: string;
  readonly timed_out?: boolean;
  readonly ports: readonly PortReport[];
  readonly closed: number;
  readonly filtered: number;
}

export interface Report {
  readonly probes: number;
  readonly stopped: boolean;
  readonly techniques: readonly string[];
  readonly evasion?: readonly string[];
  readonly scans: readonly { readonly family: string; readonly technique: string }[];
  readonly discoveries: readonly { readonly family: string; readonly up: number }[];
  readonly hosts: readonly HostReport[];
}

/** What a scan that ended well wrote as JSON. */
export function reportOf({ status, stdout, stderr }: Ran): Report {
  assert.equal(status, 0, stderr);
  return JSON.parse(stdout) as Report;
}

/** Address, protocol, port, state and reason of each port that is listed. */
export function portsOf({ hosts }: Report): string[] {
  return hosts
    .flatMap(({ address, ports }) =>
      ports.map(({ protocol, port, state, reason }) => `${address} ${port}/${protocol} ${state} ${reason}`),
    )
    .sort();
}
