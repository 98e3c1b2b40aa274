/**
 * Times `palisade scan` beside nmap, masscan and zmap, whole processes, in alternation, in network namespaces of its own.
 *
 *   sudo npm run bench:scan -- [--only NAME]… [--runs N]
 *
 * NAME is `syn`, `connect`, `hosts`, `filtered`, `rate` or `memory`; by default all are measured. What every program says is
 * compared with what is there, and one that says otherwise is WRONG, with what it missed. Peers that are not installed are left
 * out and said to be. CPU seconds are user and system time of the process and its threads; memory is its peak resident size.
 * The status is 1 where `palisade scan` was wrong; a target that is missed is only said.
 */
import { mkdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { endTogether, installed, median, run } from "./processes.mjs";
import * as bed from "./scan-bed.mjs";

const program = fileURLToPath(new URL("../packages/palisade/bin/palisade.js", import.meta.url));
const palisade = (...words) => [process.execPath, program, "scan", ...words, "--format", "json"];
const nmap = (...words) => ["nmap", "-n", "-Pn", ...words, "-oX", "-"];
const masscan = (...words) => [
  "masscan",
  ...words,
  ...["--rate", "10000000", "--wait", "0", "-e", bed.device, "--adapter-ip", bed.OWN_ADDRESS],
  ...["--router-mac", bed.HOST_LINK_ADDRESS.replaceAll(":", "-"), "-oL", "-"],
];

/** Ports of `-p-`. */
const PORTS = 65_535;
const PORTS_LET_THROUGH = bed.LISTENING.slice(2, 10);
/** Fifteen hosts' 65,536 ports. */
const RATE_HOSTS = "10.78.0.1-15";
const RATE_PROBES = 15 * 65_536;
/** Part of the probes that is left out at either end, so that neither start nor end counts. */
const RATE_ENDS = 0.05;
const RATE_SAMPLE_MS = 4;
const HOSTS_RUNS = 10;
/** masscan may never end; the slowest of the others takes half of it. */
const RUN_MS_MAX = 60_000;
const MEMORY_RUN_MS = 30_000;

const palisadeSays = (text) => {
  const result = JSON.parse(text);
  const open = result.hosts.flatMap(({ address, ports }) =>
    ports.filter(({ state }) => state === "open").map(({ port }) => `${address} ${port}`),
  );
  const sum = (state) => result.hosts.reduce((total, host) => total + host[state], 0);
  // Of very many hosts, those that were silent are not listed.
  const unlisted = (result.hosts_asked - result.hosts.length) * result.scans[0].ports_per_host;
  return { open, closed: sum("closed"), filtered: sum("filtered") + unlisted, result };
};
const nmapSays = (text) => {
  const address = /<address addr="([^"]+)"/.exec(text)?.[1];
  const open = [...text.matchAll(/portid="(\d+)"><state state="open"/g)].map(
    ([, port]) => `${address} ${port}`,
  );
  const count = (state) =>
    Number(new RegExp(`<extraports state="${state}" count="(\\d+)"`).exec(text)?.[1] ?? 0) +
    [...text.matchAll(new RegExp(`<state state="${state}"`, "g"))].length;
  return { open, closed: count("closed"), filtered: count("filtered") };
};
const masscanSays = (text) => ({
  open: [...text.matchAll(/^open tcp (\d+) (\S+)/gm)].map(([, port, address]) => `${address} ${port}`),
});
const zmapSays = (text) => ({ open: [...text.matchAll(/^(\S+)$/gm)].map(([address]) => `${address} 80`) });

const isSame = (name, told, held) =>
  told === undefined || told === held ? [] : [`${told} ${name} for ${held}`];

/** What is wrong with what was said; empty where it is right. */
function compare(said, { open, closed, filtered }) {
  const told = new Set(said.open);
  const missed = [...open].filter((one) => !told.has(one));
  const invented = [...told].filter((one) => !open.has(one));
  const some = (list) => `${list.slice(0, 3).join(", ")}${list.length > 3 ? ", …" : ""}`;
  return [
    ...(missed.length === 0 ? [] : [`missed ${missed.length} of ${open.size} open (${some(missed)})`]),
    ...(invented.length === 0 ? [] : [`says ${invented.length} open that are not (${some(invented)})`]),
    ...isSame("closed", said.closed, closed),
    ...isSame("filtered", said.filtered, filtered),
  ].join("; ");
}

const openOf = (address, ports) => new Set(ports.map((port) => `${address} ${port}`));

function hostsOpen() {
  const open = new Set();
  for (let host = 0; host < bed.HOSTS_ANSWERING; host += 1) open.add(`10.77.${host >> 8}.${host & 255} 80`);
  return open;
}

const scratch = join(tmpdir(), `palisade-bench-${process.pid}`);
const output = join(scratch, "output");
let isWrong = false;

const measures = {
  syn: {
    title: `SYN, ${PORTS} ports of one host over a pair of Ethernet devices, ${bed.LISTENING.length} of them open`,
    holds: {
      open: openOf(bed.HOST, bed.LISTENING),
      closed: PORTS - bed.LISTENING.length,
      filtered: 0,
    },
    contestants: [
      { name: "palisade -sS -p-", command: palisade("-sS", "-p-", bed.HOST), says: palisadeSays },
      { name: "nmap -sS -p-", command: nmap("-sS", "-p-", bed.HOST), says: nmapSays, needs: "nmap" },
      {
        name: "masscan --rate 10M",
        command: masscan("-p1-65535", bed.HOST),
        says: masscanSays,
        needs: "masscan",
        ticks: true,
      },
    ],
    target: { against: "nmap -sS -p-", of: "wall", most: 0.75 },
  },
  connect: {
    title: `connect, ${PORTS} loopback ports, ${bed.LISTENING.length} of them open`,
    where: bed.onHost,
    holds: {
      open: openOf("127.0.0.1", bed.LISTENING),
      closed: PORTS - bed.LISTENING.length,
      filtered: 0,
    },
    contestants: [
      { name: "palisade -sT -p-", command: palisade("-sT", "-p-", "127.0.0.1"), says: palisadeSays },
      { name: "nmap -sT -p-", command: nmap("-sT", "-p-", "127.0.0.1"), says: nmapSays, needs: "nmap" },
    ],
    target: { against: "nmap -sT -p-", of: "cpu", most: 0.7 },
  },
  hosts: {
    title: `SYN, one port of ${bed.HOSTS}: ${bed.HOSTS_ANSWERING} hosts answer, one address does not`,
    holds: { open: hostsOpen(), closed: 0, filtered: 1 },
    contestants: [
      {
        name: "palisade -sS -p80",
        command: palisade("-sS", "-p80", bed.HOSTS),
        says: palisadeSays,
        runs: HOSTS_RUNS,
      },
      {
        name: "zmap -B 10G -c 1",
        command: [
          ...["zmap", "-i", bed.device, "-G", bed.HOST_LINK_ADDRESS, "-p", "80", "-B", "10G", "-c", "1"],
          ...["-b", "/dev/null", "-o", "-", "-q", bed.HOSTS],
        ],
        says: zmapSays,
        needs: "zmap",
        runs: 1,
      },
    ],
  },
  filtered: {
    title: `SYN, ${PORTS} ports of a host that drops all but ${PORTS_LET_THROUGH.length}, which are open`,
    before: () => bed.dropAllBut(PORTS_LET_THROUGH),
    after: bed.accept,
    holds: {
      open: openOf(bed.HOST, PORTS_LET_THROUGH),
      closed: 0,
      filtered: PORTS - PORTS_LET_THROUGH.length,
    },
    contestants: [
      { name: "palisade -sS -p-", command: palisade("-sS", "-p-", bed.HOST), says: palisadeSays },
      {
        name: "nmap -T4 --min-rate 5000",
        command: nmap("-sS", "-T4", "--min-rate", "5000", "-p-", bed.HOST),
        says: nmapSays,
        needs: "nmap",
        runs: 1,
      },
    ],
    target: { of: "wall", most: 1 },
  },
};

/** Runs contestants in turn, each as often as it is to; what came of each by its name. */
async function alternate(contestants, runs, runOne) {
  const present = contestants.filter(({ name, needs }) => {
    if (needs === undefined || installed(needs)) return true;
    process.stderr.write(`bench: ${name} is left out: ${needs} is not installed\n`);
    return false;
  });
  const measured = new Map(present.map(({ name }) => [name, []]));
  const rounds = Math.max(...present.map((one) => one.runs ?? runs));
  for (let round = 0; round < rounds; round += 1) {
    for (const contestant of present) {
      if (round >= (contestant.runs ?? runs)) continue;
      if (contestant.ticks) bed.tick(true);
      const result = await runOne(contestant);
      if (contestant.ticks) bed.tick(false);
      measured.get(contestant.name).push(result);
      const wrong = result.wrong === "" ? "" : `: WRONG: ${result.wrong}`;
      const rate = result.pps === undefined ? "" : `, ${Math.round(result.pps)} packets/s`;
      process.stderr.write(
        `bench: ${contestant.name}: ${result.wallSeconds.toFixed(3)} s, ${result.cpuSeconds.toFixed(3)} CPU s, ${result.peakMib.toFixed(0)} MiB${rate}${wrong}\n`,
      );
      if (wrong !== "" && contestant.name.startsWith("palisade")) isWrong = true;
    }
  }
  return measured;
}

/** Runs one, and compares what it said with what is there. */
async function runChecked({ command, says }, where, holds) {
  const result = await run(where(command), { output, folder: scratch, stopAfterMs: RUN_MS_MAX });
  return { ...result, wrong: wrongOf(says, result, holds) };
}

/** What is wrong with what the last run wrote. */
function wrongOf(says, { stopped, status }, holds) {
  const ended = stopped
    ? `had not ended after ${RUN_MS_MAX / 1000} s`
    : status === 0
      ? ""
      : `status ${status}`;
  let said;
  try {
    said = says(readFileSync(output, "utf8"));
  } catch (error) {
    return [ended, `its report cannot be read: ${error.message}`].filter((one) => one !== "").join("; ");
  }
  return [ended, compare(said, holds)].filter((one) => one !== "").join("; ");
}

function figuresOf(list) {
  return {
    wall: median(list.map(({ wallSeconds }) => wallSeconds)),
    cpu: median(list.map(({ cpuSeconds }) => cpuSeconds)),
    peak: Math.max(...list.map(({ peakMib }) => peakMib)),
    wrong: list.filter(({ wrong }) => wrong !== ""),
  };
}

const verdict = (held, text) => console.log(`target: ${text}: ${held ? "held" : "MISSED"}`);

async function measure({ title, where = bed.fromOutside, before, after, holds, contestants, target }, runs) {
  before?.();
  const measured = await alternate(contestants, runs, (one) => runChecked(one, where, holds));
  after?.();
  console.log(`\n${title}; medians, in alternation`);
  console.log(
    "program                    runs   wall s    CPU s   peak MiB   our wall : its   our CPU : its   answers",
  );
  const [oursName] = measured.keys();
  const ours = figuresOf(measured.get(oursName));
  for (const [name, list] of measured) {
    const { wall, cpu, peak, wrong } = figuresOf(list);
    const [first] = wrong;
    const answers =
      first === undefined ? "right" : `WRONG in ${wrong.length} of ${list.length}: ${first.wrong}`;
    console.log(
      `${name.padEnd(25)} ${String(list.length).padStart(5)} ${wall.toFixed(3).padStart(8)} ${cpu
        .toFixed(3)
        .padStart(8)} ${peak.toFixed(0).padStart(10)} ${(ours.wall / wall).toFixed(2).padStart(16)} ${(
        ours.cpu / cpu
      )
        .toFixed(2)
        .padStart(15)}   ${answers}`,
    );
  }
  if (target === undefined) {
    verdict(ours.wrong.length === 0, `answers right in all of ${HOSTS_RUNS} runs`);
  } else if (target.against === undefined) {
    verdict(
      ours[target.of] <= target.most,
      `at most ${target.most} s ${target.of}, ${ours[target.of].toFixed(3)} s`,
    );
  } else if (measured.has(target.against)) {
    const ratio = ours[target.of] / figuresOf(measured.get(target.against))[target.of];
    verdict(
      ratio <= target.most,
      `at most ${target.most} of ${target.against}'s ${target.of}, ${ratio.toFixed(2)}`,
    );
  }
}

/** Packets per second between two parts of the way, from samples of a counter. */
function packetsPerSecond(samples) {
  const base = samples[0].packets;
  const total = samples.at(-1).packets - base;
  const reachedNs = (part) => {
    const goal = base + part * total;
    const after = samples.findIndex(({ packets }) => packets >= goal);
    if (after < 1) return Number.NaN;
    const [a, b] = [samples[after - 1], samples[after]];
    return a.atNs + ((b.atNs - a.atNs) * (goal - a.packets)) / (b.packets - a.packets);
  };
  return ((1 - 2 * RATE_ENDS) * total * 1e9) / (reachedNs(1 - RATE_ENDS) - reachedNs(RATE_ENDS));
}

async function measureRate(runs) {
  bed.sink();
  const contestants = [
    {
      name: "palisade --min-rate 10M",
      command: palisade("-sS", "-p0-65535", "--max-retries", "0", "--min-rate", "10000000", RATE_HOSTS),
    },
    {
      name: "palisade",
      command: palisade("-sS", "-p0-65535", "--max-retries", "0", RATE_HOSTS),
    },
    {
      name: "masscan --rate 10M",
      command: masscan("-p0-65535", RATE_HOSTS_MASSCAN),
      needs: "masscan",
      ticks: true,
    },
  ];
  const measured = await alternate(contestants, runs, async ({ name, command }) => {
    bed.takeSunk();
    const samples = [];
    const watch = () => samples.push({ atNs: Number(process.hrtime.bigint()), packets: bed.packetsIn() });
    watch();
    const result = await run(bed.fromOutside(command), {
      output,
      stopAfterMs: RUN_MS_MAX,
      watch,
      watchMs: RATE_SAMPLE_MS,
    });
    watch();
    const sunk = bed.takeSunk();
    const wrong = sunk === RATE_PROBES ? "" : `${sunk} probes arrived for ${RATE_PROBES}`;
    const told = name.startsWith("palisade") ? JSON.parse(readFileSync(output, "utf8")) : undefined;
    const own =
      told === undefined
        ? undefined
        : (told.probes / (Date.parse(told.finished) - Date.parse(told.started))) * 1000;
    return { ...result, wrong, pps: packetsPerSecond(samples), own };
  });
  bed.unsink();
  console.log(`\n${RATE_PROBES} SYNs that are dropped where they arrive; medians, in alternation`);
  console.log(
    "program                    runs   packets/s   by its own clock   wall s    CPU s   our packets/s : its   sent",
  );
  const rateOf = (list) => median(list.map(({ pps }) => pps));
  const [oursName] = measured.keys();
  const ours = rateOf(measured.get(oursName));
  for (const [name, list] of measured) {
    const { wall, cpu, wrong } = figuresOf(list);
    const own = list[0].own === undefined ? "-" : Math.round(median(list.map((one) => one.own))).toString();
    const answers =
      wrong[0] === undefined ? "right" : `WRONG in ${wrong.length} of ${list.length}: ${wrong[0].wrong}`;
    console.log(
      `${name.padEnd(25)} ${String(list.length).padStart(5)} ${Math.round(rateOf(list)).toString().padStart(11)} ${own.padStart(
        18,
      )} ${wall.toFixed(3).padStart(8)} ${cpu.toFixed(3).padStart(8)} ${(ours / rateOf(list)).toFixed(2).padStart(21)}   ${answers}`,
    );
  }
  const theirs = measured.get("masscan --rate 10M");
  if (theirs !== undefined) {
    const ratio = ours / rateOf(theirs);
    verdict(
      ratio >= RATE_TARGET,
      `at least ${RATE_TARGET} times masscan's packets per second, ${ratio.toFixed(2)}`,
    );
  }
}

const RATE_TARGET = 1.2;
/** masscan writes ranges in full. */
const RATE_HOSTS_MASSCAN = "10.78.0.1-10.78.0.15";
const MEMORY_MIB_MAX = 200;
const MEMORY_PORTS = "1-1000";
const MEMORY_PAIRS = 65_536 * 1_000;

async function measureMemory() {
  console.log(
    `\nSYN, 1,000 ports of each address in ${bed.FAR_HOSTS}, stopped after ${MEMORY_RUN_MS / 1000} s if it is not done`,
  );
  console.log("bed             probes of pairs           wall s    CPU s   peak MiB   lost   report");
  const command = palisade("-sS", "-p", MEMORY_PORTS, bed.FAR_HOSTS);
  for (const [name, before, after] of [
    ["all is dropped", bed.sink, bed.unsink],
    ["all answer", () => {}, () => {}],
  ]) {
    before();
    const result = await run(bed.fromOutside(command), {
      output,
      // Where a scan that is stopped leaves a file to go on from.
      folder: scratch,
      stopAfterMs: MEMORY_RUN_MS,
    });
    after();
    let told;
    try {
      told = JSON.parse(readFileSync(output, "utf8"));
    } catch {
      // It was ended before it could write its report.
    }
    const report =
      told === undefined ? `WRONG: none, status ${result.status}` : told.stopped ? "stopped" : "done";
    if (told === undefined) isWrong = true;
    console.log(
      `${name.padEnd(14)} ${String(told?.probes ?? "?").padStart(8)} of ${MEMORY_PAIRS} ${result.wallSeconds
        .toFixed(1)
        .padStart(
          15,
        )} ${result.cpuSeconds.toFixed(1).padStart(8)} ${result.peakMib.toFixed(0).padStart(10)} ${String(
        told?.lost ?? "?",
      ).padStart(6)}   ${report}`,
    );
    verdict(result.peakMib < MEMORY_MIB_MAX, `under ${MEMORY_MIB_MAX} MiB, ${result.peakMib.toFixed(0)}`);
  }
}

const names = [...Object.keys(measures), "rate", "memory"];
let values;
try {
  ({ values } = parseArgs({
    options: {
      only: { type: "string", multiple: true, default: names },
      runs: { type: "string", default: "3" },
    },
  }));
} catch (error) {
  fail(error.message);
}
const runs = Number(values.runs);
if (!(Number.isInteger(runs) && runs >= 1 && runs <= 100)) fail("--runs: give a number from 1 to 100");
for (const name of values.only)
  if (!names.includes(name)) fail(`--only ${name}: there are ${names.join(", ")}`);
if (process.geteuid?.() !== 0) fail("only root can make network namespaces: run it with sudo");
for (const needed of ["ip", "nft"])
  if (!installed(needed)) fail(`${needed} is not installed, and the bed needs it`);

function fail(message) {
  process.stderr.write(`bench: ${message}\n`);
  process.exit(2);
}

endTogether(() => {
  bed.removeBed();
  rmSync(scratch, { recursive: true, force: true });
});

mkdirSync(scratch);
await bed.makeBed();
for (const name of values.only) {
  if (name === "rate") await measureRate(runs);
  else if (name === "memory") await measureMemory();
  else await measure(measures[name], runs);
}
process.exit(isWrong ? 1 : 0);
