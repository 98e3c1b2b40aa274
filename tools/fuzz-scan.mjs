/**
 * Fuzzes what is read of others: by the scanner packets, files, answers of services; HTTP messages. `npm run fuzz -- --target NAME`; NAME is one of `targetNames`.
 *
 * Each execution is drawn from the seed and its number alone, so that a failure's line repeats it without those before. It fails where
 * anything is thrown that is no PalisadeError of one printable line, where an invariant of the target does not hold, where it
 * takes longer than `EXECUTION_MS_MAX`, and where the process holds more than `MEMORY_BYTES_MAX` at the end.
 */
import { mkdirSync, writeFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

/** In memory nothing that is read is long, and the first executions compile. Servers add their own waits. */
const EXECUTION_MS_MAX = 2_000;
const MEMORY_BYTES_MAX = 256 * 1024 * 1024;
/** Failures after which a run ends: one defect shows many times. */
const FAILURES_MAX = 10;

/** Numbers at which lengths, counts and signs turn over. */
const NUMBERS = [
  0, 1, 2, 3, 4, 7, 8, 15, 16, 127, 128, 255, 256, 1023, 1024, 32_767, 32_768, 65_535, 65_536, 0x7fff_ffff,
  0x8000_0000, 0xffff_fffe, 0xffff_ffff,
];
/** What an execution draws is cut to as many octets. */
const INPUT_BYTES_MAX = 131_072;

export const targetNames = [
  "scan-reply",
  "scan-link",
  "scan-describe",
  "scan-checkpoint",
  "scan-json",
  "scan-probes",
  "scan-nmap-probes",
  "scan-messages",
  "scan-certificates",
  "scan-services",
  "http",
];

/** A copy of `octets` with some changes: bits, octets, numbers of 1 to 4 octets, cuts, repeats, pieces of `other`. */
export function mutated(octets, other, random) {
  let changed = Uint8Array.from(octets);
  for (let changes = 1 + random.small(6); changes > 0; changes -= 1) {
    const at = random.below(changed.length + 1);
    const end = Math.min(changed.length, at + 1 + random.small(64));
    const put = (...parts) => Uint8Array.from(Buffer.concat(parts)).subarray(0, INPUT_BYTES_MAX);
    switch (random.below(9)) {
      case 0:
        if (at < changed.length) changed[at] ^= 1 << random.below(8);
        break;
      case 1:
        if (at < changed.length) changed[at] = random.word() & 0xff;
        break;
      case 2:
      case 3: {
        const bytes = random.pick([1, 2, 2, 4, 4]);
        let number = random.chance(0.8) ? random.pick(NUMBERS) : random.word();
        const little = random.chance(0.5);
        for (let index = 0; index < bytes && at + index < changed.length; index += 1) {
          changed[at + (little ? index : bytes - 1 - index)] = number & 0xff;
          number >>>= 8;
        }
        break;
      }
      case 4:
        changed = changed.slice(0, at);
        break;
      case 5:
        changed = put(changed.subarray(0, at), changed.subarray(end));
        break;
      case 6: {
        const from = random.below(other.length);
        changed = put(
          changed.subarray(0, at),
          other.subarray(from, from + 1 + random.small(256)),
          changed.subarray(end),
        );
        break;
      }
      case 7: {
        // Repeats: long lists, deep nesting.
        const piece = changed.subarray(at, end);
        if (piece.length === 0) break;
        const times = 1 + random.small(random.chance(0.05) ? 4_096 : 32);
        const pieces = Array.from(
          { length: Math.min(times, Math.ceil(INPUT_BYTES_MAX / piece.length)) },
          () => piece,
        );
        changed = put(changed.subarray(0, at), ...pieces, changed.subarray(at));
        break;
      }
      default:
        changed = put(changed.subarray(0, at), random.octets(1 + random.small(64)), changed.subarray(at));
    }
  }
  return changed;
}

/** @returns the exit status */
export async function fuzzScan({ target: name, runs, seed, seconds, life }) {
  const { Random } = await import("../packages/inspect/dist/fuzz/random.js");
  const { PalisadeError } = await import("../packages/base/dist/index.js");
  const load = async () => {
    if (name === "scan-services") return await (await import("./fuzz-scan-services.mjs")).services();
    if (name === "http") return (await import("./fuzz-http.mjs")).http();
    return await (await import("./fuzz-scan-targets.mjs")).targets[name]();
  };
  const target = await load();
  const slowMs = target.executionMsMax ?? EXECUTION_MS_MAX;
  const numbers = life === undefined ? { first: 0, end: runs } : { first: life, end: life + 1 };
  const startedMs = performance.now();
  const endMs = seconds === undefined ? Number.POSITIVE_INFINITY : startedMs + seconds * 1000;
  let failures = 0;
  let executions = 0;
  let slowest = 0;
  process.stderr.write(`fuzz: ${name}, seed ${seed}, ${runs} executions\n`);
  const execute = async (number) => {
    const random = new Random(seed, number);
    const input = target.input(random, (octets) => mutated(octets, random.pick(target.seeds), random));
    const begunMs = performance.now();
    let wrong;
    try {
      wrong = await target.run(input, random);
    } catch (error) {
      wrong = wrongBy(error, PalisadeError);
    }
    const tookMs = performance.now() - begunMs;
    slowest = Math.max(slowest, tookMs);
    executions += 1;
    if (wrong === undefined && tookMs > slowMs) wrong = `it took ${Math.round(tookMs)} ms`;
    if (wrong === undefined) return;
    failures += 1;
    const folder = join(root, "results/fuzz");
    mkdirSync(folder, { recursive: true });
    const path = join(folder, `${name}-${seed}-${number}.bin`);
    writeFileSync(path, input);
    process.stderr.write(
      `fuzz: ${name}: ${wrong}\n  the input is ${relative(root, path)}\n  repeat with: npm run fuzz -- --target ${name} --seed ${seed} --runs ${runs} --life ${number}\n`,
    );
  };
  let number = numbers.first;
  // What waits for servers is done side by side.
  const lane = async () => {
    while (number < numbers.end && failures < FAILURES_MAX && performance.now() < endMs)
      await execute(number++);
  };
  await Promise.all(Array.from({ length: target.lanes ?? 1 }, lane));
  const { heapUsed, external } = process.memoryUsage();
  if (heapUsed + external > MEMORY_BYTES_MAX) {
    failures += 1;
    process.stderr.write(`fuzz: ${name}: memory: ${heapUsed + external} octets are held at the end\n`);
  }
  const elapsed = Math.max(1, performance.now() - startedMs);
  process.stdout.write(
    `fuzz: ${name}, seed ${seed}: ${executions} executions, ${Math.round((executions * 1000) / elapsed)}/s, slowest ${Math.round(slowest)} ms, ${failures} failures\n`,
  );
  return failures > 0 ? 1 : 0;
}

/** What is wrong with what was thrown; undefined for a PalisadeError as it should be. */
function wrongBy(error, PalisadeError) {
  if (!(error instanceof PalisadeError))
    return error instanceof Error ? (error.stack ?? error.message) : String(error);
  return isLine(error.message)
    ? undefined
    : `a message is no printable line: ${JSON.stringify(error.message)}`;
}

/** One line that a terminal shows and does not obey. */
export function isLine(text) {
  return !/[\p{C}\p{Zl}\p{Zp}]/u.test(text);
}

/** What is not printable, or longer than `charactersMax`, in any text within a value; undefined where all is well. */
export function unprintable(value, charactersMax) {
  if (typeof value === "string") {
    if (!isLine(value)) return `not printable: ${JSON.stringify(value.slice(0, 200))}`;
    return value.length > charactersMax
      ? `${value.length} characters: ${JSON.stringify(value.slice(0, 100))}`
      : undefined;
  }
  if (typeof value !== "object" || value === null) return undefined;
  for (const part of Object.values(value)) {
    const wrong = unprintable(part, charactersMax);
    if (wrong !== undefined) return wrong;
  }
  return undefined;
}
