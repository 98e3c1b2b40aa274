/**
 * What is made of flows. Every engine makes its part where it runs; parts are put together in the main thread,
 * lines in the order in which a single engine would have given them.
 */
import type {
  Anomaly,
  EndedFlow,
  EngineHandlers,
  EngineTotals,
  FlowFilter,
  FlowRecord,
  PathCounters,
} from "@palisade/inspect";
import type { BpfProgram } from "@palisade/link";
import { flowJson } from "./flow-json.js";
import { type Summary, SummaryBuilder } from "./summary.js";

/** What an engine's part is asked to make; plain data, for workers. */
export interface PartRequest {
  readonly lines: boolean;
  readonly summary: boolean;
  /** Conversations that a summary lists. */
  readonly top: number;
  /** The flow that a summary is to find, as `--explain` names it. */
  readonly explain: string | undefined;
  readonly filter: string | undefined;
  /** Which frames to read: an expression or a program; all where undefined. */
  readonly bpf: string | BpfProgram | undefined;
  /** The capture's name as it stands in lines, where there are several. */
  readonly capture: string | undefined;
}

/** Lines of one tick of the packet clock, by the number of each flow's first packet. */
export interface TickLines {
  readonly tick: number;
  readonly firstPackets: readonly number[];
  readonly lines: readonly string[];
}

/** What an engine says at the end. */
export interface PartEnd {
  readonly totals: EngineTotals;
  readonly paths: readonly PathCounters[];
  readonly anomalies: readonly Anomaly[];
  readonly summary: Summary | undefined;
}

/** Collects what one engine's flows come to: sums, or a line for each. */
export class PartBuilder {
  readonly #request: PartRequest;
  readonly #filter: FlowFilter | undefined;
  readonly #summary: SummaryBuilder | undefined;
  #pending: TickLines[] = [];
  /** The last tick whose lines have been made. */
  tick = 0;
  /** Lines that wait to be taken. */
  pendingLines = 0;

  constructor(request: PartRequest, filter: FlowFilter | undefined) {
    this.#request = request;
    this.#filter = filter;
    this.#summary = request.summary ? new SummaryBuilder(request.top, request.explain) : undefined;
  }

  /** What the engine is to tell: flows for a summary, records for lines. */
  get handlers(): EngineHandlers {
    return {
      ...(this.#summary !== undefined && { flow: (flow: EndedFlow) => this.#summarize(flow) }),
      ...(this.#request.lines && {
        flows: (records: readonly FlowRecord[], tick: number) => this.#writeLines(records, tick),
      }),
    };
  }

  #summarize(flow: EndedFlow): void {
    if (this.#filter === undefined || this.#filter(flow.record())) this.#summary!.add(flow);
  }

  #writeLines(records: readonly FlowRecord[], tick: number): void {
    const firstPackets: number[] = [];
    const lines: string[] = [];
    for (const record of records) {
      if (this.#filter !== undefined && !this.#filter(record)) continue;
      firstPackets.push(record.firstPacket);
      lines.push(flowJson(record, this.#request.capture));
    }
    this.tick = tick;
    if (lines.length === 0) return;
    this.pendingLines += lines.length;
    this.#pending.push({ tick, firstPackets, lines });
  }

  /** The lines since the last call, by ascending tick. */
  take(): TickLines[] {
    const taken = this.#pending;
    this.#pending = [];
    this.pendingLines = 0;
    return taken;
  }

  summary(): Summary | undefined {
    return this.#summary?.summary();
  }
}

/**
 * Puts the lines of several engines together: a tick is written when every engine has passed it.
 */
export class LineMerger {
  readonly #write: (line: string) => void;
  readonly #queues: TickLines[][];
  /** By engine: all its lines up to this tick have come. */
  readonly #passed: number[];

  constructor(engines: number, write: (line: string) => void) {
    this.#write = write;
    this.#queues = Array.from({ length: engines }, () => []);
    this.#passed = new Array<number>(engines).fill(0);
  }

  /** Lines of an engine, all of them up to `passed` (Infinity at its end). */
  add(engine: number, lines: readonly TickLines[], passed: number): void {
    this.#queues[engine]!.push(...lines);
    this.#passed[engine] = passed;
    const ready = Math.min(...this.#passed);
    for (;;) {
      let tick = Number.POSITIVE_INFINITY;
      for (const queue of this.#queues) tick = Math.min(tick, queue[0]?.tick ?? Number.POSITIVE_INFINITY);
      if (tick > ready || tick === Number.POSITIVE_INFINITY) return;
      this.#writeTick(this.#queues.filter((queue) => queue[0]?.tick === tick).map((queue) => queue.shift()!));
    }
  }

  #writeTick(parts: readonly TickLines[]): void {
    if (parts.length === 1) {
      for (const line of parts[0]!.lines) this.#write(line);
      return;
    }
    const all = parts.flatMap(({ firstPackets, lines }) =>
      firstPackets.map((firstPacket, at) => [firstPacket, lines[at]!] as const),
    );
    all.sort(([a], [b]) => a - b);
    for (const [, line] of all) this.#write(line);
  }
}
