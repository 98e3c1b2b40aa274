/**
 * Loads a server at a given rate, whatever it answers when: requests are due by the clock, and a latency counts from when its request was
 * due, not from when it could be sent. So a server that stands still is charged with all who would have come meanwhile.
 *
 *   node bench/shield-load.mjs --port N --file REQUEST --rate R --seconds S --status N [--connections N]
 *
 * REQUEST holds the octets that are sent. Writes an object of JSON: latencies in µs (null: not answered), and `lateness`, how late at most a request was sent
 * that had a free connection, which is this program's own or the machine's doing.
 *
 * A second thread sleeps from one due time to the next, as timers of Node count whole milliseconds; this one waits for sockets and for it.
 */
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { connect } from "node:net";
import { parseArgs } from "node:util";
import { isMainThread, parentPort, Worker } from "node:worker_threads";
import { ResponseReader } from "./shield-response.mjs";

/** From now until the first request is due. */
const LEAD_MS = 20;
/** For answers when the last request was due. */
const LAST_MS_MAX = 10_000;

/** Milliseconds since `originNs`, by a clock that all threads share. */
const sinceMs = (originNs) => Number(process.hrtime.bigint() - originNs) / 1e6;

/** Wakes the other thread whenever a request is due. */
function ring({ originNs, intervalMs, total }) {
  const cell = new Int32Array(new SharedArrayBuffer(4));
  for (let index = 0; index < total; ) {
    const waitMs = index * intervalMs - sinceMs(originNs);
    if (waitMs > 0) Atomics.wait(cell, 0, 0, waitMs);
    parentPort.postMessage(undefined);
    // Those that are due by now need no message of their own.
    index = Math.max(index, Math.floor(sinceMs(originNs) / intervalMs)) + 1;
  }
}

async function load() {
  const { values } = parseArgs({
    options: {
      port: { type: "string" },
      file: { type: "string" },
      rate: { type: "string" },
      seconds: { type: "string" },
      status: { type: "string" },
      connections: { type: "string", default: "16" },
    },
  });
  const rate = Number(values.rate);
  const total = Math.max(1, Math.round(rate * Number(values.seconds)));
  const run = new Run({
    port: Number(values.port),
    request: readFileSync(values.file),
    status: Number(values.status),
    intervalMs: 1000 / rate,
    total,
  });
  await run.open(Number(values.connections));
  const worker = new Worker(new URL(import.meta.url));
  await once(worker, "online");
  worker.on("message", () => run.sendDue());
  const originNs = process.hrtime.bigint() + BigInt(LEAD_MS * 1e6);
  worker.postMessage({ originNs, intervalMs: 1000 / rate, total });
  const result = await run.begin(originNs);
  await worker.terminate();
  console.log(JSON.stringify(result));
}

class Run {
  /** What is asked, by whom and how often. */
  #options;
  #clients = [];
  #free = [];
  #originNs = 0n;
  /** In ms, in the order of the answers; what is not answered took longer than all. */
  #latencies;
  #latenessMs = 0;
  #started = 0;
  #answered = 0;
  #wrong = 0;
  #failed = 0;
  /** Until when, in ms, requests became due while no connection was free: who sends those late is the server. */
  #busyUntilMs = -1;
  #finish = () => {};

  constructor(options) {
    this.#options = options;
    this.#latencies = new Float64Array(options.total).fill(Number.POSITIVE_INFINITY);
  }

  /** Opens connections, and waits for all of them. */
  async open(connections) {
    this.#clients = Array.from({ length: connections }, () => new Client(this, this.#options));
    await Promise.all(this.#clients.map((client) => client.open()));
  }

  /** @param originNs when the first request is due */
  begin(originNs) {
    this.#originNs = originNs;
    const { total, intervalMs } = this.#options;
    return new Promise((done) => {
      const timer = setTimeout(() => this.#finish(), LEAD_MS + total * intervalMs + LAST_MS_MAX);
      this.#finish = () => {
        clearTimeout(timer);
        done(this.#result());
        for (const client of this.#clients) client.end();
      };
      this.sendDue();
    });
  }

  sendDue() {
    const { total, intervalMs } = this.#options;
    const nowMs = sinceMs(this.#originNs);
    while (this.#started < total && this.#started * intervalMs <= nowMs) {
      const client = this.#free.pop();
      if (client === undefined) {
        this.#busyUntilMs = nowMs;
        return;
      }
      const dueMs = this.#started * intervalMs;
      if (dueMs > this.#busyUntilMs) this.#latenessMs = Math.max(this.#latenessMs, nowMs - dueMs);
      client.send(dueMs);
      this.#started += 1;
    }
  }

  opened(client) {
    this.#free.push(client);
    if (this.#originNs > 0n) this.sendDue();
  }

  answered(client, dueMs, status) {
    this.#latencies[this.#answered] = sinceMs(this.#originNs) - dueMs;
    this.#answered += 1;
    if (status !== this.#options.status) this.#wrong += 1;
    this.#free.push(client);
    this.sendDue();
    this.#endIfDone();
  }

  /** A server may close between two requests, which costs a connection; one under way then fails. */
  closed(client, wasUnderWay) {
    const at = this.#free.indexOf(client);
    if (at >= 0) this.#free.splice(at, 1);
    if (wasUnderWay) this.#failed += 1;
    this.#endIfDone();
    return this.#started < this.#options.total;
  }

  #endIfDone() {
    if (this.#answered + this.#failed === this.#options.total) this.#finish();
  }

  #result() {
    const { total } = this.#options;
    const seconds = sinceMs(this.#originNs) / 1000;
    const sorted = this.#latencies.sort();
    const percentile = (part) => sorted[Math.min(total - 1, Math.floor(part * total))] * 1000;
    return {
      seconds,
      due: total,
      requests: this.#answered,
      wrong: this.#wrong,
      failed: this.#failed,
      unanswered: total - this.#answered - this.#failed,
      p50: percentile(0.5),
      p99: percentile(0.99),
      max: percentile(1),
      lateness: this.#latenessMs * 1000,
    };
  }
}

/** A connection, and the request that is under way on it. */
class Client {
  #run;
  #options;
  #socket;
  /** When the request was due; negative: there is none. */
  #dueMs = -1;
  #reader;
  #ended = false;

  constructor(run, options) {
    this.#run = run;
    this.#options = options;
    this.#reader = new ResponseReader((status) => {
      const dueMs = this.#dueMs;
      this.#dueMs = -1;
      run.answered(this, dueMs, status);
    });
  }

  open() {
    this.#reader.reset();
    const socket = connect({ port: this.#options.port, host: "127.0.0.1", noDelay: true });
    this.#socket = socket;
    socket.on("data", (octets) => this.#reader.feed(octets));
    socket.on("error", () => {});
    socket.on("connect", () => this.#run.opened(this));
    socket.on("close", () => {
      const wasUnderWay = this.#dueMs >= 0;
      this.#dueMs = -1;
      if (!this.#ended && this.#run.closed(this, wasUnderWay)) this.open();
    });
    return once(socket, "connect");
  }

  send(dueMs) {
    this.#dueMs = dueMs;
    this.#socket.write(this.#options.request);
  }

  end() {
    this.#ended = true;
    this.#socket.destroy();
  }
}

if (isMainThread) await load();
else parentPort.once("message", ring);
