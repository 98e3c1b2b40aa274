/**
 * Times `palisade shield` beside nginx with ModSecurity, both with the same Core Rule Set, and beside plain nginx, in alternation:
 * each proxy on one core, wrk and the upstream on another.
 *
 *   npm run bench:shield -- [--crs DIR] [--only NAME]… [--runs N] [--seconds S] [--json]
 *
 * NAME is `a` to `e`, the requests of shield-requests.mjs; by default all are measured, in three rounds, five seconds each. Needs
 * Debian's nginx, libnginx-mod-http-modsecurity and wrk, and `npm run build`. Both engines load the same settings, Debian's recommended
 * ones made to decide, and the rules at paranoia level 1; both log what they refuse, and nothing else.
 *
 * Before anything is measured, each proxy has to answer as it should, and while it is measured too: a wrong answer ends the
 * benchmark. Figures are medians over the rounds; a ratio is one of two figures of the same round, the median of these. CPU is user
 * and system time of the proxy's processes per answer; "by CPU" is ModSecurity's in it, and "core" how much of its core a proxy had: far
 * below 100 % others were at work on it, or what loads it was not fast enough. Latency under wrk is with 16 connections (4 where
 * there are less than 50 answers a second) that always wait for an answer;
 * "at 70 %" is by shield-load.mjs at that part of the same proxy's own rate under wrk, latency counted from when a request was due.
 *
 * The status is 1 where a bar is missed, 2 where nothing could be measured.
 */
import { existsSync, readFileSync, statSync, writeFileSync } from "node:fs";
import { connect } from "node:net";
import { availableParallelism } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { endTogether, median, run } from "./processes.mjs";
import * as bed from "./shield-bed.mjs";
import { ANSWER, REQUESTS } from "./shield-requests.mjs";
import { ResponseReader } from "./shield-response.mjs";
import { CRS_DEFAULT, crsFiles } from "./shield-rules.mjs";

const CONNECTIONS = 16;
/** To those below `SLOW_RATE` requests per second: what is under way at the end is not counted, and would be a tenth of all. */
const SLOW_CONNECTIONS = 4;
const SLOW_RATE = 50;
const WARM_SECONDS = 1;
/** In the first round, while V8 still compiles. */
const FIRST_WARM_SECONDS = 4;
/** Those who are slow are measured for longer. */
const REQUESTS_MIN = 10 * CONNECTIONS;
const SECONDS_MAX = 30;
const ANSWER_MS_MAX = 20_000;
/** Part of a proxy's own rate at which its latency is looked at. */
const LOAD_PART = 0.7;

/** Requests per second of ours in theirs. */
const RATIO_BARS = { a: 8, b: 9, c: 7, d: 15 };
/** Requests per second without rules in plain nginx's, of request a. */
const BARE_BAR = 0.55;

function fail(message) {
  process.stderr.write(`bench: ${message}\n`);
  process.exit(2);
}

let values;
try {
  ({ values } = parseArgs({
    options: {
      crs: { type: "string", default: CRS_DEFAULT },
      only: { type: "string", multiple: true, default: REQUESTS.map(({ name }) => name) },
      runs: { type: "string", default: "3" },
      seconds: { type: "string", default: "5" },
      json: { type: "boolean", default: false },
    },
  }));
} catch (error) {
  fail(error.message);
}
const runs = Number(values.runs);
if (!(Number.isInteger(runs) && runs >= 1 && runs <= 100)) fail("--runs: give a number from 1 to 100");
const seconds = Number(values.seconds);
if (!(Number.isInteger(seconds) && seconds >= 1 && seconds <= SECONDS_MAX))
  fail(`--seconds: give a number from 1 to ${SECONDS_MAX}`);
for (const name of values.only)
  if (!REQUESTS.some((request) => request.name === name)) fail(`--only ${name}: there are a to e`);
const missing = bed.missingPackages();
if (missing.length > 0) fail(`something is not installed: apt-get install ${missing.join(" ")}`);
if (availableParallelism() < 2)
  fail("there is one core, and two are needed: one for the proxy, one for what loads it");
let rules;
try {
  rules = crsFiles(values.crs);
} catch (error) {
  fail(error.message);
}

endTogether(bed.removeBeds);
const script = fileURLToPath(new URL("shield/raw.lua", import.meta.url));
const generator = fileURLToPath(new URL("shield-load.mjs", import.meta.url));

/** The octets of a request, as they are sent. */
function octetsOf({ method, target, headers, body }) {
  const lines = headers.map(([name, value]) => `${name}: ${value}\r\n`);
  return Buffer.concat([
    Buffer.from(`${method} ${target} HTTP/1.1\r\n${lines.join("")}\r\n`, "latin1"),
    body,
  ]);
}

/** The answer to a request on a connection of its own. */
function ask(port, octets) {
  return new Promise((done, failed) => {
    const socket = connect(port, bed.ADDRESS, () => socket.write(octets));
    const reader = new ResponseReader((status, body) => {
      socket.destroy();
      done({ status, body: body.toString("latin1") });
    });
    socket.setTimeout(ANSWER_MS_MAX, () => socket.destroy(new Error("no answer in time")));
    socket.on("data", (piece) => {
      try {
        reader.feed(piece);
      } catch (error) {
        socket.destroy(error);
      }
    });
    socket.on("error", failed);
    socket.on("close", () => failed(new Error("closed without an answer")));
  });
}

const statusWanted = (request, contestant) => (contestant.decides ? request.status : 200);

/** @throws {Error} one line, where a proxy does not do what it should */
async function check(contestant, request) {
  const size = () =>
    contestant.auditLog !== undefined && existsSync(contestant.auditLog)
      ? statSync(contestant.auditLog).size
      : 0;
  const before = size();
  const wanted = statusWanted(request, contestant);
  const { status, body } = await ask(contestant.port, readFileSync(request.file)).catch((error) => {
    throw new Error(`${contestant.name}, request ${request.name}: ${error.message}`);
  });
  if (status !== wanted)
    throw new Error(`${contestant.name} answers ${status} to request ${request.name}, not ${wanted}`);
  if (wanted === 200 && body !== ANSWER)
    throw new Error(`${contestant.name} does not answer request ${request.name} with the upstream's body`);
  if (!contestant.decides) return;
  // A log may be written when the answer has gone.
  for (let wait = 0; wait < 20 && size() === before; wait += 1) await bed.pause(50);
  if (size() > before !== (wanted !== 200))
    throw new Error(
      `${contestant.name}: request ${request.name} is ${wanted === 200 ? "" : "not "}in its audit log`,
    );
}

/** The last line of what a program wrote, which is JSON. */
async function told(command) {
  const output = join(folder, "load.out");
  const { status } = await run(bed.pinned(bed.LOAD_CORE, command), { output, folder });
  if (status !== 0) throw new Error(`${command[0]} ended with status ${status}`);
  return JSON.parse(readFileSync(output, "utf8").trim().split("\n").at(-1));
}

/** @throws {Error} one line, where answers are wrong */
async function wrk(contestant, request, forSeconds, connections) {
  const before = bed.cpuSeconds(contestant);
  const result = await told([
    "wrk",
    ...["-t1", `-c${connections}`, `-d${forSeconds}s`, "--timeout", "60s", "-s", script],
    ...[`http://${bed.ADDRESS}:${contestant.port}/`, "--", request.file],
  ]);
  const cpu = bed.cpuSeconds(contestant) - before;
  const refused = statusWanted(request, contestant) === 200 ? 0 : result.requests;
  if (result.failed > 0 || result.refused !== refused)
    throw new Error(
      `${contestant.name}, request ${request.name}: ${result.failed} of ${result.requests} failed, ${result.refused} were refused`,
    );
  const { requests, p50, p99 } = result;
  const core = cpu / result.seconds;
  return { rate: requests / result.seconds, cpu: (cpu * 1e6) / requests, core, p50, p99, requests };
}

/** Long enough for a rate. */
const secondsFor = (rate) => Math.min(SECONDS_MAX, Math.max(seconds, Math.ceil(REQUESTS_MIN / rate)));

async function measure(contestant, request, warmSeconds) {
  const warm = await wrk(contestant, request, warmSeconds, SLOW_CONNECTIONS);
  await bed.quiet(contestant);
  const connections = warm.rate < SLOW_RATE ? SLOW_CONNECTIONS : CONNECTIONS;
  const result = await wrk(contestant, request, secondsFor(warm.rate), connections);
  await bed.quiet(contestant);
  if (!contestant.decides) return result;
  const rate = LOAD_PART * result.rate;
  const part = await told([
    process.execPath,
    generator,
    ...["--port", `${contestant.port}`, "--file", request.file, "--rate", `${rate}`],
    ...[
      "--seconds",
      `${secondsFor(rate)}`,
      "--status",
      `${request.status}`,
      "--connections",
      `${CONNECTIONS}`,
    ],
  ]);
  await bed.quiet(contestant);
  if (part.wrong + part.failed > 0)
    throw new Error(
      `${contestant.name}, request ${request.name} at ${LOAD_PART * 100} %: ${part.wrong} answers are wrong, ${part.failed} failed`,
    );
  const { p50, p99 } = part;
  const never = Number.POSITIVE_INFINITY;
  return { ...result, part: { ...part, p50: p50 ?? never, p99: p99 ?? never } };
}

let folder;
let contestants;
const requests = REQUESTS.filter(({ name }) => values.only.includes(name));
/** By request, then contestant: a result a round. */
const measured = new Map();

async function measureAll() {
  ({ folder, contestants } = await bed.makeBed(rules));
  for (const request of requests) {
    request.file = join(folder, `${request.name}.request`);
    writeFileSync(request.file, octetsOf(request));
    measured.set(request.name, new Map(Object.keys(contestants).map((key) => [key, []])));
  }
  for (const contestant of Object.values(contestants))
    for (const request of requests) await check(contestant, request);
  for (let round = 0; round < runs; round += 1)
    for (const request of requests)
      for (const [key, contestant] of Object.entries(contestants)) {
        const result = await measure(contestant, request, round === 0 ? FIRST_WARM_SECONDS : WARM_SECONDS);
        measured.get(request.name).get(key).push(result);
        process.stderr.write(
          `bench: ${request.name}, ${contestant.name}: ${shortly(result.rate)}/s, ${shortly(result.cpu)} CPU µs\n`,
        );
      }
}

/** Median, least and most of the ratios of two contestants' rates, round by round. */
function ratioOf(results, key, of) {
  const theirs = results.get(of);
  const list = results.get(key).map(({ rate }, round) => rate / theirs[round].rate);
  return { median: median(list), least: Math.min(...list), most: Math.max(...list) };
}

/** The same of CPU time per answer: theirs in ours, which others' work on the machine moves less. */
function cpuRatioOf(results, key, of) {
  const theirs = results.get(of);
  return median(results.get(key).map(({ cpu }, round) => theirs[round].cpu / cpu));
}

function report() {
  return requests.map(({ name, title }) => {
    const results = measured.get(name);
    const rows = [...results].map(([key, list]) => {
      const of = (pick) => median(list.map(pick));
      const rates = list.map(({ rate }) => rate);
      const row = {
        key,
        name: contestants[key].name,
        rate: { median: median(rates), least: Math.min(...rates), most: Math.max(...rates) },
        cpu: of(({ cpu }) => cpu),
        core: of(({ core }) => core),
        p50: of(({ p50 }) => p50),
        p99: of(({ p99 }) => p99),
        toModsecurity: ratioOf(results, key, "modsecurity"),
        cpuToModsecurity: cpuRatioOf(results, key, "modsecurity"),
        toNginx: ratioOf(results, key, "nginx"),
        cpuToNginx: cpuRatioOf(results, key, "nginx"),
        rounds: list,
      };
      if (list[0].part === undefined) return row;
      return { ...row, part: { p50: of(({ part }) => part.p50), p99: of(({ part }) => part.p99) } };
    });
    return { name, title, rows };
  });
}

const shortly = (number) => number.toFixed(number >= 100 ? 0 : number >= 10 ? 1 : 2);
const spread = ({ median, least, most }) => `${shortly(median)} (${shortly(least)}–${shortly(most)})`;

function barsOf(tables) {
  const bars = [];
  const row = (name, key) => tables.find((table) => table.name === name)?.rows.find((one) => one.key === key);
  for (const [name, least] of Object.entries(RATIO_BARS)) {
    const ours = row(name, "shield");
    if (ours !== undefined)
      bars.push({
        text: `${name}: at least ${least} times ModSecurity's requests`,
        figure: `${spread(ours.toModsecurity)}; by CPU ${shortly(ours.cpuToModsecurity)}`,
        held: ours.toModsecurity.median >= least,
      });
  }
  const bare = row("a", "bare");
  if (bare !== undefined)
    bars.push({
      text: `a: without rules at least ${BARE_BAR} of plain nginx`,
      figure: `${spread(bare.toNginx)}; by CPU ${shortly(bare.cpuToNginx)}`,
      held: bare.toNginx.median >= BARE_BAR,
    });
  for (const { name } of tables) {
    const ours = row(name, "shield").part.p99;
    const theirs = row(name, "modsecurity").p50;
    bars.push({
      text: `${name}: p99 at 70 % below ModSecurity's p50`,
      figure: `${milliseconds(ours)} : ${milliseconds(theirs)} ms`,
      held: ours < theirs,
    });
  }
  return bars;
}

function milliseconds(microseconds) {
  return Number.isFinite(microseconds) ? shortly(microseconds / 1000) : "never";
}

function print(tables, bars) {
  console.log(`${runs} rounds in alternation; medians, least and most in parentheses`);
  for (const { name, title, rows } of tables) {
    console.log(`\n${name}: ${title}`);
    console.log(
      "proxy                              requests/s     in ModSecurity's   CPU µs   by CPU   core   p50 ms   p99 ms   at 70 %: p50      p99",
    );
    for (const { name, rate, toModsecurity, cpu, cpuToModsecurity, core, p50, p99, part } of rows)
      console.log(
        [
          name.padEnd(21),
          spread(rate).padStart(23),
          spread(toModsecurity).padStart(19),
          shortly(cpu).padStart(8),
          shortly(cpuToModsecurity).padStart(8),
          `${(core * 100).toFixed(0)} %`.padStart(6),
          milliseconds(p50).padStart(8),
          milliseconds(p99).padStart(8),
          (part === undefined ? "" : milliseconds(part.p50)).padStart(14),
          (part === undefined ? "" : milliseconds(part.p99)).padStart(8),
        ].join(" "),
      );
  }
  console.log("");
  const width = Math.max(...bars.map(({ text }) => text.length));
  for (const { text, figure, held } of bars)
    console.log(`bar: ${text.padEnd(width)}   ${figure.padEnd(34)} ${held ? "held" : "MISSED"}`);
}

try {
  await measureAll();
} catch (error) {
  // A mistake of this program keeps its trace; all else is a line.
  if (error.constructor !== Error) throw error;
  fail(error.message);
}
const tables = report();
const bars = barsOf(tables);
if (values.json) console.log(JSON.stringify({ runs, seconds, requests: tables, bars }, undefined, 2));
else print(tables, bars);
process.exit(bars.every(({ held }) => held) ? 0 : 1);
