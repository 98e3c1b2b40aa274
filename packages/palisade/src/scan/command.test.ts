/**
 * The command as users run it, on listeners of this test on 127.0.0.0/8 and ::1; what needs another network is in a namespace
 * that ends with the command.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { before, describe, it } from "node:test";
import { COMMAND, fileOf, type Ran, temporaryFolder } from "../command.build.js";
import {
  addresses,
  BARE,
  type Host,
  isolated,
  isRoot,
  json,
  listen,
  type Port,
  type Report,
  refused,
  runWith,
  scan,
  scanned,
  works,
} from "./scan-command.build.js";

/** Of its own, so that nothing else listens there. */
const HOST = "127.83.19.1";

const folder = temporaryFolder();
const ports: number[] = [];
let closed = 0;
let list = "";
before(async () => {
  while (ports.length < 3) ports.push(await listen(HOST));
  ports.sort((a, b) => a - b);
  // Privileged, so that no connection of the machine's own comes from there.
  closed = 1;
  list = [closed, ...ports].join(",");
});

describe("a scan", () => {
  it("finds what is open, and counts what is closed", () => {
    const report = json(["-p", list, HOST]);
    assert.deepEqual(report.techniques, ["connect"]);
    assert.match(report.engine, /^(io_uring|epoll|node)$/);
    assert.deepEqual([report.lost, report.stopped], [0, false]);
    assert.ok(Date.parse(report.started) <= Date.parse(report.finished));
    assert.match(report.seed, /^\d+$/);
    assert.equal(report.hosts.length, 1);
    const [host] = report.hosts;
    assert.deepEqual([host!.address, host!.names, host!.state], [HOST, [], "up"]);
    assert.deepEqual(
      host!.ports.map(({ protocol, port, state, reason }) => [protocol, port, state, reason]),
      ports.map((port) => ["tcp", port, "open", "syn-ack"]),
    );
    assert.deepEqual([host!.closed, host!.filtered], [1, 0]);
  });

  it("says what a port is registered for, as an object with a name", () => {
    const { hosts } = json(["-p", "22", "--all-states", BARE]);
    assert.deepEqual(
      hosts[0]!.ports.map((port) => ({ ...port })),
      [
        {
          protocol: "tcp",
          port: 22,
          state: "closed",
          reason: "conn-refused",
          service: { name: "ssh", method: "table", confidence: 3, cpe: [], details: {} },
        },
      ],
    );
  });

  it("reaches IPv6 too, in the same scan", async () => {
    const port = await listen("::1");
    const report = json(["-p", String(port), "::1", BARE]);
    assert.deepEqual(addresses(report), [BARE, "::1"]);
    assert.deepEqual(
      report.hosts.map((host) => host.ports.map((open) => open.port)),
      [[], [port]],
    );
  });

  it("keeps the name that was asked for, and takes its IPv6 address where that is wanted", () => {
    const [host] = json(["-p", "1", "localhost"]).hosts;
    assert.deepEqual(host!.names, ["localhost"]);
    const ran = scan(["-sT", "-6", "-p", "1", "--format", "json", "localhost"]);
    if (ran.status === 0) assert.deepEqual(addresses(JSON.parse(ran.stdout) as Report), ["::1"]);
    else refused(ran, 2, /localhost: it has no IPv6 address/);
  });

  it("lists closed ports one by one where all states are wanted", () => {
    const { hosts } = json(["--all-states", "-p", list, HOST]);
    assert.deepEqual(
      hosts[0]!.ports.map(({ port, state }) => [port, state]),
      [[closed, "closed"], ...ports.map((port) => [port, "open"])],
    );
  });

  it("lists open ports alone with --open", () => {
    const { hosts } = json(["--open", "-p", list, HOST]);
    assert.deepEqual(
      hosts[0]!.ports.map(({ port }) => port),
      ports,
    );
  });

  it("leaves out ports that are excluded", () => {
    const { hosts } = json(["--all-states", "-p", list, "--exclude-ports", `${ports[0]},${closed}`, HOST]);
    assert.deepEqual(
      hosts[0]!.ports.map(({ port }) => port),
      ports.slice(1),
    );
  });

  it("is cut into shards that add up", () => {
    const words = ["--all-states", "--seed", "7", "-p", `1-40,${ports.join(",")}`, HOST, BARE];
    const told = (report: Report): string[] =>
      report.hosts.flatMap((host) => host.ports.map(({ port, state }) => `${host.address}:${port} ${state}`));
    const parts = [1, 2, 3].map((part) => told(json([...words, "--shard", `${part}/3`])));
    assert.ok(parts.every((part) => part.length > 0));
    assert.deepEqual(parts.flat().sort(), told(json(words)).sort());
  });

  it("has the seed that it was given, and another each time that it was not", () => {
    const seeds = [["--seed", "9007199254740991"], ["--seed", "0"], [], []].map(
      (words) => json([...words, "-p", "1", BARE]).seed,
    );
    assert.deepEqual(seeds.slice(0, 2), ["9007199254740991", "0"]);
    assert.notEqual(seeds[2], seeds[3]);
  });

  it("asks in the same order for the same seed", async () => {
    const order: number[] = [];
    const many: number[] = [];
    while (many.length < 12) {
      const place = many.length;
      many.push(await listen(HOST, () => order.push(place)));
    }
    const orderOf = async (seed: number): Promise<string> => {
      order.length = 0;
      // In the background, so that connections are accepted while it goes on; one at a time, in order.
      const ran = begin(["-sT", "--seed", String(seed), "--scan-delay", "10ms", "-p", many.join(","), HOST]);
      assert.equal((await ran.ended).status, 0);
      await until(() => order.length === many.length);
      return order.join(" ");
    };
    const first = await orderOf(5);
    assert.equal(await orderOf(5), first);
    assert.notEqual(await orderOf(6), first);
  });
});

describe("a scan by raw packets", {
  skip: process.platform === "linux" && isRoot ? false : "raw packets are for root on Linux",
}, () => {
  it("finds the same", () => {
    for (const words of [["-sS"], []]) {
      const report = JSON.parse(scanned([...words, "--format", "json", "-p", list, HOST])) as Report;
      assert.deepEqual([report.techniques, report.engine], [["syn"], "raw-ip"]);
      assert.deepEqual(
        report.hosts[0]!.ports.map(({ port, state, reason }) => [port, state, reason]),
        ports.map((port) => [port, "open", "syn-ack"]),
      );
      assert.equal(report.hosts[0]!.closed, 1);
    }
  });

  it("refuses a source port without room for all that UDP probes come from", () => {
    refused(scan(["-sU", "-g", "65535", "-p", "1", BARE]), 2, /65535.*at most 65472/);
  });
});

describe("targets", () => {
  it("come from files and standard input, besides those in words", () => {
    const file = fileOf(folder, "hosts", `# ours\n127.83.19.8 127.83.19.9\n\n127.83.19.10 # another\n`);
    assert.deepEqual(addresses(json(["-p", "1", "-iL", file, "127.83.19.2"])), [
      "127.83.19.2",
      "127.83.19.8",
      "127.83.19.9",
      "127.83.19.10",
    ]);
    assert.deepEqual(addresses(json(["-p", "1", "-iL", "-"], "127.83.19.4\n127.83.19.3\n")), [
      "127.83.19.3",
      "127.83.19.4",
    ]);
  });

  it("are never those that are excluded, however they are named", () => {
    const file = fileOf(folder, "never", "127.83.19.1\n");
    const words = ["-p", "1", "127.83.19.0/30", "127.83.19.1", "--exclude", "127.83.19.2-2,127.83.19.3"];
    assert.deepEqual(addresses(json([...words, "--excludefile", file])), ["127.83.19.0"]);
  });

  it("outside of the scope are refused, and nothing is scanned", () => {
    const scope = fileOf(folder, "scope", "127.83.19.0/30\n");
    assert.deepEqual(addresses(json(["-p", "1", BARE, "--scope", scope])), [BARE]);
    refused(scan(["-sT", "-p", "1", BARE, "127.83.19.7", "--scope", scope]), 2, /127\.83\.19\.7.*scope/);
  });

  it("without an address are told beside the others", () => {
    const { status, stdout, stderr } = scan(["-sT", "-p", "1", "--format", "json", BARE, "nowhere.invalid"]);
    assert.equal(status, 0);
    assert.match(stderr, /^palisade: nowhere\.invalid: [^\n]+\n$/);
    assert.deepEqual(addresses(JSON.parse(stdout) as Report), [BARE]);
  });
});

describe("formats", () => {
  it("are a table for people", () => {
    const text = scanned(["-sT", "-p", list, HOST]);
    assert.match(text, new RegExp(`^${HOST}\n *PORT +STATE`));
    for (const port of ports) assert.match(text, new RegExp(`^ *${port}/tcp +open +`, "m"));
    assert.match(text, /^1 closed \(conn-refused\)$/m);
    assert.match(text, /^connect by /m);
  });

  it("are JSON lines: ports as they are found, then hosts, then the scan", () => {
    const lines = scanned(["-sT", "--format", "jsonl", "-p", list, HOST, BARE]).trimEnd().split("\n");
    const records = lines.map((line) => JSON.parse(line) as Host & { type: string; hosts_asked: number });
    assert.deepEqual(
      records.map(({ type }) => type),
      ["port", "port", "port", "host", "host", "scan"],
    );
    const found = records.slice(0, 3).map((record) => (record as unknown as Port).port);
    assert.deepEqual(
      found.sort((a, b) => a - b),
      ports,
    );
    assert.deepEqual(
      records.slice(3, 5).map((host) => [host.address, host.ports.length, host.closed]),
      [
        [HOST, 3, 1],
        [BARE, 0, 4],
      ],
    );
    assert.equal(records[5]!.hosts_asked, 2);
  });

  it("are told on standard error as they are found, where that is wanted", () => {
    const { stdout, stderr } = scan(["-sT", "-v", "-p", list, HOST]);
    assert.match(stdout, /^127\.83\.19\.1\n/);
    const told = stderr.trimEnd().split("\n").sort();
    assert.deepEqual(told, ports.map((port) => `palisade: open: ${HOST}:${port}/tcp`).sort());
  });

  it("are XML as nmap writes it", () => {
    const text = scanned(["-sT", "-oX", "-", "-p", list, HOST]);
    assert.match(text, /^<\?xml version="1\.0"[^\n]*\n<!DOCTYPE nmaprun[^\n]*\n<nmaprun scanner="nmap"/);
    assert.match(text, /<\/nmaprun>\n$/);
    assert.match(text, new RegExp(`<address addr="${HOST}" addrtype="ipv4"/>`));
    assert.deepEqual(
      [...text.matchAll(/<port protocol="tcp" portid="(\d+)">\s*<state state="open" reason="syn-ack"/g)].map(
        ([, port]) => Number(port),
      ),
      ports,
    );
    assert.match(text, /<extraports state="closed" count="1">/);
  });

  it("are lines for grep", () => {
    const text = scanned(["-sT", "--format", "grepable", "-p", list, HOST]);
    const line = text.split("\n").find((one) => one.includes("Ports:"))!;
    assert.ok(line.startsWith(`Host: ${HOST} `), line);
    for (const port of ports) assert.ok(line.includes(`${port}/open/tcp//`), line);
  });

  it("are CSV", () => {
    const [head, ...records] = scanned(["-sT", "--format", "csv", "-p", list, HOST]).trimEnd().split("\r\n");
    assert.match(
      head!,
      /^address,names,protocol,port,state,reason,ttl,service,product,version,count,tunnel,/,
    );
    assert.equal(records.length, 4);
    for (const port of ports)
      assert.ok(records.some((record) => record.startsWith(`${HOST},,tcp,${port},open,syn-ack,`)));
    assert.ok(records.includes(`${HOST},,tcp,,closed,conn-refused,,,,,1,,,,,`));
  });

  it("stand alone on standard output where that is asked for", () => {
    for (const option of ["-oJ", "--json"]) JSON.parse(scanned(["-sT", option, "-", "-p", "1", BARE]));
    const beside = join(folder, "beside.xml");
    JSON.parse(scanned(["-sT", "-oJ", "/dev/stdout", "-oX", beside, "-p", "1", BARE]));
    assert.match(readFileSync(beside, "utf8"), /<\/nmaprun>\n$/);
  });

  it("go into files, all of them by one name with -oA", () => {
    const base = join(folder, "all");
    assert.match(scanned(["-sT", "-oA", base, "-p", list, HOST]), /^connect by /m);
    assert.deepEqual(
      readdirSync(folder)
        .filter((name) => name.startsWith("all."))
        .sort(),
      ["all.gnmap", "all.json", "all.txt", "all.xml"],
    );
    const report = JSON.parse(readFileSync(`${base}.json`, "utf8")) as Report;
    assert.equal(report.hosts[0]!.ports.length, 3);
    assert.match(readFileSync(`${base}.txt`, "utf8"), /^connect by /m);
    assert.match(readFileSync(`${base}.gnmap`, "utf8"), /Ports: /);
    assert.match(readFileSync(`${base}.xml`, "utf8"), /<\/nmaprun>\n$/);
  });

  it("leave nothing on standard output with -o, and replace what the file held", () => {
    const out = fileOf(folder, "out.json", "x".repeat(100_000));
    assert.equal(scanned(["-sT", "--format", "json", "-o", out, "-p", "1", BARE]), "");
    assert.deepEqual(addresses(JSON.parse(readFileSync(out, "utf8")) as Report), [BARE]);
  });
});

/**
 * In a namespace that ends with it, with a link on which nobody answers. It is stopped once its output was made, which is
 * before anything is sent, and so patient a scan asks the neighbour for a quarter of a minute and more.
 */
const deserted = `
ip link add near type veth peer name far && ip link set near up && ip link set far up || exit 1
ip addr add 10.79.0.1/24 dev near || exit 1
"$@" & scan=$!
until test -e "$0"; do kill -0 $scan || exit 1; sleep 0.05; done
kill -INT $scan
wait $scan`;

interface Begun {
  readonly ended: Promise<Ran>;
  kill(signal: NodeJS.Signals): void;
}

function begin(words: readonly string[]): Begun {
  const child = spawn(process.execPath, [COMMAND, "scan", ...words], { stdio: ["ignore", "pipe", "pipe"] });
  const told = { stdout: "", stderr: "" };
  child.stdout.on("data", (text) => (told.stdout += String(text)));
  child.stderr.on("data", (text) => (told.stderr += String(text)));
  const ended = new Promise<Ran>((resolve) => child.on("close", (status) => resolve({ status, ...told })));
  return { ended, kill: (signal) => void child.kill(signal) };
}

async function until(condition: () => boolean): Promise<void> {
  while (!condition()) await new Promise((turn) => setTimeout(turn, 5));
}

describe("a scan that is stopped", () => {
  it("while its way is looked for has nothing to tell, and is no defect", {
    skip: isRoot && works(isolated) ? false : "no network namespace can be made",
  }, () => {
    const file = join(folder, "stopped.json");
    const ran = runWith(
      ["unshare", "--net", "sh", "-c", deserted, file],
      ["-sS", "-p", "1", "-T1", "-oJ", file, "-o", "/dev/null", "10.79.0.9"],
    );
    assert.deepEqual([ran.status, ran.stderr], [130, ""]);
    const report = JSON.parse(readFileSync(file, "utf8")) as Report;
    assert.equal(report.stopped, true);
    assert.deepEqual(
      report.hosts.map(({ address, state, ports }) => [address, state, ports]),
      [["10.79.0.9", "unknown", []]],
    );
  });

  for (const [signal, wanted] of [
    ["SIGINT", 130],
    ["SIGTERM", 143],
    ["SIGHUP", 129],
  ] as const) {
    it(`by ${signal} writes what was found, and says that it was stopped`, async () => {
      let accepted = 0;
      const many: number[] = [];
      while (many.length < 40) many.push(await listen(HOST, () => (accepted += 1)));
      const file = join(folder, `${signal}.json`);
      const ran = begin(["-sT", "--max-rate", "10", "-p", many.join(","), "-oJ", file, "-oX", "-", HOST]);
      // The first was told of before the second was asked.
      await until(() => accepted >= 2);
      ran.kill(signal);
      const { status, stdout, stderr } = await ran.ended;
      assert.deepEqual([status, stderr], [wanted, ""]);
      assert.match(stdout, /<\/nmaprun>\n$/);
      const report = JSON.parse(readFileSync(file, "utf8")) as Report;
      assert.equal(report.stopped, true);
      const open = report.hosts[0]!.ports.filter(({ state }) => state === "open");
      assert.ok(open.length >= 1 && open.length < many.length, `${open.length}`);
    });
  }
});
