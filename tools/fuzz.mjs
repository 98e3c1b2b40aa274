/**
 * Fuzzes the inspection engine: frames from captures, from the protocols' examples and by grammar, mutated, through all of
 * it. With --captures it fuzzes the readers of capture files instead: whole files, mutated, cut anywhere, compressed. Ends
 * with exit status 1 where something failed, and leaves the frames or the file that show it in results/fuzz.
 *
 * With --target it fuzzes a reader of the scanner, or of HTTP: fuzz-scan.mjs. With --target rules it searches for values that rules are slow
 * to test: fuzz-rules.mjs.
 *
 *   npm run fuzz -- [--captures | --target NAME] [--runs N] [--seed S] [--corpus DIR] [--seconds S] [--workers N] [--life N]
 *
 * The same seed, number of runs and captures give the same frames on every machine, however many workers share them.
 */
import { fork, spawnSync } from "node:child_process";
import { once } from "node:events";
import { existsSync, mkdirSync, writeFileSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, relative, resolve } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { fuzzScan, targetNames } from "./fuzz-scan.mjs";

/** The target that is not a reader: fuzz-rules.mjs. */
const RULES = "rules";

const root = fileURLToPath(new URL("..", import.meta.url));
const usage = `usage: npm run fuzz -- [OPTIONS]
  --captures     the readers of capture files, not the engine
  --target NAME  a reader of the scanner, or of HTTP, in this process: ${targetNames.join(", ")}; or rules: slow values
  --crs DIR      with --target rules, the rule set to search (default: operators of our own)
  --measure      with --target rules, milliseconds on hostile values, and no search
  --runs N       frames to feed (default 1,000,000); with --captures files (default 100,000), with --target inputs (10,000)
  --seconds S    stop after so long, finished or not
  --seed S       0 to 4,294,967,295 (default: drawn, and printed)
  --corpus DIR   captures to start from (default ../shared/corpus/dpi/pcap where it exists, else none)
  --no-corpus    no captures: examples and grammar alone
  --workers N    processes that share the run (default 2)
  --life N       only the Nth engine's life, or input, of the run: what a failure's line names
`;

/** A life that takes longer than this, minimising included, has met a loop without an end; most take a second. */
const LIFE_SECONDS_MAX = 600;

if (process.send !== undefined) await work();
else process.exitCode = await lead();

/** In a child: lives of the run until they or the time are over. */
async function work() {
  const { campaign, captureOf, MEMORY_BYTES_MAX, readCaptures, readFiles } = await import(
    "../packages/inspect/dist/fuzz/campaign.js"
  );
  const send = (message) => new Promise((sent) => process.send(message, sent));
  const [{ corpus, captures: ofCaptures, ...options }] = await once(process, "message");
  if (ofCaptures) {
    const { captureCampaign } = await import("../packages/inspect/dist/fuzz/captures.js");
    const files = corpus === undefined ? [] : readFiles(corpus);
    await send({ captures: files.length });
    const living = (life) => void process.send({ living: life });
    const unpack = await unpackGzip();
    for await (const { failed, frames, ...done } of captureCampaign({ ...options, files, unpack, living })) {
      await send({
        ...done,
        flows: frames,
        failed: failed && {
          ...failed,
          octets: Buffer.from(failed.octets).toString("base64"),
          life: done.life,
        },
      });
    }
    process.disconnect();
    return;
  }
  const captures = corpus === undefined ? [] : readCaptures(corpus);
  await send({ captures: captures.length });
  const living = (life) => void process.send({ living: life });
  for (const { failed, ...done } of campaign({ ...options, captures, living })) {
    const { heapUsed, external } = process.memoryUsage();
    const memory = heapUsed + external;
    await send({
      ...done,
      failed: failed && failureMessage(failed, captureOf(failed.log)),
      memory: memory > MEMORY_BYTES_MAX ? memory : undefined,
    });
  }
  process.disconnect();
}

/** gzip as `palisade inspect` reads it. */
async function unpackGzip() {
  const { decompress, decompressorFor } = await import("../packages/link/dist/decompress.js");
  return async ([head, ...rest]) => {
    const chunks = [];
    const octets = decompress(decompressorFor("gzip"), head, rest[Symbol.iterator]());
    for (;;) {
      const { value, done } = await octets.next();
      if (done) return { octets: Buffer.concat(chunks), end: value.kind };
      chunks.push(value);
    }
  };
}

/** What the leading process is told of a failure: the frames as a capture in base64. */
function failureMessage({ log, ...failed }, { extension, octets }) {
  return { ...failed, count: log.count, extension, octets: Buffer.from(octets).toString("base64") };
}

async function lead() {
  const options = readOptions();
  if (typeof options === "number") return options;
  if (options.target === RULES) return (await import("./fuzz-rules.mjs")).fuzzRules(options);
  if (options.target !== undefined) return await fuzzScan(options);
  const { runs, seed, corpus, seconds, workers, life, captures } = options;
  const version = commit();
  const startedMs = performance.now();
  const sum = { executions: 0, flows: 0, lives: 0, failures: 0 };
  const children = [];
  const over = seconds === undefined ? undefined : setTimeout(() => stop(children), seconds * 1000);
  const line = () => {
    const elapsedSeconds = (performance.now() - startedMs) / 1000;
    const rate = Math.round(sum.executions / elapsedSeconds);
    return `${count(sum.executions)} executions, ${count(rate)}/s, ${count(sum.flows)} ${captures ? "frames" : "flows"}, ${sum.failures} failures`;
  };
  process.stderr.write(
    `fuzz: seed ${seed} at ${version}, ${count(runs)} executions, ${corpus === undefined ? "no captures" : `captures of ${relative(root, corpus)}`}\n`,
  );
  let crashed = 0;
  await Promise.all(
    Array.from({ length: life === undefined ? workers : 1 }, (_, worker) => {
      const child = fork(fileURLToPath(import.meta.url), [], { cwd: root });
      children.push(child);
      child.send({ seed, runs, worker, workers, life, corpus, captures });
      let watch;
      child.on("message", (done) => {
        clearTimeout(watch);
        if (done.living !== undefined) {
          watch = setTimeout(() => {
            sum.failures += 1;
            child.kill("SIGKILL");
            process.stderr.write(`fuzz: hangs: no end of life ${done.living} after ${LIFE_SECONDS_MAX} s\n`);
            process.stderr.write(repeatLine(done.living, { ...options, version }));
          }, LIFE_SECONDS_MAX * 1000);
          return;
        }
        if (done.captures !== undefined) {
          if (worker === 0 && corpus !== undefined)
            process.stderr.write(`fuzz: ${done.captures} captures read\n`);
          return;
        }
        sum.executions += done.executions;
        sum.flows += done.flows;
        sum.lives += 1;
        if (done.failed !== undefined) sum.failures += 1;
        if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${line()}`);
        if (done.failed !== undefined) tell(done.failed, { ...options, version });
        if (done.memory !== undefined) {
          sum.failures += 1;
          process.stderr.write(
            `fuzz: memory: ${count(done.memory)} octets are held after life ${done.life}\n`,
          );
        }
      });
      return new Promise((settle) => {
        child.on("exit", (status, signal) => {
          clearTimeout(watch);
          if (status !== 0 && !child.stopped) {
            crashed += 1;
            process.stderr.write(`fuzz: worker ${worker} ended with ${signal ?? `status ${status}`}\n`);
          }
          settle();
        });
      });
    }),
  );
  clearTimeout(over);
  if (process.stderr.isTTY) process.stderr.write("\r\x1b[K");
  const elapsed = Math.round((performance.now() - startedMs) / 1000);
  process.stdout.write(
    `fuzz: seed ${seed} at ${version}: ${line()}, ${count(sum.lives)} ${captures ? "lives" : "engines"}, ${elapsed} s\n`,
  );
  return sum.failures + crashed > 0 ? 1 : 0;
}

function readOptions() {
  let values;
  try {
    ({ values } = parseArgs({
      options: {
        captures: { type: "boolean", default: false },
        target: { type: "string" },
        runs: { type: "string" },
        seconds: { type: "string" },
        seed: { type: "string" },
        corpus: { type: "string" },
        "no-corpus": { type: "boolean" },
        workers: { type: "string", default: "2" },
        life: { type: "string" },
        crs: { type: "string" },
        measure: { type: "boolean", default: false },
        help: { type: "boolean", short: "h" },
      },
    }));
  } catch (error) {
    process.stderr.write(`fuzz: ${error.message}\n${usage}`);
    return 2;
  }
  if (values.help) {
    process.stdout.write(usage);
    return 0;
  }
  const { target } = values;
  if (target !== undefined && target !== RULES && !targetNames.includes(target)) {
    process.stderr.write(`fuzz: --target ${target}: use one of ${[...targetNames, RULES].join(", ")}\n`);
    return 2;
  }
  const { crs, measure } = values;
  if (target !== RULES && (crs !== undefined || measure)) {
    process.stderr.write("fuzz: --crs and --measure belong to --target rules\n");
    return 2;
  }
  if (crs !== undefined && !existsSync(crs)) {
    process.stderr.write(`fuzz: --crs ${crs}: there is no such folder\n`);
    return 2;
  }
  if (
    !existsSync(join(root, "packages/inspect/dist/fuzz/campaign.js")) ||
    (target !== undefined && !existsSync(join(root, "packages/scan/dist/index.js")))
  ) {
    process.stderr.write("fuzz: not built yet; run `npm run build`\n");
    return 2;
  }
  const numbers = {};
  for (const [name, least, most] of [
    ["runs", 1, Number.MAX_SAFE_INTEGER],
    ["seconds", 1, 1e6],
    ["seed", 0, 0xffff_ffff],
    ["workers", 1, availableParallelism() * 4],
    ["life", 0, Number.MAX_SAFE_INTEGER],
  ]) {
    const text = values[name] ?? (name === "runs" ? runsUnlessTold(values) : undefined);
    if (text === undefined) continue;
    numbers[name] = /^\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(numbers[name] >= least && numbers[name] <= most)) {
      process.stderr.write(`fuzz: --${name} ${text}: give a whole number from ${least} to ${most}\n`);
      return 2;
    }
  }
  let corpus = values.corpus === undefined ? join(root, "../shared/corpus/dpi/pcap") : resolve(values.corpus);
  if (values["no-corpus"] || (values.corpus === undefined && !existsSync(corpus))) corpus = undefined;
  if (corpus !== undefined && !existsSync(corpus)) {
    process.stderr.write(`fuzz: --corpus ${values.corpus}: there is no such folder\n`);
    return 2;
  }
  const { captures } = values;
  return {
    ...numbers,
    seed: numbers.seed ?? Math.floor(Math.random() * 0x1_0000_0000),
    corpus,
    captures,
    target,
    crs,
    measure,
  };
}

function runsUnlessTold({ captures, target }) {
  if (target !== undefined) return "10000";
  return captures ? "100000" : "1000000";
}

/** Says what failed, and leaves the frames or the file that show it. */
function tell({ life, failure, plan, count: frames, extension = "capture", octets }, options) {
  const folder = join(root, "results/fuzz");
  mkdirSync(folder, { recursive: true });
  const path = join(folder, `${options.seed}-${life}.${extension}`);
  writeFileSync(path, Buffer.from(octets, "base64"));
  const left =
    plan === undefined
      ? `the file is ${relative(root, path)}`
      : `${frames} of ${failure.frames} frames are left, in ${relative(root, path)}; the engine's options: ${JSON.stringify(plan.options)}`;
  process.stderr.write(`${process.stderr.isTTY ? "\r\x1b[K" : ""}fuzz: ${failure.kind}: ${failure.detail}
  ${left}
${repeatLine(life, options)}`);
}

function repeatLine(life, { seed, runs, corpus, version, captures }) {
  const what = captures ? "--captures " : "";
  const from = corpus === undefined ? "--no-corpus" : `--corpus ${relative(root, corpus)}`;
  return `  repeat with: npm run fuzz -- ${what}--seed ${seed} --runs ${runs} --life ${life} ${from}   (at ${version})\n`;
}

function stop(children) {
  for (const child of children) {
    child.stopped = true;
    child.kill();
  }
}

function commit() {
  const git = (...words) => spawnSync("git", words, { cwd: root, encoding: "utf8" }).stdout?.trim() ?? "";
  const head = git("rev-parse", "--short", "HEAD");
  if (head === "") return "an unknown commit";
  return git("status", "--porcelain", "--", "packages") === "" ? head : `${head} with changes`;
}

function count(number) {
  return Math.round(number).toLocaleString("en-US");
}
