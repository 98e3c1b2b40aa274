/**
 * From payload to verdict: port hint, then the candidates that the first octet leaves, then their dissectors, on a
 * bounded number of packets and octets. Knows nothing of packets and tables: a flow's payload comes in, outcomes go to
 * the host.
 */
import type { Malformed } from "@palisade/base";
import { IP_PROTOCOL_TCP } from "@palisade/wire";
import { BECOME, DONE, MATCH, MORE, NO, type Outcome } from "./dissector.js";
import type { FlowContext } from "./flow-context.js";
import { ANY_PROTOCOL } from "./flow-context.js";
import type { DirectionStream, Inspection } from "./inspection.js";
import { type DispatchTable, hinted, type Registry } from "./registry.js";

/** Payload packets per direction that are read, before and after the verdict together. */
export const PAYLOAD_PACKETS_MAX = 12;
/** Stream octets per direction that are read, before and after the verdict together. */
export const PAYLOAD_OCTETS_MAX = 16_384;
/** Steps of stacking in one flow (a proxy is two: its verdict, and the start of what follows); a further `become` ends the reading. */
export const PROTOCOL_DEPTH_MAX = 8;

/** What the classifier tells the engine, about the flow that the context stands on. */
export interface ClassifierHost {
  /** The payload is of this protocol; `octets[start … end)` decided it. */
  verdict(id: number, octets: Uint8Array, start: number, end: number): void;
  /** Octets of the verdict's protocol lie. */
  malformed(malformed: Malformed): void;
  /** Whether the protocol is to be read beyond the budget, because somebody handles its attributes. */
  unlimited(id: number): boolean;
}

export class Classifier {
  readonly #context: FlowContext;
  readonly #host: ClassifierHost;
  #registry: Registry;
  /** By id: the call in which it was asked last, so that a hinted candidate is not asked twice. */
  #asked: Uint32Array;
  #call = 0;

  constructor(registry: Registry, context: FlowContext, host: ClassifierHost) {
    this.#registry = registry;
    this.#context = context;
    this.#host = host;
    this.#asked = new Uint32Array(registry.size);
  }

  get registry(): Registry {
    return this.#registry;
  }

  /** Swaps the table; flows in progress keep their verdicts. */
  use(registry: Registry): void {
    this.#registry = registry;
    if (this.#asked.length < registry.size) this.#asked = new Uint32Array(registry.size);
  }

  /** Reads one datagram. Returns false when nothing more of this flow is to be read. */
  datagram(inspection: Inspection, octets: Uint8Array, offset: number, end: number): boolean {
    const context = this.#context;
    context.inspection = inspection;
    const packets =
      context.direction === 0 ? (inspection.originatorPackets += 1) : (inspection.responderPackets += 1);
    let depth: number;
    do {
      depth = inspection.depth;
      this.#readDatagram(inspection, octets, offset, end);
      // What became another protocol's is asked again as that; a verdict deepens the stack too, and ends this.
    } while (!inspection.finished && inspection.current < 0 && inspection.depth !== depth);
    if (inspection.finished) return false;
    return this.#withinBudget(inspection, packets, 0);
  }

  #readDatagram(inspection: Inspection, octets: Uint8Array, offset: number, end: number): void {
    const context = this.#context;
    if (inspection.current < 0) {
      this.#askCandidates(inspection, this.#registry.datagram, octets, offset, end);
      return;
    }
    const callee = this.#registry.datagram.callees[inspection.current];
    if (callee === undefined) {
      inspection.finished = true;
      return;
    }
    context.dissector = inspection.current;
    context.consumed = 0;
    this.#afterVerdict(inspection, callee.dissector.dissect(octets, offset, end, context));
  }

  /**
   * Reads octets of a stream that come next in order in the context's direction. Returns false when nothing more of
   * this flow is to be read.
   */
  stream(inspection: Inspection, octets: Uint8Array, offset: number, end: number): boolean {
    const context = this.#context;
    context.inspection = inspection;
    const stream = inspection.stream(context.direction);
    const packets =
      context.direction === 0 ? (inspection.originatorPackets += 1) : (inspection.responderPackets += 1);
    let start = offset;
    if (stream.skip > 0) {
      const skipped = Math.min(stream.skip, end - start);
      stream.skip -= skipped;
      start += skipped;
    }
    if (start < end && !stream.closed) {
      stream.deliveredOctets += end - start;
      context.gap = stream.gap;
      stream.gap = false;
      let from = start;
      let to = end;
      let source = octets;
      if (stream.heldEnd > stream.heldStart) {
        if (stream.hold(octets, start, end)) {
          source = stream.held;
          from = stream.heldStart;
          to = stream.heldEnd;
        } else {
          stream.closed = true;
        }
      }
      if (!stream.closed) {
        const { depth } = inspection;
        this.#settle(inspection, stream, source, to, this.#readStream(inspection, source, from, to));
        if (inspection.depth !== depth && !inspection.finished) this.#readOther(inspection);
      }
    }
    if (inspection.finished) return false;
    return this.#withinBudget(inspection, packets, stream.deliveredOctets);
  }

  /** Keeps what is still wanted of `octets[… to)`: what lies from `rest` on, or a debt where that is past `to`. */
  #settle(
    inspection: Inspection,
    stream: DirectionStream,
    octets: Uint8Array,
    to: number,
    rest: number,
  ): void {
    if (rest > to) stream.skip = rest - to;
    const kept = Math.min(rest, to);
    if (octets === stream.held) {
      stream.heldStart = kept === to ? 0 : kept;
      if (kept === to) stream.heldEnd = 0;
    } else if (kept < to && !inspection.finished && !stream.hold(octets, kept, to)) {
      stream.closed = true;
    }
  }

  /** Reads what the other direction holds once more, now that there is a verdict: its sender may be silent from here on. */
  #readOther(inspection: Inspection): void {
    const context = this.#context;
    const other: 0 | 1 = context.direction === 0 ? 1 : 0;
    const stream = inspection.stream(other);
    if (stream.heldEnd === stream.heldStart || stream.closed) return;
    const { direction, sourcePort, destinationPort } = context;
    context.direction = other;
    context.sourcePort = destinationPort;
    context.destinationPort = sourcePort;
    const { held, heldStart, heldEnd } = stream;
    this.#settle(inspection, stream, held, heldEnd, this.#readStream(inspection, held, heldStart, heldEnd));
    context.direction = direction;
    context.sourcePort = sourcePort;
    context.destinationPort = destinationPort;
  }

  /** Reads messages while they are consumed. Returns the index of the first octet that is still wanted. */
  #readStream(inspection: Inspection, octets: Uint8Array, from: number, to: number): number {
    const context = this.#context;
    let at = from;
    for (;;) {
      const depth = inspection.depth;
      context.consumed = 0;
      if (inspection.current < 0) {
        this.#askCandidates(inspection, this.#registry.stream, octets, at, to);
        // Nothing decided: what was consumed by a candidate that is none is not consumed.
        if (inspection.current < 0 && inspection.depth === depth) return at;
      } else {
        const callee = this.#registry.stream.callees[inspection.current];
        if (callee === undefined) {
          inspection.finished = true;
          return at;
        }
        context.dissector = inspection.current;
        this.#afterVerdict(inspection, callee.dissector.dissect(octets, at, to, context));
      }
      const consumed = context.consumed;
      at += consumed;
      context.gap = false;
      if (inspection.finished || at >= to) return at;
      if (consumed === 0 && inspection.depth === depth) return at;
    }
  }

  #askCandidates(
    inspection: Inspection,
    table: DispatchTable,
    octets: Uint8Array,
    offset: number,
    end: number,
  ): void {
    const context = this.#context;
    this.#call = (this.#call + 1) >>> 0;
    if (this.#call === 0) {
      this.#asked.fill(0);
      this.#call = 1;
    }
    if (
      inspection.expected >= 0 &&
      this.#ask(inspection, table, inspection.expected, false, octets, offset, end)
    )
      return;
    for (let index = 0; index < table.added.length; index += 1) {
      if (this.#ask(inspection, table, table.added[index]!, false, octets, offset, end)) return;
    }
    const toPort = hinted(table, context.destinationPort);
    for (let index = 0; index < toPort.length; index += 1) {
      if (this.#ask(inspection, table, toPort[index]!, true, octets, offset, end)) return;
    }
    const fromPort = hinted(table, context.sourcePort);
    for (let index = 0; index < fromPort.length; index += 1) {
      if (this.#ask(inspection, table, fromPort[index]!, true, octets, offset, end)) return;
    }
    const candidates = table.byFirstOctet[octets[offset]!]!;
    for (let index = 0; index < candidates.length; index += 1) {
      if (this.#ask(inspection, table, candidates[index]!, false, octets, offset, end)) return;
    }
  }

  /** Asks one candidate; true when it took the flow. */
  #ask(
    inspection: Inspection,
    table: DispatchTable,
    id: number,
    isHint: boolean,
    octets: Uint8Array,
    offset: number,
    end: number,
  ): boolean {
    if (this.#asked[id] === this.#call || inspection.isExcluded(id)) return false;
    this.#asked[id] = this.#call;
    const context = this.#context;
    const callee = table.callees[id];
    if (callee === undefined) return false;
    context.dissector = id;
    context.consumed = 0;
    const outcome = callee.dissector.dissect(octets, offset, end, context);
    if (outcome === MORE) return false;
    if (outcome === NO) {
      inspection.exclude(id);
      return false;
    }
    if (typeof outcome === "object") {
      inspection.exclude(id);
      // What the snap length cut was whole when it was sent.
      if (isHint && !context.cut && inspection.hintedMalformed === undefined) {
        inspection.hintedMalformed = outcome;
        inspection.hintedProtocol = id;
      }
      return false;
    }
    inspection.current = id;
    inspection.depth += 1;
    this.#host.verdict(id, octets, offset, end);
    this.#afterVerdict(inspection, outcome);
    return true;
  }

  #afterVerdict(inspection: Inspection, outcome: Outcome): void {
    if (outcome === MATCH || outcome === MORE) return;
    const context = this.#context;
    if (outcome === BECOME) {
      if (inspection.depth >= PROTOCOL_DEPTH_MAX) {
        inspection.finished = true;
      } else if (context.successor === ANY_PROTOCOL) {
        inspection.restart();
        // Counts as a layer, so that a stream is read on although nothing was consumed.
        inspection.depth += 1;
      } else {
        const id = this.#registry.idOf(context.successor);
        if (id < 0) {
          inspection.finished = true;
        } else {
          inspection.restart();
          inspection.expected = id;
          inspection.depth += 1;
        }
      }
      return;
    }
    if (outcome === DONE) {
      inspection.finished = true;
      return;
    }
    if (typeof outcome === "object") {
      if (!context.cut) this.#host.malformed(outcome);
      // A datagram stands for itself; a stream whose framing is lost cannot be taken up again.
      if (
        this.#registry.protocols[inspection.current]!.stream !== undefined &&
        context.transport === IP_PROTOCOL_TCP
      ) {
        inspection.finished = true;
      }
      return;
    }
    // NO after the verdict: a stream is lost, a datagram is somebody else's.
    if (context.transport === IP_PROTOCOL_TCP) inspection.finished = true;
  }

  #withinBudget(inspection: Inspection, packets: number, octets: number): boolean {
    if (packets < PAYLOAD_PACKETS_MAX && octets < PAYLOAD_OCTETS_MAX) return true;
    const id = inspection.current;
    if (id < 0) return false;
    if (this.#context.transport === IP_PROTOCOL_TCP && this.#registry.stream.callees[id]?.follow === true)
      return true;
    return this.#host.unlimited(id);
  }
}
