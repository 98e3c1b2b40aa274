/**
 * Scans by the command as users run it: for tests. What listens does so on 127.0.0.0/8 and ::1.
 */
import assert from "node:assert/strict";
import { type AddressInfo, createServer, type Server } from "node:net";
import { after } from "node:test";
import { COMMAND, palisade, type Ran, run } from "../command.build.js";

export const isRoot = process.geteuid?.() === 0;
/** Nobody listens here. */
export const BARE = "127.83.19.2";

const servers: Server[] = [];
after(() => {
  for (const server of servers) server.close();
});

/** Listens on a free port of `address`. */
export async function listen(address: string, accepted: () => void = () => {}): Promise<number> {
  const server = createServer((socket) => {
    socket.on("error", () => {}).destroy();
    accepted();
  });
  servers.push(server);
  await new Promise<void>((ready) => server.listen(0, address, ready));
  return (server.address() as AddressInfo).port;
}

/** `palisade scan WORDS…`, to its end. */
export const scan = (words: readonly string[], input?: string): Ran =>
  palisade(["scan", ...words], input === undefined ? undefined : Buffer.from(input));

/** What a scan writes, that ends well and complains of nothing. */
export function scanned(words: readonly string[], input?: string): string {
  const { status, stdout, stderr } = scan(words, input);
  assert.deepEqual([status, stderr], [0, ""], words.join(" "));
  return stdout;
}

/** The JSON report, as far as tests look at it. */
export interface Port {
  readonly protocol: string;
  readonly port: number;
  readonly state: string;
  readonly reason: string;
}
export interface Host {
  readonly address: string;
  readonly names: readonly string[];
  readonly state: string;
  readonly ports: readonly Port[];
  readonly closed: number;
  readonly filtered: number;
}
export interface Report {
  readonly engine: string;
  readonly because?: string;
  readonly techniques: readonly string[];
  readonly seed: string;
  readonly started: string;
  readonly finished: string;
  readonly stopped: boolean;
  readonly lost: number;
  readonly probes: number;
  readonly hosts: readonly Host[];
}

/** A scan by connections, as JSON. */
export const json = (words: readonly string[], input?: string): Report =>
  JSON.parse(scanned(["-sT", "--format", "json", ...words], input)) as Report;
export const addresses = ({ hosts }: Report): string[] => hosts.map(({ address }) => address);

/** One line on standard error, nothing on standard output. */
export function refused({ status, stdout, stderr }: Ran, wanted: number, message: RegExp): void {
  assert.equal(status, wanted, stderr);
  assert.equal(stdout, "");
  assert.match(stderr, /^palisade: [^\n]+\n$/);
  assert.match(stderr, message);
}

/** Words that run a program without the capability to open raw sockets. */
export const without = isRoot ? ["setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"] : [];
/** Words that run a program as nobody. */
export const asNobody = ["setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"];

/** `palisade scan WORDS…` behind other words, as of `setpriv`. */
export const runWith = (prefix: readonly string[], words: readonly string[]): Ran => {
  const [program = "", ...rest] = [...prefix, process.execPath, COMMAND, "scan", ...words];
  return run(program, rest);
};
/** Whether the command runs behind them. */
export const works = (prefix: readonly string[]): boolean => runWith(prefix, ["--version"]).status === 0;

/** In a network namespace that ends with the command; `lo` is down there, and `idle` too. */
export const isolated = [
  "unshare",
  "--net",
  "sh",
  "-c",
  'ip link add idle type veth peer name idle2 && exec "$@"',
  "sh",
];
