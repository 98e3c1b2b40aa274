/**
 * Who talked to whom, in which protocol and application: counted by numbers in typed arrays, so that a capture of
 * millions of flows costs no text. One table is for one shard.
 */
import { formatIpAddress } from "@palisade/wire";

/**
 * Different conversations counted at once. When there are more, the lower half by bytes is given up; one of them that
 * comes back starts anew, so figures of small conversations are then too low.
 */
export const CONVERSATIONS_PER_SHARD_MAX = 1_024;

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
/** At most half of the slots are taken, and no hash is chosen by who sends: the key is mixed with a number of our own. */
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
  readonly #key = new Int32Array(KEY_WORDS);
  /** A flow with no more bytes does not begin a conversation any more: it would be among the next to be given up. */
  #bytesMin = -1;

  /**
   * Counts a flow. `words` are its addresses, the source's four words first; `protocol` and `application` numbers
   * below 65,536 that stand for names.
   */
  add(
    words: Int32Array,
    ipVersion: 4 | 6,
    protocol: number,
    application: number,
    packets: number,
    bytes: number,
  ): void {
    const key = this.#key;
    for (let word = 0; word < NAMES_WORD; word += 1) key[word] = words[word]!;
    key[NAMES_WORD] = (application << 16) | protocol;
    key[VERSION_WORD] = ipVersion;
    let slot = this.#slotOf(key, 0);
    let entry = this.#slots[slot]!;
    if (entry === 0) {
      if (bytes <= this.#bytesMin) return;
      if (this.size >= CONVERSATIONS_PER_SHARD_MAX) {
        this.#giveUpSmaller();
        slot = this.#slotOf(key, 0);
      }
      entry = this.#begin(slot, key);
    }
    const sums = (entry - 1) * ROW_DOUBLES;
    this.#sums[sums + FLOWS]! += 1;
    this.#sums[sums + PACKETS]! += packets;
    this.#sums[sums + BYTES]! += bytes;
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
      });
    }
    return list.sort(compareConversations).slice(0, count);
  }

  /** The slot that holds the key at `at` of `keys`, or the free one where it belongs. */
  #slotOf(keys: Int32Array, at: number): number {
    let hash = this.#seed;
    for (let word = 0; word < KEY_WORDS; word += 1) {
      hash = Math.imul(hash ^ keys[at + word]!, 0x9e37_79b1);
      hash ^= hash >>> 15;
    }
    let slot = hash & (SLOTS - 1);
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

  #begin(slot: number, key: Int32Array): number {
    const index = this.size;
    if (index * ROW_WORDS >= this.#keys.length) this.#grow();
    this.#keys.set(key, index * ROW_WORDS);
    this.#sums.fill(0, index * ROW_DOUBLES + FLOWS, (index + 1) * ROW_DOUBLES);
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
    return Float64Array.from(
      { length: this.size },
      (_, index) => this.#sums[index * ROW_DOUBLES + BYTES]!,
    ).sort();
  }

  #giveUpSmaller(): void {
    const sizes = this.#sortedBytes();
    this.#bytesMin = sizes[sizes.length >>> 1]!;
    this.#slots.fill(0);
    let kept = 0;
    for (let index = 0; index < this.size; index += 1) {
      if (this.#sums[index * ROW_DOUBLES + BYTES]! <= this.#bytesMin) continue;
      this.#keys.copyWithin(kept * ROW_WORDS, index * ROW_WORDS, (index + 1) * ROW_WORDS);
      kept += 1;
      this.#slots[this.#slotOf(this.#keys, (kept - 1) * ROW_WORDS)] = kept;
    }
    this.size = kept;
  }

  #address(index: number, word: number): string {
    const base = index * ROW_WORDS;
    const octets = new Uint8Array(this.#keys[base + VERSION_WORD] === 4 ? 4 : 16);
    const view = new DataView(octets.buffer);
    for (let at = 0; at < octets.length; at += 4) view.setInt32(at, this.#keys[base + word + (at >>> 2)]!);
    return formatIpAddress(octets);
  }
}
