/**
 * The engine: frames in, flow records out. A pure function of its options and the frames; time is the frames' own.
 *
 * `workers` engines over the same frames divide the shards between them, and their records, put together tick by tick in
 * the order of `firstPacket`, are those of a single engine. Each is given all frames (`packet`), or by `FrameDivider` those
 * that may be its own, and of the others how many there were, and when (`skip`).
 */
import type { Malformed } from "@palisade/base";
import type { DomainTable } from "@palisade/match";
import type { PacketSink } from "@palisade/wire";
import { Anomalies, type Anomaly } from "./anomalies.js";
import { type Application, builtInApplications } from "./applications.js";
import { Classifier } from "./classifier.js";
import { Decoder } from "./decode/decoder.js";
import { PacketView } from "./decode/packet-view.js";
import { PathTable } from "./decode/path-table.js";
import type { Protocol } from "./dissector.js";
import type { FindingKind } from "./finding-kind.js";
import { EndedFlow } from "./flow/ended-flow.js";
import { EVIDENCE_OCTETS_MAX, type FlowFacts } from "./flow/flow-facts.js";
import { FlowKey, SHARDS } from "./flow/flow-key.js";
import type { FlowRecord } from "./flow/flow-record.js";
import { enterPlainPaths } from "./flow/plain-shard.js";
import { encodeHex, FlowContext } from "./flow-context.js";
import type { Inspection } from "./inspection.js";
import { malformedKind } from "./malformed-kind.js";
import { type EngineOptions, engineDefaults } from "./options.js";
import { CLOCK_JUMPS, CLOCK_MOVES, CLOCK_STAYS, clockTimeUs, PacketClock } from "./packet-clock.js";
import { type Datagram, Defragmenter, FRAGMENT_NESTED, graver } from "./reassembly/defragmenter.js";
import { StreamAssembler } from "./reassembly/stream-assembler.js";
import type { Registry } from "./registry.js";
import { Shard, type ShardHost } from "./shard.js";
import { type PathCounters, Statistics } from "./statistics.js";
import { Subscriptions } from "./subscriptions.js";

/** Fragments inside reassembled datagrams are reassembled again as deep as this. */
export const REASSEMBLY_DEPTH_MAX = 3;

/**
 * Frames after which a tick ends though the clock stands still, so that records do not pile up: a frame ends a flow or
 * two at most.
 */
export const FRAMES_PER_TICK_MAX = 16_384;

export const TIME_JUMP: FindingKind = {
  name: "capture.time-jump",
  severity: "low",
  title: "Frames after this one are dated more than a day before it: timeouts around it do not hold",
};

/** What an engine has seen. */
export interface EngineTotals {
  /** All frames, also those of other workers' shards. */
  readonly packets: number;
  /** Captured octets of all frames. */
  readonly bytes: number;
  /** Flow records ended by this engine. */
  readonly flows: number;
  /**
   * Time of the first frame, or of the earliest one that the clock went back for, and the latest time by the clock; 0
   * without frames.
   */
  readonly firstUs: number;
  readonly lastUs: number;
}

/** Called for every decoded packet with an IP header that this engine owns, before its flow is accounted. */
export type PacketHandler = (packet: Readonly<PacketView>) => void;

export interface EngineHandlers {
  /**
   * Each flow as it ends, in the order in which its shard ends flows; what is given is valid until this returns. For who
   * needs few of the records, or none: `flow.record()` makes one.
   */
  flow?(flow: EndedFlow): void;
  /**
   * Flow records that ended since the last tick, by `firstPacket`. Ticks are the seconds of the packet clock in which
   * frames came, or `FRAMES_PER_TICK_MAX` frames of one; every engine over the same frames counts the same ticks, and is
   * called for each, with or without records. Records are made only for who handles them.
   */
  flows?(records: readonly FlowRecord[], tick: number): void;
  packet?: PacketHandler;
}

export class Engine implements PacketSink, ShardHost {
  readonly options: EngineOptions;
  readonly subscriptions: Subscriptions;
  readonly paths: PathTable = new PathTable();
  readonly statistics: Statistics = new Statistics(this.paths);
  readonly context: FlowContext;
  readonly classifier: Classifier;
  readonly ended: EndedFlow = new EndedFlow(this);
  readonly #clock: PacketClock;
  readonly #handlers: EngineHandlers;
  readonly #anomalies = new Anomalies();
  #applications: DomainTable<Application> | undefined;
  readonly #decoder: Decoder = new Decoder(this.paths);
  readonly #view = new PacketView();
  readonly #key: FlowKey;
  readonly #defragmenter = new Defragmenter();
  /** By shard number; undefined where another worker owns it. */
  readonly #shards: (Shard | undefined)[] = [];
  #shard: Shard = undefined as never;
  #ended: FlowRecord[] = [];
  /** The second up to which flows have been ended. */
  #second = -1;
  #tick = 0;
  #tickFrames = 0;
  #bytes = 0;
  #flows = 0;

  constructor(
    registry: Registry,
    handlers: EngineHandlers,
    options: Partial<EngineOptions> = {},
    subscriptions: Subscriptions = new Subscriptions(),
    applications?: DomainTable<Application>,
  ) {
    this.options = { ...engineDefaults, ...options };
    this.#clock = new PacketClock(this.options.timeoutSeconds);
    enterPlainPaths(this.paths);
    this.#handlers = handlers;
    this.#applications = applications;
    this.subscriptions = subscriptions;
    this.#key = new FlowKey(this.options.seed, this.options.vlans);
    this.context = new FlowContext(this.subscriptions, {
      facts: () => this.#shard.currentFacts(),
      hostSeen: (octets, start, end) => this.#hostSeen(octets, start, end),
      expect: (port, transport, protocol) => this.#shard.expect(port, transport, protocol),
    });
    this.classifier = new Classifier(registry, this.context, {
      verdict: (id, octets, start, end) => this.#verdict(id, octets, start, end),
      malformed: (malformed) => this.#malformed(malformed),
      unlimited: (id) => this.#unlimited(id),
    });
    const { worker, workers, flowsMax } = this.options;
    const pool: Inspection[] = [];
    const assembler = new StreamAssembler(this.classifier);
    const perShard = Math.max(1, Math.floor(flowsMax / SHARDS));
    for (let shard = 0; shard < SHARDS; shard += 1) {
      this.#shards.push(
        shard % workers === worker ? new Shard(this, shard, perShard, pool, assembler) : undefined,
      );
    }
  }

  /** The table of protocols in force. */
  get registry(): Registry {
    return this.classifier.registry;
  }

  /** Adds a protocol between two packets. @throws {PalisadeError} `INSPECT_PROTOCOL_NAME` where its name is taken or unfit */
  register(protocol: Protocol): void {
    this.classifier.use(this.classifier.registry.with(protocol));
  }

  /** Removes a protocol between two packets; flows that it was the verdict of keep it. @throws {PalisadeError} `INSPECT_PROTOCOL_NAME` */
  unregister(name: string): void {
    this.classifier.use(this.classifier.registry.without(name));
  }

  get totals(): EngineTotals {
    return {
      packets: this.#clock.frames,
      bytes: this.#bytes,
      flows: this.#flows,
      firstUs: this.#clock.firstUs,
      lastUs: this.#clock.lastUs,
    };
  }

  /** See `ShardHost`. */
  get clockUs(): number {
    return this.#clock.us;
  }

  /** Flows in the table now. */
  get flowsHeld(): number {
    return this.#shards.reduce((sum, shard) => sum + (shard?.flows ?? 0), 0);
  }

  /** Incomplete IP datagrams held now. */
  get datagramsHeld(): number {
    return this.#defragmenter.size;
  }

  get anomalies(): Anomaly[] {
    return this.#anomalies.all;
  }

  pathCounters(): PathCounters[] {
    return this.statistics.counters();
  }

  /** One frame; see `PacketSink`. */
  packet(
    octets: Uint8Array,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    capturedUs: number,
    linkType: number,
  ): void {
    const timeUs = clockTimeUs(capturedUs);
    this.#arrive(capturedBytes, timeUs);
    const view = this.#view;
    const number = this.#clock.frames;
    view.number = number;
    view.firstNumber = number;
    view.timeUs = timeUs;
    view.firstUs = timeUs;
    view.frames = 1;
    view.finding = undefined;
    view.incomplete = false;
    view.capturedBytes = capturedBytes;
    view.wireBytes = wireBytes;
    this.#decoder.frame(view, octets, offset, offset + capturedBytes, linkType);
    if (view.ipVersion === 0) {
      this.#notIp(view);
    } else if (view.fragment) {
      this.#fragment(view);
    } else {
      this.#flowPacket(view);
    }
  }

  /**
   * Frames of other engines' shards, which count and move the clock as they do in `packet`: one, dated `capturedUs`, or
   * several that `FrameDivider` has put together, after which the clock stands there.
   */
  skip(frames: number, capturedBytes: number, capturedUs: number): void {
    const timeUs = clockTimeUs(capturedUs);
    if (frames === 1) {
      this.#arrive(capturedBytes, timeUs);
      return;
    }
    this.#bytes += capturedBytes;
    this.#clock.pass(frames, timeUs);
    let tickFrames = this.#tickFrames + frames;
    for (; tickFrames >= FRAMES_PER_TICK_MAX; tickFrames -= FRAMES_PER_TICK_MAX) this.#flush();
    this.#tickFrames = tickFrames;
  }

  /** Ends what is in progress: no more frames come. */
  finish(): void {
    this.#giveUpDatagrams(Number.POSITIVE_INFINITY);
    for (const shard of this.#shards) shard?.finish();
    this.#flush();
  }

  /** Counts a frame, whoever's it is, and does what is due by its time. */
  #arrive(capturedBytes: number, timeUs: number): void {
    this.#bytes += capturedBytes;
    const does = this.#clock.frame(timeUs);
    if (does !== CLOCK_STAYS) this.#clockMoved(does);
    this.#tickFrames += 1;
    if (this.#tickFrames >= FRAMES_PER_TICK_MAX) this.#flush();
  }

  #notIp(view: PacketView): void {
    // Frames without hosts have no shard: they count for the first worker.
    if (this.options.worker !== 0) return;
    this.statistics.frame(view.path, view.capturedBytes, view.timeUs);
    if (view.malformed !== undefined) this.#anomalies.report(malformedKind(view.malformed), view.number);
  }

  #flowPacket(view: PacketView): void {
    const key = this.#key;
    key.set(view);
    const shard = this.#shards[key.shard];
    if (shard === undefined) return;
    this.#shard = shard;
    if (this.#handlers.packet !== undefined) this.#handlers.packet(view);
    shard.packet(view, key);
  }

  // Every engine is given, and reassembles, all fragments: only the whole datagram tells whose shard its innermost flow is in.

  #fragment(view: PacketView): void {
    this.#hold(view, undefined);
    // What is given up may hold a fragment again, which then takes its place.
    for (;;) {
      const datagram = this.#defragmenter.overflow();
      if (datagram === undefined) return;
      this.#present(datagram);
    }
  }

  /** Holds the fragment that was decoded last, which came in a frame of its own or in the datagram `around`. */
  #hold(view: PacketView, around: Datagram | undefined): void {
    const datagram = this.#defragmenter.take(view, this.#decoder.ipHeaders, this.clockUs, around);
    if (datagram !== undefined) this.#present(datagram);
  }

  /** Accounts a datagram and reads it as far as it is there. */
  #present(datagram: Datagram): void {
    const view = this.#view;
    const start = datagram.present(view);
    const length = datagram.whole ? datagram.length : datagram.prefix;
    const end = start + Math.min(length, datagram.cutAt);
    this.#decoder.datagram(view, datagram.octets, 0, start, end, length, datagram.ipHeaders);
    // What came too short is told by the finding; the headers that it lacks are no malformed ones.
    if (view.incomplete) view.malformed = undefined;
    if (datagram.spoilt) view.payloadEnd = view.payload;
    if (view.fragment && datagram.depth + 1 < REASSEMBLY_DEPTH_MAX) {
      this.#hold(view, datagram);
      return;
    }
    if (view.fragment) view.finding = graver(view.finding, FRAGMENT_NESTED);
    this.#flowPacket(view);
  }

  #giveUpDatagrams(nowUs: number): void {
    for (;;) {
      const datagram = this.#defragmenter.expired(nowUs);
      if (datagram === undefined) return;
      this.#present(datagram);
    }
  }

  #clockMoved(does: number): void {
    // Every engine sees it: the first tells.
    if (does === CLOCK_JUMPS && this.options.worker === 0)
      this.#anomalies.report(TIME_JUMP, this.#clock.secondFrame);
    else if (does === CLOCK_MOVES) this.#advance();
  }

  /** Ends what is due. Where the clock has gone back, that is also what is dated after it. */
  #advance(): void {
    const from = this.#second;
    const { second, us } = this.#clock;
    this.#second = second;
    if (from >= 0) {
      for (const shard of this.#shards) shard?.advance(from, second);
      this.#giveUpDatagrams(us);
      this.#flush();
    }
  }

  #flush(): void {
    this.#tickFrames = 0;
    this.#tick += 1;
    if (this.#handlers.flows === undefined) return;
    const records = this.#ended;
    this.#ended = [];
    records.sort((a, b) => a.firstPacket - b.firstPacket);
    this.#handlers.flows(records, this.#tick);
  }

  // What shards and dissectors tell ------------------------------------------------------------------------------

  flowEnded(flow: EndedFlow): void {
    this.#flows += 1;
    this.statistics.flow(flow);
    if (this.#handlers.flow !== undefined) this.#handlers.flow(flow);
    if (this.#handlers.flows !== undefined) this.#ended.push(flow.record());
  }

  anomaly(kind: FindingKind, packet: number): void {
    this.#anomalies.report(kind, packet);
  }

  #verdict(id: number, octets: Uint8Array, start: number, end: number): void {
    const evidence = this.options.explain
      ? encodeHex(octets, start, Math.min(end, start + EVIDENCE_OCTETS_MAX))
      : undefined;
    this.#shard.verdict(id, evidence);
  }

  #malformed(malformed: Malformed): void {
    const { context } = this;
    this.#shard.currentFacts().report(malformedKind(malformed), context.packetNumber, context.timeUs);
  }

  #unlimited(id: number): boolean {
    return this.registry.protocols[id]!.attributes.some((attribute) =>
      this.subscriptions.hasHandler(attribute),
    );
  }

  #hostSeen(octets: Uint8Array, start: number, end: number): void {
    // Compiled when the first host name comes: a table of thousands, which a short capture may never need.
    this.#applications ??= builtInApplications();
    const application = this.#applications.lookup(octets, start, end);
    if (application === undefined) return;
    const facts: FlowFacts = this.#shard.currentFacts();
    if (facts.application !== undefined) return;
    facts.application = application.name;
    facts.applicationCategory = application.category;
    if (!this.options.explain) return;
    facts.step({
      packet: this.context.packetNumber,
      timeUs: this.context.timeUs,
      protocol: application.name,
      confidence: "dpi",
      rule: `a host name of ${application.title} (${application.source})`,
      octets: encodeHex(octets, start, Math.min(end, start + EVIDENCE_OCTETS_MAX)),
    });
  }
}
