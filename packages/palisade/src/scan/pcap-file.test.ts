import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import type { PalisadeError } from "@palisade/base";
import { enterNamespace, Host, missingPrograms, runAll } from "@palisade/link/namespace.build.js";
import { describeFrame, type PacketLinkOptions, type ProbeLink } from "@palisade/scan";
import { CaptureReader, ipv4, parseIpAddress, TCP_SYN, tcp } from "@palisade/wire";
import { run, temporaryFolder } from "../command.build.js";
import { PcapFile } from "./pcap-file.js";

const folder = temporaryFolder();
const PCAP_FILE = new URL("./pcap-file.js", import.meta.url).href;
const SCAN = import.meta.resolve("@palisade/scan");

const probe = (port: number): Uint8Array =>
  ipv4({
    source: "127.0.0.1",
    destination: "127.0.0.7",
    payload: tcp({ sourcePort: 61_111, destinationPort: port, flags: TCP_SYN }),
  });

/** To one host on this machine. */
const options: PacketLinkOptions = {
  hosts: {
    addressBytes: 4,
    size: 1,
    write: (_host, octets, at) => octets.set([127, 0, 0, 7], at),
    indexAt: () => 0,
  },
  portsPerHost: 1,
  ipProtocol: 6,
  probeBytesMax: 64,
  sourcePort: 61_111,
};

/** Takes all, and hears nothing. */
async function openSilent(): Promise<ProbeLink> {
  return {
    engine: "raw-ip",
    octets: new Uint8Array(256),
    slotBytes: 256,
    slots: 1,
    pathTo: () => ({ header: new Uint8Array(20), ipAt: 0, source: parseIpAddress("127.0.0.1")! }),
    set: () => {},
    send: (count) => count,
    drain: () => {},
    wait: async () => {},
    ringDrops: () => 0,
    close: () => {},
  };
}

function send(link: Pick<ProbeLink, "octets" | "set" | "send">, frame: Uint8Array): void {
  link.octets.set(frame);
  link.set(0, frame.length);
  assert.equal(link.send(1), 1);
}

function linesOf(path: string): string[] {
  const lines: string[] = [];
  const reader = new CaptureReader({
    packet: (octets, offset, captured, _wire, _time, linkType) =>
      void lines.push(describeFrame(octets, offset, captured, linkType)),
  });
  reader.push(readFileSync(path));
  assert.equal(reader.end().malformed, undefined);
  return lines;
}

function open(path: string) {
  const warnings: string[] = [];
  const file = new PcapFile(path, { warn: (message) => void warnings.push(message), openLink: openSilent });
  return { file, warnings };
}

describe("the file of a scan's packets", () => {
  it("holds what goes by each link and each sweep, under the name of its interface", async () => {
    const path = join(folder, "all.pcapng");
    const { file, warnings } = open(path);
    const [one, other] = [await file.openLink(options), await file.openLink(options)];
    const sweep = file.wrapSweep(await openSilent());
    one.pathTo(parseIpAddress("127.0.0.7")!, 0);
    send(one, probe(22));
    send(other, new Uint8Array(60));
    one.close();
    send(sweep, new Uint8Array(42));
    other.close();
    sweep.close();
    file.close();
    file.close();
    assert.equal(linesOf(path).length, 3);
    assert.match(linesOf(path)[0]!, /^TCP 127\.0\.0\.1:61111 > 127\.0\.0\.7:22 SYN/);
    const text = readFileSync(path, "latin1");
    assert.ok(text.includes("lo") && text.includes("sweep"));
    assert.deepEqual(warnings, []);
  });

  for (const [what, path, message] of [
    [
      "a folder that is not there",
      join(folder, "none/a.pcapng"),
      /packets cannot be written: there is no folder/,
    ],
    ["a folder", folder, /packets cannot be written: it is a folder/],
  ] as const) {
    it(`cannot be in place of ${what}, which is told at once`, () => {
      assert.throws(
        () => open(path),
        (error: PalisadeError) => error.code === "OUTPUT_FAILED" && message.test(error.message),
      );
    });
  }

  it("is not standard output, where the results go", () => {
    assert.throws(
      () => open("-"),
      (error: PalisadeError) => error.code === "USAGE",
    );
  });

  it("stays as it was, or is not there, where nothing is sent", () => {
    const before = join(folder, "before");
    writeFileSync(before, "what was there");
    for (const path of [before, join(folder, "new")]) open(path).file.close();
    assert.equal(readFileSync(before, "utf8"), "what was there");
    assert.ok(!existsSync(join(folder, "new")));
    const { file } = open(before);
    file.begin();
    file.close();
    assert.deepEqual(linesOf(before), []);
  });

  it("is given up in one line where there is no room, and the scan goes on", {
    skip: !existsSync("/dev/full") && "there is no /dev/full",
  }, async () => {
    const { file, warnings } = open("/dev/full");
    const link = await file.openLink(options);
    for (let turn = 0; turn < 5_000; turn += 1) send(link, probe(turn));
    link.close();
    file.close();
    assert.deepEqual(warnings, [
      "/dev/full: packets cannot be written: no space is left there; the scan goes on without it",
    ]);
  });

  const isRoot = process.platform === "linux" && process.geteuid?.() === 0;
  it("ends behind its last whole piece where the disk became full", {
    skip: !isRoot && "only root can make a small disk",
  }, () => {
    const disk = join(folder, "disk");
    mkdirSync(disk);
    const copied = join(folder, "copied.pcapng");
    const script = `
      import { PcapFile } from ${JSON.stringify(PCAP_FILE)};
      const file = new PcapFile(${JSON.stringify(join(disk, "a.pcapng"))}, {
        warn: (message) => console.log(message),
        openLink: async () => ({
          engine: "raw-ip", octets: new Uint8Array(1500).fill(0x45), slotBytes: 1500, slots: 1, set() {}, send: (count) => count,
          pathTo: () => undefined, drain() {}, wait: async () => {}, ringDrops: () => 0, close() {},
        }),
      });
      const link = await file.openLink({ hosts: { addressBytes: 4, size: 0 } });
      link.set(0, 1400);
      for (let turn = 0; turn < 1000; turn += 1) link.send(1);
      file.close();
    `;
    const words =
      'mount -t tmpfs -o size=300k none "$1" && "$2" --input-type=module -e "$3" && cp "$1/a.pcapng" "$4"';
    const { stdout, stderr, status } = run("unshare", [
      ...["-m", "sh", "-c", words, "sh", disk, process.execPath, script, copied],
    ]);
    assert.equal(status, 0, stderr);
    assert.match(stdout, /^[^\n]*no space is left there; the scan goes on without it\n$/);
    const { length } = linesOf(copied);
    assert.ok(length > 100 && length < 300, `${length} frames`);
  });

  it("is read to its end after the scan was killed", () => {
    const path = join(folder, "killed.pcapng");
    const script = `
      import { PcapFile } from ${JSON.stringify(PCAP_FILE)};
      const file = new PcapFile(${JSON.stringify(path)}, {
        warn() {},
        openLink: async () => ({
          engine: "raw-ip", octets: new Uint8Array(100).fill(0x45), slotBytes: 100, slots: 1, set() {}, send: (count) => count,
          pathTo: () => undefined, drain() {}, wait: async () => {}, ringDrops: () => 0, close() {},
        }),
      });
      const link = await file.openLink({ hosts: { addressBytes: 4, size: 0 } });
      link.set(0, 60);
      for (let turn = 0; turn < 1500; turn += 1) link.send(1);
      process.kill(process.pid, "SIGKILL");
    `;
    run(process.execPath, ["--input-type=module", "-e", script]);
    const { length } = linesOf(path);
    assert.ok(length > 1_000 && length < 1_500, `${length} frames`);
  });
});

const entered = enterNamespace(
  "ip link add near type veth peer name far",
  "ip link set dev lo up",
  "ip addr add 10.80.0.1/24 dev near",
);
const host =
  entered === false
    ? new Host(
        ["far"],
        [
          "ip link set dev lo up",
          "ip addr add 10.80.0.2/24 dev far",
          "ip addr add 10.80.1.2/32 dev lo",
          "ip link set dev far up",
        ],
      )
    : undefined;
after(() => host?.close());
const skip =
  entered ||
  host!.missing ||
  missingPrograms("tcpdump --version") ||
  runAll(["ip link set dev near up", "ip route add 10.80.1.0/24 via 10.80.0.2"]);

describe("the file of a scan's packets, by a real link", { skip }, () => {
  /** What hosts a scan finds up, beside the file at `path`. */
  function scan(path: string, targets: readonly string[], discovers: boolean): string {
    const script = `
      import { PcapFile } from ${JSON.stringify(PCAP_FILE)};
      import { parseTarget, scan, TargetSet, techniqueOf, timingTemplates } from ${JSON.stringify(SCAN)};
      const file = new PcapFile(${JSON.stringify(path)}, { warn: (message) => console.log(message) });
      const result = await scan({
        targets: await TargetSet.build({ targets: ${JSON.stringify(targets)}.map(parseTarget) }),
        asks: [{ technique: techniqueOf("syn"), ports: [81, 444] }],
        timing: timingTemplates[4],
        discovery: ${discovers ? "{}" : "undefined"},
        openLink: file.openLink,
        wrapSweep: file.wrapSweep,
        canaries: 0,
      }).result;
      file.close();
      if (result.failure) throw result.failure;
      console.log([...result.hosts].filter(({ ports }) => ports).map(({ address }) => address).join(" "));
    `;
    const { stdout, stderr, status } = run(process.execPath, ["--input-type=module", "-e", script]);
    assert.equal(status, 0, stderr);
    return stdout.trim();
  }

  /** What passes by a device while something is done, as tcpdump has it: by `far` of the other host, or one of this end. */
  async function passing(device: string, during: () => void): Promise<string[]> {
    const path = join(folder, `${device}.pcap`);
    const words = ["-i", device, "-U", "--immediate-mode", "-w", path, "-Z", "root", "arp or ip"];
    const tcpdump = device === "far" ? host!.start("tcpdump", words) : spawn("tcpdump", words);
    try {
      await new Promise<void>((listening, failed) => {
        tcpdump.once("exit", () => failed(new Error("tcpdump does not run")));
        tcpdump.stderr!.on("data", (text: Buffer) => {
          if (text.includes("listening on")) listening();
        });
      });
      during();
      await setTimeout(300);
    } finally {
      const ended = new Promise((resolve) => tcpdump.once("close", resolve));
      tcpdump.kill("SIGTERM");
      await ended;
    }
    return linesOf(path);
  }

  const isArp = (line: string): boolean => line.startsWith("ARP");
  const packetsOf = (lines: readonly string[]): string[] => lines.filter((line) => !isArp(line)).sort();

  it("holds what the other end sees of discovery and ports, each packet once", async () => {
    const path = join(folder, "discovery.pcapng");
    const seen = await passing("far", () => {
      scan(path, ["10.80.0.2-3", "10.80.1.2"], true);
    });
    const recorded = linesOf(path);
    assert.deepEqual(packetsOf(recorded), packetsOf(seen));
    // ICMP and TCP pings of the host behind the router, and two ports of two hosts, with what was answered.
    assert.ok(recorded.some((line) => / echo request /.test(line)));
    assert.ok(recorded.some((line) => / echo reply /.test(line)));
    assert.equal(recorded.filter((line) => /^TCP .*:(81|444) SYN /.test(line)).length, 4);
    // The kernels ask each other as well.
    const left = seen.filter(isArp);
    for (const line of recorded.filter(isArp)) {
      const place = left.indexOf(line);
      assert.ok(place >= 0, `${line} is there as often as it passed`);
      left.splice(place, 1);
    }
    const asked = (host: string): number =>
      recorded.filter((line) => line.startsWith(`ARP who has ${host}, tell 10.80.0.1,`)).length;
    assert.equal(asked("10.80.0.2"), 1);
    assert.ok(asked("10.80.0.3") >= 2, "who does not answer is asked again");
    assert.ok(recorded.some((line) => line.startsWith("ARP 10.80.0.2 is at ")));
    assert.ok(readFileSync(path, "latin1").includes("near"));
    const { status, stderr } = run("tcpdump", ["-n", "-r", path]);
    assert.equal(status, 0, stderr);
  });

  it("holds the questions for neighbours of a scan that looks for no hosts", () => {
    const path = join(folder, "neighbours.pcapng");
    scan(path, ["10.80.0.2-3"], false);
    const recorded = linesOf(path);
    assert.ok(recorded.some((line) => line.startsWith("ARP who has 10.80.0.3, tell 10.80.0.1,")));
    assert.ok(recorded.some((line) => line.startsWith("ARP 10.80.0.2 is at ")));
  });

  it("holds packets to this machine once, though they leave and come", async () => {
    const path = join(folder, "loopback.pcapng");
    const seen = await passing("lo", () => {
      assert.equal(scan(path, ["127.0.0.1"], false), "127.0.0.1");
    });
    assert.deepEqual(packetsOf(linesOf(path)), packetsOf(seen));
    assert.equal(seen.length, 4);
    assert.ok(readFileSync(path, "latin1").includes("lo\0"));
  });
});
