/**
 * Scans that are held back, followed, stopped, gone on with and compared, as users run them, in a bed of network namespaces.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { after, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { inflateRawSync } from "node:zlib";
import { COMMAND, run, temporaryFolder } from "../command.build.js";
import {
  BUSY,
  DEAD,
  makeBed,
  ORDINARY,
  ORDINARY6,
  PROVIDED6,
  portsOf,
  REMOTE,
  type Report,
  reportOf,
  SILENT,
} from "./scan-bed.build.js";

const folder = temporaryFolder();
const bed = await makeBed(["tcpdump"]);
const json = (words: readonly string[]): Report => reportOf(bed.scan(["--format", "json", ...words]));

async function until(what: string, isSo: () => boolean): Promise<void> {
  for (let turn = 0; !isSo(); turn += 1) {
    assert.ok(turn < 3_000, `waited in vain for ${what}`);
    await sleep(20);
  }
}

describe("a scan's pace", { skip: bed.skip }, () => {
  /** When each probe arrived, in microseconds. */
  async function arrivals(words: readonly string[]): Promise<number[]> {
    const frames = await bed.captured(join(folder, "pace.pcap"), () => {
      json(["-Pn", ...words, ORDINARY]);
    });
    return frames.filter(({ line }) => / SYN /.test(line)).map(({ timeUs }) => timeUs);
  }

  it("has --scan-delay between any two probes", async () => {
    const times = await arrivals(["--scan-delay", "60ms", "-p", "20-29"]);
    assert.equal(times.length, 10);
    const gaps = times.slice(1).map((time, at) => time - times[at]!);
    // The capture's clock is not the scan's: a tenth is left to both.
    for (const gap of gaps) assert.ok(gap >= 54_000, `${gaps}`);
  });

  it("sends no more in a second than --max-rate, whichever second that is", async () => {
    const times = await arrivals(["--max-rate", "200", "-p", "100-599"]);
    assert.equal(times.length, 500);
    for (const [at, time] of times.entries()) {
      const within = times.slice(at).filter((later) => later < time + 1_000_000).length;
      assert.ok(within <= 220, `${within} in the second from probe ${at} on`);
    }
  });

  it("gives up on hosts that are slow at --host-timeout, and tells which", () => {
    const words = ["--max-rate", "100", "-p", "20-29,100-399", ORDINARY, DEAD];
    const { hosts, probes } = json(["--host-timeout", "500ms", ...words]);
    assert.deepEqual(
      hosts.map(({ address, timed_out }) => [address, timed_out]),
      [
        [ORDINARY, true],
        [DEAD, undefined],
      ],
    );
    assert.ok(probes > 0 && probes < 310, `${probes}`);
    const { stdout } = bed.scan(["--host-timeout", "500ms", "-oX", "-", ...words]);
    assert.equal([...stdout.matchAll(/<host [^>]*timedout="true"/g)].length, 1);
  });

  it("gives up on nobody where all have answered by then", () => {
    const { hosts } = json(["--host-timeout", "20s", "-p", "20-29", ORDINARY]);
    assert.deepEqual([hosts[0]!.timed_out, hosts[0]!.closed], [undefined, 9]);
  });
});

describe("several techniques and both families at once", { skip: bed.skip }, () => {
  it("are asked one after the other, each of the ports it has", () => {
    const words = ["-sS", "-sU", "-sA", "-p", "T:22,23,U:53", "--all-states", ORDINARY, ORDINARY6];
    const report = json(words);
    assert.deepEqual(report.techniques, ["syn", "udp", "ack"]);
    assert.deepEqual(
      report.scans.map(({ family, technique }) => `${family} ${technique}`),
      ["ipv4", "ipv6"].flatMap((family) => ["syn", "udp", "ack"].map((name) => `${family} ${name}`)),
    );
    const wanted = [ORDINARY, ORDINARY6].flatMap((host) => [
      `${host} 22/tcp open syn-ack`,
      `${host} 23/tcp closed reset`,
      `${host} 53/udp closed port-unreach`,
    ]);
    assert.deepEqual(portsOf(report), wanted.sort());
    for (const { ports } of report.hosts)
      for (const { protocol, answers } of ports)
        assert.deepEqual(
          answers?.map(({ technique }) => technique),
          protocol === "tcp" ? ["syn", "ack"] : undefined,
        );
  });

  it("are the same by packets and by connections", () => {
    const states = (words: readonly string[]): string[] =>
      portsOf(json([...words, "-p", "21-24,80,8000", "--all-states", ORDINARY, BUSY, PROVIDED6])).map(
        (text) => text.split(" ").slice(0, 3).join(" "),
      );
    const bySyn = states(["-sS"]);
    assert.equal(bySyn.length, 18);
    assert.deepEqual(states(["-sT"]), bySyn);
  });
});

interface JsonLine {
  readonly type: string;
  readonly address?: string;
  readonly ports?: Report["hosts"][0]["ports"];
  readonly hosts_asked?: number;
  readonly stopped?: boolean;
}

describe("results with services", { skip: bed.skip }, () => {
  const words = ["-sV", "-p", "22,23,8000", ORDINARY, BUSY, DEAD];

  it("are ports as they are found, then hosts with services, then the scan", () => {
    const { status, stdout } = bed.scan(["--format", "jsonl", ...words]);
    assert.equal(status, 0);
    const records = stdout
      .trimEnd()
      .split("\n")
      .map((line) => JSON.parse(line) as JsonLine);
    assert.deepEqual(
      records.map(({ type }) => type),
      ["port", "port", "port", "host", "host", "host", "scan"],
    );
    for (const record of records.slice(0, 3)) assert.equal("service" in record, false);
    assert.deepEqual(
      records
        .slice(3, 6)
        .flatMap(({ address, ports }) =>
          ports!.map(({ port, service }) => [address, port, service?.product, service?.version]),
        ),
      [
        [ORDINARY, 22, "OpenSSH", "9.2p1"],
        [BUSY, 22, "OpenSSH", "9.2p1"],
        [BUSY, 8000, "OpenSSH", "9.2p1"],
      ],
    );
    const last = records[6]!;
    assert.deepEqual([last.hosts_asked, "hosts" in last, last.stopped], [3, false, false]);
  });

  it("are in all the files of -oA", () => {
    const base = join(folder, "all");
    assert.equal(bed.scan(["-oA", base, ...words]).status, 0);
    const text = (end: string): string => readFileSync(`${base}.${end}`, "utf8");
    assert.match(text("txt"), /^ *10\.77\.0\.4 +8000\/tcp +open +ssh +OpenSSH 9\.2p1/m);
    assert.equal([...text("xml").matchAll(/product="OpenSSH" version="9\.2p1"/g)].length, 3);
    assert.match(text("gnmap"), /^Host: 10\.77\.0\.4 .*8000\/open\/tcp\/\/ssh\/\/OpenSSH 9\.2p1/m);
    const { hosts } = JSON.parse(text("json")) as Report;
    assert.deepEqual(
      hosts.map(({ ports }) => ports.length),
      [1, 2, 0],
    );
  });

  it("are compared with those of an older scan by --diff, in a service's version too", async () => {
    const older = join(folder, "older.json");
    assert.equal(bed.scan([...words, "-oJ", older, "-o", "/dev/null"]).status, 0);
    const same = JSON.parse(bed.scan([...words, "--diff", older, "--format", "json"]).stdout);
    assert.deepEqual([same.difference.services, same.difference.opened], [[], []]);
    await bed.listenAs("9.9p1");
    try {
      const { status, stdout } = bed.scan([...words, "--diff", older, "--format", "json"]);
      assert.equal(status, 0);
      const { difference } = JSON.parse(stdout);
      assert.equal(difference.services.length, 3);
      for (const change of difference.services) {
        assert.match(JSON.stringify(change.before), /"version":"9\.2p1"/);
        assert.match(JSON.stringify(change.after), /"version":"9\.9p1"/);
      }
      assert.deepEqual([difference.opened, difference.closed, difference.gone], [[], [], []]);
      const table = bed.scan([...words, "--diff", older]).stdout;
      assert.match(table, /10\.77\.0\.4.*8000\/tcp.*9\.2p1.*9\.9p1/);
    } finally {
      await bed.listenAs("9.2p1");
    }
  });
});

/** What a resume file says first: what was asked, and how far it came. */
function headOf(octets: Buffer): string {
  return inflateRawSync(octets.subarray(12, 12 + octets.readUInt32BE(8))).toString();
}

describe("a scan that looks for hosts and is killed", { skip: bed.skip }, () => {
  for (const [when, slow, words, isThere] of [
    ["while it looks for them", "10", ["-p", "22,8000", "10.77.0.0/29", "10.78.2.0/28"], /"ipv4 discovery"/],
    ["while it asks their ports", "50", ["-sV", "-p", "1-400,8000-8009", ORDINARY, BUSY, DEAD], /"ipv4 syn"/],
  ] as const) {
    it(`${when} goes on from its file, and ends in the same result`, async () => {
      const told = (report: Report): string[] => [
        ...portsOf(report),
        ...report.hosts.map(({ address, state, closed }) => `${address} ${state} ${closed}`),
        ...report.hosts.flatMap(({ ports }) => ports.map(({ service }) => `${service?.version}`)),
      ];
      const wanted = told(json(words));
      const file = join(folder, "killed.resume");
      const { child, ended } = bed.begin([
        "--format",
        "json",
        "--max-rate",
        slow,
        "--resume",
        file,
        ...words,
      ]);
      await until("the file", () => existsSync(file) && isThere.test(headOf(readFileSync(file))));
      child.kill("SIGKILL");
      await ended;
      const kept = headOf(readFileSync(file));
      assert.match(kept, isThere);
      if (when === "while it looks for them") assert.doesNotMatch(kept, /"ipv4 syn"/);
      // Not slowed down: the pace is no part of what is asked.
      assert.deepEqual(told(json([...words, "--resume", file])), wanted);
      assert.equal(existsSync(file), false);
    });
  }

  it("goes on after Ctrl-C too, and then asks for the services that it had not come to", async () => {
    const file = join(folder, "stopped.resume");
    const words = ["-sV", "-p", "1-300,8000", BUSY];
    const { child, ended } = bed.begin(["--max-rate", "30", "--resume", file, ...words]);
    await until("the file", () => existsSync(file));
    child.kill("SIGINT");
    const { status, stderr } = await ended;
    assert.equal(status, 130);
    assert.match(stderr, /^palisade: [\d.]+ (?:B|KiB) are kept; to go on: palisade scan --resume \S+\n$/);
    const { hosts } = json([...words, "--resume", file]);
    assert.deepEqual(
      hosts[0]!.ports.map(({ port, service }) => [port, service?.version]),
      [22, 80, 8000].map((port) => [port, "9.2p1"]),
    );
  });
});

describe("what was found before a stop", { skip: bed.skip }, () => {
  it("is there when the scan has gone on: link addresses, times to live and round trips too", async () => {
    const file = join(folder, "facts.resume");
    const report = join(folder, "facts.json");
    const words = ["-p", "100-699", BUSY, REMOTE[1]];
    const stopping = ["--max-rate", "100", "--resume", file, "-oJ", report, "-o", "/dev/null"];
    const { child, ended } = bed.begin([...stopping, ...words]);
    await until("the file", () => existsSync(file) && headOf(readFileSync(file)).includes('"ipv4 syn"'));
    child.kill("SIGINT");
    assert.equal((await ended).status, 130);
    const facts = ({ hosts }: Facts) =>
      hosts.map(({ address, mac, ttl, rtt_us: us }) => ({ address, mac, ttl, us }));
    const stopped = JSON.parse(readFileSync(report, "utf8")) as Facts;
    const [near, far] = facts(stopped);
    assert.match(near!.mac!, /^(?:[0-9a-f]{2}:){5}[0-9a-f]{2}$/);
    assert.ok(near!.us! > 0 && far!.us! > 0 && far!.ttl! > 0);
    // Ports that it had not come to are not called silent.
    const counted = stopped.hosts.map(({ ports, closed, filtered, not_asked: notAsked = 0 }) => [
      closed + filtered + ports.length + notAsked,
      filtered,
    ]);
    assert.deepEqual(counted, [
      [600, 0],
      [600, 0],
    ]);
    assert.ok(stopped.not_asked!.ports > 0);
    const whole = json([...words, "--resume", file]) as Report & Facts;
    assert.deepEqual(facts(whole), facts(stopped));
    assert.equal(whole.not_asked, undefined);
  });

  it("is compared with a later scan in which nobody is up, which knows what it asked", () => {
    const older = join(folder, "somebody.json");
    const words = ["-p", "22", "--format", "json"];
    assert.equal(bed.scan([...words, "-oJ", older, "-o", "/dev/null", BUSY, DEAD]).status, 0);
    const { status, stdout, stderr } = bed.scan([...words, "--diff", older, DEAD]);
    assert.deepEqual([status, stderr], [0, ""]);
    const { techniques, ports_asked: asked, difference } = JSON.parse(stdout);
    assert.deepEqual([techniques, asked], [["syn"], { tcp: "22" }]);
    assert.deepEqual(difference.gone, []);
  });
});

/** What of a host is no port's. */
interface Facts {
  readonly not_asked?: { readonly hosts: number; readonly ports: number };
  readonly hosts: readonly {
    readonly address: string;
    readonly mac?: string;
    readonly ttl?: number;
    readonly rtt_us?: number;
    readonly ports: readonly object[];
    readonly closed: number;
    readonly filtered: number;
    readonly not_asked?: number;
  }[];
}

const noTerminal =
  bed.skip || (run("script", ["--version"]).status === 0 ? false : "script (util-linux) is not here");

describe("keys on a terminal", { skip: noTerminal }, () => {
  it("pause, tell and stop, and Ctrl-C leaves the terminal as it was", async () => {
    const scan = `${process.execPath} ${COMMAND} scan -p 1-2000,8000-8009 --max-rate 100 ${BUSY} ${SILENT}`;
    const shell = `stty -g; ${scan}; echo "status $?"; stty -g`;
    const child = spawn("ip", bed.inside(["script", "-qfc", shell, "/dev/null"]), {
      stdio: ["pipe", "pipe", "inherit"],
      // Where a scan that took long leaves a file to go on from.
      cwd: folder,
    });
    after(() => child.kill("SIGKILL"));
    const ended = once(child, "close");
    let text = "";
    child.stdout.on("data", (octets) => (text += String(octets)));
    const said = (what: string): Promise<void> => until(what, () => text.includes(what));
    const press = (key: string): void => void child.stdin.write(key);
    /** Probes that the next line that stays tells of. */
    const probes = async (): Promise<number> => {
      const before = text.length;
      press("x");
      const line = /palisade: \d+ % [^\n]* (\d[\d,]*) probes? /;
      await until("how far it is", () => line.test(text.slice(before)));
      return Number(line.exec(text.slice(before))![1]!.replaceAll(",", ""));
    };

    await said("Ctrl-C ends");
    press("v");
    await said("open ports are told as they are found: v stops that");
    await until("an open port", () => /palisade: open: 10\.77\.0\.4:\d+\/tcp/.test(text));
    press("v");
    await said("open ports are told at the end");
    press("p");
    await said("paused: p goes on");
    const held = await probes();
    const before = sent();
    await sleep(700);
    assert.equal(await probes(), held);
    // What the kernel asks for a neighbour is not the scan's.
    assert.ok(sent() - before <= 3, `${sent() - before} packets left`);
    press("P");
    await said("palisade: going on");
    let resumed = await probes();
    assert.ok(resumed >= held);
    for (let turn = 0; resumed === held; turn += 1) {
      assert.ok(turn < 100, "it goes on");
      await sleep(100);
      resumed = await probes();
    }
    assert.ok(resumed > held);
    press("\x03");
    await said("status ");
    child.stdin.end();
    await ended;
    assert.match(text, /stopped before its end/);
    assert.match(text, /^status 130\r?$/m);
    const settings = text.match(/^[0-9a-f]+(?::[0-9a-f]+){10,}\r?$/gm)?.map((line) => line.trim());
    assert.equal(settings?.length, 2);
    assert.equal(settings[0], settings[1]);
  });
});

/** Packets that have left by the scanner's link. */
function sent(): number {
  const { stdout } = run("ip", bed.inside(["cat", "/proc/net/dev"]));
  const [, numbers = ""] = /near\d+: *(.*)/.exec(stdout) ?? [];
  return Number(numbers.trim().split(/\s+/)[9]);
}
