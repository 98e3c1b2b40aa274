/**
 * Network namespaces for tests: this process enters one of its own, so that nothing outside is touched, and the kernel takes
 * all away when the process ends, however it ends.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { createRequire } from "node:module";

const CLONE_NEWNET = 0x4000_0000;
/** How long another host lives at most, should its test end without ending it. */
const HOST_LIFE_SECONDS = 120;
/** Turns of waiting for another host's namespace, of some milliseconds each. */
const HOST_TURNS_MAX = 500;

export function run(command: string): { readonly status: number | null; readonly output: string } {
  const [program = "", ...words] = command.split(" ");
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8" });
  return { status, output: `${stdout}${stderr}` };
}

/** Runs commands until one fails. @returns what it said, or `false` */
function runAll(commands: readonly string[]): string | false {
  for (const command of commands) {
    const { status, output } = run(command);
    if (status !== 0) return `${command}: ${output.trim()}`;
  }
  return false;
}

/** Enters a new namespace, and runs commands in it. @returns why that cannot be, or `false` */
export function enterNamespace(...commands: readonly string[]): string | false {
  if (process.platform !== "linux") return "network namespaces are of Linux";
  if (process.geteuid?.() !== 0) return "only root can make a network namespace";
  if (run("ip -V").status !== 0) return "ip (iproute2) is not here";
  const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
  const unshare = koffi.load(null).func("unshare", "int", ["int"]);
  if (unshare(CLONE_NEWNET) !== 0) return "this machine makes no network namespaces";
  return runAll(commands);
}

/** Another host: a process in a namespace of its own, which takes all it has with it when it is closed. */
export class Host {
  readonly #process: ChildProcess;
  /** Why there is none, or `false`. */
  readonly missing: string | false;

  /** @param devices of this namespace, which go over to it before the commands are run there */
  constructor(devices: readonly string[], commands: readonly string[]) {
    this.#process = spawn("unshare", ["-n", "sleep", String(HOST_LIFE_SECONDS)], { stdio: "ignore" });
    // An error comes as an event too, and `missing` has told of it by then.
    this.#process.on("error", () => undefined);
    const { pid } = this.#process;
    if (pid === undefined || !hasOwnNamespace(pid)) {
      this.missing = "unshare makes no network namespace";
      return;
    }
    this.missing = runAll([
      ...devices.map((device) => `ip link set dev ${device} netns ${pid}`),
      ...commands.map((command) => `nsenter -t ${pid} -n ${command}`),
    ]);
  }

  run(command: string): ReturnType<typeof run> {
    return run(`nsenter -t ${this.#process.pid} -n ${command}`);
  }

  close(): void {
    this.#process.kill("SIGKILL");
  }
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

/** A command line that runs a program without the capability to open raw sockets; `false` where there is none. */
export function withoutRawSockets(): readonly string[] | false {
  const words = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"];
  return run(`${words.join(" ")} true`).status === 0 && words;
}
