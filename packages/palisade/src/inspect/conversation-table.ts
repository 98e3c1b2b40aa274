/**
 * Who talked to whom, in which protocol and application: counted by numbers in typed arrays, so that a capture of
 * millions of flows costs no text. One table is for one shard.
 */
import { formatIpAddress } from "@palisade/wire";

/**
 * Different conversations counted at once. When there are more, those with fewest bytes are given up until half are left:
 * their sums go to what is not told apart, and one that comes back starts anew. So the bytes of a listed conversation can
 * lack what it had each time it was given up, which was never more than the least that was kept had.
 */
export const CONVERSATIONS_PER_SHARD_MAX = 1_024;
const KEPT = CONVERSATIONS_PER_SHARD_MAX / 2;

/** What flows come to. */
export interface Tally {
  flows: number;
  packets: number;
  bytes: number;
}

export interface Conversation {
  /** Addresses in canonical text. */
  readonly src: string;
  readonly dst: string;
  readonly protocol: string;
  /** "" where unknown. */
  readonly application: string;
  readonly flows: number;
  readonly packets: number;
  readonly bytes: number;
  /** The destination port of all its flows, 0 where they differ or have none. */
  readonly port: number;
  /** What says most about its flow with most bytes, of those of which something can be said; "" without one. */
  readonly detail: string;
}

/** The flow that speaks for a conversation. */
export interface Sample {
  readonly bytes: number;
  readonly firstPacket: number;
  readonly detail: string;
}

/** Most bytes first; ties by addresses and names, so that the order means the same everywhere. */
export function compareConversations(a: Conversation, b: Conversation): number {
  return (
    b.bytes - a.bytes ||
    compareTexts(a.src, b.src) ||
    compareTexts(a.dst, b.dst) ||
    compareTexts(a.protocol, b.protocol) ||
    compareTexts(a.application, b.application)
  );
}

function compareTexts(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/**
 * A conversation's row is 64 octets, one line of the processor's cache: ten words of key (source and destination, four
 * each, then protocol and application, and the IP version), and three sums as doubles over the words after them.
 */
const ROW_WORDS = 16;
const KEY_WORDS = 10;
const NAMES_WORD = 8;
const VERSION_WORD = 9;
const ROW_DOUBLES = ROW_WORDS / 2;
const FLOWS = 5;
const PACKETS = 6;
const BYTES = 7;
/** At most half of the slots are taken. */
const SLOTS = 2 * CONVERSATIONS_PER_SHARD_MAX;
const ROWS_START = 16;

export class ConversationTable {
  /** Conversations held. */
  size = 0;
  readonly #seed = (Math.random() * 0x1_0000_0000) | 0;
  /** Slot to conversation plus one. */
  readonly #slots: Uint16Array = new Uint16Array(SLOTS);
  #keys: Int32Array = new Int32Array(ROWS_START * ROW_WORDS);
  #sums: Float64Array = new Float64Array(this.#keys.buffer);
  /** By conversation, as are the samples. */
  readonly #ports: Uint16Array = new Uint16Array(CONVERSATIONS_PER_SHARD_MAX);
  readonly #samples: (Sample | undefined)[] = [];
  readonly #key = new Int32Array(KEY_WORDS);
  /** Sums of what is not told apart. */
  readonly #other: Float64Array = new Float64Array(ROW_DOUBLES);

  /**
   * Counts a flow. `words` are its addresses, the source's four words first; `protocol` and `application` numbers
   * below 65,536 that stand for names. Returns the conversation's number, which holds until the next call.
   */
  add(
    words: Int32Array,
    ipVersion: 4 | 6,
    protocol: number,
    application: number,
    port: number,
    packets: number,
    bytes: number,
  ): number {
    const key = this.#key;
    for (let word = 0; word < NAMES_WORD; word += 1) key[word] = words[word]!;
    key[NAMES_WORD] = (application << 16) | protocol;
    key[VERSION_WORD] = ipVersion;
    let slot = this.#slotOf(key, 0);
    if (this.#slots[slot] === 0 && this.size >= CONVERSATIONS_PER_SHARD_MAX) {
      this.#giveUpSmaller();
      slot = this.#slotOf(key, 0);
    }
    const index = (this.#slots[slot]! || this.#begin(slot, key, port)) - 1;
    addSums(this.#sums, index * ROW_DOUBLES, 1, packets, bytes);
    if (this.#ports[index] !== port) this.#ports[index] = 0;
    return index;
  }

  /** Whether a flow is to speak for the conversation with this number: of all, that with most bytes, the earliest of equals. */
  leads(index: number, bytes: number, firstPacket: number): boolean {
    const sample = this.#samples[index];
    if (sample === undefined) return true;
    return bytes > sample.bytes || (bytes === sample.bytes && firstPacket < sample.firstPacket);
  }

  setSample(index: number, sample: Sample): void {
    this.#samples[index] = sample;
  }

  /** Flows, packets and bytes of what is not told apart. */
  get other(): Tally {
    return { flows: this.#other[FLOWS]!, packets: this.#other[PACKETS]!, bytes: this.#other[BYTES]! };
  }

  /** The conversations with most bytes, in the order of `compareConversations`; ties past `count` by that order too. */
  top(
    count: number,
    protocolOf: (number: number) => string,
    applicationOf: (number: number) => string,
  ): Conversation[] {
    const sizes = this.#sortedBytes();
    const bytesMin = sizes[Math.max(0, sizes.length - count)] ?? 0;
    const list: Conversation[] = [];
    for (let index = 0; index < this.size; index += 1) {
      const sums = index * ROW_DOUBLES;
      const bytes = this.#sums[sums + BYTES]!;
      if (bytes < bytesMin) continue;
      const names = this.#keys[index * ROW_WORDS + NAMES_WORD]!;
      list.push({
        src: this.#address(index, 0),
        dst: this.#address(index, 4),
        protocol: protocolOf(names & 0xffff),
        application: applicationOf(names >>> 16),
        flows: this.#sums[sums + FLOWS]!,
        packets: this.#sums[sums + PACKETS]!,
        bytes,
        port: this.#ports[index]!,
        detail: this.#samples[index]?.detail ?? "",
      });
    }
    return list.sort(compareConversations).slice(0, count);
  }

  /** The slot that holds the key at `at` of `keys`, or the free one where it belongs; -1 where neither is near its hash. */
  #slotOf(keys: Int32Array, at: number): number {
    let hash = this.#seed;
    for (let word = 0; word < KEY_WORDS; word += 1) {
      hash = Math.imul(hash ^ keys[at + word]!, 0x9e37_79b1);
      hash ^= hash >>> 15;
    }
    let slot = hash & (SLOTS - 1);
    // Keys that were chosen so that their hashes meet make one run of all rows, and no more than that.
    for (;;) {
      const entry = this.#slots[slot]!;
      if (entry === 0 || this.#isKey((entry - 1) * ROW_WORDS, keys, at)) return slot;
      slot = (slot + 1) & (SLOTS - 1);
    }
  }

  #isKey(base: number, keys: Int32Array, at: number): boolean {
    for (let word = 0; word < KEY_WORDS; word += 1)
      if (this.#keys[base + word] !== keys[at + word]) return false;
    return true;
  }

  #begin(slot: number, key: Int32Array, port: number): number {
    const index = this.size;
    if (index * ROW_WORDS >= this.#keys.length) this.#grow();
    this.#keys.set(key, index * ROW_WORDS);
    this.#sums.fill(0, index * ROW_DOUBLES + FLOWS, (index + 1) * ROW_DOUBLES);
    this.#ports[index] = port;
    this.#samples[index] = undefined;
    this.size += 1;
    this.#slots[slot] = this.size;
    return this.size;
  }

  #grow(): void {
    const keys = new Int32Array(this.#keys.length * 2);
    keys.set(this.#keys);
    this.#keys = keys;
    this.#sums = new Float64Array(keys.buffer);
  }

  #sortedBytes(): Float64Array {
    const sizes = new Float64Array(this.size);
    for (let index = 0; index < sizes.length; index += 1)
      sizes[index] = this.#sums[index * ROW_DOUBLES + BYTES]!;
    return sizes.sort();
  }

  #giveUpSmaller(): void {
    const sizes = this.#sortedBytes();
    const least = sizes[sizes.length - KEPT]!;
    // Of those with as many bytes as the least that is kept, the first of the rows are kept.
    let ties = KEPT - (sizes.length - 1 - sizes.lastIndexOf(least));
    this.#slots.fill(0);
    let kept = 0;
    for (let index = 0; index < this.size; index += 1) {
      const sums = index * ROW_DOUBLES;
      const bytes = this.#sums[sums + BYTES]!;
      if (bytes < least || (bytes === least && ties === 0)) {
        addSums(this.#other, 0, this.#sums[sums + FLOWS]!, this.#sums[sums + PACKETS]!, bytes);
        continue;
      }
      if (bytes === least) ties -= 1;
      const slot = this.#slotOf(this.#keys, index * ROW_WORDS);
      this.#keys.copyWithin(kept * ROW_WORDS, index * ROW_WORDS, (index + 1) * ROW_WORDS);
      this.#ports[kept] = this.#ports[index]!;
      this.#samples[kept] = this.#samples[index];
      kept += 1;
      this.#slots[slot] = kept;
    }
    this.size = kept;
    this.#samples.length = kept;
  }

  #address(index: number, word: number): string {
    const base = index * ROW_WORDS;
    const octets = new Uint8Array(this.#keys[base + VERSION_WORD] === 4 ? 4 : 16);
    const view = new DataView(octets.buffer);
    for (let at = 0; at < octets.length; at += 4) view.setInt32(at, this.#keys[base + word + (at >>> 2)]!);
    return formatIpAddress(octets);
  }
}

function addSums(sums: Float64Array, base: number, flows: number, packets: number, bytes: number): void {
  sums[base + FLOWS]! += flows;
  sums[base + PACKETS]! += packets;
  sums[base + BYTES]! += bytes;
}
