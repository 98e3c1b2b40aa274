/**
 * Network namespaces for tests, of all packages: the test's process enters one of its own, and other hosts are processes in
 * theirs. Nothing outside is touched, and the kernel takes all away when the processes end, however they end.
 */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { readlinkSync } from "node:fs";
import { createRequire } from "node:module";

const CLONE_NEWNET = 0x4000_0000;
/** Turns of waiting for another host's namespace, of so many milliseconds each. */
const HOST_TURNS_MAX = 3_000;
const HOST_TURN_MS = 10;

export interface Ran {
  readonly status: number | null;
  /** Standard output, then standard error. */
  readonly output: string;
}

/** Runs a command, whose words are one space apart, to its end. */
export function run(command: string, input = ""): Ran {
  const [program = "", ...words] = command.split(" ");
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8", input });
  return { status, output: `${stdout}${stderr}` };
}

/** Runs commands until one fails. @returns what it said, or `false` */
export function runAll(commands: readonly string[]): string | false {
  for (const command of commands) {
    const { status, output } = run(command);
    if (status !== 0) return `${command}: ${output.trim()}`;
  }
  return false;
}

/** @param commands that work where the programs are there, as in `nft --version`. @returns what is missing, or `false` */
export function missingPrograms(...commands: readonly string[]): string | false {
  const missing = commands.find((command) => run(command).status !== 0);
  return missing !== undefined && `"${missing}" does not work here`;
}

/**
 * Enters a new namespace, and runs commands in it. Namespaces are a thread's: whatever this thread starts from now on is in it.
 *
 * @returns why that cannot be, or `false`
 */
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
  readonly #started: ChildProcess[] = [];
  /** Why there is none, or `false`. */
  readonly missing: string | false;

  /** @param devices of this namespace, which go over to it before the commands are run there */
  constructor(devices: readonly string[], commands: readonly string[]) {
    // Its standard input ends when this process does, however it does.
    this.#process = spawn("unshare", ["-n", "cat"], { stdio: ["pipe", "ignore", "ignore"] });
    // An error comes as an event too, and `missing` has told of it by then.
    this.#process.on("error", () => undefined);
    const { pid } = this.#process;
    if (pid === undefined || !hasOwnNamespace(pid)) {
      this.missing = "unshare makes no network namespace";
      return;
    }
    this.missing = runAll([
      ...devices.map((device) => `ip link set dev ${device} netns ${pid}`),
      ...commands.map((command) => this.#words([command]).join(" ")),
    ]);
  }

  run(command: string, input?: string): Ran {
    return run(this.#words([command]).join(" "), input);
  }

  /** Starts a program there, with a pipe to each of its streams. It ends with the host; its standard input ends with this process. */
  start(program: string, words: readonly string[]): ChildProcess {
    const [enter = "", ...more] = this.#words([program, ...words]);
    const started = spawn(enter, more);
    this.#started.push(started);
    return started;
  }

  close(): void {
    for (const started of this.#started) started.kill("SIGKILL");
    this.#process.kill("SIGKILL");
  }

  #words(words: readonly string[]): readonly string[] {
    return ["nsenter", "-t", String(this.#process.pid), "-n", ...words];
  }
}

/** Resolves when a program has said something on its standard output; false where it ended before. */
export function saidSomething(program: ChildProcess): Promise<boolean> {
  return new Promise((resolve) => {
    program.stdout?.once("data", () => resolve(true));
    program.once("error", () => resolve(false));
    program.once("exit", () => resolve(false));
  });
}

function hasOwnNamespace(pid: number): boolean {
  const ours = readlinkSync("/proc/self/ns/net");
  for (let turn = 0; turn < HOST_TURNS_MAX; turn += 1) {
    try {
      if (readlinkSync(`/proc/${pid}/ns/net`) !== ours) return true;
    } catch {
      return false;
    }
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, HOST_TURN_MS);
  }
  return false;
}

/** A command line that runs a program without the capability to open raw sockets; `false` where there is none. */
export function withoutRawSockets(): readonly string[] | false {
  const words = ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"];
  return run(`${words.join(" ")} true`).status === 0 && words;
}
