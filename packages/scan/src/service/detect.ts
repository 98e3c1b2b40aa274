/**
 * Detection of services: for each open port of a list, what serves it. Ports are asked at the same time, up to a number, and none waits for
 * another's answer: each has its own connections, its own deadline, and ends alone.
 */
import { setMaxListeners } from "node:events";
import { PalisadeError } from "@palisade/base";
import { ActiveTime, Deadline } from "../active-time.js";
import { serviceName } from "../ports/services.js";
import { Dialler } from "./connection.js";
import type { ServiceDatabase } from "./database.js";
import { DETAIL_CHARACTERS_MAX, DETAIL_LIST_MAX, type DetailContext, type Learnt } from "./details/detail.js";
import { detailReaders } from "./details/index.js";
import { detectTcp, openerFor, type TcpOutcome } from "./detect-tcp.js";
import { detectUdp } from "./detect-udp.js";
import { fieldNames } from "./probe.js";
import { bannerText, type ServiceDetails, type ServiceResult, type ServiceTarget } from "./service-result.js";
import { SERVICE_FIELD_CHARACTERS_MAX, shortened } from "./template.js";

/** Ports that are asked at the same time, unless told. */
const PORTS_AT_ONCE = 256;
export const PORTS_AT_ONCE_MAX = 4_096;
const PORT_DEADLINE_MS = 15_000;
export const PORT_DEADLINE_MS_MAX = 600_000;
export const INTENSITY_MAX = 9;
const INTENSITY = 7;
/** One answer to a question about details is waited for as long. */
const DETAIL_WAIT_MS = 3_000;
/** All of them. */
const DETAILS_MS = 6_000;

const CONFIDENCE = { table: 3, wrapped: 8, tls: 5, learnt: 10 } as const;

export interface DetectOptions {
  readonly database: ServiceDatabase;
  /** 0 (only probes that list a port) … 9 (all); 7 unless told. */
  readonly intensity?: number;
  /** 1 … `PORTS_AT_ONCE_MAX`; 256 unless told. A port has a socket or two at a time, while it is silent up to eight. */
  readonly concurrency?: number;
  /** Time for one port, in ms, 1 … `PORT_DEADLINE_MS_MAX`; 15,000 unless told. */
  readonly deadlineMs?: number;
  /** Ask services that were recognised for more, and for certificates; yes unless told. */
  readonly details?: boolean;
  /**
   * Time for all ports of one host, in ms, from the first on; as much as they need unless told. What is not known by then is not in
   * the results, and `onHostTimeout` is told of the host, once.
   */
  readonly hostTimeoutMs?: number;
  readonly onHostTimeout?: (address: string) => void;
  /** While it stands still, no connection begins and no time is over; conversations that are under way go on. */
  readonly activeTime?: ActiveTime;
  /** Ends all: ports that are not done are not in the results. */
  readonly signal?: AbortSignal;
  /** Told of each port when it is done, in the order in which they end. */
  readonly onResult?: (result: ServiceResult) => void;
}

/**
 * @returns results in the order of the targets, without those that were not done when the signal aborted, and without
 *   ports that the database excludes
 * @throws {PalisadeError} `SCAN_SERVICE_OPTION` for an option out of its range
 */
export async function detectServices(
  targets: Iterable<ServiceTarget>,
  options: DetectOptions,
): Promise<ServiceResult[]> {
  const intensity = within("intensity", options.intensity ?? INTENSITY, 0, INTENSITY_MAX);
  const concurrency = within("concurrency", options.concurrency ?? PORTS_AT_ONCE, 1, PORTS_AT_ONCE_MAX);
  const deadlineMs = within("deadline", options.deadlineMs ?? PORT_DEADLINE_MS, 1, PORT_DEADLINE_MS_MAX);
  // One listener at the caller's signal, whatever the number of ports.
  const all = new AbortController();
  setMaxListeners(0, all.signal);
  const end = (): void => all.abort();
  options.signal?.addEventListener("abort", end, { once: true });
  if (options.signal?.aborted === true) end();
  const results: { readonly index: number; readonly result: ServiceResult }[] = [];
  const time = options.activeTime ?? new ActiveTime(() => false);
  const clocks = new HostClocks(options, time);
  const iterator = targets[Symbol.iterator]();
  let index = 0;
  const lane = async (): Promise<void> => {
    for (;;) {
      await time.held(all.signal);
      if (all.signal.aborted) return;
      const { value: target, done } = iterator.next();
      if (done === true) return;
      const at = index++;
      if (options.database.excludes(target.port, target.protocol)) continue;
      const bounds = { intensity, deadlineMs, time, clocks, caller: all.signal };
      const result = await detectOne(target, options, bounds);
      if (result === undefined) continue;
      results.push({ index: at, result });
      options.onResult?.(result);
    }
  };
  try {
    await Promise.all(Array.from({ length: concurrency }, lane));
  } finally {
    options.signal?.removeEventListener("abort", end);
    // Where a callback has thrown, the other ports are not to go on.
    end();
    if (options.activeTime === undefined) time.close();
  }
  return results.sort((a, b) => a.index - b.index).map(({ result }) => result);
}

function within(what: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new PalisadeError(
    "SCAN_SERVICE_OPTION",
    `${what} ${value} of service detection is not a whole number from ${least} to ${most}`,
  );
}

/** Until when hosts may be asked. */
class HostClocks {
  readonly #timeoutMs: number | undefined;
  readonly #tell: DetectOptions["onHostTimeout"];
  readonly #time: ActiveTime;
  /** By address, in active time. */
  readonly #ends = new Map<string, number>();
  readonly #told = new Set<string>();

  constructor({ hostTimeoutMs, onHostTimeout }: DetectOptions, time: ActiveTime) {
    this.#timeoutMs = hostTimeoutMs;
    this.#tell = onHostTimeout;
    this.#time = time;
  }

  /** Milliseconds that a host has left; the first question begins its time. */
  leftMs({ address }: ServiceTarget): number {
    if (this.#timeoutMs === undefined) return Number.POSITIVE_INFINITY;
    const now = this.#time.nowMs;
    const end = this.#ends.get(address) ?? now + this.#timeoutMs;
    this.#ends.set(address, end);
    return end - now;
  }

  /** Its time was over before something was known. */
  over({ address }: ServiceTarget): void {
    if (this.#told.has(address)) return;
    this.#told.add(address);
    this.#tell?.(address);
  }
}

interface Bounds {
  readonly intensity: number;
  readonly deadlineMs: number;
  readonly time: ActiveTime;
  readonly clocks: HostClocks;
  readonly caller: AbortSignal;
}

/** One port, within its time; undefined where the caller's signal ended it, or its host's time before anything was found. */
async function detectOne(
  target: ServiceTarget,
  options: DetectOptions,
  { intensity, deadlineMs, time, clocks, caller }: Bounds,
): Promise<ServiceResult | undefined> {
  const { database } = options;
  const hostLeftMs = clocks.leftMs(target);
  if (hostLeftMs <= 0) {
    clocks.over(target);
    return undefined;
  }
  const ended = new AbortController();
  setMaxListeners(0, ended.signal);
  const end = (): void => ended.abort();
  const late = new Deadline(Math.min(deadlineMs, hostLeftMs), time);
  late.signal.addEventListener("abort", end, { once: true });
  caller.addEventListener("abort", end, { once: true });
  const { signal } = ended;
  const stopped = (): boolean => caller.aborted;
  const dialler = new Dialler(target.address, target.port, signal);
  try {
    if (stopped()) return undefined;
    const conversation = { target, database, intensity, dialler, time, signal };
    const outcome =
      target.protocol === "tcp"
        ? await detectTcp(conversation)
        : { ...(await detectUdp(conversation)), tls: undefined, wrapped: false, roundTripMs: 0 };
    // A caller who has had enough does not want half a result either.
    if (stopped()) return undefined;
    const { found } = outcome;
    if (late.signal.aborted && hostLeftMs < deadlineMs) {
      clocks.over(target);
      if (found === undefined) return undefined;
    }
    await time.held(signal);
    let learnt: readonly Learnt[] = [];
    if (found !== undefined && options.details !== false && target.protocol === "tcp" && !signal.aborted) {
      const tunnelled = outcome.tls !== undefined;
      const context: DetailContext = {
        target,
        service: found.match.service,
        product: found.fields.product,
        version: found.fields.version,
        tunnelled,
        answer: outcome.answer,
        open: () => openerFor(conversation, tunnelled)(signal),
        openPlain: () => openerFor(conversation, false)(signal),
        waitMs: Math.min(DETAIL_WAIT_MS, deadlineMs),
        signal,
      };
      learnt = await learn(context);
      if (stopped()) return undefined;
    }
    return resultOf(target, outcome, learnt);
  } finally {
    late.close();
    caller.removeEventListener("abort", end);
    dialler.closeAll();
    ended.abort();
  }
}

/** All readers of the service at once; those that are not done in time are left out. */
async function learn(context: DetailContext): Promise<Learnt[]> {
  const learnt: Learnt[] = [];
  const readers = detailReaders.filter(({ services }) => services.includes(context.service));
  const all = Promise.all(
    readers.map(async (reader) => {
      const more = await reader.read(context);
      if (more !== undefined) learnt.push(more);
    }),
  );
  let timer: NodeJS.Timeout | undefined;
  let stop: (() => void) | undefined;
  const over = new Promise<void>((resolve) => {
    stop = resolve;
    timer = setTimeout(resolve, DETAILS_MS);
    context.signal.addEventListener("abort", stop, { once: true });
  });
  await Promise.race([all, over]);
  clearTimeout(timer);
  if (stop !== undefined) context.signal.removeEventListener("abort", stop);
  return [...learnt];
}

function resultOf(
  target: ServiceTarget,
  { found, answer, tls, wrapped, failure }: Omit<TcpOutcome, "roundTripMs">,
  learnt: readonly Learnt[],
): ServiceResult {
  const fields = { ...found?.fields };
  const cpe = new Set(found?.cpe);
  let details: ServiceDetails = {};
  let session = tls;
  for (const more of learnt) {
    for (const name of fieldNames) {
      const text = more.fields?.[name];
      if (text !== undefined && text !== "") fields[name] = shortened(text, SERVICE_FIELD_CHARACTERS_MAX);
    }
    for (const name of more.cpe ?? []) cpe.add(shortened(name, SERVICE_FIELD_CHARACTERS_MAX));
    details = { ...details, ...bounded(more.details ?? {}) };
    if (more.tls !== undefined) session = more.tls;
  }
  const { address, port, protocol } = target;
  const named = serviceName(port, protocol) ?? "unknown";
  const known = found !== undefined || wrapped || tls !== undefined;
  return {
    address,
    port,
    protocol,
    name: found?.match.service ?? (wrapped ? "tcpwrapped" : named),
    ...fields,
    cpe: [...cpe],
    ...(tls === undefined ? {} : { tunnel: "tls" as const }),
    method: found !== undefined || wrapped ? "probed" : "table",
    confidence: found?.match.confidence ?? (wrapped ? CONFIDENCE.wrapped : CONFIDENCE.table),
    ...(session === undefined ? {} : { tls: session }),
    details,
    ...(found === undefined && answer.length > 0 ? { banner: bannerText(answer) } : {}),
    ...(!known && failure !== undefined ? { failure } : {}),
  };
}

/** Printable, and no longer than a detail may be. */
function bounded(details: ServiceDetails): ServiceDetails {
  const text = (value: string): string => shortened(value, DETAIL_CHARACTERS_MAX);
  return Object.fromEntries(
    Object.entries(details).map(([name, value]) => [
      name,
      typeof value === "string" ? text(value) : value.slice(0, DETAIL_LIST_MAX).map(text),
    ]),
  );
}
