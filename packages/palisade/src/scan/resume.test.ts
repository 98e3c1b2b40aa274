/**
 * Scans that are killed or stopped in their middle and go on, on listeners of this test on 127.0.0.0/8.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, symlinkSync, writeFileSync } from "node:fs";
import { type AddressInfo, createServer, type Server } from "node:net";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { deflateRawSync } from "node:zlib";
import { crc32c } from "@palisade/wire";
import { COMMAND, palisade, temporaryFolder } from "../command.build.js";

const isRoot = process.geteuid?.() === 0;
/** Of this process alone: its ports are fixed. */
const HOST = `127.83.${64 + ((process.pid >>> 8) % 128)}.${process.pid & 255}`;
/** Listeners are outside of what the kernel gives to connections of its own, which would otherwise be met by chance. */
const PORTS = "1000-1999";
const OPEN_WANTED = 12;

const folder = temporaryFolder();
const servers: Server[] = [];
const open: number[] = [];

before(async () => {
  for (let port = 1_003; open.length < OPEN_WANTED; port += 61) {
    const server = createServer((socket) => void socket.on("error", () => {}).destroy());
    servers.push(server);
    server.listen(port, HOST);
    await once(server, "listening");
    open.push((server.address() as AddressInfo).port);
  }
});
after(() => {
  for (const server of servers) server.close();
});

interface Report {
  readonly stopped: boolean;
  readonly seed: string;
  readonly hosts: readonly {
    readonly ports: readonly { readonly port: number; readonly state: string; readonly reason: string }[];
  }[];
}

/** Port, state and reason of each port. */
function statesIn(text: string): string[] {
  const report = JSON.parse(text) as Report;
  assert.equal(report.stopped, false);
  return report.hosts.flatMap(({ ports }) =>
    ports.map(({ port, state, reason }) => `${port} ${state} ${reason}`),
  );
}

/** A file of a scan that these words began, of which nothing is known. */
function resumeFileOf(words: readonly string[]): Buffer {
  const head = { plan: "", seed: 1, arguments: words, startedMs: 1, parts: [] };
  const frames = [head, []].flatMap((value) => {
    const compressed = deflateRawSync(JSON.stringify(value));
    return [numberOf(compressed.length), compressed];
  });
  const octets = Buffer.concat([Buffer.from("PALSCAN\x03", "latin1"), ...frames]);
  return Buffer.concat([octets, numberOf(crc32c(octets, 0, octets.length))]);
}

function numberOf(value: number): Buffer {
  const octets = Buffer.alloc(4);
  octets.writeUInt32BE(value);
  return octets;
}

function begin(words: readonly string[]): ChildProcess {
  return spawn(process.execPath, [COMMAND, "scan", ...words], { stdio: ["ignore", "ignore", "pipe"] });
}

async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; !isSo(); turn += 1) {
    assert.ok(turn < 3_000, "waited for in vain");
    await sleep(20);
  }
}

describe("a scan that is killed", () => {
  for (const technique of ["connect", "syn", "udp"] as const) {
    const needsRoot = technique !== "connect" && !isRoot;
    it(`by ${technique} goes on from its file, and ends in the same result`, {
      skip: needsRoot ? "raw packets are for root on Linux" : false,
    }, async () => {
      const file = join(folder, `${technique}.resume`);
      const common = ["--technique", technique, "-p", PORTS, "--all-states", "--format", "json", HOST];
      const whole = palisade(["scan", ...common]);
      assert.equal(whole.status, 0, whole.stderr);
      const wanted = statesIn(whole.stdout);
      assert.equal(wanted.length, 1_000);
      // Some seven seconds, of which the file is first written after two: it is killed long before its end.
      const killed = begin([...common, "--max-rate", "150", "--resume", file]);
      await until(() => existsSync(file));
      await sleep(Math.random() * 1_500);
      killed.kill("SIGKILL");
      await once(killed, "exit");
      const ended = palisade(["scan", "--resume", file]);
      assert.equal(ended.status, 0, ended.stderr);
      assert.deepEqual(statesIn(ended.stdout), wanted);
      assert.equal(existsSync(file), false, "what is done needs no file");
    });
  }
});

describe("a scan that is stopped", () => {
  it("keeps what it knows in the file that was named, and says how to go on", async () => {
    const file = join(folder, "stopped.resume");
    const words = ["-sT", "-p", PORTS, "--all-states", "--format", "json", HOST];
    const stopped = begin([...words, "--max-rate", "50", "--resume", file]);
    let told = "";
    stopped.stderr!.on("data", (octets: Buffer) => (told += octets.toString()));
    // Long before its end, and long after it listens to signals.
    await until(() => existsSync(file));
    stopped.kill("SIGINT");
    const [status] = await once(stopped, "close");
    assert.equal(status, 130);
    assert.match(
      told,
      /^palisade: [\d.]+ (?:B|KiB|MiB) are kept; to go on: palisade scan --resume .*stopped\.resume\n$/,
    );
    const ended = palisade(["scan", ...words, "--resume", file]);
    assert.equal(ended.status, 0, ended.stderr);
    assert.equal(statesIn(ended.stdout).filter((text) => text.includes(" open ")).length, OPEN_WANTED);
  });

  it("does not go on as another one", async () => {
    const file = join(folder, "other.resume");
    // The file is there from the third second on, until the scan ends.
    const stopped = begin(["-sT", "-p", PORTS, "--max-rate", "50", "--resume", file, HOST]);
    await until(() => existsSync(file));
    stopped.kill("SIGKILL");
    await once(stopped, "exit");
    for (const words of [
      ["-sT", "-p", "1-10", "--resume", file, HOST],
      ["-sT", "-p", PORTS, "--resume", file, "127.83.19.2"],
      ["-sT", "-p", PORTS, "--resume", file, "--seed", "1", HOST],
    ]) {
      const { status, stdout, stderr } = palisade(["scan", ...words]);
      assert.deepEqual([status, stdout], [2, ""]);
      assert.match(stderr, /^palisade: the resume file is of another scan \(palisade scan -sT .*\n$/);
    }
  });

  it("does not go on from words that begin no scan, and says whose words they are", () => {
    const file = join(folder, "words.resume");
    for (const [words, why] of [
      [["--resume", "other"], /words\.resume: the words in it begin no scan: they name no target; start/],
      [["--nothing", HOST], /words\.resume: the words in it begin no scan: Unknown option '--nothing'/],
      [Array.from({ length: 100 }, () => HOST), /is of another scan \(.{240}…\): give the same targets/],
    ] as const) {
      const octets = resumeFileOf(["palisade", "scan", ...words]);
      writeFileSync(file, octets);
      const { status, stderr } = palisade(["scan", "--resume", file]);
      assert.equal(status, 2);
      assert.match(stderr, why);
      assert.deepEqual(readFileSync(file), octets);
    }
  });

  it("leaves files beside its own alone, whatever they are", () => {
    const file = join(folder, "beside.resume");
    const list = `${file}.new`;
    writeFileSync(list, `${HOST}\n`);
    const { status, stderr } = palisade(["scan", "-sT", "-p", "1000", "-iL", list, "--resume", file]);
    assert.equal(status, 0, stderr);
    assert.equal(readFileSync(list, "utf8"), `${HOST}\n`);
    // What was left by a scan that was killed, or put there by somebody: it is not written through, nor waited for.
    const victim = join(folder, "victim");
    writeFileSync(victim, "precious");
    symlinkSync(victim, `${file}.palisade-part`);
    assert.equal(palisade(["scan", "-sT", "-p", "1000", HOST, "--resume", file]).status, 0);
    assert.equal(readFileSync(victim, "utf8"), "precious");
  });

  it("keeps the file where its results could not be written", async () => {
    const file = join(folder, "unwritten.resume");
    const words = ["-sT", "-p", PORTS, "--max-rate", "250", HOST];
    const killed = begin([...words, "--resume", file]);
    await until(() => existsSync(file));
    killed.kill("SIGKILL");
    await once(killed, "exit");
    const unwritten = palisade(["scan", ...words, "-oJ", "/dev/full", "--resume", file]);
    assert.equal(unwritten.status, 2);
    assert.match(unwritten.stderr, /\/dev\/full: cannot be written.*\n.* are kept; to go on: /);
    assert.ok(existsSync(file));
    const ended = palisade(["scan", ...words, "--resume", file]);
    assert.equal(ended.status, 0, ended.stderr);
    assert.equal(existsSync(file), false);
  });

  it("does not go on from what is damaged, and leaves it where it is", () => {
    const file = join(folder, "damaged.resume");
    for (const [octets, why] of [
      ["", /cut short/],
      ["no resume file at all", /it is no resume file/],
      ["PALSCAN\x02 and the rest", /written by another version of palisade \(format 2, /],
    ] as const) {
      writeFileSync(file, octets);
      const { status, stderr } = palisade(["scan", "-sT", "-p", "1", "--resume", file, HOST]);
      assert.equal(status, 2);
      assert.match(stderr, why);
      assert.equal(stderr.trimEnd().split("\n").length, 1);
      assert.equal(readFileSync(file, "utf8"), octets);
    }
    const missing = palisade(["scan", "--resume", join(folder, "missing")]);
    assert.equal(missing.status, 2);
    assert.match(missing.stderr, /there is no such file; give the targets/);
    const beside = palisade(["scan", "--resume", file, "--open"]);
    assert.match(beside.stderr, /--resume FILE stands alone/);
  });
});
