/**
 * A link with another host on it, each in a network namespace of its own: this process enters one, a process that only sleeps
 * holds the other. Nothing outside is touched, and the kernel takes all away when both have ended.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { createRequire } from "node:module";

const CLONE_NEWNET = 0x4000_0000;
/** How long the other host lives at most, should its test end without ending it. */
const HOST_LIFE_SECONDS = 120;
/** Turns of waiting for its namespace, of some milliseconds each. */
const HOST_TURNS_MAX = 500;

export function run(command: string): { readonly status: number | null; readonly output: string } {
  const [program = "", ...words] = command.split(" ");
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8" });
  return { status, output: `${stdout}${stderr}` };
}

export class Link {
  readonly #other: ChildProcess | undefined;
  /** Why there is none, or `false`. */
  readonly missing: string | false;

  /**
   * @param here commands in this process's namespace
   * @param devices that then go over to the other host
   * @param there commands in its namespace
   */
  constructor(here: readonly string[], devices: readonly string[], there: readonly string[]) {
    this.missing = enterNamespace(here);
    if (this.missing !== false) return;
    this.#other = spawn("unshare", ["-n", "sleep", String(HOST_LIFE_SECONDS)], { stdio: "ignore" });
    // An error comes as an event too, and `missing` has told of it by then.
    this.#other.on("error", () => undefined);
    const { pid } = this.#other;
    if (pid === undefined || !hasOwnNamespace(pid)) {
      this.missing = "unshare makes no network namespace";
      return;
    }
    this.missing = runAll([
      ...devices.map((device) => `ip link set dev ${device} netns ${pid}`),
      ...there.map((command) => `nsenter -t ${pid} -n ${command}`),
    ]);
  }

  /** Runs a command on the other host. */
  run(command: string): ReturnType<typeof run> {
    return run(`nsenter -t ${this.#other?.pid} -n ${command}`);
  }

  /** Starts a program on the other host, with a pipe to each of its streams. */
  start(program: string, words: readonly string[]): ChildProcess {
    return spawn("nsenter", ["-t", String(this.#other?.pid), "-n", program, ...words]);
  }

  close(): void {
    this.#other?.kill("SIGKILL");
  }
}

/** @returns what the first command that fails said, or `false` */
function runAll(commands: readonly string[]): string | false {
  for (const command of commands) {
    const { status, output } = run(command);
    if (status !== 0) return `${command}: ${output.trim()}`;
  }
  return false;
}

function enterNamespace(commands: readonly string[]): string | false {
  if (process.platform !== "linux") return "network namespaces are of Linux";
  if (process.geteuid?.() !== 0) return "only root can make a network namespace";
  if (run("ip -V").status !== 0) return "ip (iproute2) is not here";
  const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
  const unshare = koffi.load(null).func("unshare", "int", ["int"]);
  if (unshare(CLONE_NEWNET) !== 0) return "this machine makes no network namespaces";
  return runAll(commands);
}

function hasOwnNamespace(pid: number): boolean {
  const ours = readlinkSync("/proc/self/ns/net");
  for (let turn = 0; turn < HOST_TURNS_MAX; turn += 1) {
    try {
      if (readlinkSync(`/proc/${pid}/ns/net`) !== ours) return true;
    } catch {
      return false;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
  }
  return false;
}
