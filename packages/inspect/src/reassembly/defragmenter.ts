/**
 * IP reassembly (RFC 791 §3.2, RFC 8200 §4.5), bounded in datagrams, fragments and octets.
 *
 * Overlap policy: the octets that came first stay. Over IPv6 an overlap spoils the datagram (RFC 5722 §4): it is counted
 * and not read. Frames are held back from accounting until their datagram is whole or given up, so that they count for
 * the innermost flow.
 */
import type { PacketView } from "../decode/packet-view.js";
import type { FindingKind } from "../finding-kind.js";

/** Incomplete datagrams held; a further one gives up the oldest. */
export const DATAGRAMS_MAX = 1_024;
/** Fragments of one datagram; a further one gives the datagram up. */
export const FRAGMENTS_MAX = 128;
/** Microseconds on the packet clock after its first fragment until a datagram is given up (RFC 8200 §4.5: 60 s; RFC 791 suggests 15 s). */
export const FRAGMENT_TIMEOUT_US = 30_000_000;
/** Octets of a datagram behind its IP header. */
const DATAGRAM_OCTETS_MAX = 65_535;
/** Room for both addresses before the datagram, for `Decoder.datagram`. */
const ADDRESSES_OCTETS = 32;

export const FRAGMENT_OVERLAP: FindingKind = {
  name: "ip.fragment-overlap",
  severity: "medium",
  title: "Fragments of a datagram overlap",
};
export const FRAGMENT_CONFLICT: FindingKind = {
  name: "ip.fragment-conflict",
  severity: "high",
  title: "Fragments of a datagram overlap with different octets, as evasions do",
};
export const FRAGMENT_TINY: FindingKind = {
  name: "ip.fragment-tiny",
  severity: "medium",
  title: "A first fragment is too short for the transport header (RFC 1858, RFC 7112)",
};
export const FRAGMENT_FLOOD: FindingKind = {
  name: "ip.fragment-flood",
  severity: "medium",
  title: "More incomplete datagrams, or more fragments of one, than are held",
};
export const FRAGMENT_INCOMPLETE: FindingKind = {
  name: "ip.fragment-incomplete",
  severity: "info",
  title: "Fragments of a datagram never came",
};
export const FRAGMENT_IMPOSSIBLE: FindingKind = {
  name: "ip.fragment-impossible",
  severity: "medium",
  title: "A fragment ends past the longest datagram or past the last fragment, or two claim to be the last",
};

export const fragmentFindings: readonly FindingKind[] = [
  FRAGMENT_OVERLAP,
  FRAGMENT_CONFLICT,
  FRAGMENT_TINY,
  FRAGMENT_FLOOD,
  FRAGMENT_INCOMPLETE,
  FRAGMENT_IMPOSSIBLE,
];

/** A datagram of which fragments are held. */
export class Datagram {
  readonly key: string;
  /** Both addresses, then the datagram's octets behind its IP header. */
  octets: Uint8Array;
  /** Ranges that are there, in order, not touching. */
  readonly starts: number[] = [];
  readonly ends: number[] = [];
  /** Octets behind the IP header, -1 until the last fragment came. */
  length = -1;
  /** The first octet that the snap length cut from a fragment: from there on nothing can be read. */
  cutAt = DATAGRAM_OCTETS_MAX;
  fragments = 0;
  finding: FindingKind | undefined = undefined;
  spoilt = false;

  frames = 0;
  capturedBytes = 0;
  wireBytes = 0;
  firstUs: number;
  firstNumber: number;
  /** Of the frame that came last: a datagram is often given up long after it. */
  lastUs: number;
  lastNumber: number;
  ipVersion: number;
  protocol: number;
  path: number;
  vlan: number;

  constructor(key: string, view: PacketView) {
    this.key = key;
    this.firstUs = view.firstUs;
    this.firstNumber = view.firstNumber;
    this.lastUs = view.timeUs;
    this.lastNumber = view.number;
    this.ipVersion = view.ipVersion;
    this.protocol = view.protocol;
    this.path = view.path;
    this.vlan = view.vlan;
    // Most datagrams come in two fragments, the longer one first.
    const expected = Math.min(DATAGRAM_OCTETS_MAX, 2 * (view.payloadEnd - view.payload));
    this.octets = new Uint8Array(ADDRESSES_OCTETS + expected);
    const addressOctets = view.ipVersion === 4 ? 8 : 32;
    this.octets.set(view.octets.subarray(view.sourceAddress, view.sourceAddress + addressOctets), 0);
  }

  get whole(): boolean {
    return (
      this.length >= 0 && this.starts.length === 1 && this.starts[0] === 0 && this.ends[0]! >= this.length
    );
  }

  /** Octets from the first on that are there without a hole. */
  get prefix(): number {
    return this.starts[0] === 0 ? this.ends[0]! : 0;
  }

  /** Makes `view` the datagram as far as it is there, and returns where its octets start. */
  present(view: PacketView): number {
    view.frames = this.frames;
    view.capturedBytes = this.capturedBytes;
    view.wireBytes = this.wireBytes;
    view.firstUs = this.firstUs;
    view.firstNumber = this.firstNumber;
    view.timeUs = this.lastUs;
    view.number = this.lastNumber;
    view.ipVersion = this.ipVersion;
    view.protocol = this.protocol;
    view.path = this.path;
    view.vlan = this.vlan;
    view.finding = this.finding;
    return ADDRESSES_OCTETS;
  }

  add(view: PacketView): void {
    this.frames += view.frames;
    this.capturedBytes += view.capturedBytes;
    this.wireBytes += view.wireBytes;
    this.lastUs = Math.max(this.lastUs, view.timeUs);
    this.lastNumber = view.number;
    this.fragments += 1;
    const start = view.fragmentOffset;
    const end = start + view.payloadBytes;
    const capturedEnd = start + (view.payloadEnd - view.payload);
    if (end > DATAGRAM_OCTETS_MAX) {
      this.finding = FRAGMENT_IMPOSSIBLE;
      this.spoilt = true;
      return;
    }
    if (!view.moreFragments) {
      if (this.length >= 0 && this.length !== end) {
        this.finding = FRAGMENT_IMPOSSIBLE;
        this.spoilt = true;
      }
      this.length = end;
    }
    if (start === 0 && view.moreFragments && view.payloadBytes < headerBytes(view.protocol))
      this.finding ??= FRAGMENT_TINY;
    // Over IPv6 fragments may differ in it, and the one at offset zero counts (RFC 8200 §4.5).
    if (start === 0 && this.starts[0] !== 0) this.protocol = view.protocol;
    // A span port may deliver a frame twice; RFC 8200 §4.5 lets exact duplicates be dropped.
    if (this.#isThere(view.octets, view.payload, start, capturedEnd)) return;
    this.#copy(view.octets, view.payload, start, Math.max(start, capturedEnd));
    // Octets that the snap length cut are counted as there: nothing will bring them.
    if (capturedEnd < end) this.cutAt = Math.min(this.cutAt, Math.max(start, capturedEnd));
    this.#cover(start, end);
    if (this.length >= 0 && this.ends.length > 0 && this.ends.at(-1)! > this.length) {
      this.finding = FRAGMENT_IMPOSSIBLE;
      this.spoilt = true;
    }
  }

  /** Whether the same octets are there already, all of them. */
  #isThere(octets: Uint8Array, source: number, start: number, end: number): boolean {
    const range = this.starts.findIndex((from, at) => from <= start && this.ends[at]! >= end);
    if (range < 0 || end <= start) return false;
    for (let at = start; at < end; at += 1) {
      if (this.octets[ADDRESSES_OCTETS + at] !== octets[source + (at - start)]) return false;
    }
    return true;
  }

  /** Copies octets that are not there yet; compares those that are. */
  #copy(octets: Uint8Array, source: number, start: number, end: number): void {
    this.#room(end);
    let at = start;
    let range = 0;
    while (at < end) {
      while (range < this.ends.length && this.ends[range]! <= at) range += 1;
      const coveredFrom = range < this.starts.length ? Math.max(at, this.starts[range]!) : end;
      const freeTo = Math.min(end, coveredFrom);
      if (freeTo > at) {
        this.octets.set(
          octets.subarray(source + (at - start), source + (freeTo - start)),
          ADDRESSES_OCTETS + at,
        );
        at = freeTo;
        continue;
      }
      const coveredTo = Math.min(end, this.ends[range]!);
      this.finding = this.finding === FRAGMENT_CONFLICT ? FRAGMENT_CONFLICT : FRAGMENT_OVERLAP;
      if (this.ipVersion === 6) this.spoilt = true;
      while (at < coveredTo && this.octets[ADDRESSES_OCTETS + at] === octets[source + (at - start)]) at += 1;
      if (at < coveredTo) this.finding = FRAGMENT_CONFLICT;
      at = coveredTo;
    }
  }

  #cover(start: number, end: number): void {
    if (end <= start) return;
    const { starts, ends } = this;
    let at = 0;
    while (at < starts.length && ends[at]! < start) at += 1;
    let from = start;
    let to = end;
    let merged = 0;
    while (at + merged < starts.length && starts[at + merged]! <= to) {
      from = Math.min(from, starts[at + merged]!);
      to = Math.max(to, ends[at + merged]!);
      merged += 1;
    }
    starts.splice(at, merged, from);
    ends.splice(at, merged, to);
  }

  #room(end: number): void {
    const needed = ADDRESSES_OCTETS + end;
    if (needed <= this.octets.length) return;
    let capacity = this.octets.length;
    while (capacity < needed) capacity *= 2;
    const octets = new Uint8Array(Math.min(capacity, ADDRESSES_OCTETS + DATAGRAM_OCTETS_MAX));
    octets.set(this.octets);
    this.octets = octets;
  }
}

/** What the first fragment must hold for the ports and flags to be told. */
function headerBytes(protocol: number): number {
  if (protocol === 6) return 20;
  return protocol === 17 || protocol === 136 ? 8 : 1;
}

export class Defragmenter {
  /** In the order of their first fragments, which is the order in which they are given up. */
  readonly #datagrams = new Map<string, Datagram>();
  /** Datagrams given up because there was no room. */
  evicted = 0;

  get size(): number {
    return this.#datagrams.size;
  }

  /**
   * Takes a fragment. Returns its datagram where it is now whole, or given up because of this fragment; it is then no
   * longer held.
   */
  take(view: PacketView): Datagram | undefined {
    const key = keyOf(view);
    let datagram = this.#datagrams.get(key);
    if (datagram === undefined) {
      datagram = new Datagram(key, view);
      this.#datagrams.set(key, datagram);
    }
    datagram.add(view);
    if (datagram.fragments >= FRAGMENTS_MAX && !datagram.whole) {
      datagram.finding = FRAGMENT_FLOOD;
      datagram.spoilt = true;
    }
    if (!datagram.whole && !(datagram.spoilt && datagram.fragments >= FRAGMENTS_MAX)) return undefined;
    this.#datagrams.delete(key);
    return datagram;
  }

  /** The oldest datagram, given up, where more are held than `DATAGRAMS_MAX`. */
  overflow(): Datagram | undefined {
    if (this.#datagrams.size <= DATAGRAMS_MAX) return undefined;
    const oldest = this.#datagrams.values().next().value!;
    this.#datagrams.delete(oldest.key);
    oldest.finding = FRAGMENT_FLOOD;
    this.evicted += 1;
    return oldest;
  }

  /** The oldest datagram where its time is up at `nowUs`, given up; call until undefined. Infinity gives up all. */
  expired(nowUs: number): Datagram | undefined {
    const oldest = this.#datagrams.values().next().value;
    if (oldest === undefined || oldest.firstUs + FRAGMENT_TIMEOUT_US > nowUs) return undefined;
    this.#datagrams.delete(oldest.key);
    oldest.finding ??= FRAGMENT_INCOMPLETE;
    return oldest;
  }
}

/** Addresses, protocol and identification (RFC 791 §3.2, "BUFID"; over IPv6 the protocol is not part of it). */
function keyOf(view: PacketView): string {
  const { octets } = view;
  const length = view.ipVersion === 4 ? 8 : 32;
  let key = `${view.ipVersion === 4 ? view.protocol : 0} ${view.fragmentIdentification} ${view.vlan}`;
  for (let at = 0; at < length; at += 2) {
    const index = view.sourceAddress + at;
    key += String.fromCharCode((octets[index]! << 8) | octets[index + 1]!);
  }
  return key;
}
