/**
 * The scheduler of the connect technique: TCP connections by the system's own calls, which need no privilege. The order and
 * the passes are those of `ProbeScan`; what is under way is kept by the connector.
 */
import { type Attempt, type AttemptSource, type AttemptStep, type Connector, ERRNO } from "@palisade/link";
import { isLinkLocal } from "./families.js";
import { Passes } from "./passes.js";
import type { AskOptions } from "./probe-scan.js";
import { StateTable } from "./state-table.js";
import type { Verdict } from "./technique.js";

export interface ConnectScanOptions extends AskOptions {
  readonly connector: Connector;
  /** Index of the interface that link-local addresses are on; 0 without. */
  readonly scopeId: number;
}

const OPEN: Verdict = { state: "open", reason: "syn-ack" };
const CLOSED: Verdict = { state: "closed", reason: "conn-refused" };

const UNREACHED: Verdict = { state: "filtered", reason: "net-unreach" };

/** What the kernel's error says of the port; no entry where it says nothing, as a timeout does. */
const VERDICTS: ReadonlyMap<number, Verdict> = new Map([
  [0, OPEN],
  [ERRNO.ECONNREFUSED, CLOSED],
  [ERRNO.EHOSTUNREACH, { state: "filtered", reason: "host-unreach" }],
  [ERRNO.EHOSTDOWN, { state: "filtered", reason: "host-unreach" }],
  [ERRNO.ENETUNREACH, UNREACHED],
  [ERRNO.ENOPROTOOPT, { state: "filtered", reason: "proto-unreach" }],
  [ERRNO.EACCES, { state: "filtered", reason: "admin-prohibited" }],
  [ERRNO.EPERM, { state: "filtered", reason: "admin-prohibited" }],
]);

/**
 * What ends a connect and says nothing of the port: time; and ICMP errors that are no answer (host isolated, source route failed and
 * parameter problem; net/ipv4/icmp.c, `icmp_err_convert`, and `tcp_v4_err`), which anybody can send for every connect.
 */
const SILENCE: ReadonlySet<number> = new Set([
  ERRNO.ETIMEDOUT,
  ERRNO.ECANCELED,
  ERRNO.ENONET,
  ERRNO.EOPNOTSUPP,
  ERRNO.EPROTO,
]);

/** Attempts that the pacer is asked for at once, where it grants as many: a connector begins about as many at a time. */
const GRANTED_MAX = 16;
/** Between two looks at the progress. */
const TOLD_US = 8_000;

export class ConnectScan implements AttemptSource {
  /** Connects that were tried. */
  probes = 0;
  /** Attempts that this machine could not make, for want of ports or memory: they were tried in the next pass. */
  sendRefusals = 0;
  /** Connects that this machine's own firewall refused, as far as the kernel tells (EPERM): of most it tells nothing. */
  firewalled = 0;
  readonly passes: Passes;
  readonly #options: ConnectScanOptions;
  /**
   * Pairs that could not be reached when they were last asked, and are asked again in the next pass: who said so may have been this
   * machine, whose interface was down or whose route was missing for a while. What stays so is the answer at the end.
   */
  readonly #unreached: StateTable;
  #place = 0;
  /** Attempts that the pacer has granted and that are not begun. */
  #granted = 0;
  /** When progress was told. */
  #toldUs = 0;

  constructor(options: ConnectScanOptions) {
    this.#options = options;
    this.passes = new Passes(options);
    this.#unreached = new StateTable(options.plan.pairs);
  }

  /** Runs until everything has answered, or silence is an answer, or the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    await this.passes.run(signal, async (place) => {
      this.#place = place;
      await this.#options.connector.run(this, signal);
    });
    // A scan that was stopped goes on by asking them.
    if (!signal.aborted) this.#settleUnreached();
  }

  #settleUnreached(): void {
    const { table } = this.#options;
    for (const { number, octets } of this.#unreached.blocks()) {
      const first = number * this.#unreached.blockEntries;
      for (let at = 0; at < octets.length; at += 1)
        if (octets[at] !== 0 && table.get(first + at) === 0) this.#answered(first + at, UNREACHED);
    }
  }

  #answered(pair: number, verdict: Verdict): void {
    const { table, codes } = this.#options;
    table.set(pair, codes.codeOf(verdict));
    this.#options.found?.(pair, verdict);
  }

  next(attempt: Attempt): AttemptStep {
    const { plan, table, replyTime, nowUs, scopeId } = this.#options;
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
      if (this.#granted === 0) {
        const waitUs = this.#ask();
        if (waitUs > 0) {
          attempt.waitMs = waitUs / 1_000;
          return "wait";
        }
      }
      this.#granted -= 1;
      this.#place += 1;
      this.probes += 1;
      const { addressBytes } = plan.hosts;
      plan.hosts.write(plan.hostOf(pair), attempt.address, 0);
      attempt.addressBytes = addressBytes;
      attempt.scopeId = addressBytes === 16 && isLinkLocal(attempt.address) ? scopeId : 0;
      attempt.port = plan.portOf(pair);
      attempt.timeoutMs = Math.max(1, Math.ceil(replyTime.timeoutUs / 1_000));
      attempt.token = pair;
      return "next";
    }
    this.passes.sent(plan.size, nowUs());
    return "done";
  }

  /** Asks the pacer for some attempts. Returns microseconds to wait where it grants none. */
  #ask(): number {
    const { pacer, nowUs } = this.#options;
    const now = nowUs();
    const granted = Math.min(GRANTED_MAX, Math.floor(pacer.permits(now)));
    if (granted < 1) return Math.max(1, pacer.waitUs(now));
    pacer.spend(granted, now);
    this.#granted = granted;
    this.passes.sent(this.#place, now);
    if (now - this.#toldUs > TOLD_US) this.#tellProgress(now);
    return 0;
  }

  ended(pair: number, errno: number, tookUs: number): void {
    const { replyTime, pacer, nowUs } = this.#options;
    const verdict = VERDICTS.get(errno);
    if (errno === ERRNO.EPERM) this.firewalled += 1;
    // Without room to remember it, it is the answer at once.
    if (verdict === UNREACHED && this.#unreached.set(pair, 1)) return;
    if (verdict !== undefined) {
      this.#answered(pair, verdict);
      if (verdict === OPEN || verdict === CLOSED) replyTime.measured(tookUs);
    } else if (!SILENCE.has(errno)) {
      // No ports, no memory, no interface: this machine's own trouble says nothing about the port.
      this.sendRefusals += 1;
      this.passes.refused();
      pacer.slow(nowUs());
    }
  }

  #tellProgress(now: number): void {
    const { plan, table, progress } = this.#options;
    this.#toldUs = now;
    progress({
      pass: this.passes.pass,
      asked: this.#place,
      size: plan.size,
      answered: table.answered,
      probes: this.probes,
    });
  }
}
