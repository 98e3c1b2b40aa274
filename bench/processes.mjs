/**
 * Whole processes, timed: what the benchmarks of commands share.
 */
import { spawn, spawnSync } from "node:child_process";
import { readFileSync } from "node:fs";

const POLL_MS = 50;
/** From a request to stop until the process is ended. */
const GRACE_MS = 30_000;

/** Process groups that are under way: the number of each is its shell's. */
const underWay = new Set();

/** However this program ends, unless by SIGKILL, what is under way ends with it; then comes `cleanUp`. */
export function endTogether(cleanUp = () => {}) {
  process.on("exit", () => {
    for (const group of underWay) signalTo(-group, "SIGKILL");
    cleanUp();
  });
  for (const [signal, number] of [
    ["SIGHUP", 1],
    ["SIGINT", 2],
    ["SIGTERM", 15],
  ])
    process.on(signal, () => process.exit(128 + number));
}

function signalTo(pid, signal) {
  try {
    process.kill(pid, signal);
  } catch {
    // It has just ended.
  }
}

/**
 * What commands find in their environment, whoever starts the benchmark: settings of the machine count for nothing. With
 * NODE_EXTRA_CA_CERTS, say, each start of Node reads a hundred certificates, which takes 0.1 CPU seconds and more.
 */
const ENVIRONMENT = { PATH: process.env.PATH, LANG: "C.UTF-8" };

/**
 * Runs a command to its end: CPU seconds by the shell's own accounting, peak memory by the kernel's of its process.
 *
 * @param options `output`: path of the file that takes standard output, by default nothing does. `folder`: where it runs, and may
 *   leave files, by default where this program does. `stopAfterMs`: SIGTERM then, and
 *   SIGKILL where that does not end it. `watch`: called every `watchMs` while it runs.
 */
export async function run(
  command,
  { output = "/dev/null", folder, stopAfterMs, watch, watchMs = POLL_MS } = {},
) {
  // The shell waits for its only child, so its children's times at the end are the command's.
  const script = `out=$1; shift; "$@" >"$out" 2>/dev/null 3>&-; echo $? >&3; times >&3`;
  const child = spawn("bash", ["-c", script, "bash", output, ...command], {
    cwd: folder,
    env: ENVIRONMENT,
    stdio: ["ignore", "ignore", "ignore", "pipe"],
    detached: true,
  });
  underWay.add(child.pid);
  const startedNs = process.hrtime.bigint();
  let told = "";
  child.stdio[3].on("data", (text) => {
    told += text;
  });
  let peakKib = 0;
  let pid;
  const poll = setInterval(() => {
    try {
      [pid] = readFileSync(`/proc/${child.pid}/task/${child.pid}/children`, "utf8").trim().split(" ");
      const peak = /VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"));
      if (peak !== null) peakKib = Math.max(peakKib, Number(peak[1]));
    } catch {
      // The process has just ended, or has not begun.
    }
  }, POLL_MS);
  const timers = watch === undefined ? [poll] : [poll, setInterval(watch, watchMs)];
  let stopped = false;
  const stopWith = (signal) => {
    stopped = true;
    if (Number(pid) > 0) signalTo(Number(pid), signal);
  };
  const stops =
    stopAfterMs === undefined
      ? []
      : [
          setTimeout(stopWith, stopAfterMs, "SIGTERM"),
          setTimeout(stopWith, stopAfterMs + GRACE_MS, "SIGKILL"),
        ];
  await new Promise((done) => child.on("close", done));
  for (const timer of timers) clearInterval(timer);
  for (const timer of stops) clearTimeout(timer);
  underWay.delete(child.pid);
  const wallSeconds = Number(process.hrtime.bigint() - startedNs) / 1e9;
  const [status, , times] = told.trim().split("\n");
  const [user, system] = times.split(" ").map((text) => {
    const [, minutes, seconds] = /^(\d+)m([\d.]+)s$/.exec(text);
    return Number(minutes) * 60 + Number(seconds);
  });
  if (status !== "0" && !stopped)
    process.stderr.write(`bench: ${command.join(" ")} ended with status ${status}\n`);
  return { cpuSeconds: user + system, wallSeconds, peakMib: peakKib / 1024, status: Number(status), stopped };
}

export function installed(command) {
  return spawnSync("bash", ["-c", `command -v ${command}`], { stdio: "ignore" }).status === 0;
}

export function median(list) {
  const sorted = [...list].sort((a, b) => a - b);
  return sorted[sorted.length >> 1];
}
