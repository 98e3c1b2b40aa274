/**
 * The scheduler of the connect technique: TCP connections by the system's own calls, which need no privilege. The order and
 * the passes are those of `ProbeScan`; what is under way is kept by the connector.
 */
import { type Attempt, type AttemptSource, type AttemptStep, type Connector, ERRNO } from "@palisade/link";
import { Passes } from "./passes.js";
import type { AskOptions } from "./probe-scan.js";
import type { Verdict } from "./technique.js";

export interface ConnectScanOptions extends AskOptions {
  readonly connector: Connector;
  /** Index of the interface that link-local addresses are on; 0 without. */
  readonly scopeId: number;
}

const OPEN: Verdict = { state: "open", reason: "syn-ack" };
const CLOSED: Verdict = { state: "closed", reason: "conn-refused" };

/** What the kernel's error says of the port; no entry where it says nothing, as a timeout does. */
const VERDICTS: ReadonlyMap<number, Verdict> = new Map([
  [0, OPEN],
  [ERRNO.ECONNREFUSED, CLOSED],
  [ERRNO.EHOSTUNREACH, { state: "filtered", reason: "host-unreach" }],
  [ERRNO.EHOSTDOWN, { state: "filtered", reason: "host-unreach" }],
  [ERRNO.ENETUNREACH, { state: "filtered", reason: "net-unreach" }],
  [ERRNO.ENOPROTOOPT, { state: "filtered", reason: "proto-unreach" }],
  [ERRNO.EACCES, { state: "filtered", reason: "admin-prohibited" }],
  [ERRNO.EPERM, { state: "filtered", reason: "admin-prohibited" }],
]);

/** Attempts between two looks at the progress. */
const PROGRESS_EVERY = 256;

export class ConnectScan implements AttemptSource {
  /** Connects that were tried. */
  probes = 0;
  /** Attempts that this machine could not make, for want of ports or memory: they were tried in the next pass. */
  sendRefusals = 0;
  readonly passes: Passes;
  readonly #options: ConnectScanOptions;
  #place = 0;

  constructor(options: ConnectScanOptions) {
    this.#options = options;
    this.passes = new Passes(options);
  }

  /** Runs until everything has answered, or silence is an answer, or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await this.passes.run(signal, async (place) => {
      this.#place = place;
      await this.#options.connector.run(this, signal);
    });
  }

  next(attempt: Attempt): AttemptStep {
    const { plan, table, pacer, replyTime, nowUs, scopeId } = this.#options;
    while (this.#place < plan.size) {
      const pair = plan.pairAt(this.#place);
      if (table.get(pair) !== 0) {
        this.#place += 1;
        continue;
      }
      const heldMs = this.passes.heldMs();
      if (heldMs > 0) {
        attempt.waitMs = heldMs;
        return "wait";
      }
      const now = nowUs();
      if (pacer.permits(now) < 1) {
        attempt.waitMs = pacer.waitUs(now) / 1_000;
        return "wait";
      }
      pacer.spend(1, now);
      this.#place += 1;
      this.probes += 1;
      this.passes.sent(this.#place, now);
      const { addressBytes } = plan.hosts;
      plan.hosts.write(plan.hostOf(pair), attempt.address, 0);
      attempt.addressBytes = addressBytes;
      attempt.scopeId = scopeId;
      attempt.port = plan.portOf(pair);
      attempt.timeoutMs = Math.max(1, Math.ceil(replyTime.timeoutUs / 1_000));
      attempt.token = pair;
      if (this.probes % PROGRESS_EVERY === 0) this.#tellProgress();
      return "next";
    }
    return "done";
  }

  ended(pair: number, errno: number, tookUs: number): void {
    const { table, codes, replyTime, pacer, nowUs } = this.#options;
    const verdict = VERDICTS.get(errno);
    if (verdict !== undefined) {
      table.set(pair, codes.codeOf(verdict));
      this.#options.found?.(pair, verdict);
      if (verdict === OPEN || verdict === CLOSED) replyTime.measured(tookUs);
    } else if (errno !== ERRNO.ETIMEDOUT && errno !== ERRNO.ECANCELED) {
      // No ports, no memory, no interface: this machine's own trouble says nothing about the port.
      this.sendRefusals += 1;
      this.passes.refused();
      pacer.slow(nowUs());
    }
  }

  #tellProgress(): void {
    const { plan, table, progress } = this.#options;
    progress({
      pass: this.passes.pass,
      asked: this.#place,
      size: plan.size,
      answered: table.answered,
      probes: this.probes,
    });
  }
}
