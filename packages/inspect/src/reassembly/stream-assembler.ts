/**
 * TCP payload in order, for the dissectors: only while a flow's payload is read, and within bounds.
 *
 * Overlap policy: the octets that came first stay, as far as they are still held. Octets that differ from held ones are
 * a finding. Where the bounds on what is held ahead of a hole are met, the hole is given up: reading goes on behind it,
 * and the dissector is told (`flow.gap`).
 */
import type { Classifier } from "../classifier.js";
import type { PacketView } from "../decode/packet-view.js";
import type { FindingKind } from "../finding-kind.js";
import { ACK, SYN } from "../flow/tcp-accounting.js";
import {
  type DirectionStream,
  HELD_OCTETS_MAX,
  type Inspection,
  PENDING_SEGMENTS_MAX,
} from "../inspection.js";

export const TCP_OVERLAP_CONFLICT: FindingKind = {
  name: "tcp.overlap-conflict",
  severity: "high",
  title: "Octets of a stream were sent again and differ, as evasions do",
};

/** A sequence number so far ahead cannot be in the receiver's window (RFC 7323 §2.3: at most 2^30). */
const AHEAD_MAX = 1 << 30;

/** An Ethernet frame without payload is padded from 54 octets to 60 (IEEE 802.3 §3.2.8). */
const PADDING_OCTETS_MAX = 6;

/**
 * Some senders count the padding of a bare acknowledgement into the IP length: a few zeros where the data that comes
 * later belongs. No application sends just these without PSH.
 */
function isPadding(view: PacketView, captured: number): boolean {
  if (captured > PADDING_OCTETS_MAX || view.tcpFlags !== ACK) return false;
  for (let index = view.payload; index < view.payloadEnd; index += 1) {
    if (view.octets[index] !== 0) return false;
  }
  return true;
}

export class StreamAssembler {
  readonly #classifier: Classifier;
  /** Set when the segment at hand contradicted octets that are held. */
  conflict = false;

  constructor(classifier: Classifier) {
    this.#classifier = classifier;
  }

  /** Reads what the segment adds to its direction. Returns false when nothing more of the flow is to be read. */
  segment(inspection: Inspection, view: PacketView, direction: 0 | 1): boolean {
    this.conflict = false;
    const stream = inspection.stream(direction);
    const syn = (view.tcpFlags & SYN) !== 0;
    const sequence = syn ? (view.sequence + 1) | 0 : view.sequence;
    // A SYN among data is not a beginning, whatever it wants to be.
    if (!stream.started || (syn && stream.deliveredOctets === 0)) {
      stream.started = true;
      stream.nextSequence = sequence;
    }
    const captured = view.payloadEnd - view.payload;
    if (captured <= 0 || isPadding(view, captured)) return true;
    const ahead = (sequence - stream.nextSequence) | 0;
    if (ahead > 0) {
      if (ahead > AHEAD_MAX) return true;
      this.#park(stream, view.octets, view.payload, view.payloadEnd, sequence);
      if (stream.pending.length > PENDING_SEGMENTS_MAX || stream.pendingOctets > HELD_OCTETS_MAX) {
        stream.gap = true;
        // What was held before the hole will not be completed by what comes after it.
        stream.heldStart = 0;
        stream.heldEnd = 0;
        stream.skip = 0;
        stream.nextSequence = stream.pending[0]!.sequence;
        return this.#drain(inspection, stream);
      }
      return true;
    }
    const old = -ahead;
    if (old > 0) this.#compareHeld(stream, view, sequence);
    if (old >= captured) return true;
    stream.nextSequence = (sequence + captured) | 0;
    if (!this.#classifier.stream(inspection, view.octets, view.payload + old, view.payloadEnd)) return false;
    const cut = view.payloadBytes - captured;
    if (cut > 0) {
      // The snap length cut this segment: the rest of it will never come.
      stream.nextSequence = (stream.nextSequence + cut) | 0;
      stream.gap = true;
      stream.skip = Math.max(0, stream.skip - cut);
      stream.heldStart = 0;
      stream.heldEnd = 0;
    }
    return this.#drain(inspection, stream);
  }

  /** Reads parked segments whose turn has come. */
  #drain(inspection: Inspection, stream: DirectionStream): boolean {
    while (stream.pendingOctets > 0) {
      const first = stream.pending[0]!;
      const old = (stream.nextSequence - first.sequence) | 0;
      if (old < 0) return true;
      stream.pending.shift();
      stream.pendingOctets -= first.octets.length;
      stream.allowance.giveBack(first.octets.length);
      if (old >= first.octets.length) continue;
      stream.nextSequence = (first.sequence + first.octets.length) | 0;
      if (!this.#classifier.stream(inspection, first.octets, old, first.octets.length)) return false;
    }
    return true;
  }

  /** Keeps a copy of the octets that no parked segment has yet, in order; compares the others. */
  #park(stream: DirectionStream, octets: Uint8Array, start: number, end: number, sequence: number): void {
    const { pending } = stream;
    let from = start;
    let fromSequence = sequence;
    let at = 0;
    while (from < end && pending.length <= PENDING_SEGMENTS_MAX) {
      while (
        at < pending.length &&
        ((pending[at]!.sequence + pending[at]!.octets.length - fromSequence) | 0) <= 0
      ) {
        at += 1;
      }
      const next = pending[at];
      const free = next === undefined ? end - from : Math.min(end - from, (next.sequence - fromSequence) | 0);
      if (free > 0) {
        if (!stream.allowance.take(free)) {
          stream.closed = true;
          return;
        }
        pending.splice(at, 0, { sequence: fromSequence, octets: octets.slice(from, from + free) });
        stream.pendingOctets += free;
        from += free;
        fromSequence = (fromSequence + free) | 0;
        at += 1;
      } else if (next !== undefined) {
        const skip = (fromSequence - next.sequence) | 0;
        const shared = Math.min(end - from, next.octets.length - skip);
        this.#compare(next.octets, skip, octets, from, shared);
        from += shared;
        fromSequence = (fromSequence + shared) | 0;
      }
    }
  }

  /** Compares the octets of a segment that are still held (not consumed) with those held. */
  #compareHeld(stream: DirectionStream, view: PacketView, sequence: number): void {
    const heldLength = stream.heldEnd - stream.heldStart;
    const heldSequence = (stream.nextSequence - heldLength) | 0;
    const offset = (sequence - heldSequence) | 0;
    const inHeld = Math.max(0, offset);
    const inSegment = Math.max(0, -offset);
    const shared = Math.min(heldLength - inHeld, view.payloadEnd - view.payload - inSegment);
    if (shared > 0)
      this.#compare(stream.held, stream.heldStart + inHeld, view.octets, view.payload + inSegment, shared);
  }

  #compare(held: Uint8Array, heldAt: number, octets: Uint8Array, at: number, length: number): void {
    for (let index = 0; index < length; index += 1) {
      if (held[heldAt + index] !== octets[at + index]) {
        this.conflict = true;
        return;
      }
    }
  }
}
