/**
 * Scans among surroundings that fail them: files that never end, disks that are full, links that go away. On 127.0.0.0/8 of this
 * machine, or in a namespace that ends with the command.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { setTimeout as sleep } from "node:timers/promises";
import { COMMAND, fileOf, palisade, run, temporaryFolder } from "../command.build.js";

const isLinux = process.platform === "linux";
const isRoot = process.geteuid?.() === 0;
const HOST = "127.83.27.1";
const folder = temporaryFolder();
const at = (name: string): string => join(folder, name);

/** Begins the command, and stops it by SIGINT when that is due. @returns its status, or the signal that ended it */
async function stopped(words: readonly string[], due: () => Promise<unknown>): Promise<number | string> {
  const child = spawn(process.execPath, [COMMAND, "scan", ...words], { stdio: "ignore" });
  const exit = once(child, "exit") as Promise<[number | null, string | null]>;
  await due();
  child.kill("SIGINT");
  const killer = setTimeout(() => child.kill("SIGKILL"), 30_000);
  const [status, signal] = await exit;
  clearTimeout(killer);
  return status ?? signal!;
}

describe("a link that goes away in the middle of a scan", () => {
  const canUnshare = isLinux && isRoot && run("unshare", ["-n", "ip", "-V"]).status === 0;
  it("leaves what was found by then, and the file to go on from", {
    skip: canUnshare ? false : "a network namespace needs root on Linux, unshare and ip",
  }, () => {
    const words = ["127.0.0.1", "198.51.100.2", "-sS", "-Pn", "-p-", "--max-rate", "2000", "--no-progress"];
    const files = ["-oJ", at("lost.json"), "--resume", at("lost.resume")];
    const script = [
      "ip link set lo up",
      "ip link add gone type veth peer name far",
      "ip link set far up",
      "ip addr add 198.51.100.1/24 dev gone",
      "ip link set gone up",
      "ip neigh replace 198.51.100.2 lladdr 02:00:00:00:00:02 dev gone nud permanent",
      // In the middle, which is when the file to go on from is first written. The shell's number becomes the scan's.
      '(until test -e "$0"; do kill -0 $$ || exit; sleep 0.05; done; ip link del gone) &',
      'exec "$@"',
    ].join("\n");
    const { status, stderr, stdout } = run("unshare", [
      ...["-n", "sh", "-c", script, at("lost.resume"), process.execPath, COMMAND, "scan"],
      ...words,
      ...files,
    ]);
    assert.equal(status, 2, stderr);
    assert.match(
      stderr,
      /^palisade: [\d.]+ (?:B|KiB) are kept; to go on: palisade scan --resume .*\npalisade: .*gone.*\n$/,
    );
    assert.match(stdout, /closed/);
    const report = JSON.parse(readFileSync(at("lost.json"), "utf8"));
    assert.match(report.failure, /gone/);
    assert.ok(report.probes > 0);
    assert.ok(report.hosts.some((host: { readonly closed: number }) => host.closed > 0));
    assert.ok(existsSync(at("lost.resume")));
  });
});

describe("an interface that is down for a while in the middle of a scan", () => {
  const canEnter = isLinux && isRoot && run("unshare", ["-n", "nsenter", "-V"]).status === 0;
  it("is not the answer of the ports that were connected to meanwhile", {
    skip: canEnter ? false : "network namespaces need root on Linux, unshare and nsenter",
  }, () => {
    const script = [
      "ip link set lo up",
      "unshare -n sleep 60 &",
      "far=$!",
      "sleep 0.3",
      "ip link add near type veth peer name far netns $far",
      "nsenter -t $far -n ip addr add 198.51.100.2/24 dev far",
      "nsenter -t $far -n ip link set far up",
      "ip addr add 198.51.100.1/24 dev near",
      "ip link set near up",
      "(sleep 1; ip link set near down; sleep 1; ip link set near up) &",
      '"$@"',
      "kill $far",
    ].join("\n");
    const { stdout, stderr } = run("unshare", [
      ...["-n", "sh", "-c", script, "sh", process.execPath, COMMAND, "scan", "198.51.100.2"],
      ...["-sT", "-Pn", "-p", "1-400", "--max-rate", "100", "--format", "json", "--all-states"],
    ]);
    const [{ ports }] = JSON.parse(stdout).hosts;
    const others = ports.filter(({ reason }: { readonly reason: string }) => reason !== "conn-refused");
    assert.deepEqual([ports.length, others], [400, []], stderr);
  });
});

describe("a scan that waits", () => {
  it("for a pipe that nobody writes to is ended by a signal, and leaves no file", {
    skip: isLinux ? false : "pipes are made by mkfifo",
  }, async () => {
    assert.equal(run("mkfifo", [at("pipe")]).status, 0);
    assert.equal(await stopped(["-iL", at("pipe"), "-oX", at("pipe.xml")], () => sleep(2_000)), "SIGINT");
    assert.equal(existsSync(at("pipe.xml")), false);
  });

  it("for an hour between two probes is stopped by a signal", {
    skip: isLinux && isRoot ? false : "raw packets are for root on Linux",
  }, async () => {
    const file = at("waits.resume");
    const words = ["-sS", "-Pn", "-p", "1-3", "--scan-delay", "1h", "--resume", file, HOST];
    // Which is written while it waits.
    const written = async (): Promise<void> => {
      for (let turn = 0; turn < 1_500 && !existsSync(file); turn += 1) await sleep(20);
    };
    assert.equal(await stopped(words, written), 130);
  });
});

describe("a report that cannot be written", () => {
  const skip = isLinux ? false : "/dev/full is of Linux";
  const words = ["-sT", "-Pn", "-p", "1-2000", "--all-states", HOST];

  it("costs none of the others", { skip }, () => {
    const { status, stdout, stderr } = palisade([
      ...["scan", ...words, "-oX", "/dev/full", "-oJ", at("other.json")],
    ]);
    assert.deepEqual(
      [status, stderr],
      [2, "palisade: /dev/full: cannot be written: no space is left there\n"],
    );
    assert.match(stdout, /conn-refused/);
    assert.equal(JSON.parse(readFileSync(at("other.json"), "utf8")).hosts[0].ports.length, 2_000);
  });

  it("costs none of the others where it is written while the scan runs", { skip }, () => {
    const { status, stderr } = palisade([
      ...["scan", ...words, "--format", "jsonl", "-o", "/dev/full", "-oX", at("other.xml")],
    ]);
    assert.deepEqual(
      [status, stderr],
      [2, "palisade: /dev/full: cannot be written: no space is left there\n"],
    );
    assert.match(readFileSync(at("other.xml"), "utf8"), /<\/nmaprun>\s*$/);
  });

  it("is told before anything is sent where it is a resume file", () => {
    const { status, stdout, stderr } = palisade(["scan", HOST, "--resume", at("nowhere/file")]);
    assert.deepEqual([status, stdout], [2, ""]);
    assert.match(stderr, /^palisade: .*the resume file cannot be written: there is no folder .*\n$/);
  });
});

describe("who reads standard output and goes away", () => {
  it("takes no other report along", { skip: isLinux ? false : "needs a shell with pipes" }, () => {
    for (const [format, name] of [
      ["jsonl", "followed.json"],
      ["csv", "ended.json"],
    ] as const) {
      const words = ["-sT", "-Pn", "-p-", "--all-states", "--format", format, "-oJ", at(name), HOST];
      const { stderr } = run("sh", [
        ...["-c", '"$@" | head -c 1 >/dev/null', "sh", process.execPath, COMMAND, "scan"],
        ...words,
      ]);
      assert.equal(stderr, "");
      assert.equal(JSON.parse(readFileSync(at(name), "utf8")).hosts[0].ports.length, 65_535);
    }
  });
});

describe("a scan that cannot be compared with an older one", () => {
  it("is refused where that is known before", () => {
    for (const word of ["-sn", "-sL"]) {
      const { status, stderr } = palisade(["scan", HOST, word, "--diff", at("any.json")]);
      assert.equal(status, 2);
      assert.match(stderr, /--diff do not go together: what is compared are the ports of two scans\n$/);
    }
  });

  it("is told all the same where nobody was there to be asked", {
    skip: isLinux && isRoot && run("unshare", ["-n", "ip", "-V"]).status === 0 ? false : "needs a namespace",
  }, () => {
    const older = at("older.json");
    assert.equal(palisade(["scan", HOST, "-sT", "-Pn", "-p", "1", "-oJ", older]).status, 0);
    const script = [
      "ip link set lo up",
      "ip link add near type veth peer name far",
      "ip addr add 198.51.100.1/24 dev near",
      "ip link set near up",
      "ip link set far up",
      'exec "$@"',
    ].join("\n");
    const { stdout, stderr } = run("unshare", [
      ...["-n", "sh", "-c", script, "sh", process.execPath, COMMAND, "scan"],
      ...["198.51.100.2", "-p", "1", "--diff", older, "-oJ", at("nobody.json")],
    ]);
    assert.equal(stderr.split("\n").length <= 2, true, stderr);
    assert.match(stdout, /0 up|0 answered|down/);
    assert.equal(JSON.parse(readFileSync(at("nobody.json"), "utf8")).hosts_asked, 1);
  });
});

describe("a scan with few descriptors", () => {
  it("never takes what it cannot look up for a host that is silent, nor for a missing route", {
    skip: isLinux && isRoot ? false : "raw packets are for root on Linux",
  }, () => {
    // Below some twenty the runtime does not start at all.
    for (let most = 21; most <= 30; most += 1) {
      const { status, stdout, stderr } = run("sh", [
        ...["-c", `ulimit -n ${most}; exec "$@"`, "sh", process.execPath, COMMAND, "scan"],
        ...[HOST, "-sS", "-Pn", "-p", "1-20", "-oX", at("few.xml"), "-oG", at("few.gnmap")],
      ]);
      if (status === 0) assert.match(stdout, /20 closed/, `${most} descriptors`);
      else assert.doesNotMatch(stderr, /no route|no interface/, `${most} descriptors`);
    }
  });
});

describe("files of a scan", () => {
  const list = fileOf(folder, "list", `${HOST}\n`);
  symlinkSync(list, at("link"));
  for (const words of [
    ["-oX", at("one"), "--resume", at("one")],
    ["-oX", at("one"), "--pcap", at("one")],
    ["--pcap", at("one"), "--resume", at("one")],
    ["-iL", list, "-oX", list],
    ["-iL", list, "-oX", at("link")],
    ["-oG", list, "-oX", at("link")],
  ]) {
    it(`are not written over each other: ${words.map((word) => word.replace(folder, "")).join(" ")}`, () => {
      const { status, stdout, stderr } = palisade(["scan", HOST, "-p", "1", ...words]);
      assert.deepEqual([status, stdout, existsSync(at("one"))], [2, "", false]);
      assert.match(
        stderr,
        /^palisade: .*(another file of this scan goes there|two reports would go to).*\n$/,
      );
      assert.equal(readFileSync(list, "utf8"), `${HOST}\n`);
    });
  }
});

describe("a file that is no list", () => {
  for (const [what, words, message] of [
    ["never ends", ["-iL", "/dev/zero"], /longer than 268435456 octets/],
    ["is empty", ["-iL", fileOf(folder, "empty", "")], /there is no target in .*empty/],
    ["has no name", ["-iL", ""], /-iL "": the name of a file is missing/],
    ["has no name, for a report", [HOST, "-oX", ""], /-oX "": the name of a file is missing/],
    ["has no name, to go on from", [HOST, "--resume", ""], /--resume "": the name of a file is missing/],
  ] as const) {
    it(`and ${what} is refused in one line`, { skip: isLinux ? false : "these are files of Linux" }, () => {
      const { status, stdout, stderr } = palisade(["scan", ...words]);
      assert.deepEqual([status, stdout, stderr.split("\n").length], [2, "", 2], stderr);
      assert.match(stderr, message);
    });
  }
});
