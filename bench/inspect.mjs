/**
 * Times `palisade inspect` beside ndpiReader and capinfos on one large capture, whole processes, in alternation.
 *
 *   npm run bench:inspect -- [CAPTURE] [--runs N] [--workers N] [--corpus DIR --maker FILE]
 *
 * CAPTURE defaults to .cache/big.pcap, which is made where it is absent: by the corpus' maker (default
 * ../shared/tools/make-big-pcap.mjs) from its captures, five million packets. Peers that are not installed are left out
 * and said to be. CPU seconds are user and system time of the process and its threads; memory is its peak resident size.
 *
 * As many one-worker processes as there are workers, started at once, show what the machine's cores give to programs that
 * share nothing: workers cannot gain more than that.
 */
import { spawn, spawnSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const root = fileURLToPath(new URL("..", import.meta.url));
const PACKETS = 5_000_000;
const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    runs: { type: "string", default: "3" },
    workers: { type: "string", default: "2" },
    corpus: { type: "string", default: join(root, "../shared/corpus/dpi/pcap") },
    maker: { type: "string", default: join(root, "../shared/tools/make-big-pcap.mjs") },
  },
});
const runs = Number(values.runs);
const capture = positionals[0] ?? join(root, ".cache/big.pcap");
const palisade = join(root, "packages/palisade/bin/palisade.js");

if (!existsSync(capture)) {
  if (positionals[0] !== undefined || !existsSync(values.maker) || !existsSync(values.corpus)) {
    process.stderr.write(
      `bench: there is no ${capture}, and nothing to make it from: give a large Ethernet pcap\n`,
    );
    process.exit(2);
  }
  mkdirSync(join(root, ".cache"), { recursive: true });
  process.stderr.write(`bench: making ${capture} (about 1.6 GB)\n`);
  const made = spawnSync(process.execPath, [values.maker, capture, String(PACKETS), values.corpus], {
    stdio: ["ignore", 2, 2],
  });
  if (made.status !== 0) process.exit(made.status ?? 70);
}

/** Runs copies of a command side by side, until the last has ended. */
async function runAtOnce(command, copies) {
  const results = await Promise.all(Array.from({ length: copies }, () => run(command)));
  const sum = (pick) => results.reduce((total, result) => total + pick(result), 0);
  return {
    cpuSeconds: sum(({ cpuSeconds }) => cpuSeconds),
    wallSeconds: Math.max(...results.map(({ wallSeconds }) => wallSeconds)),
    peakMib: sum(({ peakMib }) => peakMib),
  };
}

/** Runs a command to its end: CPU seconds by the shell's own accounting, peak memory by the kernel's of its process. */
async function run(command) {
  // The shell waits for its only child, so its children's times at the end are the command's.
  const child = spawn("bash", ["-c", `"$@" >/dev/null 2>&1; echo $? >&3; times >&3`, "bash", ...command], {
    stdio: ["ignore", "ignore", "ignore", "pipe"],
  });
  const startedNs = process.hrtime.bigint();
  let told = "";
  child.stdio[3].on("data", (text) => {
    told += text;
  });
  let peakKib = 0;
  const poll = setInterval(() => {
    try {
      const [pid] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ");
      const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
      if (peak !== null) peakKib = Math.max(peakKib, Number(peak[1]));
    } catch {
      // The process has just ended, or has not begun.
    }
  }, 20);
  await new Promise((done) => child.on("close", done));
  clearInterval(poll);
  const wallSeconds = Number(process.hrtime.bigint() - startedNs) / 1e9;
  const [status, , times] = told.trim().split("\n");
  const [user, system] = times.split(" ").map((text) => {
    const [, minutes, seconds] = /^(\d+)m([\d.]+)s$/.exec(text);
    return Number(minutes) * 60 + Number(seconds);
  });
  if (status !== "0") process.stderr.write(`bench: ${command[0]} ended with status ${status}\n`);
  return { cpuSeconds: user + system, wallSeconds, peakMib: peakKib / 1024 };
}

function installed(command) {
  return spawnSync("bash", ["-c", `command -v ${command}`], { stdio: "ignore" }).status === 0;
}

const workers = Math.min(Number(values.workers), availableParallelism());
const oneWorker = [process.execPath, palisade, "inspect", capture, "--workers", "1"];
const atOnce = `${workers} × 1 worker at once`;
const contestants = [
  { name: "palisade, 1 worker", command: oneWorker },
  {
    name: `palisade, ${workers} workers`,
    command: [process.execPath, palisade, "inspect", capture, "--workers", String(workers)],
  },
  { name: atOnce, command: oneWorker, copies: workers },
  { name: "ndpiReader -q -t", command: ["ndpiReader", "-i", capture, "-q", "-t"], needs: "ndpiReader" },
  { name: "capinfos -c", command: ["capinfos", "-c", capture], needs: "capinfos" },
].filter(({ name, needs }) => {
  if (needs === undefined || installed(needs)) return true;
  process.stderr.write(`bench: ${name} is left out: ${needs} is not installed\n`);
  return false;
});

const measured = new Map(contestants.map(({ name }) => [name, []]));
for (let round = 0; round < runs; round += 1) {
  for (const { name, command, copies = 1 } of contestants) {
    const result = await runAtOnce(command, copies);
    measured.get(name).push(result);
    process.stderr.write(
      `bench: ${name}: ${result.cpuSeconds.toFixed(2)} CPU s, ${result.wallSeconds.toFixed(2)} s, ${result.peakMib.toFixed(0)} MiB\n`,
    );
  }
}

function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}

const counted = spawnSync(process.execPath, [palisade, "inspect", capture, "--stats", "--format", "json"], {
  maxBuffer: 1 << 28,
});
const packets = JSON.parse(counted.stdout.toString()).reduce((sum, path) => sum + path.packets, 0);
const figures = new Map(
  [...measured].map(([name, list]) => [
    name,
    {
      cpu: median(list.map((one) => one.cpuSeconds)),
      wall: median(list.map((one) => one.wallSeconds)),
      peak: Math.max(...list.map((one) => one.peakMib)),
    },
  ]),
);
const ours = figures.get("palisade, 1 worker");
console.log(`${packets} packets, median of ${runs} runs in alternation`);
console.log(
  "program                  CPU s   packets/CPU s   wall s   peak MiB   our CPU : its   its wall : our wall",
);
for (const [name, { cpu, wall, peak }] of figures) {
  const read = name === atOnce ? packets * workers : packets;
  console.log(
    `${name.padEnd(22)} ${cpu.toFixed(2).padStart(7)} ${Math.round(read / cpu)
      .toString()
      .padStart(15)} ${wall
      .toFixed(2)
      .padStart(8)} ${peak.toFixed(0).padStart(10)} ${(ours.cpu / cpu).toFixed(2).padStart(15)} ${(
      wall / ours.wall
    )
      .toFixed(2)
      .padStart(21)}`,
  );
}

const several = figures.get(`palisade, ${workers} workers`);
const gain = (ours.wall / several.wall).toFixed(2);
const bound = ((workers * ours.wall) / figures.get(atOnce).wall).toFixed(2);
console.log(
  `${workers} workers: ${gain} times the throughput of one; ${workers} processes that share nothing: ${bound} times`,
);
