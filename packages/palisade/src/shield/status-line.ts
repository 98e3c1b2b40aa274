import type { Counters, Shield } from "@palisade/shield";
import { counted, formatCount } from "../terminal.js";
import { TerminalLine } from "../terminal-line.js";

const INTERVAL_MS = 500;

/** What a proxy does at present, on one line of a terminal: of the last half second, and in all. */
export class StatusLine {
  readonly #shield: Shield;
  readonly #line: TerminalLine;
  readonly #timer: NodeJS.Timeout;
  #requests = 0;
  #atMs = performance.now();

  constructor(shield: Shield, enabled: boolean) {
    this.#shield = shield;
    this.#line = new TerminalLine(enabled);
    this.#timer = setInterval(() => this.#show(), INTERVAL_MS).unref();
  }

  /** Makes room for a line that stays. */
  clear(): void {
    this.#line.clear();
  }

  close(): void {
    clearInterval(this.#timer);
    this.clear();
  }

  #show(): void {
    const { counters, latency, connections } = this.#shield;
    const nowMs = performance.now();
    const rate = ((counters.requests - this.#requests) * 1000) / (nowMs - this.#atMs);
    this.#requests = counters.requests;
    this.#atMs = nowMs;
    const times =
      latency.count === 0
        ? ""
        : `  p50 ${latency.quantile(0.5).toFixed(2)} ms  p99 ${latency.quantile(0.99).toFixed(2)} ms`;
    latency.clear();
    this.#line.show(() => statusText(counters, rate, connections, times));
  }
}

/**
 * @param rate requests in a second
 * @param times what follows the counts
 */
export function statusText(
  { requests, blocked, refused, upstreamFailures }: Readonly<Counters>,
  rate: number,
  connections: number,
  times: string,
): string {
  // Nobody looks for an upstream that is down where all is well.
  const failed = upstreamFailures === 0 ? "" : `  ${counted(upstreamFailures, "upstream failure")}`;
  return `${formatCount(requests)} requests  ${formatCount(rate)}/s  ${formatCount(blocked)} blocked  ${formatCount(
    refused,
  )} refused${failed}  ${formatCount(connections)} connections${times}`;
}
