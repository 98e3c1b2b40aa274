/**
 * Connects, in a network namespace that this process enters by itself (as in live.test.ts): its ports are nobody else's. Beside
 * it lies a second one, over a pair of Ethernet devices, whose answers do not come within the call.
 */
import assert from "node:assert/strict";
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { connect, createServer, type Server, type Socket } from "node:net";
import { after, test } from "node:test";
import { parseIpAddress } from "@palisade/wire";
import fc from "fast-check";
import { AF_INET, IPPROTO_TCP, openSystem, SOCK_STREAM } from "../system.js";
import {
  type Attempt,
  type AttemptSource,
  blankAttempt,
  type Connector,
  type ConnectorName,
  ERRNO,
} from "./connector.js";
import { EpollEngine } from "./epoll-engine.js";
import { LOCAL_END_MS_MAX, LOCAL_ENDS_MAX, LocalEnds } from "./local-ends.js";
import { openConnector } from "./open-connector.js";
import type { EngineMaker } from "./slot-table.js";
import { SocketConnector } from "./socket-connector.js";

const CLONE_NEWNET = 0x4000_0000;
const LISTENING = 4000;
/** Frames to it go to a station that is not there. */
const SILENT = "192.0.2.200";
/** The neighbour as well, once it is said that this is its station. */
const LATE = "192.0.2.50";
const NEIGHBOURS_STATION = "02:00:5e:00:53:02";

function run(command: string): string | undefined {
  const [program = "", ...words] = command.split(" ");
  const { status, stdout, stderr } = spawnSync(program, words, { encoding: "utf8" });
  return status === 0 ? undefined : `${command}: ${stdout}${stderr}`.trim();
}

let neighbour: ChildProcess | undefined;
const servers: Server[] = [];
const connections = new Set<Socket>();

/**
 * Makes the namespaces. 192.0.2.2 and 2001:db8::2 are the neighbour, 198.51.100.0/24 is unreachable,
 * 203.0.113.0/24 forbidden, and to all else there is no way.
 */
async function enterNamespace(): Promise<string | false> {
  if (process.platform !== "linux") return "network namespaces are Linux's";
  if (process.geteuid?.() !== 0) return "only root can make a network namespace";
  if (run("ip -V") !== undefined) return "ip (iproute2) is not here";
  if (run("nsenter -V") !== undefined) return "nsenter (util-linux) is not here";
  const koffi = createRequire(import.meta.url)("koffi") as typeof import("koffi");
  const unshare = koffi.load(null).func("unshare", "int", ["int"]);
  if (unshare(CLONE_NEWNET) !== 0) return "this machine makes no network namespaces";
  const serve = `require("node:net").createServer((socket) => socket.on("error", () => {}))
    .listen(${LISTENING}, "::", () => console.log("ready")); process.stdin.on("end", () => process.exit()).resume();`;
  // Standard input ends when this process does, however it does.
  neighbour = spawn("unshare", ["-n", process.execPath, "-e", serve], { stdio: ["pipe", "pipe", "inherit"] });
  await once(neighbour.stdout!, "data");
  const there = `nsenter -t ${neighbour.pid} -n ip`;
  for (const command of [
    "ip link set dev lo up",
    "ip link add near type veth peer name far",
    `ip link set dev far netns ${neighbour.pid}`,
    "ip addr add 192.0.2.1/24 dev near",
    "ip addr add 192.0.2.3/24 dev near",
    "ip addr add 2001:db8::1/64 dev near nodad",
    "ip link set dev near up",
    `ip neigh add ${SILENT} lladdr 02:00:5e:00:53:99 dev near nud permanent`,
    `${there} link set dev far address ${NEIGHBOURS_STATION}`,
    `${there} addr add 192.0.2.2/24 dev far`,
    // On its loopback interface, and it answers no ARP for what is not on the link.
    `${there} link set dev lo up`,
    `${there} addr add ${LATE}/32 dev lo`,
    `nsenter -t ${neighbour.pid} -n sysctl -qw net.ipv4.conf.far.arp_ignore=1`,
    `${there} addr add 2001:db8::2/64 dev far nodad`,
    `${there} link set dev far up`,
    "ip route add unreachable 198.51.100.0/24",
    "ip route add prohibit 203.0.113.0/24",
  ]) {
    const failure = run(command);
    if (failure !== undefined) return failure;
  }
  return false;
}

const skip = await enterNamespace();
const NEIGHBOURS = ["192.0.2.2", "2001:db8::2"];

after(() => {
  neighbour?.kill();
  for (const socket of connections) socket.destroy();
  for (const server of servers) server.close();
});

async function listen(port: number, address: string, accept?: (socket: Socket) => void): Promise<number> {
  const server = createServer((socket) => {
    connections.add(socket);
    socket.on("error", () => {});
    socket.on("close", () => connections.delete(socket));
    accept?.(socket);
  });
  server.listen(port, address);
  await once(server, "listening");
  servers.push(server);
  return (server.address() as { port: number }).port;
}

interface Target {
  readonly address: string;
  readonly port: number;
  readonly timeoutMs?: number;
}

/** Asks for targets in order; the token is their index. A number instead of a target is a wait of so many milliseconds. */
class List implements AttemptSource {
  readonly ends: (number | undefined)[] = [];
  readonly tookUs: number[] = [];
  readonly twice: number[] = [];
  begun = 0;
  readonly #list: readonly (Target | number)[];
  readonly #whenEnded: (() => void) | undefined;
  #at = 0;

  constructor(list: readonly (Target | number)[], whenEnded?: () => void) {
    this.#list = list;
    this.#whenEnded = whenEnded;
  }

  next(attempt: Attempt) {
    const target = this.#list[this.#at];
    if (target === undefined) return "done";
    this.#at += 1;
    if (typeof target === "number") {
      attempt.waitMs = target;
      return "wait";
    }
    this.begun += 1;
    const octets = parseIpAddress(target.address)!;
    attempt.address.set(octets);
    attempt.addressBytes = octets.length;
    attempt.scopeId = 0;
    attempt.port = target.port;
    attempt.timeoutMs = target.timeoutMs ?? 20_000;
    attempt.token = this.#at - 1;
    return "next";
  }

  ended(token: number, errno: number, tookUs: number): void {
    if (this.ends[token] !== undefined) this.twice.push(token);
    this.ends[token] = errno;
    this.tookUs[token] = tookUs;
    this.#whenEnded?.();
  }
}

const never = new AbortController().signal;

/** For targets that answer: the kernel sends a SYN that was lost again after one second, and after two more. */
const ANSWERED_MS = 5_000;

/** A timer may fire a millisecond before its time on the connectors' clock. */
const localEndsForgotten = () => new Promise((resolve) => setTimeout(resolve, LOCAL_END_MS_MAX + 1));

async function outcomes(connector: Connector, list: readonly (Target | number)[]): Promise<List> {
  const source = new List(list);
  await connector.run(source, never);
  assert.deepEqual(source.twice, []);
  return source;
}

/** Ports of one address that are open; all others must have refused. */
async function openPorts(connector: Connector, address: string, ports: readonly number[]): Promise<number[]> {
  const { ends } = await outcomes(
    connector,
    ports.map((port) => ({ address, port })),
  );
  assert.equal(ends.length, ports.length);
  assert.deepEqual(
    ends.filter((errno) => errno !== 0 && errno !== ERRNO.ECONNREFUSED),
    [],
  );
  return ports.filter((_, index) => ends[index] === 0);
}

const range = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => first + index);

function unavailable(only: ConnectorName): string | false {
  try {
    openConnector({ only }).close();
    return false;
  } catch (error) {
    return String(error);
  }
}

for (const only of ["io_uring", "epoll", "node"] as const) {
  const away = unavailable(only);
  const elsewhere = skip === false ? away : skip;

  test(`${only}: of all ports, those that listen are found exactly, each time`, {
    skip: elsewhere,
  }, async () => {
    const listening = [
      ...range(1, 8).map((index) => index * 3001),
      ...range(1, 12).map((index) => 33_000 + index * 2300),
    ];
    const opened: number[] = [];
    for (const port of listening) opened.push(await listen(port, "127.0.0.1"));
    const connector = openConnector({ only });
    assert.equal(connector.name, only);
    assert.equal(connector.because, undefined);
    let turns = 0;
    const timer = setInterval(() => (turns += 1), 1);
    try {
      // node:net takes about ten seconds of processor time for each round.
      for (let round = 0; round < (only === "node" ? 1 : 3); round += 1) {
        assert.deepEqual(await openPorts(connector, "127.0.0.1", range(1, 65_535)), opened);
      }
    } finally {
      clearInterval(timer);
      connector.close();
      for (const server of servers.splice(0)) server.close();
    }
    assert.ok(turns > 0, "the event loop has its turn");
  });

  test(`${only}: a socket that meets itself is no open port`, { skip: elsewhere }, async () => {
    const setting = "net.ipv4.ip_local_port_range";
    assert.equal(run(`sysctl -qw ${setting}=40000\t40031`), undefined);
    try {
      for (const address of ["127.0.0.1", "::1"]) {
        const opened = await listen(40_007, address);
        const connector = openConnector({ only, inFlightMax: 8 });
        const ports = range(40_000, 40_031);
        // One in sixteen free ports is given out for itself or so: dozens in forty rounds.
        for (let round = 0; round < 40; round += 1) {
          assert.deepEqual(await openPorts(connector, address, ports), [opened]);
        }
        connector.close();
      }
    } finally {
      run(`sysctl -qw ${setting}=32768\t60999`);
      for (const server of servers.splice(0)) server.close();
    }
  });

  test(`${only}: refused, silent, unreachable and forbidden are told apart`, {
    skip: elsewhere,
  }, async () => {
    const connector = openConnector({ only });
    const source = await outcomes(connector, [
      { address: "127.0.0.1", port: 9 },
      { address: "::1", port: 9 },
      { address: SILENT, port: 9, timeoutMs: 60 },
      { address: "198.51.100.1", port: 9 },
      { address: "203.0.113.1", port: 9 },
      { address: "100.64.0.1", port: 9 },
      { address: "2001:db8:1::1", port: 9 },
      { address: NEIGHBOURS[0]!, port: LISTENING },
      { address: NEIGHBOURS[1]!, port: LISTENING },
    ]);
    connector.close();
    assert.deepEqual(source.ends, [
      ERRNO.ECONNREFUSED,
      ERRNO.ECONNREFUSED,
      ERRNO.ETIMEDOUT,
      ERRNO.EHOSTUNREACH,
      ERRNO.EACCES,
      ERRNO.ENETUNREACH,
      ERRNO.ENETUNREACH,
      0,
      0,
    ]);
    // Timers of node:net may fire a millisecond early.
    assert.ok(source.tookUs[2]! >= 58_000);
  });

  test(`${only}: another machine's refusals are told from its open port`, { skip: elsewhere }, async () => {
    const connector = openConnector({ only, inFlightMax: 50 });
    for (const address of NEIGHBOURS) {
      for (let round = 0; round < 2; round += 1) {
        assert.deepEqual(await openPorts(connector, address, range(3500, 4500)), [LISTENING]);
      }
    }
    connector.close();
  });

  test(`${only}: an answer that comes while nothing else happens is told at once`, {
    skip: elsewhere,
  }, async (t) => {
    const connector = openConnector({ only, inFlightMax: 8 });
    const happened: string[] = [];
    const source = new List([{ address: LATE, port: 9 }], () => happened.push("told"));
    const abort = new AbortController();
    const timers = [
      setTimeout(() => {
        happened.push("answered");
        run(`ip neigh replace ${LATE} lladdr ${NEIGHBOURS_STATION} dev near nud permanent`);
      }, 20),
      setTimeout(() => {
        happened.push("late");
        abort.abort();
      }, 20_000),
    ];
    // None of the connector's own timers is ever due: it hears of the answer, or of nothing.
    const ownTimers = t.mock.method(globalThis, "setTimeout", () => undefined);
    try {
      await connector.run(source, abort.signal);
    } finally {
      ownTimers.mock.restore();
      for (const timer of timers) clearTimeout(timer);
      run(`ip neigh del ${LATE} dev near`);
      connector.close();
    }
    assert.deepEqual(source.ends, [ERRNO.ECONNREFUSED]);
    assert.deepEqual(happened, ["answered", "told"]);
  });

  test(`${only}: sockets of both families take turns, also where there is room for one`, {
    skip: elsewhere,
  }, async () => {
    for (const inFlightMax of [1, 2, 7]) {
      const connector = openConnector({ only, inFlightMax });
      const list = range(1, 200).map((index) => ({
        address: index % 3 === 0 ? "127.0.0.1" : index % 3 === 1 ? "::1" : NEIGHBOURS[index % 2]!,
        port: index % 3 === 2 ? LISTENING : 9,
      }));
      const { ends } = await outcomes(connector, list);
      assert.deepEqual(
        ends,
        list.map(({ port }) => (port === LISTENING ? 0 : ERRNO.ECONNREFUSED)),
      );
      connector.close();
    }
  });

  test(`${only}: many that never answer are waited for together`, { skip: elsewhere }, async () => {
    const connector = openConnector({ only, inFlightMax: 500 });
    const list = range(1, 1500).map((port) => ({ address: SILENT, port, timeoutMs: 30 }));
    const { ends } = await outcomes(connector, list);
    assert.deepEqual(new Set(ends), new Set([ERRNO.ETIMEDOUT]));
    assert.equal(ends.length, list.length);
    // The sockets can be used again.
    assert.deepEqual(await openPorts(connector, NEIGHBOURS[0]!, range(3900, 4100)), [LISTENING]);
    connector.close();
  });

  test(`${only}: an abort in the middle tells every attempt once`, { skip: elsewhere }, async () => {
    for (const abortAfter of [0, 1, 40, 299]) {
      const connector = openConnector({ only, inFlightMax: 200 });
      const abort = new AbortController();
      let ended = 0;
      // Of three, two are refused at once and one stays.
      const list = range(1, 5000).map((index) => ({
        address: index % 3 === 0 ? SILENT : "127.0.0.1",
        port: 9,
      }));
      const source = new List(list, () => {
        ended += 1;
        if (ended === abortAfter) abort.abort();
      });
      if (abortAfter === 0) abort.abort();
      await connector.run(source, abort.signal);
      connector.close();
      assert.deepEqual(source.twice, []);
      assert.equal(ended, source.begun);
      assert.ok(source.begun < list.length);
      for (let index = 0; index < source.begun; index += 1) {
        const errno = source.ends[index];
        if (index % 3 === 2) assert.equal(errno, ERRNO.ECANCELED);
        else assert.ok(errno === ERRNO.ECONNREFUSED || errno === ERRNO.ECANCELED);
      }
    }
  });

  test(`${only}: an abort while all are silent ends the wait, and so does close`, {
    skip: elsewhere,
  }, async () => {
    for (const how of ["abort", "close"]) {
      const connector = openConnector({ only });
      const abort = new AbortController();
      const source = new List(range(1, 300).map((port) => ({ address: SILENT, port })));
      const timer = setInterval(() => {
        if (source.begun < 300) return;
        if (how === "abort") abort.abort();
        else connector.close();
      }, 5);
      await connector.run(source, abort.signal);
      clearInterval(timer);
      connector.close();
      assert.equal(source.ends.length, 300);
      assert.deepEqual(new Set(source.ends), new Set([ERRNO.ECANCELED]));
    }
  });

  test(`${only}: whatever is asked for, each ends once, as it should`, { skip: elsewhere }, async () => {
    const kinds: readonly (readonly [Target | number, number])[] = [
      [{ address: "127.0.0.1", port: 9 }, ERRNO.ECONNREFUSED],
      [{ address: "::1", port: 9 }, ERRNO.ECONNREFUSED],
      [{ address: NEIGHBOURS[0]!, port: LISTENING }, 0],
      [{ address: NEIGHBOURS[1]!, port: LISTENING + 1 }, ERRNO.ECONNREFUSED],
      [{ address: SILENT, port: 9, timeoutMs: 3 }, ERRNO.ETIMEDOUT],
      [{ address: "198.51.100.1", port: 9 }, ERRNO.EHOSTUNREACH],
      [0, -1],
      [2.5, -1],
    ];
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.nat(kinds.length - 1), { maxLength: 150 }),
        fc.integer({ min: 1, max: 40 }),
        async (choice, inFlightMax) => {
          const connector = openConnector({ only, inFlightMax });
          const { ends } = await outcomes(
            connector,
            choice.map((kind) => kinds[kind]![0]),
          );
          connector.close();
          for (const [index, kind] of choice.entries()) {
            const expected = kinds[kind]![1];
            assert.equal(ends[index], expected < 0 ? undefined : expected);
          }
        },
      ),
      { numRuns: 15 },
    );
  });

  test(`${only}: a port whose connections are reset at once is open`, { skip: away }, async () => {
    const port = await listen(0, "127.0.0.1", (socket) => socket.resetAndDestroy());
    const connector = openConnector({ only });
    const { ends } = await outcomes(connector, Array(50).fill({ address: "127.0.0.1", port }));
    connector.close();
    for (const server of servers.splice(0)) server.close();
    assert.deepEqual(ends, Array(50).fill(0));
  });

  test(`${only}: connects leave from the source address, or not at all`, { skip: elsewhere }, async () => {
    const connector = openConnector({ only, sourceAddress: parseIpAddress("192.0.2.3")! });
    const abort = new AbortController();
    const list = [...range(1, 20).map((port) => ({ address: SILENT, port })), { address: "::1", port: 9 }];
    const source = new List(list);
    let local: string[] = [];
    const timer = setInterval(() => {
      const table = readFileSync("/proc/self/net/tcp", "utf8");
      local = [...table.matchAll(/([0-9A-F]{8}):[0-9A-F]{4} C80200C0:[0-9A-F]{4} 02/g)].map((row) => row[1]!);
      if (local.length === 20) abort.abort();
    }, 5);
    await connector.run(source, abort.signal);
    clearInterval(timer);
    connector.close();
    assert.deepEqual(source.ends, [...Array(20).fill(ERRNO.ECANCELED), ERRNO.EAFNOSUPPORT]);
    assert.deepEqual(new Set(local), new Set(["030200C0"]));
  });

  test(`${only}: many own addresses are connected to from each of them`, { skip: elsewhere }, async () => {
    // More than a connector tells apart.
    const addresses = range(1, 2 * LOCAL_ENDS_MAX).map((host) => `198.18.0.${host}`);
    for (const address of addresses) run(`ip addr add ${address}/32 dev lo`);
    const opened = await listen(0, "0.0.0.0");
    const connector = openConnector({ only, inFlightMax: 40 });
    try {
      const list = range(1, 20).flatMap((port) =>
        addresses.map((address) => ({ address, port: port === 20 ? opened : port })),
      );
      const { ends } = await outcomes(connector, list);
      assert.deepEqual(
        ends,
        list.map(({ port }) => (port === opened ? 0 : ERRNO.ECONNREFUSED)),
      );
    } finally {
      connector.close();
      for (const server of servers.splice(0)) server.close();
      for (const address of addresses) run(`ip addr del ${address}/32 dev lo`);
    }
  });

  test(`${only}: what a source throws ends the run`, { skip: away }, async () => {
    for (const where of ["next", "ended"]) {
      const connector = openConnector({ only });
      const list = new List(Array(20).fill({ address: "127.0.0.1", port: 9 }));
      let calls = 0;
      const failing = (place: string) => {
        calls += place === where ? 1 : 0;
        if (calls === 7) throw new RangeError("source");
      };
      const source: AttemptSource = {
        next(attempt) {
          failing("next");
          return list.next(attempt);
        },
        ended: () => failing("ended"),
      };
      await assert.rejects(connector.run(source, never), { name: "RangeError", message: "source" });
      connector.close();
    }
  });
}

/** Runs a script in a process of its own; `open` and `scan` are there. */
function child(program: readonly string[], script: string): string {
  const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const text = `
    const { openConnector } = await import(${module("./open-connector.js")});
    const net = await import("node:net");
    const server = net.createServer((socket) => socket.on("error", () => {}));
    await new Promise((resolve) => server.listen(0, "127.0.0.1", resolve));
    const open = server.address().port;
    async function scan(connector, ports) {
      let at = 0;
      const ends = [];
      await connector.run({
        next(attempt) {
          if (at === ports.length) return "done";
          attempt.address.set([127, 0, 0, 1]);
          Object.assign(attempt, { addressBytes: 4, port: ports[at], timeoutMs: 10000, token: at });
          at += 1;
          return "next";
        },
        ended: (token, errno) => { ends[token] = errno; },
      }, new AbortController().signal);
      return ends.every((errno, index) => errno === (ports[index] === open ? 0 : 111)) && ends.length === ports.length;
    }
    ${script}
    server.close();`;
  const words = [...program, process.execPath, "--input-type=module", "-e", text];
  const { stdout, stderr } = spawnSync(words[0]!, words.slice(1), { encoding: "utf8", timeout: 60_000 });
  assert.equal(stderr, "");
  return stdout;
}

const noLimits = run("prlimit --version") === undefined ? skip : "prlimit (util-linux) is not here";

for (const only of ["io_uring", "epoll", "node"] as const) {
  test(`${only}: with few descriptors fewer are under way, and nothing is lost`, {
    skip: noLimits || unavailable(only),
  }, () => {
    const told = child(
      ["prlimit", "--nofile=64:64"],
      `const connector = openConnector({ only: "${only}", inFlightMax: 1000 });
      const ports = Array.from({ length: 600 }, (_, index) => index % 50 === 0 ? open : 1 + index);
      console.log(connector.limited, connector.inFlightMax < 64, await scan(connector, ports));
      connector.close();`,
    );
    assert.match(
      told,
      /^[0-9]+ connects at a time instead of 1000: the limit of open files is 64, of which [0-9]+ are taken and 16 kept back true true\n$/,
    );
  });
}

/** Connects that left this namespace so far, however often their segments did (RFC 4022, tcpActiveOpens). */
function connectsMade(): number {
  const [names, values] = readFileSync("/proc/self/net/snmp", "utf8")
    .split("\n")
    .filter((line) => line.startsWith("Tcp:"))
    .map((line) => line.split(" "));
  return Number(values![names!.indexOf("ActiveOpens")]);
}

/** Local ends of connects to `SILENT` that are under way, as /proc/net/tcp writes them: address and port. */
function localEnds(): string[] {
  const table = readFileSync("/proc/self/net/tcp", "utf8");
  return [...table.matchAll(/([0-9A-F]{8}:[0-9A-F]{4}) C80200C0:[0-9A-F]{4} 02/g)].map((row) => row[1]!);
}

test("ports that are kept back are no part of the share that may be bound", { skip }, () => {
  const settings = "sysctl -qw net.ipv4.ip_local_port_range=";
  const reserved = "sysctl -qw net.ipv4.ip_local_reserved_ports=";
  assert.equal(run(`${settings}40000\t40031`), undefined);
  assert.equal(run(`${reserved}1-9,40004-40015,40020-40031`), undefined);
  const system = openSystem();
  const ends = new LocalEnds(system, parseIpAddress("192.0.2.1"));
  const end = ends.of(blankAttempt(), 0);
  const fds = range(1, 8).map(() =>
    system.door("socket", "int", ["int", "int", "int"])(AF_INET, SOCK_STREAM, IPPROTO_TCP),
  );
  const bound = fds.filter((fd) => ends.bind(fd, end));
  for (const fd of fds) system.close(fd);
  ends.close();
  run(`${settings}32768\t60999`);
  run(reserved);
  assert.equal(bound.length, 2);
});

test("a connection that is reset before anybody has looked at it is an open port", {
  skip: unavailable("epoll"),
}, async () => {
  const port = await listen(0, "127.0.0.1", (socket) => socket.resetAndDestroy());
  /** Tells of connections only when they are long reset. */
  const late: EngineMaker = (system, slots, slotCount, addresses) => {
    const connected: { readonly slot: number; readonly atMs: number }[] = [];
    const engine = new EpollEngine(
      system,
      {
        isFlying: (slot) => slots.isFlying(slot) && !connected.some((other) => other.slot === slot),
        isCancelling: (slot) => slots.isCancelling(slot),
        fdOf: (slot) => slots.fdOf(slot),
        addressBytesOf: (slot) => slots.addressBytesOf(slot),
        settled(slot, errno) {
          if (errno === 0) connected.push({ slot, atMs: performance.now() });
          else slots.settled(slot, errno);
        },
      },
      slotCount,
      addresses,
    );
    return {
      name: engine.name,
      socketFlags: engine.socketFlags,
      watchedFd: engine.watchedFd,
      get pending() {
        return connected.length > 0;
      },
      adopt: (slot, fd) => engine.adopt(slot, fd),
      start: (slot) => engine.start(slot),
      cancel: (slot) => engine.cancel(slot),
      hand: () => engine.hand(),
      reap() {
        engine.reap();
        while (connected[0] !== undefined && performance.now() - connected[0].atMs > 50) {
          slots.settled(connected.shift()!.slot, 0);
        }
      },
      close: () => engine.close(),
    };
  };
  const connector = new SocketConnector(late, {
    inFlightMax: 8,
    because: undefined,
    limited: undefined,
    sourceAddress: undefined,
  });
  const { ends } = await outcomes(connector, Array(8).fill({ address: "127.0.0.1", port }));
  connector.close();
  for (const server of servers.splice(0)) server.close();
  assert.deepEqual(ends, Array(8).fill(0));
});

/** Octets of an IPv4 packet that an ICMP error quotes: header and eight more (RFC 792). */
const QUOTED_BYTES = 28;
const ANSWER_MS = 20;

/**
 * Answers SYNs to `SILENT`, which the neighbour's device sees, by ICMP destination unreachable of `code`, some time after each: a
 * process in the neighbour's namespace, until what is returned is called.
 */
async function unreachable(code: number): Promise<() => Promise<unknown>> {
  const module = (name: string) => JSON.stringify(new URL(name, import.meta.url).href);
  const script = `
    const { openSystem } = await import(${module("../system.js")});
    const { finishChecksum, internetSum } = await import(${JSON.stringify(import.meta.resolve("@palisade/wire"))});
    const system = openSystem();
    const socket = system.door("socket", "int", ["int", "int", "int"]);
    const recv = system.door("recv", "long", ["int", "void *", "size_t", "int"]);
    const sendto = system.door("sendto", "long", ["int", "void *", "size_t", "int", "void *", "uint"]);
    // Packet socket (AF_PACKET, SOCK_RAW without waiting, ETH_P_IP), and a raw one for ICMP.
    const frames = socket(17, 3 | 0x800, 0x0008);
    const icmp = socket(2, 3, 1);
    const { address, octets } = system.allocate(4096, "test");
    setInterval(() => {
      while (recv(frames, address, 2048n, 0) > 0) {
        const isSyn = octets[23] === 6 && (octets[47] & 0x12) === 2;
        if (!isSyn || octets.subarray(30, 34).join(".") !== "${SILENT}") continue;
        const quoted = octets.slice(14, 14 + ${QUOTED_BYTES});
        const answer = new Uint8Array(8 + ${QUOTED_BYTES});
        answer.set([3, ${code}]);
        answer.set(quoted, 8);
        new DataView(answer.buffer).setUint16(2, finishChecksum(internetSum(answer, 0, answer.length)));
        setTimeout(() => {
          octets.set(answer, 2048);
          octets.set([2, 0, 0, 0, ...quoted.subarray(12, 16), 0, 0, 0, 0, 0, 0, 0, 0], 3072);
          sendto(icmp, address + 2048n, BigInt(answer.length), 0, address + 3072n, 16);
        }, ${ANSWER_MS});
      }
    }, 1);
    console.log("ready");
    process.stdin.on("end", () => process.exit()).resume();`;
  const words = ["-t", `${neighbour?.pid}`, "-n", process.execPath, "--input-type=module", "-e", script];
  const answering = spawn("nsenter", words, { stdio: ["pipe", "pipe", "inherit"] });
  const exited = once(answering, "exit");
  await Promise.race([once(answering.stdout!, "data"), exited]);
  return () => {
    answering.stdin!.end();
    return exited;
  };
}

for (const only of ["io_uring", "epoll"] as const) {
  const elsewhere = skip === false ? unavailable(only) : skip;

  for (const [code, errno] of [
    [1, ERRNO.EHOSTUNREACH],
    [3, ERRNO.ECONNREFUSED],
    [13, ERRNO.EHOSTUNREACH],
  ] as const) {
    test(`${only}: an ICMP error of code ${code} ends one connect, and none that follows in the socket`, {
      skip: elsewhere,
    }, async () => {
      const stop = await unreachable(code);
      const inFlightMax = 4;
      const connector = openConnector({ only, inFlightMax });
      const list = range(1, 60).map((port) => ({ address: SILENT, port }));
      const before = connectsMade();
      try {
        const { ends } = await outcomes(connector, list);
        assert.deepEqual(ends, Array(list.length).fill(errno));
        // That a refusal came by ICMP a socket tells when it is used again.
        const twice = connectsMade() - before - list.length;
        assert.ok(twice >= 0 && twice <= (errno === ERRNO.ECONNREFUSED ? inFlightMax : 0), `${twice}`);
      } finally {
        connector.close();
        await stop();
      }
    });
  }

  test(`${only}: a socket that is used again keeps its source address and port`, {
    skip: elsewhere,
  }, async () => {
    const setting = "net.ipv4.ip_local_port_range";
    // Of so many ports a few may be bound at a time; more than that are bound and closed before those that are looked at.
    assert.equal(run(`sysctl -qw ${setting}=40000\t40031`), undefined);
    const connector = openConnector({ only, inFlightMax: 1 });
    const closed = { address: NEIGHBOURS[0]!, port: 9 };
    const before = Array<Target[]>(12)
      .fill([closed, closed, { ...closed, port: LISTENING }])
      .flat();
    const silent = range(1, 6).map((port) => ({ address: SILENT, port, timeoutMs: 60 }));
    const seen = new Set<string>();
    const source = new List([...before, ...silent]);
    const timer = setInterval(() => {
      // The first one is not bound yet.
      if (source.begun > before.length + 1) for (const end of localEnds()) seen.add(end);
    }, 5);
    await connector.run(source, never);
    clearInterval(timer);
    connector.close();
    run(`sysctl -qw ${setting}=32768\t60999`);
    assert.deepEqual(source.ends.slice(before.length), Array(6).fill(ERRNO.ETIMEDOUT));
    assert.equal(seen.size, 1);
    assert.match([...seen][0]!, /^010200C0:/);
  });

  for (const selector of ["ipproto tcp", "dport 11-99"]) {
    test(`${only}: where a rule of routing asks for ${selector}, connects leave from the address that it says`, {
      skip: elsewhere,
    }, async () => {
      assert.equal(run(`ip rule add to ${SILENT} ${selector} lookup 77`), undefined);
      assert.equal(run(`ip route add ${SILENT}/32 dev near src 192.0.2.3 table 77`), undefined);
      const connector = openConnector({ only, inFlightMax: 2 });
      const ask = (ports: readonly number[]) =>
        outcomes(
          connector,
          ports.map((port) => ({ address: SILENT, port, timeoutMs: 60 })),
        );
      const seen = new Set<string>();
      let timer: NodeJS.Timeout | undefined;
      try {
        await ask(range(1, 4));
        timer = setInterval(() => {
          for (const end of localEnds()) seen.add(end.slice(0, 8));
        }, 5);
        const { ends } = await ask(range(11, 18));
        assert.deepEqual(ends, Array(8).fill(ERRNO.ETIMEDOUT));
      } finally {
        clearInterval(timer);
        connector.close();
        run(`ip rule del to ${SILENT} ${selector} lookup 77`);
        run(`ip route flush table 77`);
      }
      assert.deepEqual([...seen], ["030200C0"]);
    });
  }

  test(`${only}: other programs find ports while all sockets are bound that may be`, {
    skip: elsewhere,
  }, async () => {
    const setting = "net.ipv4.ip_local_port_range";
    assert.equal(run(`sysctl -qw ${setting}=40000\t40063`), undefined);
    const connector = openConnector({ only, inFlightMax: 64 });
    try {
      const source = new List([
        ...range(1, 64).map((port) => ({ address: SILENT, port, timeoutMs: 20 })),
        200,
        ...range(65, 128).map((port) => ({ address: SILENT, port, timeoutMs: 20 })),
        200,
        ...range(129, 192).map((port) => ({ address: SILENT, port, timeoutMs: 2000 })),
      ]);
      const abort = new AbortController();
      const running = connector.run(source, abort.signal);
      while (source.begun < 192) await new Promise((resolve) => setTimeout(resolve, 5));
      const other = connect(LISTENING, NEIGHBOURS[0]!);
      await once(other, "connect");
      other.destroy();
      abort.abort();
      await running;
    } finally {
      connector.close();
      run(`sysctl -qw ${setting}=32768\t60999`);
    }
  });

  test(`${only}: a source address that is taken away is not connected from any more`, {
    skip: elsewhere,
  }, async () => {
    const route = (source: string) => run(`ip route replace 192.0.2.2/32 dev near src ${source}`);
    run("ip addr add 192.0.2.9/32 dev near");
    route("192.0.2.9");
    const connector = openConnector({ only, inFlightMax: 4 });
    let ended = 0;
    const list = range(3901, 4100).map((port) => ({ address: NEIGHBOURS[0]!, port }));
    const source = new List(list, () => {
      ended += 1;
      if (ended !== 100) return;
      route("192.0.2.1");
      run("ip addr del 192.0.2.9/32 dev near");
    });
    try {
      await connector.run(source, never);
    } finally {
      connector.close();
      run("ip route del 192.0.2.2/32 dev near");
      run("ip addr del 192.0.2.9/32 dev near");
    }
    assert.deepEqual(
      source.ends,
      list.map(({ port }) => (port === LISTENING ? 0 : ERRNO.ECONNREFUSED)),
    );
  });

  test(`${only}: a source address of IPv6 that is taken away is not connected from for long`, {
    skip: elsewhere,
  }, async () => {
    const route = (source: string) =>
      assert.equal(run(`ip -6 route replace 2001:db8::2/128 dev near src ${source}`), undefined);
    assert.equal(run("ip addr add 2001:db8::9/64 dev near nodad"), undefined);
    const connector = openConnector({ only, inFlightMax: 1 });
    const list = range(1, 10).map((port) => ({ address: NEIGHBOURS[1]!, port, timeoutMs: ANSWERED_MS }));
    const refused = Array(10).fill(ERRNO.ECONNREFUSED);
    try {
      route("2001:db8::9");
      assert.deepEqual((await outcomes(connector, list)).ends, refused);
      route("2001:db8::1");
      assert.equal(run("ip addr del 2001:db8::9/64 dev near"), undefined);
      await localEndsForgotten();
      assert.deepEqual((await outcomes(connector, list)).ends, refused);
    } finally {
      connector.close();
      run("ip -6 route del 2001:db8::2/128 dev near");
      run("ip addr del 2001:db8::9/64 dev near");
    }
  });

  test(`${only}: what a router says of a target is no reason to connect once more`, {
    skip: elsewhere,
  }, async () => {
    // The neighbour forwards, and has no way to there.
    const there = `nsenter -t ${neighbour?.pid} -n sysctl -qw net.ipv6`;
    assert.equal(run(`${there}.conf.all.forwarding=1`), undefined);
    assert.equal(run(`${there}.icmp.ratelimit=0`), undefined);
    assert.equal(run("ip route add 2001:db8:2::/64 via 2001:db8::2"), undefined);
    const connector = openConnector({ only, inFlightMax: 6 });
    const list = range(1, 12).map((port) => ({ address: "2001:db8:2::1", port }));
    const before = connectsMade();
    try {
      // The last six leave by sockets that are bound.
      const { ends } = await outcomes(connector, list);
      assert.deepEqual(ends, Array(12).fill(ERRNO.ENETUNREACH));
      assert.equal(connectsMade() - before, 12);
    } finally {
      connector.close();
      run("ip route del 2001:db8:2::/64");
    }
  });

  test(`${only}: what is connected from follows routes and addresses that change`, {
    skip: elsewhere,
  }, async () => {
    // The neighbour has no way back to the source addresses of before.
    const there = `nsenter -t ${neighbour?.pid} -n ip`;
    const changes = [
      {
        before: ["ip addr add 192.0.2.9/32 dev near", "ip route add 192.0.2.2/32 dev near src 192.0.2.9"],
        change: [
          "ip route replace 192.0.2.2/32 dev near src 192.0.2.1",
          `${there} route add blackhole 192.0.2.9/32`,
        ],
        after: [
          "ip route del 192.0.2.2/32 dev near",
          "ip addr del 192.0.2.9/32 dev near",
          `${there} route del blackhole 192.0.2.9/32`,
        ],
      },
      {
        before: [
          "ip addr add 2001:db8::9/64 dev near nodad",
          "ip -6 route add 2001:db8::2/128 dev near src 2001:db8::9",
        ],
        change: ["ip addr del 2001:db8::9/64 dev near"],
        after: ["ip -6 route del 2001:db8::2/128 dev near"],
      },
    ];
    for (const [index, { before, change, after: restore }] of changes.entries()) {
      for (const command of before) assert.equal(run(command), undefined);
      const connector = openConnector({ only, inFlightMax: 4 });
      const list = range(1, 12).map((port) => ({
        address: NEIGHBOURS[index]!,
        port,
        timeoutMs: ANSWERED_MS,
      }));
      const first = await outcomes(connector, list);
      for (const command of change) assert.equal(run(command), undefined);
      await localEndsForgotten();
      const second = await outcomes(connector, list);
      connector.close();
      for (const command of restore) assert.equal(run(command), undefined);
      assert.deepEqual([...first.ends, ...second.ends], Array(24).fill(ERRNO.ECONNREFUSED));
    }
  });

  test(`${only}: descriptors that others take meanwhile are done without, while one is left`, {
    skip: noLimits || unavailable(only),
  }, () => {
    // Each silent attempt holds its socket, so that the pool must grow beyond what is left.
    const told = child(
      ["prlimit", "--nofile=64:64"],
      `const { openSync, closeSync } = await import("node:fs");
      const connector = openConnector({ only: "${only}" });
      const taken = [];
      const take = () => { for (;;) try { taken.push(openSync("/dev/null")); } catch { break; } };
      take();
      for (const fd of taken.splice(-3)) closeSync(fd);
      const ports = Array.from({ length: 300 }, (_, index) => index % 50 === 0 ? open : 1 + index);
      console.log(await scan(connector, ports), connector.inFlightMax <= 3, connector.limited);
      take();
      const other = openOther();
      function openOther() { try { return openConnector({ only: "${only}" }); } catch (error) { return error.code; } }
      console.log(other);`,
    );
    assert.match(
      told,
      /^true true no more than [0-3] sockets could be had \(EMFILE\)\nLINK_NO_DESCRIPTORS\n$/,
    );
  });

  test(`${only}: without a single descriptor the run ends and says so`, {
    skip: noLimits || unavailable(only),
  }, () => {
    const told = child(
      ["prlimit", "--nofile=64:64"],
      `const { openSync } = await import("node:fs");
      const connector = openConnector({ only: "${only}" });
      for (;;) try { openSync("/dev/null"); } catch { break; }
      await scan(connector, [9]).catch((error) => console.log(error.code, error.message));`,
    );
    assert.equal(
      told,
      "LINK_NO_DESCRIPTORS no socket to connect with could be had (socket: EMFILE): raise the limit of open files (ulimit -n), or close some\n",
    );
  });
}

/** Lets system calls fail with EPERM in the process, by a filter as containers have them (seccomp(2)). */
const refuse = (...calls: readonly number[]) => `
  const { openSystem } = await import(${JSON.stringify(new URL("../system.js", import.meta.url).href)});
  const system = openSystem();
  const prctl = system.door("prctl", "int", ["int", "ulong", "ulong", "ulong", "ulong"]);
  const { address, view } = system.allocate(256, "test");
  const rows = [[0x20, 0, 0, 0], ${calls.map((call, index) => `[0x15, ${calls.length - index}, 0, ${call}]`).join(", ")},
    [0x06, 0, 0, 0x7fff0000], [0x06, 0, 0, 0x00050001]];
  rows.forEach(([code, jumpTrue, jumpFalse, k], index) => {
    view.setUint16(64 + index * 8, code, true);
    view.setUint8(64 + index * 8 + 2, jumpTrue);
    view.setUint8(64 + index * 8 + 3, jumpFalse);
    view.setUint32(64 + index * 8 + 4, k, true);
  });
  view.setUint16(0, rows.length, true);
  view.setBigUint64(8, address + 64n, true);
  if (prctl(38, 1, 0, 0, 0) !== 0 || prctl(22, 2, Number(address), 0, 0) !== 0) throw new Error("no seccomp");`;

const IO_URING_SETUP = 425;
const EPOLL_CREATE1 = process.arch === "x64" ? 291 : 20;

test("where io_uring is refused, epoll is taken and the reason told", { skip: unavailable("epoll") }, () => {
  const told = child(
    [],
    `${refuse(IO_URING_SETUP)}
    const connector = openConnector({ inFlightMax: 10 });
    console.log(connector.name, await scan(connector, [9, open]), connector.because);
    connector.close();
    try { openConnector({ only: "io_uring" }); } catch (error) { console.log(error.code); }`,
  );
  assert.match(
    told,
    /^epoll true io_uring is refused here \(io_uring_setup: EPERM.*\): use epoll\nLINK_UNSUPPORTED\n$/,
  );
});

test("where epoll is refused as well, node:net is taken", { skip: unavailable("epoll") }, () => {
  const told = child(
    [],
    `${refuse(IO_URING_SETUP, EPOLL_CREATE1)}
    const connector = openConnector({ inFlightMax: 10 });
    console.log(connector.name, await scan(connector, [9, open]), connector.because);`,
  );
  assert.match(
    told,
    /^node true io_uring is refused .*; this kernel gives no epoll \(epoll_create1: EPERM\)/,
  );
});

test("options that make no sense are refused", () => {
  for (const inFlightMax of [0, -1, 1.5, 32_769, Number.NaN]) {
    assert.throws(() => openConnector({ inFlightMax }), { code: "LINK_OPTION_INVALID" });
  }
  assert.throws(() => openConnector({ sourceAddress: new Uint8Array(5) }), { code: "LINK_OPTION_INVALID" });
});

test("a source address that is none of this machine's is refused", {
  skip: skip || unavailable("epoll"),
}, () => {
  for (const address of ["192.0.2.77", "2001:db8::77"]) {
    assert.throws(() => openConnector({ sourceAddress: parseIpAddress(address)! }), {
      code: "LINK_SOURCE_ADDRESS",
      message: /EADDRNOTAVAIL/,
    });
  }
});
