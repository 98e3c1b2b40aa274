/**
 * Pings without privilege: TCP connections, which a host that is up accepts or refuses.
 */
import { type AttemptSource, type Connector, ERRNO } from "@palisade/link";
import { ConnectScan } from "../connect-scan.js";
import type { Pacer, ReplyTime } from "../passes.js";
import type { ProbeProgress } from "../probe-scan.js";
import { type HostList, ScanPlan } from "../scan-plan.js";
import { StateTable } from "../state-table.js";
import type { Verdict } from "../technique.js";
import { verdict } from "../techniques/verdicts.js";
import { VerdictCodes } from "../verdict-codes.js";

export interface ConnectPingsOptions {
  readonly hosts: HostList;
  /** 0 … 65,535, sorted, each once. */
  readonly ports: readonly number[];
  /** Of the order, 0 … 2^53 - 1. */
  readonly seed: number;
  readonly connector: Connector;
  readonly pacer: Pacer;
  readonly replyTime: ReplyTime;
  /** Passes after the first, at most. */
  readonly retriesMax: number;
  /** Index of the interface that link-local addresses are on; 0 without. */
  readonly scopeId: number;
  readonly nowUs: () => number;
  /** Whether nothing may be sent for now. */
  readonly isHeld?: (() => boolean) | undefined;
  /** Told how connections to a host ended, where that says something; `open` means up. */
  readonly told: (host: number, verdict: Verdict, tookUs: number) => void;
  readonly progress: (progress: ProbeProgress) => void;
}

/** What the kernel's error says of the host; no entry where it says nothing, as a timeout does. */
const VERDICTS: ReadonlyMap<number, Verdict> = new Map([
  [0, verdict("open", "syn-ack")],
  [ERRNO.ECONNREFUSED, verdict("open", "conn-refused")],
  [ERRNO.EHOSTUNREACH, verdict("filtered", "host-unreach")],
  [ERRNO.EHOSTDOWN, verdict("filtered", "host-unreach")],
  [ERRNO.ENETUNREACH, verdict("filtered", "net-unreach")],
  [ERRNO.EACCES, verdict("filtered", "admin-prohibited")],
]);

/** What stands for the ports that a host need not be asked about any more. */
const NEEDLESS: Verdict = verdict("filtered", "no-response");

/**
 * Connects to the ports of each host until one accepts or refuses; silent ones once more, and so on (`passes.ts`). Takes an
 * octet for each host and port, in blocks.
 *
 * @returns the connects that were tried
 * @throws {PalisadeError} what the connector throws; `SCAN_TABLE_TOO_LARGE`
 */
export async function connectPings(options: ConnectPingsOptions, signal: AbortSignal): Promise<number> {
  const { hosts, ports, connector, told } = options;
  const plan = new ScanPlan(hosts, ports, options.seed);
  const table = new StateTable(plan.pairs);
  const codes = new VerdictCodes();
  const needless = codes.codeOf(NEEDLESS);
  const heard = (source: AttemptSource): AttemptSource => ({
    next: (attempt) => source.next(attempt),
    ended(pair, errno, tookUs) {
      source.ended(pair, errno, tookUs);
      const verdict = VERDICTS.get(errno);
      if (verdict === undefined) return;
      const host = plan.hostOf(pair);
      told(host, verdict, tookUs);
      if (verdict.state !== "open") return;
      for (let other = host * ports.length; other < (host + 1) * ports.length; other += 1) {
        if (table.get(other) === 0) table.set(other, needless);
      }
    },
  });
  const scan = new ConnectScan({
    plan,
    connector: { ...readingOf(connector), run: (source, stop) => connector.run(heard(source), stop) },
    table,
    codes,
    pacer: options.pacer,
    replyTime: options.replyTime,
    retriesMax: options.retriesMax,
    scopeId: options.scopeId,
    nowUs: options.nowUs,
    isHeld: options.isHeld,
    progress: options.progress,
  });
  await scan.run(signal);
  return scan.probes;
}

/** What a connector says of itself; closing is left to who opened it. */
function readingOf({ name, because, inFlightMax, limited }: Connector): Omit<Connector, "run"> {
  return { name, because, inFlightMax, limited, close() {} };
}
