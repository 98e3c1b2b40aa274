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
/**
 * Fragments of one datagram; one that is not whole with so many is given up. The longest datagram over the smallest link
 * that carries IP (RFC 791 §3.2: 68 octets, of which a header can take 60) comes in 8,185.
 */
export const FRAGMENTS_MAX = 8_192;
/** Microseconds on the packet clock that a datagram is held (RFC 8200 §4.5: 60 s after the first fragment; RFC 791 suggests 15 s). */
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
  title:
    "A fragment ends past the longest datagram, past the last fragment or past its own frame, or two claim to be the last",
};
export const FRAGMENT_NESTED: FindingKind = {
  name: "ip.fragment-nested",
  severity: "medium",
  title: "Fragments are inside each other's datagrams deeper than is followed",
};

/** The mildest first: of what is wrong with one datagram the gravest is told. */
export const fragmentFindings: readonly FindingKind[] = [
  FRAGMENT_INCOMPLETE,
  FRAGMENT_TINY,
  FRAGMENT_NESTED,
  FRAGMENT_OVERLAP,
  FRAGMENT_FLOOD,
  FRAGMENT_IMPOSSIBLE,
  FRAGMENT_CONFLICT,
];

/** The graver of two findings on one datagram. */
export function graver(one: FindingKind | undefined, other: FindingKind): FindingKind {
  return one === undefined || fragmentFindings.indexOf(other) > fragmentFindings.indexOf(one) ? other : one;
}

const NO_OCTETS = new Uint8Array(0);
/** Octets of a datagram are held in pages of so many, each from the first fragment on that touches it. */
const PAGE_OCTETS = 4_096;
const PAGE_SHIFT = 12;
/** Pages kept for reuse; more are left to the garbage collector. */
const PAGES_POOLED_MAX = 64;

class Page {
  /** Empty until octets come: of what the snap length cut it is known only that it was there. */
  octets: Uint8Array = NO_OCTETS;
  /** A bit an octet: it is there. */
  readonly there: Int32Array = new Int32Array(PAGE_OCTETS / 32);
}

/** Where pages come from and go to. */
class Pages {
  readonly #free: Page[] = [];
  /** Pages that datagrams have. */
  held = 0;

  take(): Page {
    this.held += 1;
    const page = this.#free.pop();
    if (page === undefined) return new Page();
    page.there.fill(0);
    return page;
  }

  /** Room for the octets of a page that has none. */
  fill(page: Page): void {
    if (page.octets.length === 0) page.octets = new Uint8Array(PAGE_OCTETS);
  }

  giveBack(page: Page): void {
    this.held -= 1;
    if (this.#free.length < PAGES_POOLED_MAX) this.#free.push(page);
  }
}

/**
 * A datagram of which fragments are held. What a fragment costs depends on its own octets alone: not on where it belongs,
 * nor on how many came before it.
 */
export class Datagram {
  readonly key: string;
  /** Once presented: both addresses, then the datagram's octets behind its IP header, until another one is presented. */
  readonly octets: Uint8Array;
  readonly #addresses = new Uint8Array(ADDRESSES_OCTETS);
  readonly #pool: Pages;
  readonly #pages: (Page | undefined)[] = [];
  /** Octets that are there, and past the last of them. */
  #count = 0;
  #reach = 0;
  #prefix = -1;
  /** Octets behind the IP header, -1 until the last fragment came. */
  length = -1;
  /** The first octet that the snap length cut from a fragment: from there on nothing can be read. */
  cutAt = DATAGRAM_OCTETS_MAX;
  fragments = 0;
  finding: FindingKind | undefined = undefined;
  spoilt = false;
  /** Reassembled datagrams around it: those of the fragment that had most. */
  depth = 0;

  frames = 0;
  capturedBytes = 0;
  wireBytes = 0;
  /** By the packet clock, when its first fragment was taken: later than `firstUs` where that was held in a datagram around it. */
  readonly heldUs: number;
  firstUs: number;
  firstNumber: number;
  /** Of the frame that came last: a datagram is often given up long after it. */
  lastUs: number;
  lastNumber: number;
  ipVersion: number;
  protocol: number;
  path: number;
  /** IP headers on that path, those of datagrams around it included. */
  readonly ipHeaders: number;
  vlan: number;

  /** @param presented room for both addresses and the longest datagram, which those of one defragmenter share */
  constructor(
    key: string,
    view: PacketView,
    ipHeaders: number,
    nowUs: number,
    pool: Pages,
    presented: Uint8Array,
  ) {
    this.key = key;
    this.heldUs = nowUs;
    this.firstUs = view.firstUs;
    this.firstNumber = view.firstNumber;
    this.lastUs = view.timeUs;
    this.lastNumber = view.number;
    this.ipVersion = view.ipVersion;
    this.protocol = view.protocol;
    this.path = view.path;
    this.ipHeaders = ipHeaders;
    this.vlan = view.vlan;
    this.octets = presented;
    this.#pool = pool;
    const addressOctets = view.ipVersion === 4 ? 8 : 32;
    this.#addresses.set(view.octets.subarray(view.sourceAddress, view.sourceAddress + addressOctets), 0);
  }

  get whole(): boolean {
    return this.length >= 0 && this.#reach > 0 && this.#count === this.#reach && this.#reach >= this.length;
  }

  /** Whether octets of it are not at hand: they never came, or the snap length cut them. */
  get isCut(): boolean {
    return !this.whole || this.cutAt < this.length;
  }

  /** Keeps the gravest of what is wrong with it. */
  tell(kind: FindingKind): void {
    this.finding = graver(this.finding, kind);
  }

  /** Octets from the first on that are there without a hole. */
  get prefix(): number {
    if (this.#prefix >= 0) return this.#prefix;
    let octets = 0;
    for (const page of this.#pages) {
      if (page === undefined) return octets;
      for (const word of page.there) {
        if (word !== -1) return octets + 31 - Math.clz32(~word & (word + 1));
        octets += 32;
      }
    }
    return octets;
  }

  /**
   * Makes `view` the datagram as far as it is there, puts its octets together, and returns where in `octets` they start.
   * To be called once: the pages are given back.
   */
  present(view: PacketView): number {
    this.#prefix = this.prefix;
    this.octets.set(this.#addresses);
    this.#pages.forEach((page, number) => {
      if (page === undefined) return;
      const from = number * PAGE_OCTETS;
      const count = Math.min(PAGE_OCTETS, this.#prefix - from);
      if (count > 0) this.octets.set(page.octets.subarray(0, count), ADDRESSES_OCTETS + from);
      this.#pool.giveBack(page);
    });
    this.#pages.length = 0;
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
    view.incomplete = !this.whole;
    return ADDRESSES_OCTETS;
  }

  /** Takes a fragment, which came in a frame of its own or in the datagram `around`: what is wrong with that holds here. */
  add(view: PacketView, around: Datagram | undefined): void {
    if (around !== undefined) {
      this.depth = Math.max(this.depth, around.depth + 1);
      this.spoilt ||= around.spoilt;
      if (around.finding !== undefined) this.tell(around.finding);
    }
    this.frames += view.frames;
    this.capturedBytes += view.capturedBytes;
    this.wireBytes += view.wireBytes;
    this.lastUs = Math.max(this.lastUs, view.timeUs);
    this.lastNumber = view.number;
    this.fragments += 1;
    const start = view.fragmentOffset;
    const readEnd = start + Math.max(0, view.payloadEnd - view.payload);
    let end = start + view.payloadBytes;
    const isCut = around === undefined ? view.capturedBytes < view.wireBytes : around.isCut;
    // The header says more than the frame held on the wire: hosts drop it. What is there is taken, and no word of its end.
    const lies = end > readEnd && !isCut;
    if (lies) {
      this.tell(FRAGMENT_IMPOSSIBLE);
      end = readEnd;
    }
    if (end > DATAGRAM_OCTETS_MAX) {
      this.tell(FRAGMENT_IMPOSSIBLE);
      this.spoilt = true;
      return;
    }
    if (!view.moreFragments && !lies) {
      if (this.length >= 0 && this.length !== end) {
        this.tell(FRAGMENT_IMPOSSIBLE);
        this.spoilt = true;
      }
      this.length = end;
    }
    if (start === 0 && view.moreFragments && view.payloadBytes < headerBytes(view.protocol))
      this.tell(FRAGMENT_TINY);
    // Over IPv6 fragments may differ in it, and the one at offset zero counts (RFC 8200 §4.5).
    if (start === 0 && this.#known(0, 1) === 0) this.protocol = view.protocol;
    const known = this.#known(start, readEnd);
    // A span port may deliver a frame twice; RFC 8200 §4.5 lets exact duplicates be dropped.
    if (known > 0 && known === readEnd - start && this.#isSame(view.octets, view.payload, start, readEnd))
      return;
    if (known > 0) {
      if (this.ipVersion === 6) this.spoilt = true;
      this.tell(
        this.#isSame(view.octets, view.payload, start, readEnd) ? FRAGMENT_OVERLAP : FRAGMENT_CONFLICT,
      );
    }
    this.#fill(view.octets, view.payload, start, readEnd, known > 0);
    if (readEnd < end) {
      // Octets that the snap length cut are counted as there: nothing will bring them.
      this.cutAt = Math.min(this.cutAt, readEnd);
      this.#mark(readEnd, end);
    }
    if (end > start) this.#reach = Math.max(this.#reach, end);
    if (this.length >= 0 && this.#reach > this.length) {
      this.tell(FRAGMENT_IMPOSSIBLE);
      this.spoilt = true;
    }
  }

  /** How many of the octets from `start` to `end` are there. */
  #known(start: number, end: number): number {
    let count = 0;
    for (let at = start; at < end; ) {
      const stop = Math.min(end, (at & ~31) + 32);
      const there = this.#pages[at >>> PAGE_SHIFT]?.there[(at & (PAGE_OCTETS - 1)) >>> 5] ?? 0;
      if (there !== 0) count += bits(there & wordMask(at, stop));
      at = stop;
    }
    return count;
  }

  /** Whether those octets of a fragment that are there already are the same, as far as the snap length left all. */
  #isSame(octets: Uint8Array, source: number, start: number, end: number): boolean {
    const stop = Math.min(end, this.cutAt);
    for (let at = start; at < stop; at += 1) {
      const page = this.#pages[at >>> PAGE_SHIFT];
      const within = at & (PAGE_OCTETS - 1);
      if (page === undefined || (page.there[within >>> 5]! & (1 << (at & 31))) === 0) continue;
      if (page.octets[within] !== octets[source + (at - start)]) return false;
    }
    return true;
  }

  /** Takes the octets that are not there yet; all of them at once unless `someKnown`. */
  #fill(octets: Uint8Array, source: number, start: number, end: number, someKnown: boolean): void {
    for (let at = start; at < end; ) {
      const number = at >>> PAGE_SHIFT;
      const pageStart = number * PAGE_OCTETS;
      const stop = Math.min(end, pageStart + PAGE_OCTETS);
      const page = this.#page(number);
      this.#pool.fill(page);
      if (!someKnown)
        page.octets.set(octets.subarray(source + (at - start), source + (stop - start)), at - pageStart);
      for (; someKnown && at < stop; at += 1) {
        const within = at - pageStart;
        if ((page.there[within >>> 5]! & (1 << (at & 31))) === 0)
          page.octets[within] = octets[source + (at - start)]!;
      }
      at = stop;
    }
    this.#mark(start, end);
  }

  /** Notes that octets are there. */
  #mark(start: number, end: number): void {
    for (let at = start; at < end; ) {
      const { there } = this.#page(at >>> PAGE_SHIFT);
      const word = (at & (PAGE_OCTETS - 1)) >>> 5;
      const stop = Math.min(end, (at & ~31) + 32);
      const before = there[word]!;
      const after = before | wordMask(at, stop);
      there[word] = after;
      this.#count += bits(after & ~before);
      at = stop;
    }
  }

  #page(number: number): Page {
    // Without holes in the array: a list of pages and of what is missing.
    while (this.#pages.length <= number) this.#pages.push(undefined);
    return (this.#pages[number] ??= this.#pool.take());
  }
}

/** The bits of the octets from `at` to `stop`, which share a word. */
function wordMask(at: number, stop: number): number {
  return (-1 >>> (32 - (stop - at))) << (at & 31);
}

/** How many bits of a word are set. */
function bits(word: number): number {
  let sum = word - ((word >>> 1) & 0x5555_5555);
  sum = (sum & 0x3333_3333) + ((sum >>> 2) & 0x3333_3333);
  return Math.imul((sum + (sum >>> 4)) & 0x0f0f_0f0f, 0x0101_0101) >>> 24;
}

/** What the first fragment must hold for the ports and flags to be told. */
function headerBytes(protocol: number): number {
  if (protocol === 6) return 20;
  return protocol === 17 || protocol === 136 ? 8 : 1;
}

export class Defragmenter {
  /** In the order in which they came to be held, which is the order in which they are given up. */
  readonly #datagrams = new Map<string, Datagram>();
  readonly #pages = new Pages();
  readonly #presented = new Uint8Array(ADDRESSES_OCTETS + DATAGRAM_OCTETS_MAX);

  get size(): number {
    return this.#datagrams.size;
  }

  /** Octets of memory that the held datagrams' pages take. */
  get heldBytes(): number {
    return this.#pages.held * (PAGE_OCTETS + PAGE_OCTETS / 8);
  }

  /**
   * Takes a fragment. Returns its datagram where it is now whole, or given up because of this fragment; it is then no
   * longer held.
   *
   * @param ipHeaders IP headers of the fragment's path
   * @param nowUs the packet clock
   * @param around the datagram that the fragment was found in
   */
  take(view: PacketView, ipHeaders: number, nowUs: number, around?: Datagram): Datagram | undefined {
    const key = keyOf(view);
    let datagram = this.#datagrams.get(key);
    if (datagram === undefined) {
      datagram = new Datagram(key, view, ipHeaders, nowUs, this.#pages, this.#presented);
      this.#datagrams.set(key, datagram);
    }
    datagram.add(view, around);
    if (datagram.fragments >= FRAGMENTS_MAX && !datagram.whole) {
      datagram.tell(FRAGMENT_FLOOD);
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
    oldest.tell(FRAGMENT_FLOOD);
    return oldest;
  }

  /** The oldest datagram where its time is up at `nowUs`, given up; call until undefined. Infinity gives up all. */
  expired(nowUs: number): Datagram | undefined {
    const oldest = this.#datagrams.values().next().value;
    if (oldest === undefined) return undefined;
    // One from later than now is of a time that the packet clock has left again.
    if (oldest.heldUs <= nowUs && oldest.heldUs + FRAGMENT_TIMEOUT_US > nowUs) return undefined;
    this.#datagrams.delete(oldest.key);
    oldest.tell(FRAGMENT_INCOMPLETE);
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
