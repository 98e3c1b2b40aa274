/**
 * What must hold of the engine, whatever the frames: it throws nothing, no frame takes long, tables keep their bounds,
 * every frame is counted once, records are what they say they are, and neither the octets around a frame nor the number
 * of engines that share the work change anything.
 */

import { mergeAnomalies } from "../anomalies.js";
import {
  ATTRIBUTE_OCTETS_MAX,
  ATTRIBUTE_VALUES_MAX,
  type Attribute,
  type AttributeValue,
} from "../attribute.js";
import { MATCH, NO, type Protocol } from "../dissector.js";
import { Engine } from "../engine.js";
import { FINDINGS_PER_FLOW_MAX, STEPS_PER_FLOW_MAX } from "../flow/flow-facts.js";
import { SHARDS } from "../flow/flow-key.js";
import type { FlowRecord } from "../flow/flow-record.js";
import { FrameDivider } from "../frame-divider.js";
import { engineDefaults } from "../options.js";
import { DATAGRAMS_MAX } from "../reassembly/defragmenter.js";
import { Registry } from "../registry.js";
import { statisticsTree } from "../statistics.js";
import { Subscriptions } from "../subscriptions.js";
import type { FrameLog } from "./frames.js";
import type { Life, Plan } from "./plan.js";

export type FailureKind =
  | "throws"
  | "slow"
  | "bounds"
  | "totals"
  | "record"
  | "not-repeatable"
  | "depends-on-workers";

export interface Failure {
  readonly kind: FailureKind;
  /** What happened, in one line or with a stack. */
  readonly detail: string;
  /** Frames up to and including the one in which it showed; all where it showed at the end. */
  readonly frames: number;
}

export interface Examined {
  readonly failure: Failure | undefined;
  /** Frames fed to the first engine. */
  readonly executions: number;
  readonly flows: number;
}

/** One frame may take this long … */
export const FRAME_MS_MAX = 50;
/** … and so much more for every flow that it ends, since a step of the clock ends any number. */
const ENDED_FLOW_MS = 0.05;
/** Frames between two looks at the clock and the bounds. */
const BATCH_FRAMES = 64;
/** A frame that took long is fed again so often, in a life of its own, before it is called slow: collectors have their day. */
const TIMINGS = 3;
/** Octets before and after a frame that is fed between strange ones. */
const GUARD_BYTES = 256;
const GUARD_OCTET = 0xa5;

/** Starts to measure; what it returns says how many milliseconds passed since. */
export type Stopwatch = () => () => number;

/** Time, or time of the processor where that is less: the machine had other work, or another thread of the runtime had. */
const stopwatch: Stopwatch = () => {
  const started = process.cpuUsage();
  const startedMs = performance.now();
  return () => {
    const { user, system } = process.cpuUsage(started);
    return Math.min(performance.now() - startedMs, (user + system) / 1000);
  };
};

/** Feeds a life and says what does not hold; the first failure only. */
export function examine(
  { plan, log }: Life,
  protocols: readonly Protocol[],
  watch: Stopwatch = stopwatch,
): Examined {
  const run = new Run(plan, protocols, 0, 1);
  const suspects: number[] = [];
  const stopped = (failure: Failure): Examined => ({ failure, executions: failure.frames, flows: run.flows });
  for (let start = 0; start < log.count; start += BATCH_FRAMES) {
    const end = Math.min(log.count, start + BATCH_FRAMES);
    const passedMs = watch();
    let frame = start;
    try {
      for (; frame < end; frame += 1) run.feed(log, frame);
    } catch (error) {
      return stopped(thrown(error, frame + 1));
    }
    if (passedMs() > FRAME_MS_MAX) suspects.push(start);
    const bounds = run.boundsProblem();
    if (bounds !== undefined) return stopped({ kind: "bounds", detail: bounds, frames: end });
  }
  const whole = (kind: FailureKind, detail: string): Examined => ({
    failure: { kind, detail, frames: log.count },
    executions: log.count,
    flows: run.flows,
  });
  try {
    run.engine.finish();
  } catch (error) {
    return stopped(thrown(error, log.count));
  }
  const totals = run.totalsProblem(log);
  if (totals !== undefined) return whole("totals", totals);
  for (const record of run.records()) {
    const problem = recordProblem(record, run.attributes);
    if (problem !== undefined) return whole("record", `${problem}: ${JSON.stringify(record).slice(0, 600)}`);
  }
  const slow = suspects.length > 0 ? slowFrame({ plan, log }, protocols, suspects, watch) : undefined;
  if (slow !== undefined) return stopped(slow);
  try {
    const repeated = plan.repeat ? repeatProblem({ plan, log }, protocols, run) : undefined;
    if (repeated !== undefined) return whole("not-repeatable", repeated);
    const shared = plan.share ? shareProblem({ plan, log }, protocols, run) : undefined;
    if (shared !== undefined) return whole("depends-on-workers", shared);
  } catch (error) {
    return stopped(thrown(error, log.count));
  }
  return { failure: undefined, executions: log.count, flows: run.flows };
}

function thrown(error: unknown, frames: number): Failure {
  const detail = error instanceof Error ? (error.stack ?? error.message) : String(error);
  return { kind: "throws", detail, frames };
}

/** An engine with everything subscribed, and what came of it. */
class Run {
  readonly engine: Engine;
  /** By name. */
  readonly attributes: ReadonlyMap<string, Attribute>;
  readonly #plan: Plan;
  readonly #ended: { readonly tick: number; readonly record: FlowRecord }[] = [];
  readonly #perShard: number;
  #handlerProblem: string | undefined;

  constructor(plan: Plan, protocols: readonly Protocol[], worker: number, workers: number) {
    this.#plan = plan;
    this.#perShard = Math.max(1, Math.floor((plan.options.flowsMax ?? engineDefaults.flowsMax) / SHARDS));
    const attributes = [...protocols, visitor].flatMap((protocol) => protocol.attributes);
    this.attributes = new Map(attributes.map((attribute) => [attribute.name, attribute]));
    const subscriptions = new Subscriptions();
    for (const attribute of attributes) {
      if (plan.handlers) subscriptions.on(attribute, (value) => this.#handle(attribute, value));
      else subscriptions.record(attribute);
    }
    this.engine = new Engine(
      Registry.of(protocols),
      {
        flows: (records, tick) => {
          for (const record of records) this.#ended.push({ tick, record });
        },
      },
      { ...plan.options, worker, workers },
      subscriptions,
    );
  }

  get flows(): number {
    return this.#ended.length;
  }

  *records(): IterableIterator<FlowRecord> {
    for (const { record } of this.#ended) yield record;
  }

  feed(log: FrameLog, frame: number): void {
    const start = log.starts[frame]!;
    this.feedAt(log, frame, log.octets, start, log.starts[frame + 1]! - start);
  }

  /** The frame from elsewhere: `octets[offset … offset + length)`. */
  feedAt(log: FrameLog, frame: number, octets: Uint8Array, offset: number, length: number): void {
    this.prepare(frame);
    this.engine.packet(
      octets,
      offset,
      length,
      log.wireBytes[frame]!,
      log.timesUs[frame]!,
      log.linkTypes[frame]!,
    );
  }

  /** What comes before the frame. */
  prepare(frame: number): void {
    const { engine } = this;
    if (frame === this.#plan.registerAt) engine.register(visitor);
    if (frame === this.#plan.unregisterAt) engine.unregister(visitor.name);
  }

  #handle(attribute: Attribute, value: AttributeValue): void {
    if (typeof value !== TYPEOF[attribute.type])
      this.#handlerProblem ??= `${attribute.name} was given ${typeof value}`;
  }

  boundsProblem(): string | undefined {
    const { flowsHeld, datagramsHeld } = this.engine;
    if (flowsHeld > this.#perShard * SHARDS)
      return `${flowsHeld} flows are held, of ${this.#perShard * SHARDS}`;
    if (datagramsHeld > DATAGRAMS_MAX) return `${datagramsHeld} datagrams are held, of ${DATAGRAMS_MAX}`;
    return undefined;
  }

  /** Every frame is in one flow, or in none; counters, records and statistics agree. */
  totalsProblem(log: FrameLog): string | undefined {
    if (this.#handlerProblem !== undefined) return this.#handlerProblem;
    const { totals, flowsHeld, datagramsHeld } = this.engine;
    if (totals.packets !== log.count) return `${totals.packets} packets are counted of ${log.count} frames`;
    if (totals.bytes !== log.starts[log.count])
      return `${totals.bytes} octets are counted of ${log.starts[log.count]}`;
    if (totals.flows !== this.#ended.length)
      return `${totals.flows} flows are counted of ${this.#ended.length} records`;
    if (flowsHeld !== 0 || datagramsHeld !== 0) return "flows or datagrams are held after the end";
    let frames = 0;
    let ofFlows = 0;
    let sessions = 0;
    for (const root of statisticsTree(this.engine.pathCounters())) {
      frames += root.packets;
      ofFlows += root.originator.packets + root.responder.packets;
      sessions += root.sessions;
    }
    let recorded = 0;
    for (const { record } of this.#ended) recorded += record.originator.packets + record.responder.packets;
    if (frames !== log.count) return `the statistics hold ${frames} packets of ${log.count} frames`;
    if (ofFlows !== recorded)
      return `the statistics hold ${ofFlows} packets of flows, the records ${recorded}`;
    if (sessions !== this.#ended.length)
      return `the statistics hold ${sessions} flows of ${this.#ended.length}`;
    return undefined;
  }

  /** Records as text, in the order in which a single engine gives them. */
  static lines(runs: readonly Run[]): string[] {
    const ended = runs.flatMap((run) => run.#ended);
    ended.sort((a, b) => a.tick - b.tick || a.record.firstPacket - b.record.firstPacket);
    return ended.map(({ tick, record }) => `${tick} ${JSON.stringify(record)}`);
  }
}

const TYPEOF = {
  text: "string",
  hex: "string",
  address: "string",
  number: "number",
  flag: "boolean",
} as const;

/** What is wrong with a record by itself. */
function recordProblem(record: FlowRecord, attributes: ReadonlyMap<string, Attribute>): string | undefined {
  const numbers = [
    record.firstPacket,
    ...[record.originator, record.responder].flatMap(({ packets, bytes, payloadBytes }) => [
      packets,
      bytes,
      payloadBytes,
    ]),
    ...(record.tcp === undefined
      ? []
      : [...record.tcp.retransmissions, ...record.tcp.outOfOrder, ...record.tcp.missedBytes]),
  ];
  if (!numbers.every((number) => Number.isSafeInteger(number) && number >= 0)) return "a counter is none";
  if (!(record.firstUs <= record.lastUs)) return "the flow ends before it begins";
  if (record.originator.packets + record.responder.packets < 1) return "a flow without packets";
  for (const port of [record.sport, record.dport])
    if (!(port >= 0 && port <= 0xffff)) return "a port is none";
  if (record.findings.length > FINDINGS_PER_FLOW_MAX) return "too many findings";
  if (record.steps.length > STEPS_PER_FLOW_MAX) return "too many steps";
  if ((record.appProto === undefined) !== (record.confidence === "none"))
    return "protocol and confidence disagree";
  for (const [name, value] of Object.entries(record.attributes)) {
    const attribute = attributes.get(name);
    if (attribute === undefined) return `nobody declares ${name}`;
    if (attribute.many !== Array.isArray(value))
      return `${name} is one where it is many, or many where it is one`;
    const values = Array.isArray(value) ? (value as readonly AttributeValue[]) : [value as AttributeValue];
    if (values.length > ATTRIBUTE_VALUES_MAX) return `${name} has ${values.length} values`;
    for (const one of values) {
      if (typeof one !== TYPEOF[attribute.type]) return `${name} is a ${typeof one}`;
      if (typeof one === "number" && !Number.isFinite(one)) return `${name} is ${one}`;
      const lengthMax = attribute.type === "hex" ? 2 * ATTRIBUTE_OCTETS_MAX : ATTRIBUTE_OCTETS_MAX;
      if (typeof one === "string" && one.length > lengthMax)
        return `${name} is ${one.length} characters long`;
      if (attribute.type === "hex" && !/^([0-9a-f]{2})*$/.test(one as string))
        return `${name} is no hexadecimal text`;
    }
  }
  return undefined;
}

/** Feeds the life again, each frame alone between strange octets in an array that is used again. */
function repeatProblem({ plan, log }: Life, protocols: readonly Protocol[], first: Run): string | undefined {
  const again = new Run(plan, protocols, 0, 1);
  let stage = new Uint8Array(1 << 16);
  for (let frame = 0; frame < log.count; frame += 1) {
    const start = log.starts[frame]!;
    const length = log.starts[frame + 1]! - start;
    if (length + 2 * GUARD_BYTES > stage.length) stage = new Uint8Array(2 * length + 2 * GUARD_BYTES);
    stage.fill(GUARD_OCTET, 0, length + 2 * GUARD_BYTES);
    stage.set(log.octets.subarray(start, start + length), GUARD_BYTES);
    again.feedAt(log, frame, stage, GUARD_BYTES, length);
  }
  again.engine.finish();
  return firstDifference(Run.lines([first]), Run.lines([again]));
}

/** Divides the life between two engines that share the shards. */
function shareProblem({ plan, log }: Life, protocols: readonly Protocol[], single: Run): string | undefined {
  const pair = [new Run(plan, protocols, 0, 2), new Run(plan, protocols, 1, 2)];
  const engines = pair.map(({ engine }) => engine);
  const divider = new FrameDivider(engines, single.engine.options.timeoutSeconds);
  for (let frame = 0; frame < log.count; frame += 1) {
    for (const run of pair) run.prepare(frame);
    const start = log.starts[frame]!;
    divider.packet(
      log.octets,
      start,
      log.starts[frame + 1]! - start,
      log.wireBytes[frame]!,
      log.timesUs[frame]!,
      log.linkTypes[frame]!,
    );
  }
  engines.forEach((engine, number) => {
    divider.catchUp(number);
    engine.finish();
  });
  const different = firstDifference(Run.lines([single]), Run.lines(pair));
  if (different !== undefined) return different;
  const { flows: _, ...frames } = single.engine.totals;
  for (const { totals } of engines) {
    const { flows: __, ...own } = totals;
    if (JSON.stringify(own) !== JSON.stringify(frames)) return "the sums over all frames differ";
  }
  const anomalies = (of: readonly Engine[]): string =>
    JSON.stringify(mergeAnomalies(of.map((engine) => engine.anomalies)));
  if (anomalies([single.engine]) !== anomalies(engines)) return "the anomalies differ";
  // Where a table of paths is full, applications count as their transport, and two tables have more room than one.
  if ([single, ...pair].some(({ engine }) => engine.paths.applicationsFull)) return undefined;
  const tree = (runs: readonly Run[]): string =>
    JSON.stringify(statisticsTree(runs.flatMap(({ engine }) => engine.pathCounters())));
  return tree([single]) === tree(pair) ? undefined : "the statistics differ";
}

function firstDifference(expected: readonly string[], actual: readonly string[]): string | undefined {
  for (let at = 0; at < Math.max(expected.length, actual.length); at += 1) {
    if (expected[at] === actual[at]) continue;
    const [a = "", b = ""] = [expected[at], actual[at]];
    let from = 0;
    while (from < a.length && a[from] === b[from]) from += 1;
    from = Math.max(0, from - 200);
    return `record ${at}: …${a.slice(from, from + 500)} is also …${b.slice(from, from + 500)}`;
  }
  return undefined;
}

/** The frame of the suspect batches that takes long every time. */
function slowFrame(
  { plan, log }: Life,
  protocols: readonly Protocol[],
  suspects: readonly number[],
  watch: Stopwatch,
): Failure | undefined {
  const last = Math.min(log.count, suspects.at(-1)! + BATCH_FRAMES);
  const suspected = new Set(
    suspects.flatMap((start) => Array.from({ length: BATCH_FRAMES }, (_, at) => start + at)),
  );
  const overMs = new Map<number, number>();
  for (let timing = 0; timing < TIMINGS; timing += 1) {
    const run = new Run(plan, protocols, 0, 1);
    for (let frame = 0; frame < last; frame += 1) {
      if (!suspected.has(frame)) {
        run.feed(log, frame);
        continue;
      }
      const flows = run.flows;
      const passedMs = watch();
      run.feed(log, frame);
      const tookMs = passedMs() - (run.flows - flows) * ENDED_FLOW_MS;
      if (tookMs > FRAME_MS_MAX) overMs.set(frame, Math.min(tookMs, overMs.get(frame) ?? tookMs));
      else suspected.delete(frame);
    }
  }
  for (const [frame, tookMs] of overMs) {
    if (suspected.has(frame)) {
      return { kind: "slow", detail: `frame ${frame + 1} took ${tookMs.toFixed(0)} ms`, frames: frame + 1 };
    }
  }
  return undefined;
}

/** A protocol as a user adds one at run time: no payload of the examples is its own, so flows go on as they would. */
const visitor: Protocol = {
  name: "fuzz-visitor",
  title: "A protocol that comes and goes",
  spec: "its own",
  category: "network",
  attributes: [],
  malformed: [],
  recognises: "The octets PALISADE at the start.",
  omits: "Everything else.",
  datagram: { ports: [], firstOctets: [0x50], dissect: visit },
  stream: { ports: [], firstOctets: [0x50], dissect: visit },
};

function visit(octets: Uint8Array, offset: number, end: number): typeof MATCH | typeof NO {
  return end - offset >= 2 && octets[offset] === 0x50 && octets[offset + 1] === 0x41 ? MATCH : NO;
}
