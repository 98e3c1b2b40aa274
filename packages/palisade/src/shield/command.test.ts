/** The command as users run it: a child with a server on 127.0.0.1 behind it. */
import assert from "node:assert/strict";
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { cpSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { dirname, join } from "node:path";
import { after, describe, it } from "node:test";
import { setTimeout } from "node:timers/promises";
import { COMMAND, fileOf, palisade, temporaryFolder } from "../command.build.js";
import { coreRules } from "../rules/default-rules.js";

const folder = temporaryFolder();
const server = createServer((_request, response) => response.end("ok"));
const children: ChildProcess[] = [];
after(() => {
  server.close();
  server.closeAllConnections();
  for (const child of children) child.kill("SIGKILL");
});

async function upstream(): Promise<string> {
  if (!server.listening) await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

/** Rules that take long to compile. */
const SLOW = Array.from(
  { length: 5_000 },
  (_, index) => `SecRule ARGS "@rx ^(?:a${index}|b{2,9}c)+[^d-f]{3,12}g$" "id:${index + 1},phase:2,deny"\n`,
).join("");

interface Running {
  readonly child: ChildProcess;
  readonly url: string;
  /** All that it said so far. */
  readonly said: () => string;
  readonly saying: (what: RegExp) => Promise<void>;
}

function shield(...words: readonly string[]): Promise<Running> {
  return shieldOf(COMMAND, words);
}

/** @param signal is sent as soon as the process has its name, which is before it reads rules */
async function shieldOf(
  command: string,
  words: readonly string[] = [],
  signal?: NodeJS.Signals,
): Promise<Running> {
  const child = spawn(
    process.execPath,
    [command, "shield", "-l", "127.0.0.1:0", "-u", await upstream(), ...words],
    {
      stdio: ["ignore", "ignore", "pipe"],
    },
  );
  children.push(child);
  let said = "";
  child.stderr!.on("data", (chunk) => {
    said += chunk;
  });
  const saying = async (what: RegExp): Promise<void> => {
    const signal = AbortSignal.timeout(120_000);
    while (!what.test(said)) await once(child.stderr!, "data", { signal });
  };
  if (signal !== undefined) {
    while (readFileSync(`/proc/${child.pid}/comm`, "utf8") !== "palisade\n") await setTimeout(1);
    child.kill(signal);
  }
  await saying(/listens at .*\n/);
  return { child, url: `http://127.0.0.1:${/127\.0\.0\.1:(\d+),/.exec(said)![1]}`, said: () => said, saying };
}

async function end({ child }: Running, signal: NodeJS.Signals): Promise<number | null> {
  // When all that it said has come, too.
  const ended = once(child, "close");
  child.kill(signal);
  const [status] = await ended;
  return status;
}

describe("palisade shield", () => {
  it("says what listens where with which rules, blocks, forwards, and ends on SIGTERM", async () => {
    const rules = fileOf(
      folder,
      "one.conf",
      'SecRule ARGS "@contains evil" "id:1,phase:2,deny,status:403"\n',
    );
    const audit = join(folder, "one.jsonl");
    const running = await shield("-r", rules, "-a", audit);
    assert.match(
      running.said(),
      /^palisade shield: listens at 127\.0\.0\.1:\d+, sends to http:\/\/127\.0\.0\.1:\d+, 1 rule of 1 file, engine On\n$/,
    );
    assert.equal(readFileSync(`/proc/${running.child.pid}/comm`, "utf8"), "palisade\n");
    assert.match(readFileSync(`/proc/${running.child.pid}/cmdline`, "latin1"), /\0shield\0-l\0/);
    assert.equal((await fetch(`${running.url}/?a=b`)).status, 200);
    assert.equal((await fetch(`${running.url}/?a=evil`)).status, 403);
    assert.equal(await end(running, "SIGTERM"), 0);
    const lines = readFileSync(audit, "utf8").trimEnd().split("\n");
    assert.deepEqual(
      lines.map((line) => JSON.parse(line).response.status),
      [200, 403],
    );
    assert.match(running.said(), /palisade shield: stops\n$/);
  });

  it("protects by the base rules beside the bundled command where none are named", async () => {
    // What a package has of the command, where no repository is near.
    const package_ = dirname(dirname(COMMAND));
    const installed = join(folder, "installed");
    for (const part of ["bin", "dist/bundle", "package.json"])
      cpSync(join(package_, part), join(installed, part), { recursive: true });
    const running = await shieldOf(join(installed, "bin/palisade.js"));
    const [line] = running.said().split("\n");
    assert.match(line!, /, [1-9]\d+ rules of 7 files, engine On \(base rules in \S+\)$/);
    assert.ok(line!.includes(join(installed, "dist/bundle/rules")), line);
    const attack = encodeURIComponent("1' UNION SELECT username, password FROM users -- -");
    assert.equal((await fetch(`${running.url}/?q=walking+boots`)).status, 200);
    assert.equal((await fetch(`${running.url}/?q=${attack}`)).status, 403);
    assert.equal(await end(running, "SIGTERM"), 0);
  });

  it("reads rules again on SIGHUP, tells an error with its place, and opens the log anew", async () => {
    const rules = fileOf(folder, "two.conf", 'SecRule ARGS "@contains old" "id:1,phase:2,deny,status:403"\n');
    const audit = join(folder, "two.jsonl");
    const running = await shield("-r", rules, "-a", audit);
    const statuses = async (): Promise<number[]> => [
      (await fetch(`${running.url}/?a=old`)).status,
      (await fetch(`${running.url}/?a=new`)).status,
    ];
    assert.deepEqual(await statuses(), [403, 200]);
    writeFileSync(rules, 'SecRule ARGS "@rx (" "id:1,phase:2,deny"\n');
    running.child.kill("SIGHUP");
    await running.saying(/two\.conf:1:\d+: .*; nothing is changed\n/);
    writeFileSync(rules, 'SecRule ARGS "@pmFromFile none.data" "id:1,phase:2,deny"\n');
    running.child.kill("SIGHUP");
    await running.saying(/two\.conf:1:\d+: cannot read none\.data.*; nothing is changed\n/);
    assert.deepEqual(await statuses(), [403, 200]);
    writeFileSync(rules, 'SecRule ARGS "@contains new" "id:1,phase:2,deny,status:403"\n');
    renameSync(audit, `${audit}.1`);
    running.child.kill("SIGHUP");
    await running.saying(/read again: 1 rule of 1 file, engine On\n/);
    assert.deepEqual(await statuses(), [200, 403]);
    assert.equal(await end(running, "SIGINT"), 0);
    assert.equal(readFileSync(`${audit}.1`, "utf8").split("\n").length, 5);
    assert.equal(readFileSync(audit, "utf8").split("\n").length, 3);
  });

  it("runs on after a SIGHUP or SIGUSR1 that comes while it starts, and reads rules again after the former", async () => {
    for (const [signal, last] of [
      ["SIGHUP", /read again: 5,000 rules of 1 file/],
      ["SIGUSR1", /listens at/],
    ] as const) {
      const running = await shieldOf(COMMAND, ["-r", fileOf(folder, "slow.conf", SLOW)], signal);
      await running.saying(last);
      assert.doesNotMatch(running.said(), /Debugger/);
      assert.equal(await end(running, "SIGTERM"), 0);
    }
  });

  it("tells where files have no rule, at the start and when they are read again", async () => {
    const rules = fileOf(folder, "none-yet.conf", "# none yet\n");
    const running = await shield("-r", rules);
    await running.saying(
      /0 rules of 1 file, engine On\n.*no rule is in these files: requests pass untested\n/,
    );
    running.child.kill("SIGHUP");
    await running.saying(/read again: .*\n.*no rule is in these files.*\n$/);
    assert.equal(await end(running, "SIGTERM"), 0);
  });

  it("ends on SIGTERM while rules are read again, without them", async () => {
    const rules = fileOf(
      folder,
      "three.conf",
      'SecRule ARGS "@contains old" "id:1,phase:2,deny,status:403"\n',
    );
    const running = await shield("-r", rules);
    writeFileSync(rules, SLOW);
    running.child.kill("SIGHUP");
    assert.equal(await end(running, "SIGTERM"), 0);
    assert.match(running.said(), /palisade shield: stops\n$/);
    assert.doesNotMatch(running.said(), /read again/);
  });

  for (const [title, words, message] of [
    [
      "a rule file with an error",
      ["-r", fileOf(folder, "bad.conf", "\nSecRul ARGS x\n")],
      /^palisade: .*bad\.conf:2:1: .*\n$/,
    ],
    [
      "a rule file that is not there",
      ["-r", join(folder, "none.conf")],
      /^palisade: .*none\.conf.*there is no such file.*\n$/,
    ],
    [
      "a data file that is not there",
      ["-r", fileOf(folder, "data.conf", 'SecRule ARGS "@pmFromFile none.data" "id:1,phase:2,deny"\n')],
      /^palisade: .*data\.conf:1:\d+: cannot read none\.data.*there is no such file.*\n$/,
    ],
    [
      "an audit log that cannot be",
      ["--no-rules", "-a", join(folder, "no/where")],
      /^palisade: .*the audit log cannot be opened.*\n$/,
    ],
    [
      "an address that is not there",
      ["--no-rules", "-l", "192.0.2.1:1"],
      /^palisade: 192\.0\.2\.1:1: this machine does not have that address\n$/,
    ],
  ] as const)
    it(`refuses ${title} in one line`, () => {
      const { status, stdout, stderr } = palisade([
        "shield",
        "-l",
        "127.0.0.1:0",
        "-u",
        "http://127.0.0.1:1",
        ...words,
      ]);
      assert.equal(status, 2);
      assert.equal(stdout, "");
      assert.match(stderr, message);
    });

  it("refuses the Core Rule Set in one line where there is none that loads", {
    skip: coreRules()?.loads === true && "one is installed",
  }, () => {
    const { status, stderr } = palisade([
      "shield",
      "-l",
      "127.0.0.1:0",
      "-u",
      "http://127.0.0.1:1",
      "-r",
      "crs",
    ]);
    assert.equal(status, 2);
    assert.match(stderr, /^palisade: crs: .*\n$/);
  });

  it("--help shows examples", () => {
    const { status, stdout } = palisade(["shield", "--help"]);
    assert.equal(status, 0);
    assert.match(stdout, /^Usage: palisade shield /m);
    assert.match(stdout, /^Examples\n/m);
  });
});
