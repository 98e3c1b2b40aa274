/**
 * The state of a flow while its payload is being read; pooled, and given back as soon as nothing more is to be read.
 */

import type { Malformed } from "@palisade/base";

/** Stream octets held per direction while they cannot be consumed yet. */
export const HELD_OCTETS_MAX = 16_384;
/** Segments per direction held because octets before them are missing. */
export const PENDING_SEGMENTS_MAX = 32;

/** Octets held for all flows of a shard together; at the bound nothing more is held, and directions that need it are read no further. */
export const HELD_OCTETS_PER_SHARD_MAX = 2 << 20;

/** What the flows of one shard hold. */
export class HeldOctets {
  octets = 0;

  /** Takes so many octets from the shard's allowance; false where it is used up. */
  take(octets: number): boolean {
    if (this.octets + octets > HELD_OCTETS_PER_SHARD_MAX) return false;
    this.octets += octets;
    return true;
  }

  giveBack(octets: number): void {
    this.octets -= octets;
  }
}

const HELD_OCTETS_START = 1_024;
const NOTHING = new Uint8Array(0);

/** A segment that came before its turn: its own copy of the octets. */
export interface PendingSegment {
  /** Sequence number of the first octet. */
  sequence: number;
  octets: Uint8Array;
}

/** One direction of a stream: octets in order that the dissectors have not consumed, and segments ahead of them. */
export class DirectionStream {
  /** Sequence number of the next octet that is wanted; meaningful once `started`. */
  nextSequence = 0;
  started = false;
  /** Nothing more is read in this direction. */
  closed = false;
  /** Octets to skip before anything is delivered again (a body that a dissector does not want). */
  skip = 0;
  held: Uint8Array = NOTHING;
  heldStart = 0;
  heldEnd = 0;
  readonly pending: PendingSegment[] = [];
  /** Of all of them; none is empty, so that 0 says that there is none. */
  pendingOctets = 0;
  /** Octets delivered to dissectors so far, consumed or not: the budget's measure. */
  deliveredOctets = 0;
  /** Octets were lost before those that come next. */
  gap = false;
  readonly #inspection: Inspection;

  constructor(inspection: Inspection) {
    this.#inspection = inspection;
  }

  /** The shard's allowance, which holding draws on. */
  get allowance(): HeldOctets {
    return this.#inspection.allowance;
  }

  reset(): void {
    if (!this.started) return;
    this.allowance.giveBack(this.held.length + this.pendingOctets);
    this.nextSequence = 0;
    this.started = false;
    this.closed = false;
    this.skip = 0;
    this.held = NOTHING;
    this.heldStart = 0;
    this.heldEnd = 0;
    if (this.pendingOctets > 0) this.pending.length = 0;
    this.pendingOctets = 0;
    this.deliveredOctets = 0;
    this.gap = false;
  }

  /** Appends octets to those held; false where they do not fit into `HELD_OCTETS_MAX` or the shard's allowance. */
  hold(octets: Uint8Array, start: number, end: number): boolean {
    const heldLength = this.heldEnd - this.heldStart;
    const needed = heldLength + (end - start);
    if (needed > HELD_OCTETS_MAX) return false;
    if (this.heldEnd + (end - start) > this.held.length) {
      let target = this.held;
      if (needed > target.length) {
        let capacity = Math.max(target.length, HELD_OCTETS_START);
        while (capacity < needed) capacity *= 2;
        if (!this.allowance.take(capacity - target.length)) return false;
        target = new Uint8Array(capacity);
      }
      target.set(this.held.subarray(this.heldStart, this.heldEnd), 0);
      this.held = target;
      this.heldStart = 0;
      this.heldEnd = heldLength;
    }
    this.held.set(octets.subarray(start, end), this.heldEnd);
    this.heldEnd += end - start;
    return true;
  }
}

/** What a dissector keeps for a flow. */
interface Kept {
  /** Of the dissector's protocol in the registry. */
  id: number;
  stage: number;
  memo: object | undefined;
}

/** Registry ids whose exclusion is held in one word. */
const WORD_BITS = 32;

export class Inspection {
  /** Registry id of the protocol of the verdict, innermost; -1 before the verdict. */
  current = -1;
  /** Steps of stacking so far: a verdict is one, a `become` or `reclassify` another. */
  depth = 0;
  /** Nothing more of this flow is to be read. */
  finished = false;
  /** Registry id announced for this flow by another one (`flow.expect`), or -1. */
  expected = -1;
  /** The first Malformed by which a protocol hinted at by the port excluded itself, and that protocol's registry id. */
  hintedMalformed: Malformed | undefined = undefined;
  hintedProtocol = -1;
  /** What the flow's shard may hold. */
  allowance: HeldOctets = new HeldOctets();
  /** Payload packets read, of the originator and of the responder. */
  originatorPackets = 0;
  responderPackets = 0;
  /** A bit per registry id: excluded for this flow. */
  #excluded: Int32Array;
  /** Some bit is set. */
  #excludes = false;
  /** What dissectors keep, the first `#keptCount` of them in use: few, so that a list is searched faster than a table is cleared. */
  readonly #kept: Kept[] = [];
  #keptCount = 0;
  /** A stream is read: else its two directions, which stay for the next flow, are as new. */
  #isStream = false;
  #originator: DirectionStream | undefined = undefined;
  #responder: DirectionStream | undefined = undefined;

  constructor(protocols: number) {
    this.#excluded = new Int32Array(Math.ceil(protocols / WORD_BITS));
  }

  /** A direction of the stream; made when a stream's first octet comes. */
  stream(direction: 0 | 1): DirectionStream {
    this.#isStream = true;
    if (direction === 0) return (this.#originator ??= new DirectionStream(this));
    return (this.#responder ??= new DirectionStream(this));
  }

  isExcluded(id: number): boolean {
    return (this.#excluded[id >>> 5]! & (1 << (id & 31))) !== 0;
  }

  exclude(id: number): void {
    this.#excludes = true;
    this.#excluded[id >>> 5]! |= 1 << (id & 31);
  }

  /** The number that a dissector keeps; 0 until it sets one. */
  stage(id: number): number {
    for (let at = 0; at < this.#keptCount; at += 1) {
      const kept = this.#kept[at]!;
      if (kept.id === id) return kept.stage;
    }
    return 0;
  }

  setStage(id: number, value: number): void {
    this.#keptOf(id).stage = value;
  }

  /** The object that a dissector keeps, made when it first asks. */
  memo<T extends object>(id: number, create: () => T): T {
    return (this.#keptOf(id).memo ??= create()) as T;
  }

  #keptOf(id: number): Kept {
    for (let at = 0; at < this.#keptCount; at += 1) {
      const kept = this.#kept[at]!;
      if (kept.id === id) return kept;
    }
    if (this.#keptCount === this.#kept.length) this.#kept.push({ id, stage: 0, memo: undefined });
    const kept = this.#kept[this.#keptCount]!;
    this.#keptCount += 1;
    kept.id = id;
    kept.stage = 0;
    return kept;
  }

  /** Gives back what the streams hold; to be called when the flow is read no further. */
  release(): void {
    if (!this.#isStream) return;
    this.#isStream = false;
    this.#originator?.reset();
    this.#responder?.reset();
  }

  /** As new, for `protocols` registry ids; after `release`. */
  reset(protocols: number): void {
    this.depth = 0;
    this.finished = false;
    this.hintedMalformed = undefined;
    this.hintedProtocol = -1;
    this.originatorPackets = 0;
    this.responderPackets = 0;
    const words = Math.ceil(protocols / WORD_BITS);
    if (this.#excluded.length < words) {
      this.#excluded = new Int32Array(words);
      this.#excludes = false;
    }
    this.restart();
  }

  /** Forgets candidates and their state, for `reclassify`: the streams stay. */
  restart(): void {
    this.current = -1;
    this.expected = -1;
    if (this.#excludes) {
      this.#excludes = false;
      const excluded = this.#excluded;
      for (let word = 0; word < excluded.length; word += 1) excluded[word] = 0;
    }
    for (let at = 0; at < this.#keptCount; at += 1) this.#kept[at]!.memo = undefined;
    this.#keptCount = 0;
  }
}
