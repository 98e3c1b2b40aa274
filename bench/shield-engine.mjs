/**
 * Times the rule engine alone, in this process, without sockets: the Core Rule Set on the requests of `bench:shield`.
 *
 *   npm run bench:rules -- [--crs DIR] [--only NAME]… [--paranoia N]… [--seconds S] [--rules N] [--json]
 *
 * NAME is `a` to `e`; N of `--paranoia` is 1 to 4, by default 1 and 4. All rules up to that level run, and those of level 1 decide,
 * so that the same requests pass and are refused at each. S, by default 2, is how long each request is taken for, once to warm up and
 * once to measure. Microseconds are those of the batch of requests that a quarter of all batches took less CPU than: its CPU time (V8's
helpers counted), and its parts by the clock, which others' work on the machine counts in too.
 *
 * A second engine with an observer tells what each rule costs. It runs apart, as being told costs more than many a rule; what the
 * clock takes is taken off. `--rules`, by default 20, says how many of the dearest are listed.
 */
import { readdirSync, readFileSync } from "node:fs";
import { posix } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { median } from "./processes.mjs";
import { ANSWER, REQUESTS } from "./shield-requests.mjs";
import { CRS_DEFAULT, crsFiles } from "./shield-rules.mjs";

const SETTINGS = fileURLToPath(new URL("shield/settings.conf", import.meta.url));
const LEVEL_FILE = "paranoia.conf";
const BATCH_MS = 20;
const BATCHES_MIN = 8;

function fail(message) {
  process.stderr.write(`bench: ${message}\n`);
  process.exit(2);
}

/** Parts of a transaction: `begin` and the request line and headers; each phase with what is fed for it; phase 5 and the end. */
const PARTS = ["head", "phase 1", "body", "phase 2", "phase 3", "phase 4", "phase 5"];

const octets = (text) => new Uint8Array(Buffer.from(text, "latin1"));
const HTTP_1_1 = octets("HTTP/1.1");
const RESPONSE_BODY = octets(ANSWER);
const RESPONSE_HEADERS = [
  ["Server", "nginx"],
  ["Date", "Sun, 22 Nov 2026 02:00:00 GMT"],
  ["Content-Type", "text/plain"],
  ["Content-Length", `${RESPONSE_BODY.length}`],
  ["Connection", "keep-alive"],
].map(([name, value]) => [octets(name), octets(value)]);
const CONNECTION = {
  clientAddress: "127.0.0.1",
  clientPort: 40_000,
  serverAddress: "127.0.0.1",
  serverPort: 8080,
};

function prepared({ method, target, headers, body, ...rest }) {
  return {
    ...rest,
    method: octets(method),
    target: octets(target),
    headers: headers.map(([name, value]) => [octets(name), octets(value)]),
    body: new Uint8Array(body),
  };
}

let serial = 0;

/** Takes a request through an engine, and adds to `parts` what each took, in ms. Returns the finished transaction. */
function take(engine, { method, target, headers, body }, parts) {
  let markMs = performance.now();
  const mark = (part) => {
    const nowMs = performance.now();
    parts[part] += nowMs - markMs;
    markMs = nowMs;
  };
  serial += 1;
  const transaction = engine.begin(`bench-${serial}`);
  transaction.connection(CONNECTION);
  transaction.requestLine(method, target, HTTP_1_1);
  for (const [name, value] of headers) transaction.requestHeader(name, value);
  mark(0);
  let decided = transaction.endRequestHeaders();
  mark(1);
  if (decided === undefined) {
    if (transaction.readsRequestBody && body.length > 0) decided = transaction.requestBody(body);
    mark(2);
    decided ??= transaction.endRequestBody();
    mark(3);
  }
  if (decided === undefined) {
    transaction.responseLine(HTTP_1_1, 200);
    for (const [name, value] of RESPONSE_HEADERS) transaction.responseHeader(name, value);
    decided = transaction.endResponseHeaders();
    mark(4);
    if (decided === undefined) {
      if (transaction.readsResponseBody) decided = transaction.responseBody(RESPONSE_BODY);
      if (decided === undefined) transaction.endResponseBody();
    }
    mark(5);
  }
  transaction.finish();
  mark(6);
  return transaction;
}

const noParts = () => new Float64Array(PARTS.length);
const sum = (list) => list.reduce((total, one) => total + one, 0);

/** Batches for so long, each its CPU time and its parts in µs a request; after each, `after` is told how many requests it was. */
function batches(engine, request, seconds, after = () => {}) {
  const list = [];
  const endMs = performance.now() + seconds * 1000;
  let count = 1;
  while (performance.now() < endMs || list.length < BATCHES_MIN) {
    const parts = noParts();
    const before = process.cpuUsage();
    for (let at = 0; at < count; at += 1) take(engine, request, parts);
    const { user, system } = process.cpuUsage(before);
    list.push({ cpu: (user + system) / count, parts: parts.map((ms) => (ms * 1000) / count) });
    after(count);
    const tookMs = sum(parts);
    if (tookMs < BATCH_MS) count = Math.ceil(count * Math.min(8, BATCH_MS / Math.max(tookMs, 0.01)));
  }
  return list;
}

function measure(engine, request, seconds) {
  const list = batches(engine, request, seconds).sort((one, other) => one.cpu - other.cpu);
  const { cpu, parts } = list[list.length >> 2];
  return { cpu, total: sum(parts), parts: Object.fromEntries(PARTS.map((name, at) => [name, parts[at]])) };
}

/** What the clock takes between two readings, one after the other, in ms. */
function clockMs() {
  const readings = 1_000_000;
  let total = 0;
  for (let at = 0; at < readings; at += 1) {
    const startMs = performance.now();
    total += performance.now() - startMs;
  }
  return total / readings;
}

/** An observer that times rules, in ms a rule. */
function ruleTimer() {
  const ms = new Map();
  let startMs = 0;
  const started = () => {
    startMs = performance.now();
  };
  const ran = (rule) => {
    const tookMs = performance.now() - startMs;
    ms.set(rule, (ms.get(rule) ?? 0) + tookMs);
  };
  return { ms, observer: { started, ran } };
}

/** An observer that counts rules that ran and values that were tested. */
function counter() {
  const counts = { rules: 0, values: 0 };
  const ran = () => {
    counts.rules += 1;
  };
  const tested = () => {
    counts.values += 1;
  };
  return { counts, observer: { ran, tested } };
}

/**
 * What each rule takes of a request, in µs, by rule: the median over batches, since one in which the machine stood still would count for all.
 */
function ruleCosts(engine, timer, request, seconds, eachMs) {
  batches(engine, request, seconds / 2);
  const lists = new Map();
  timer.ms.clear();
  batches(engine, request, seconds, (count) => {
    for (const [rule, ms] of timer.ms) {
      const list = lists.get(rule) ?? [];
      lists.set(rule, list);
      list.push(Math.max(0, (ms / count - eachMs) * 1000));
    }
    timer.ms.clear();
  });
  return new Map([...lists].map(([rule, list]) => [rule, median(list)]));
}

let values;
try {
  ({ values } = parseArgs({
    options: {
      crs: { type: "string", default: CRS_DEFAULT },
      only: { type: "string", multiple: true, default: REQUESTS.map(({ name }) => name) },
      paranoia: { type: "string", multiple: true, default: ["1", "4"] },
      seconds: { type: "string", default: "2" },
      rules: { type: "string", default: "20" },
      json: { type: "boolean", default: false },
    },
  }));
} catch (error) {
  fail(error.message);
}
const seconds = Number(values.seconds);
if (!(seconds >= 0.1 && seconds <= 600)) fail("--seconds: give a number from 0.1 to 600");
const listed = Number(values.rules);
if (!(Number.isInteger(listed) && listed >= 0 && listed <= 10_000))
  fail("--rules: give a number from 0 to 10000");
for (const level of values.paranoia)
  if (!/^[1-4]$/.test(level)) fail(`--paranoia ${level}: there are 1 to 4`);
for (const name of values.only)
  if (!REQUESTS.some((request) => request.name === name)) fail(`--only ${name}: there are a to e`);
const requests = REQUESTS.filter(({ name }) => values.only.includes(name)).map(prepared);

let seclang;
try {
  seclang = await import(new URL("../packages/seclang/dist/index.js", import.meta.url).href);
} catch {
  fail("nothing to run: `npm run build` first");
}
const { Engine, loadRules } = seclang;

/** Compiles the CRS at a level. @throws what loading throws */
function compile(level, observer) {
  const text = octets(
    `SecAction "id:190000,phase:1,nolog,pass,setvar:tx.blocking_paranoia_level=1,setvar:tx.detection_paranoia_level=${level}"\n`,
  );
  const read = (path) => (path === LEVEL_FILE ? text : new Uint8Array(readFileSync(path)));
  const reader = { read, list: (directory) => readdirSync(directory) };
  const [setUp, ...rules] = crsFiles(values.crs);
  return Engine.of(loadRules([SETTINGS, setUp, LEVEL_FILE, ...rules], reader), {
    readData: (name, from) => read(name.startsWith("/") ? name : posix.join(posix.dirname(from), name)),
    clock: Date.now,
    observer,
  });
}

/** Status that the client gets: of rules that answer otherwise nothing is measured. */
function statusOf(engine, request) {
  return take(engine, request, noParts()).interruption?.status ?? 200;
}

function measureLevel(level) {
  const startMs = performance.now();
  const engine = compile(level);
  const loadMs = performance.now() - startMs;
  const { counts, observer } = counter();
  const counting = compile(level, observer);
  const timer = ruleTimer();
  const timed = compile(level, timer.observer);
  // What V8 compiles for one request serves the others too: all are warm before any is measured.
  for (const request of requests) batches(engine, request, seconds);
  const results = requests.map((request) => {
    const status = statusOf(engine, request);
    if (status !== request.status)
      fail(
        `request ${request.name} at level ${level} gets ${status} and not ${request.status}: nothing is measured`,
      );
    Object.assign(counts, { rules: 0, values: 0 });
    take(counting, request, noParts());
    const result = {
      name: request.name,
      title: request.title,
      status,
      ...measure(engine, request, seconds),
      ...counts,
    };
    return { ...result, costs: ruleCosts(timed, timer, request, seconds / 2, eachMs) };
  });
  return { level, loadMs, results };
}

/** Rules by their share of each request's time in rules, on average. */
function dearest(results) {
  const shares = new Map();
  for (const { costs } of results) {
    const total = sum([...costs.values()]);
    for (const [rule, cost] of costs) {
      const before = shares.get(rule.id) ?? { rule, share: 0 };
      shares.set(rule.id, { rule, share: before.share + cost / total / results.length });
    }
  }
  const sorted = [...shares.values()].sort((one, other) => other.share - one.share).slice(0, listed);
  return sorted.map(({ rule, share }) => ({
    id: rule.id,
    phase: rule.phase,
    share,
    microseconds: Object.fromEntries(results.map(({ name, costs }) => [name, costs.get(rule) ?? 0])),
  }));
}

const eachMs = clockMs();
let levels;
try {
  levels = values.paranoia.map((level) => measureLevel(Number(level)));
} catch (error) {
  // What is wrong with rule files is told in a line; all else is our own mistake, and keeps its trace.
  if (error.code === undefined) throw error;
  fail(error.message);
}
const report = levels.map(({ level, loadMs, results }) => ({
  level,
  loadMs,
  requests: results.map(({ costs, ...result }) => ({ ...result, inRules: sum([...costs.values()]) })),
  dearest: dearest(results),
}));

const cell = (number, width = 9) => number.toFixed(number < 100 ? 1 : 0).padStart(width);
if (values.json) console.log(JSON.stringify(report, undefined, 2));
else for (const level of report) print(level);

function print({ level, loadMs, requests, dearest }) {
  console.log(`\nCRS, paranoia level ${level}; loaded and compiled in ${loadMs.toFixed(0)} ms; µs a request`);
  console.log(
    `request                  ${["CPU", "clock", ...PARTS].map((name) => name.padStart(9)).join("")}    rules   values`,
  );
  for (const { name, title, cpu, total, parts, rules, values } of requests)
    console.log(
      `${`${name} ${title}`.padEnd(25)}${[cpu, total, ...PARTS.map((part) => parts[part])].map((one) => cell(one)).join("")}${String(rules).padStart(9)}${String(values).padStart(9)}`,
    );
  if (dearest.length === 0) return;
  console.log(`\nthe ${dearest.length} dearest rules, µs a request`);
  console.log(`rule     phase   share${requests.map(({ name }) => name.padStart(9)).join("")}`);
  for (const { id, phase, share, microseconds } of dearest)
    console.log(
      `${String(id).padEnd(8)} ${String(phase).padStart(5)} ${`${(share * 100).toFixed(1)} %`.padStart(7)}${requests.map(({ name }) => cell(microseconds[name])).join("")}`,
    );
  console.log(`all rules             ${requests.map(({ inRules }) => cell(inRules)).join("")}`);
}
