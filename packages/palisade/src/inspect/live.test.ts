/**
 * Live capture through the command: in a network namespace of its own, with a pair of Ethernet devices, `near` and `far`.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { after, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { ethernet } from "@palisade/wire";
import {
  COMMAND,
  captureOf,
  dnsConversation,
  fileOf,
  largeFrames,
  palisade,
  run,
  START_US,
  smallFrames,
  temporaryFolder,
} from "../command.build.js";

const NAMESPACE = `palisade-test-${process.pid}`;

/** Makes the namespace; why it cannot, or false. */
function prepare(): string | false {
  if (process.platform !== "linux") return "live capture works on Linux";
  if (process.geteuid?.() !== 0) return "only root can make a network namespace";
  if (run("ip", ["-V"]).status !== 0) return "ip (iproute2) is not here";
  if (run("tcpreplay", ["--version"]).status !== 0) return "tcpreplay is not here";
  if (run("ip", ["netns", "add", NAMESPACE]).status !== 0) return "this machine makes no network namespaces";
  after(() => void run("ip", ["netns", "del", NAMESPACE]));
  for (const words of [
    "link add near type veth peer name far",
    "link set dev near addrgenmode none",
    "link set dev far addrgenmode none",
    "link set dev near up",
    "link set dev lo up",
    "link set dev far up",
  ]) {
    const { status, stderr } = run("ip", ["-n", NAMESPACE, ...words.split(" ")]);
    if (status !== 0) return `ip ${words}: ${stderr.trim()}`;
  }
  return false;
}

const skip = prepare();
const inside = (...words: readonly string[]) => ["netns", "exec", NAMESPACE, ...words];

interface Captured {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs the command on one interface while the capture is sent from another; `meanwhile` is called when all has been sent. */
async function capture(
  words: readonly string[],
  path: string,
  meanwhile?: (pid: number) => void,
  { on, from } = { on: "near", from: "far" },
): Promise<Captured> {
  const child = spawn("ip", inside(process.execPath, COMMAND, "inspect", "-i", on, ...words), {
    stdio: ["ignore", "pipe", "pipe"],
  });
  let stdout = "";
  let stderr = "";
  child.stdout.on("data", (octets: Buffer) => {
    stdout += octets.toString();
  });
  child.stderr.on("data", (octets: Buffer) => {
    stderr += octets.toString();
  });
  const ended = new Promise<number | null>((resolve) => child.on("close", resolve));
  // The kernel lists its packet sockets, each with the protocols and the interface (0: all) that it is bound to.
  const bound = /^\S+ +\d+ +[23] +0003 +\d+ +1 /m;
  while (child.exitCode === null && !bound.test(run("ip", inside("cat", "/proc/net/packet")).stdout))
    await setTimeout(20);
  const sent = run("ip", inside("tcpreplay", "-q", "--pps=5000", "-i", from, path));
  assert.equal(sent.status, 0, sent.stderr);
  meanwhile?.(child.pid!);
  return { status: await ended, stdout, stderr };
}

/** What must be the same of a flow, live or from a file. */
function flowsOf(text: string): string[] {
  return text
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => JSON.parse(line) as Record<string, unknown>)
    .map(({ src, sport, dst, dport, proto, packets, bytes, app_proto, history, vlan }) =>
      JSON.stringify({ src, sport, dst, dport, proto, packets, bytes, app_proto, history, vlan }),
    )
    .sort();
}

describe("a live interface", { skip }, () => {
  const folder = temporaryFolder();
  // At the pace at which they will be sent: a timeout on one side only would make other flows.
  const tagged = dnsConversation("192.0.2.7", 50_000).map((payload) => ({
    timeUs: 0,
    octets: ethernet({ tags: [7], payload }),
  }));
  const frames = [...smallFrames(), ...tagged, ...largeFrames().slice(0, 400)].map(({ octets }, at) => ({
    timeUs: START_US + at * 200,
    octets,
  }));
  const path = fileOf(folder, "sent.pcap", captureOf(frames));

  for (const workers of ["1", "2"]) {
    it(`gives the flows that a capture file of the same packets gives: ${workers} workers`, async () => {
      const words = ["--count", String(frames.length), "-f", "jsonl", "--workers", workers];
      const live = await capture(words, path);
      assert.equal(live.status, 0);
      assert.equal(live.stderr, `palisade: near: ${frames.length} packets read, 0 dropped by the kernel\n`);
      const file = palisade(["inspect", path, "-f", "jsonl"]);
      assert.deepEqual(flowsOf(live.stdout), flowsOf(file.stdout));
      assert.ok(flowsOf(live.stdout).length > 30);
    });
  }

  it("is filtered in the kernel", async () => {
    const wanted = smallFrames().filter(({ octets }) => octets[23] === 17).length;
    const small = fileOf(folder, "small.pcap", captureOf(smallFrames()));
    const live = await capture(["--count", String(wanted), "-f", "jsonl", "--bpf", "udp"], small);
    assert.equal(live.status, 0);
    assert.deepEqual(
      flowsOf(live.stdout).map((text) => (JSON.parse(text) as { proto: number }).proto),
      [17, 17],
    );
    assert.match(live.stderr, new RegExp(`: ${wanted} packets read, 0 dropped`));
  });

  it("tells as many packets as it shows, where the kernel counts those on loopback twice", async () => {
    const small = fileOf(folder, "small.pcap", captureOf(smallFrames()));
    const interrupt = (pid: number): void => void process.kill(pid, "SIGINT");
    const live = await capture([], small, interrupt, { on: "any", from: "lo" });
    const [, packets] = /^(\d+) packets,/.exec(live.stdout)!;
    assert.equal(live.stderr, `palisade: any: ${packets} packets read, 0 dropped by the kernel\n`);
    assert.equal(live.status, 0);
    assert.ok(Number(packets) >= smallFrames().length);
  });

  it("ends with its results when it is interrupted", async () => {
    const small = fileOf(folder, "small.pcap", captureOf(smallFrames()));
    const live = await capture(["-f", "jsonl"], small, (pid) => process.kill(pid, "SIGINT"));
    assert.equal(live.status, 0);
    assert.match(live.stderr, /palisade: near: 13 packets read, 0 dropped by the kernel\n/);
    assert.equal(flowsOf(live.stdout).length, 4);
  });
});
