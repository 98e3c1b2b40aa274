/**
 * Which frames have been recorded: one that several links hear, or that is heard after it was sent, is the same frame.
 *
 * Links that are open at the same time read rings of their own, and the kernel gives a frame to each ring whose filter lets it
 * in; it also gives them what this machine sends. Nothing in a frame says which others are the same, so frames are the same
 * where what matters of their octets is, they came by the same interface at about the same time, and not to the same link:
 * a link is never given a frame twice, so what it hears twice was there twice.
 */
import { randomBytes } from "node:crypto";
import { u8, u16 } from "@palisade/wire";
import { atIpv4, atIpv6 } from "./frames.js";

/** Who saw a frame: the one who sent it, or a link. */
export const SEEN_BY_SENDER = 0;
/** Numbers of links are 1 … so many. */
export const SIGHTING_LINKS = 31;
/** What is sent has come by no interface yet. */
export const NO_INTERFACE = -1;

/** Buckets, of so many frames each. One frame more, and the bucket's first is forgotten. */
const BUCKETS = 16_384;
const BUCKET_FRAMES = 4;
const FRAMES = BUCKETS * BUCKET_FRAMES;
/** Octets from the IP header on that frames are told apart by: rings keep more of each. */
const TOLD_BYTES = 128;
/** Between the first sight of a frame and the last: rings are emptied every few milliseconds, and a queue may hold what is sent. */
const SIGHT_US = 1_000_000;
const IPV6_HEADER_BYTES = 40;
const IPV4_HEADER_BYTES = 20;

export class Sightings {
  /** By frame: what it is told apart by. */
  readonly #ones = new Uint32Array(FRAMES);
  readonly #others = new Uint32Array(FRAMES);
  readonly #timesUs = new Float64Array(FRAMES).fill(Number.NEGATIVE_INFINITY);
  readonly #interfaces = new Int32Array(FRAMES);
  /** By frame: a bit for each who saw it. */
  readonly #seenBy = new Uint32Array(FRAMES);
  /** By bucket: where the next frame goes. */
  readonly #next = new Uint8Array(BUCKETS);
  /** So that nobody outside can tell which frames share a bucket. */
  readonly #seed: Uint32Array;
  #one = 0;
  #other = 0;

  constructor() {
    const random = randomBytes(8);
    this.#seed = Uint32Array.of(random.readUInt32LE(0), random.readUInt32LE(4));
  }

  /**
   * Takes a frame down: `octets[at … end)` from its IP header on, or what else stands behind the link header.
   *
   * @param interfaceIndex the kernel's number; `NO_INTERFACE` of a frame that is sent
   * @param seenBy `SEEN_BY_SENDER`, or a link's number, 1 … `SIGHTING_LINKS`
   * @returns false where it is one that another has seen; what is sent is always new
   */
  isNew(
    octets: Uint8Array,
    at: number,
    end: number,
    timeUs: number,
    interfaceIndex: number,
    seenBy: number,
  ): boolean {
    this.#digest(octets, at, end);
    const one = this.#one;
    const other = this.#other;
    const bit = (1 << seenBy) >>> 0;
    const bucket = one % BUCKETS;
    const first = bucket * BUCKET_FRAMES;
    if (seenBy !== SEEN_BY_SENDER) {
      for (let frame = first; frame < first + BUCKET_FRAMES; frame += 1) {
        if (this.#ones[frame] !== one || this.#others[frame] !== other) continue;
        if ((this.#seenBy[frame]! & bit) !== 0) continue;
        if (Math.abs(timeUs - this.#timesUs[frame]!) > SIGHT_US) continue;
        const where = this.#interfaces[frame]!;
        if (where !== NO_INTERFACE && where !== interfaceIndex) continue;
        this.#interfaces[frame] = interfaceIndex;
        this.#seenBy[frame] = this.#seenBy[frame]! | bit;
        return false;
      }
    }
    const frame = first + this.#next[bucket]!;
    this.#next[bucket] = (this.#next[bucket]! + 1) % BUCKET_FRAMES;
    this.#ones[frame] = one;
    this.#others[frame] = other;
    this.#timesUs[frame] = timeUs;
    this.#interfaces[frame] = interfaceIndex;
    this.#seenBy[frame] = bit;
    return true;
  }

  /**
   * Of an IP packet, as far as its length field says: what pads a short frame is not there when it is sent. Without IPv4's
   * identification and checksum, which the kernel writes where they are left to it (raw(7)).
   */
  #digest(octets: Uint8Array, at: number, end: number): void {
    this.#one = this.#seed[0]!;
    this.#other = this.#seed[1]!;
    let last = Math.min(end, at + TOLD_BYTES);
    const version = at < end ? u8(octets, at) >>> 4 : 0;
    if (version === 4 && end - at >= IPV4_HEADER_BYTES) {
      last = Math.min(last, at + u16(octets, at + atIpv4.totalLength));
      this.#add(octets, at, Math.min(last, at + atIpv4.identification));
      this.#add(octets, at + atIpv4.fragment, Math.min(last, at + atIpv4.checksum));
      this.#add(octets, at + atIpv4.source, last);
      return;
    }
    if (version === 6 && end - at >= IPV6_HEADER_BYTES)
      last = Math.min(last, at + IPV6_HEADER_BYTES + u16(octets, at + atIpv6.payloadLength));
    this.#add(octets, at, last);
  }

  #add(octets: Uint8Array, from: number, to: number): void {
    let one = this.#one;
    let other = this.#other;
    for (let index = from; index < to; index += 1) {
      const octet = octets[index]!;
      one = Math.imul(one ^ octet, FNV_PRIME);
      one ^= one >>> 15;
      other = Math.imul(other + octet, OTHER_PRIME);
      other ^= other >>> 13;
    }
    this.#one = one >>> 0;
    this.#other = other >>> 0;
  }
}

/** Of the 32-bit FNV hash (RFC 9923), and another odd number, about half of whose bits are set. */
const FNV_PRIME = 0x0100_0193;
const OTHER_PRIME = 0x2c1b_3c6d;
