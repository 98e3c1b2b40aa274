/**
 * The flow table: records of numbers in typed arrays, found by open addressing, expired by a timer wheel on the packet
 * clock. Nothing is allocated per packet; a table grows by doubling until its bound.
 *
 * A flow is known by its two endpoints in canonical order (the numerically lower first), IP protocol, IP version and
 * outermost VLAN. Which endpoint is the originator is a flag of the record.
 */
import { assert } from "@palisade/base";
import type { FlowKey } from "./flow-key.js";

/** Slots looked at for one key. At a load of at most one half a longer run does not come by chance. */
export const PROBES_MAX = 64;
/** Buckets of the timer wheel, one second each: a timeout beyond it is looked at again when the wheel comes round. */
export const WHEEL_SECONDS = 2_048;

/** Fields of a record in `ints`: `ints[flow * INTS + FIELD]`. */
export const INTS = 32;
export const HASH = 0;
/** Eight words: the lower endpoint's address, then the higher one's; IPv4 uses the first of each four. */
export const ADDRESSES = 1;
/** Port of the lower endpoint in the high half. */
export const PORTS = 9;
/** IP protocol, IP version << 8, VLAN id plus one << 16. */
export const KIND = 10;
export const FLAGS = 11;
export const PATH = 12;
/** Registry id of the verdict, -1 without. */
export const PROTOCOL = 13;
export const WHEEL_NEXT = 14;
export const WHEEL_PREVIOUS = 15;
export const WHEEL_BUCKET = 16;
/** TCP flags seen from the originator; from the responder in the high half. */
export const TCP_FLAGS = 17;
/** Next sequence number by what was sent, of the originator, then of the responder. */
export const TCP_NEXT = 18;
/** Start and end of the latest hole in the sequence numbers, for each direction. */
export const TCP_HOLE_START = 20;
export const TCP_HOLE_END = 22;
export const TCP_RETRANSMITTED = 24;
export const TCP_OUT_OF_ORDER = 26;
export const TCP_ZERO_WINDOWS = 28;
/** Letters of the history that come once a direction, as bits; its length in the top octet. */
export const HISTORY = 30;
export const GAPS = 31;

/** Fields of a record in `doubles`: `doubles[flow * DOUBLES + FIELD]`. */
export const DOUBLES = 16;
export const FIRST_US = 0;
export const LAST_US = 1;
export const PACKETS = 2;
export const BYTES = 4;
export const PAYLOAD = 6;
/** Number of the flow's first packet: its identity within a capture. */
export const FIRST_PACKET = 8;
export const MISSED = 9;
export const SYN_US = 11;
export const RTT_US = 12;
export const FRAGMENTS = 13;

/** Octets of history kept per flow. */
export const HISTORY_OCTETS = 32;

const CAPACITY_START = 64;

export class FlowTable {
  readonly flowsMax: number;
  ints: Int32Array;
  doubles: Float64Array;
  /** A Buffer, for its fast conversion to text. */
  history: Buffer;
  /** Flows in the table. */
  size = 0;
  #capacity: number;
  /** Slot to flow number plus one. */
  #slots: Int32Array;
  #mask: number;
  #free: Int32Array;
  #freeCount: number;
  readonly #wheel: Int32Array = new Int32Array(WHEEL_SECONDS).fill(-1);

  /** @param flowsMax flows held at most; a power of two is used in full */
  constructor(flowsMax: number) {
    assert(flowsMax >= 1, "flowsMax is at least 1");
    this.flowsMax = flowsMax;
    this.#capacity = Math.min(CAPACITY_START, flowsMax);
    this.ints = new Int32Array(this.#capacity * INTS);
    this.doubles = new Float64Array(this.#capacity * DOUBLES);
    this.history = Buffer.alloc(this.#capacity * HISTORY_OCTETS);
    let slots = 4;
    while (slots < this.#capacity * 2) slots *= 2;
    this.#slots = new Int32Array(slots);
    this.#mask = slots - 1;
    this.#free = new Int32Array(this.#capacity);
    for (let index = 0; index < this.#capacity; index += 1) this.#free[index] = this.#capacity - 1 - index;
    this.#freeCount = this.#capacity;
  }

  get capacity(): number {
    return this.#capacity;
  }

  /** The flow of the key, or -1. */
  find(key: FlowKey): number {
    const { ints } = this;
    const slots = this.#slots;
    const mask = this.#mask;
    const { hash } = key;
    let slot = hash & mask;
    for (let probes = 0; probes < PROBES_MAX; probes += 1) {
      const entry = slots[slot]!;
      if (entry === 0) return -1;
      const base = (entry - 1) * INTS;
      if (ints[base + HASH] === hash && this.#isKey(base, key)) return entry - 1;
      slot = (slot + 1) & mask;
    }
    return -1;
  }

  #isKey(base: number, key: FlowKey): boolean {
    const { ints } = this;
    const { words } = key;
    return (
      ints[base + PORTS] === key.ports &&
      ints[base + KIND] === key.kind &&
      ints[base + ADDRESSES] === words[0] &&
      ints[base + ADDRESSES + 4] === words[4] &&
      (key.isIpv4 ||
        (ints[base + ADDRESSES + 1] === words[1] &&
          ints[base + ADDRESSES + 2] === words[2] &&
          ints[base + ADDRESSES + 3] === words[3] &&
          ints[base + ADDRESSES + 5] === words[5] &&
          ints[base + ADDRESSES + 6] === words[6] &&
          ints[base + ADDRESSES + 7] === words[7]))
    );
  }

  /** Whether `insert` needs a flow to be removed first: the table is at its bound. */
  get full(): boolean {
    return this.size >= this.flowsMax;
  }

  /**
   * Makes a record for the key, all fields zero but the key's and `PROTOCOL`, -1. Returns its number, or -1 where the
   * key's run of slots is longer than `PROBES_MAX`. The table must not be `full`, nor hold the key.
   */
  insert(key: FlowKey): number {
    assert(!this.full, "insert into a full flow table");
    if (this.#freeCount === 0) this.#grow();
    const slots = this.#slots;
    let slot = key.hash & this.#mask;
    let probes = 0;
    while (slots[slot] !== 0) {
      slot = (slot + 1) & this.#mask;
      probes += 1;
      if (probes >= PROBES_MAX) return -1;
    }
    this.#freeCount -= 1;
    const flow = this.#free[this.#freeCount]!;
    slots[slot] = flow + 1;
    this.size += 1;
    const base = flow * INTS;
    this.ints.fill(0, base, base + INTS);
    this.doubles.fill(0, flow * DOUBLES, flow * DOUBLES + DOUBLES);
    this.ints[base + HASH] = key.hash;
    for (let word = 0; word < 8; word += 1) this.ints[base + ADDRESSES + word] = key.words[word]!;
    this.ints[base + PORTS] = key.ports;
    this.ints[base + KIND] = key.kind;
    this.ints[base + PROTOCOL] = -1;
    this.ints[base + WHEEL_BUCKET] = -1;
    return flow;
  }

  /** The first slot of the run that the key would go to holds this flow: the one to remove where `insert` gave -1. */
  crowded(key: FlowKey): number {
    return this.#slots[key.hash & this.#mask]! - 1;
  }

  /**
   * Forgets a flow: its slot is closed by moving later ones of the run back, so that no tombstones pile up. No entry stands
   * `PROBES_MAX` slots or more from its home, so those so far behind the hole stay: the work does not grow with the run,
   * which chosen keys can make as long as the table.
   */
  remove(flow: number): void {
    this.unschedule(flow);
    const slots = this.#slots;
    const mask = this.#mask;
    const { ints } = this;
    let slot = ints[flow * INTS + HASH]! & mask;
    while (slots[slot] !== flow + 1) slot = (slot + 1) & mask;
    let hole = slot;
    for (;;) {
      slot = (slot + 1) & mask;
      const entry = slots[slot]!;
      if (entry === 0 || ((slot - hole) & mask) >= PROBES_MAX) break;
      const home = ints[(entry - 1) * INTS + HASH]! & mask;
      // Moves back unless its home lies cyclically after the hole.
      if (((slot - home) & mask) >= ((slot - hole) & mask)) {
        slots[hole] = entry;
        hole = slot;
      }
    }
    slots[hole] = 0;
    this.#free[this.#freeCount] = flow;
    this.#freeCount += 1;
    this.size -= 1;
  }

  /** Puts the flow into the wheel so that it is looked at in the second `atSecond`. */
  schedule(flow: number, atSecond: number): void {
    const { ints } = this;
    const base = flow * INTS;
    const bucket = atSecond % WHEEL_SECONDS;
    if (ints[base + WHEEL_BUCKET] === bucket) return;
    this.unschedule(flow);
    const head = this.#wheel[bucket]!;
    ints[base + WHEEL_NEXT] = head;
    ints[base + WHEEL_PREVIOUS] = -1;
    ints[base + WHEEL_BUCKET] = bucket;
    if (head >= 0) ints[head * INTS + WHEEL_PREVIOUS] = flow;
    this.#wheel[bucket] = flow;
  }

  unschedule(flow: number): void {
    const { ints } = this;
    const base = flow * INTS;
    const bucket = ints[base + WHEEL_BUCKET]!;
    if (bucket < 0) return;
    const next = ints[base + WHEEL_NEXT]!;
    const previous = ints[base + WHEEL_PREVIOUS]!;
    if (previous >= 0) ints[previous * INTS + WHEEL_NEXT] = next;
    else this.#wheel[bucket] = next;
    if (next >= 0) ints[next * INTS + WHEEL_PREVIOUS] = previous;
    ints[base + WHEEL_BUCKET] = -1;
  }

  /** The first flow that is scheduled for `second`, or -1; follow `WHEEL_NEXT` from it. */
  scheduled(second: number): number {
    return this.#wheel[second % WHEEL_SECONDS]!;
  }

  /** Numbers of all flows, in no order that means anything. */
  *flows(): IterableIterator<number> {
    for (const entry of this.#slots) if (entry !== 0) yield entry - 1;
  }

  #grow(): void {
    const capacity = Math.min(this.#capacity * 2, this.flowsMax);
    const old = this.#capacity;
    const ints = new Int32Array(capacity * INTS);
    ints.set(this.ints);
    this.ints = ints;
    const doubles = new Float64Array(capacity * DOUBLES);
    doubles.set(this.doubles);
    this.doubles = doubles;
    const history = Buffer.alloc(capacity * HISTORY_OCTETS);
    history.set(this.history);
    this.history = history;
    const free = new Int32Array(capacity);
    for (let flow = capacity - 1, at = 0; flow >= old; flow -= 1, at += 1) free[at] = flow;
    this.#free = free;
    this.#freeCount = capacity - old;
    this.#capacity = capacity;
    const before = this.#slots;
    const slots = new Int32Array(Math.max(before.length, 4) * 2);
    const mask = slots.length - 1;
    // Run by run, each from its start: from an empty slot on. So every entry finds a free slot no further from its home
    // than it stood before, and what could be found stays within `PROBES_MAX`.
    const empty = before.indexOf(0);
    for (let at = 1; at < before.length; at += 1) {
      const entry = before[(empty + at) & (before.length - 1)]!;
      if (entry === 0) continue;
      let slot = ints[(entry - 1) * INTS + HASH]! & mask;
      while (slots[slot] !== 0) slot = (slot + 1) & mask;
      slots[slot] = entry;
    }
    this.#slots = slots;
    this.#mask = mask;
  }
}
