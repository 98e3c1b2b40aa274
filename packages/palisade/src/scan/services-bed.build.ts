/**
 * A machine of its own for daemons: namespaces with a loopback, a `/mnt` and a `/run` that are empty, and processes of their own.
 * When this process ends, however it does, all in there ends and is gone.
 */
import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { type Ran, run } from "../command.build.js";

/** Packages that cannot be installed beside others, each unpacked into a folder of its name: `.ci/run` fills it. */
const UNPACKED = fileURLToPath(new URL("../../../../.cache/daemons/", import.meta.url));
/** Where the bed has it, for users who may not enter the folders above it. */
const UNPACKED_INSIDE = "/mnt/daemons";
/** Where Debian keeps daemons; PostgreSQL's are in a folder for each version. */
const PROGRAM_FOLDERS = ["/usr/sbin", "/usr/bin"];
const POSTGRESQL_FOLDER = "/usr/lib/postgresql";
/** A daemon accepts within as long, or it is broken. */
const READY_MS_MAX = 120_000;

/** `cat` is the namespace's first process: it ends when we do, for want of input, and with it the kernel ends all others. */
const INIT = `set -e
mount -t tmpfs -o mode=755 tmpfs /mnt
mount -t tmpfs -o mode=755 tmpfs /run
mkdir ${UNPACKED_INSIDE} /mnt/log
if [ -d "$1" ]; then mount --bind "$1" ${UNPACKED_INSIDE}; fi
ip link set lo up
ip address add 127.0.0.2/8 dev lo
echo 0 >/proc/sys/net/ipv4/ip_unprivileged_port_start
echo ready
exec cat >/dev/null`;

export interface BedPort {
  readonly address: string;
  readonly port: number;
  readonly protocol: "tcp" | "udp";
}

export interface Daemon {
  readonly name: string;
  /** The Debian package, and the program that is looked for. */
  readonly package: string;
  readonly program: string;
  readonly ports: readonly BedPort[];
  /** @param program its path in the bed */
  start(bed: Bed, program: string): void;
}

/** What TLS is served with, the same by all. */
export const CERTIFICATE = "/mnt/tls/cert.pem";
export const KEY = "/mnt/tls/key.pem";
/** The certificate's common name and only alternative name. */
export const CERTIFIED = "bed.example";
/** Of the pages that are served. */
export const TITLE = "A page of the bed";

/** Why this machine can have no bed, or `false`. */
export function bedMissing(): string | false {
  if (process.platform !== "linux") return "namespaces are of Linux";
  if (process.geteuid?.() !== 0) return "only root can make namespaces for daemons of other users";
  for (const program of ["ip", "nsenter", "openssl", "setpriv", "unshare"])
    if (run(program, ["-V"]).status === null) return `${program} is not here`;
  const { status, stderr } = run("unshare", ["--mount", "--net", "--pid", "--fork", "true"]);
  return status === 0 ? false : `this machine makes no namespaces: ${stderr.trim()}`;
}

/** Where a program is, as seen in the bed; `undefined` where its package is neither installed nor unpacked. */
export function findProgram(name: string, packageName: string): string | undefined {
  const versions = existsSync(POSTGRESQL_FOLDER) ? readdirSync(POSTGRESQL_FOLDER) : [];
  const folders = [...PROGRAM_FOLDERS, ...versions.map((one) => join(POSTGRESQL_FOLDER, one, "bin"))];
  const folder = folders.find((one) => existsSync(join(one, name)));
  if (folder !== undefined) return join(folder, name);
  const below = PROGRAM_FOLDERS.find((one) => existsSync(join(UNPACKED, packageName, one, name)));
  return below && join(UNPACKED_INSIDE, packageName, below, name);
}

/** The version that a package has of its software: without epoch, revision, and what says that parts were left out. */
export function packagedVersion(packageName: string): string {
  const control = join(UNPACKED, packageName, "DEBIAN/control");
  const text = existsSync(control)
    ? readFileSync(control, "utf8")
    : run("dpkg-query", ["--status", packageName]).stdout;
  const full = /^Version: (.+)$/m.exec(text)?.[1] ?? "";
  return full
    .replace(/^\d+:/, "")
    .replace(/-[^-]*$/, "")
    .replace(/\+dfsg.*$/, "");
}

export class Bed {
  readonly #unshare: ChildProcess;
  /** The number of the bed's first process, outside. */
  readonly #init: number;

  private constructor(unshare: ChildProcess, init: number) {
    this.#unshare = unshare;
    this.#init = init;
  }

  static async make(): Promise<Bed> {
    const words = ["--mount", "--net", "--pid", "--fork", "--kill-child", "--mount-proc"];
    const unshare = spawn("unshare", [...words, "sh", "-c", INIT, "sh", UNPACKED], {
      stdio: ["pipe", "pipe", "inherit"],
    });
    const [said] = await Promise.race([once(unshare.stdout, "data"), once(unshare, "exit")]);
    if (!Buffer.isBuffer(said)) throw new Error("the bed's namespaces could not be set up");
    const children = readFileSync(`/proc/${unshare.pid}/task/${unshare.pid}/children`, "utf8");
    const bed = new Bed(unshare, Number(children.trim()));
    bed.folder("/mnt/tls");
    const request = ["req", "-x509", "-newkey", "rsa:2048", "-nodes", "-days", "30"];
    const names = ["-subj", `/CN=${CERTIFIED}`, "-addext", `subjectAltName=DNS:${CERTIFIED}`];
    bed.must(["openssl", ...request, ...names, "-keyout", KEY, "-out", CERTIFICATE]);
    bed.must(["chmod", "644", KEY]);
    return bed;
  }

  /** A file in the bed, and the folders above it. @param contents text, or lines of it */
  write(path: string, contents: string | readonly string[], mode = 0o644): void {
    const outside = `/proc/${this.#init}/root${path}`;
    mkdirSync(dirname(outside), { recursive: true });
    writeFileSync(outside, typeof contents === "string" ? contents : `${contents.join("\n")}\n`);
    chmodSync(outside, mode);
  }

  /** A new folder in the bed that belongs to a user. */
  folder(path: string, user = "root"): string {
    mkdirSync(`/proc/${this.#init}/root${path}`, { recursive: true });
    this.must(["chown", user, path]);
    return path;
  }

  read(path: string): string {
    return readFileSync(`/proc/${this.#init}/root${path}`, "utf8");
  }

  /** The words that run a command in the bed. */
  inside(words: readonly string[], user = "root"): string[] {
    const enter = ["nsenter", "-t", String(this.#init), "--mount", "--net", "--pid", "--wd=/"];
    if (user === "root") return [...enter, ...words];
    return [
      ...enter,
      "setpriv",
      `--reuid=${user}`,
      `--regid=${GROUPS[user] ?? user}`,
      "--clear-groups",
      ...words,
    ];
  }

  /** The words that run a command of outside, which sees this machine's files, on the bed's network. */
  beside(words: readonly string[]): string[] {
    return ["nsenter", "-t", String(this.#init), "--net", ...words];
  }

  /** Runs a command in the bed to its end. @throws where it fails, with what it said */
  must(words: readonly string[], user = "root"): Ran {
    const [program = "", ...rest] = this.inside(words, user);
    const ran = run(program, rest);
    if (ran.status !== 0) throw new Error(`${words.join(" ")}: ${ran.stderr.trim() || ran.stdout.trim()}`);
    return ran;
  }

  /** Starts a daemon that stays in the foreground, or goes to the background: it ends with the bed. */
  start(
    name: string,
    words: readonly string[],
    user = "root",
    environment: Readonly<Record<string, string>> = {},
  ): void {
    const [program = "", ...rest] = this.inside(
      ["sh", "-c", 'log=$1; shift; exec "$@" >>"$log" 2>&1', "sh", this.#log(name, user), ...words],
      user,
    );
    const env = { PATH: "/usr/sbin:/usr/bin:/sbin:/bin", HOME: "/", ...environment };
    // Its end is no concern of this process: what it was started for is awaited.
    spawn(program, rest, { stdio: "ignore", cwd: "/", env }).unref();
  }

  #log(name: string, user: string): string {
    const path = `/mnt/log/${name}`;
    this.write(path, "");
    this.must(["chown", user, path]);
    return path;
  }

  /** Starts daemons, and waits until they serve their ports. @returns what those that do not said last */
  async serve(programs: ReadonlyMap<Daemon, string>): Promise<Map<Daemon, string>> {
    const broken = new Map<Daemon, string>();
    const fail = (daemon: Daemon, error: unknown): void => void broken.set(daemon, (error as Error).message);
    for (const [daemon, program] of programs) {
      try {
        daemon.start(this, program);
      } catch (error) {
        fail(daemon, error);
      }
    }
    const started = [...programs.keys()].filter((daemon) => !broken.has(daemon));
    await Promise.all(
      started.map((one) => this.ready(one.name, one.ports).catch((error) => fail(one, error))),
    );
    return broken;
  }

  /** Waits until all ports are served. @throws where they are not in time, with the last lines of the daemon's log */
  async ready(name: string, ports: readonly BedPort[]): Promise<void> {
    const [program = "", ...rest] = this.beside([
      process.execPath,
      "--input-type=module",
      "-e",
      AWAIT,
      JSON.stringify(ports),
      String(READY_MS_MAX),
    ]);
    const child = spawn(program, rest, { stdio: ["ignore", "pipe", "ignore"] });
    let missing = "";
    child.stdout.on("data", (text) => {
      missing += text;
    });
    const [status] = await once(child, "close");
    if (status === 0) return;
    const said = this.read(`/mnt/log/${name}`).trim().split("\n").slice(-8).join(" | ");
    throw new Error(`${name} does not serve ${missing.trim()}: ${said}`);
  }

  async close(): Promise<void> {
    const gone = once(this.#unshare, "exit");
    this.#unshare.stdin?.end();
    await gone;
  }
}

/** The groups of users whose group has another name. */
const GROUPS: Readonly<Record<string, string>> = { nobody: "nogroup" };

/** TCP: a connection that is accepted. UDP: a socket that is bound, as the kernel lists it (proc(5), "/proc/net/udp"). */
const AWAIT = `
import net from "node:net";
import { readFileSync } from "node:fs";
import { setTimeout as wait } from "node:timers/promises";
const [ports, limit] = [JSON.parse(process.argv[1]), Date.now() + Number(process.argv[2])];
const accepts = ({ address, port }) => new Promise((done) => {
  const socket = net.connect(port, address, () => { socket.destroy(); done(true); });
  socket.on("error", () => done(false));
});
const hex = (number, digits) => number.toString(16).toUpperCase().padStart(digits, "0");
const local = ({ address, port }) =>
  address.split(".").map((octet) => hex(Number(octet), 2)).reverse().join("") + ":" + hex(port, 4);
const bound = (one) => readFileSync("/proc/self/net/udp", "utf8").includes(local(one) + " 00000000:0000");
for (const one of ports)
  while (!(one.protocol === "tcp" ? await accepts(one) : bound(one))) {
    if (Date.now() > limit) { console.log(one.address + " " + one.port + "/" + one.protocol); process.exit(1); }
    await wait(20);
  }
`;
