/**
 * Times what workers of `palisade inspect` and the thread that divides the frames between them do, each apart: whatever
 * else the machine does, and however many processors it has.
 *
 *   node bench/inspect-share.mjs CAPTURE [--workers 1,2,4,8]
 *
 * For each number of workers a process of its own divides the capture, and reads the blocks of worker 0 as they come: a
 * line says how long the engine took, its warm-up included, and how long all the rest took, reading the file included.
 */
import { spawnSync } from "node:child_process";
import { closeSync, openSync, readSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";

const packages = new URL("../packages/", import.meta.url);
const built = (path) => import(new URL(path, packages).href);
const { CaptureReader } = await built("wire/dist/index.js");
const { engineDefaults, FrameDivider } = await built("inspect/dist/index.js");
const { BLOCK_BYTES, BlockWriter, readBlock } = await built("palisade/dist/inspect/frame-block.js");
const { EngineRun } = await built("palisade/dist/inspect/runner.js");

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { workers: { type: "string", default: "1,2,4,8" } },
});
const [capture] = positionals;
if (capture === undefined) {
  process.stderr.write("usage: node bench/inspect-share.mjs CAPTURE [--workers 1,2,4,8]\n");
  process.exit(2);
}
const counts = values.workers.split(",").map(Number);
if (counts.length > 1) {
  const script = fileURLToPath(import.meta.url);
  for (const workers of counts) {
    const words = [script, capture, "--workers", String(workers)];
    const { status } = spawnSync(process.execPath, words, { stdio: "inherit" });
    if (status !== 0) process.exit(status ?? 70);
  }
} else {
  measure(counts[0]);
}

function measure(workers) {
  const { timeoutSeconds } = engineDefaults;
  // As for a table: sums, no lines.
  const part = { lines: false, summary: true, top: 10 };
  const settings = { ...engineDefaults, communityIds: false, attributes: [] };
  const run = new EngineRun(part, settings, 0, workers);
  let engineMs = 0;
  const timed = (work) => {
    const startedMs = performance.now();
    work();
    engineMs += performance.now() - startedMs;
  };
  const free = Array.from({ length: 4 * workers }, () => new ArrayBuffer(BLOCK_BYTES));
  const writers = Array.from(
    { length: workers },
    (_, worker) =>
      new BlockWriter({
        take: (bytes) => (bytes === BLOCK_BYTES ? free.shift() : undefined) ?? new ArrayBuffer(bytes),
        handOver: (block) => {
          if (worker === 0) timed(() => readBlock(block, run.engine));
          if (block.buffer.byteLength === BLOCK_BYTES) free.push(block.buffer);
        },
      }),
  );
  const divider = new FrameDivider(writers, timeoutSeconds);
  const reader = new CaptureReader(divider);
  const chunk = new Uint8Array(256 * 1024);
  const startedMs = performance.now();
  const file = openSync(capture);
  for (let count = readSync(file, chunk); count > 0; count = readSync(file, chunk))
    reader.push(chunk, 0, count);
  closeSync(file);
  writers.forEach((writer, worker) => {
    divider.catchUp(worker);
    writer.flush();
  });
  timed(() => run.finish());
  const dividingMs = performance.now() - startedMs - engineMs;
  process.stdout.write(
    `one of ${workers}: ${engineMs.toFixed(0)} ms for ${run.engine.totals.flows} flows; dividing ${dividingMs.toFixed(0)} ms\n`,
  );
}
