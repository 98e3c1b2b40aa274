/**
 * Handshake messages out of records: a message may span records, and a record hold several (RFC 8446 §5.1).
 *
 * Fragments are fed in order; what is whole within one is given in place, what spans several is collected. Only the
 * messages that are read are collected, and of a Certificate only its first certificate: a chain is as long as it likes.
 */
import { u8, u24 } from "@palisade/wire";
import { CERTIFICATE, CLIENT_HELLO, leafOctets, SERVER_HELLO } from "./handshake.js";

/** Octets of one message that are collected; a longer one is passed over unread. Two records full. */
export const HANDSHAKE_OCTETS_MAX = 32_768;

const HEADER_OCTETS = 4;
/** Lengths of the certificate list and of the first certificate. */
const CERTIFICATE_HEAD_OCTETS = 6;
/** Room made for a message at once; beyond this, for twice what has come of it, however long it says it is. */
const COLLECTED_START = 2_048;

const nothing = new Uint8Array(0);

export class MessageReader {
  /** A message is ready: its type, and where its body is. For a Certificate the end is that of the first certificate. */
  ready = false;
  type = 0;
  octets: Uint8Array = nothing;
  start = 0;
  end = 0;
  /** Octets of the whole body, as its header says. */
  length = 0;

  /** Header and body collected so far of a message that spans fragments. */
  #collected: Uint8Array = nothing;
  #filled = 0;
  /** Octets of the message under way that are not wanted. */
  #skip = 0;

  /** Reads from `at` until a message is ready or the fragment is used up. Returns how far it came. */
  read(octets: Uint8Array, at: number, end: number): number {
    this.ready = false;
    let position = at;
    while (position < end && !this.ready) {
      if (this.#skip > 0) {
        const skipped = Math.min(this.#skip, end - position);
        this.#skip -= skipped;
        position += skipped;
      } else if (this.#filled === 0) {
        position = this.#inPlace(octets, position, end);
      } else {
        const needed = neededOctets(this.#collected, 0, this.#filled);
        position = this.#collect(octets, position, end, needed);
      }
    }
    return position;
  }

  #inPlace(octets: Uint8Array, at: number, end: number): number {
    const needed = neededOctets(octets, at, end - at);
    if (needed > end - at) return this.#collect(octets, at, end, needed);
    this.#give(octets, at, needed);
    return at + needed;
  }

  #collect(octets: Uint8Array, at: number, end: number, needed: number): number {
    // Never further than is needed to know more, so that no octet of the next message is taken.
    const taken = Math.min(needed - this.#filled, end - at);
    this.#room(this.#filled + taken, needed);
    this.#collected.set(octets.subarray(at, at + taken), this.#filled);
    this.#filled += taken;
    if (this.#filled === needed && neededOctets(this.#collected, 0, this.#filled) === needed) {
      this.#filled = 0;
      this.#give(this.#collected, 0, needed);
      // Given away: the next message gets octets of its own.
      this.#collected = nothing;
    }
    return at + taken;
  }

  /** `needed` octets from `at` are all that is wanted of a message, header included. */
  #give(octets: Uint8Array, at: number, needed: number): void {
    this.length = u24(octets, at + 1);
    this.#skip = HEADER_OCTETS + this.length - needed;
    this.type = u8(octets, at);
    this.octets = octets;
    this.start = at + HEADER_OCTETS;
    this.end = at + needed;
    this.ready = true;
  }

  #room(size: number, needed: number): void {
    if (size <= this.#collected.length) return;
    const larger = new Uint8Array(Math.min(needed, Math.max(COLLECTED_START, 2 * size)));
    larger.set(this.#collected.subarray(0, this.#filled));
    this.#collected = larger;
  }
}

/** Octets of the message at `at` that must be there before it can be given, as far as the `present` ones tell. */
function neededOctets(octets: Uint8Array, at: number, present: number): number {
  if (present < HEADER_OCTETS) return HEADER_OCTETS;
  const type = u8(octets, at);
  const length = u24(octets, at + 1);
  if (type === CLIENT_HELLO || type === SERVER_HELLO) {
    return length > HANDSHAKE_OCTETS_MAX ? HEADER_OCTETS : HEADER_OCTETS + length;
  }
  if (type !== CERTIFICATE) return HEADER_OCTETS;
  const head = HEADER_OCTETS + Math.min(length, CERTIFICATE_HEAD_OCTETS);
  if (present < head) return head;
  const leaf = leafOctets(octets, at + HEADER_OCTETS, length);
  return leaf <= 0 || leaf > HANDSHAKE_OCTETS_MAX ? head : HEADER_OCTETS + leaf;
}
