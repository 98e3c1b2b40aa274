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
import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { endTogether, installed, median, run } from "./processes.mjs";

endTogether();
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
