/**
 * Frames to the network, and among them packets to this machine itself, which no frame reaches: those are handed to the kernel
 * as IP packets. So a scan of one's own network is a scan of frames, though oneself is in it.
 */
import type { PacketSender, SenderStatistics } from "@palisade/link";
import { ETHERNET_HEADER_BYTES } from "@palisade/wire";

/** What a link needs of a sender. */
export type FrameSender = Pick<PacketSender, "octets" | "slotBytes" | "slots" | "set" | "send" | "close"> &
  Partial<Pick<PacketSender, "sendAside">> & { readonly statistics: Pick<SenderStatistics, "firewalled"> };

/** A sender of frames that sends those to the link address of zeros, which is nobody's, by another sender as IP packets. */
export class MixedSender implements FrameSender {
  readonly octets: Uint8Array;
  readonly slotBytes: number;
  readonly slots: number;
  readonly #frames: FrameSender;
  readonly #packets: FrameSender;
  /** The same octets, by four. */
  readonly #words: Uint32Array;
  readonly #bytesIn: Uint32Array;
  readonly #swapped: Uint16Array;

  /** @param packets whose slots are as long, and no fewer; closed with the other */
  constructor(frames: FrameSender, packets: FrameSender) {
    this.octets = frames.octets;
    this.slotBytes = frames.slotBytes;
    this.slots = Math.min(frames.slots, packets.slots);
    this.#frames = frames;
    this.#packets = packets;
    this.#words = new Uint32Array(frames.octets.buffer, frames.octets.byteOffset, frames.octets.length >>> 2);
    this.#bytesIn = new Uint32Array(frames.slots);
    this.#swapped = new Uint16Array(frames.slots);
  }

  get statistics(): Pick<SenderStatistics, "firewalled"> {
    return { firewalled: this.#frames.statistics.firewalled + this.#packets.statistics.firewalled };
  }

  set(slot: number, bytes: number): void {
    this.#bytesIn[slot] = bytes;
    this.#frames.set(slot, bytes);
  }

  /**
   * As a sender's. Where a queue is full, some that were sent may be among those that are said not to be; what was for this
   * machine and found no room counts as lost on the way.
   */
  send(count: number): number {
    let packets = 0;
    let last = count;
    // What is for this machine leaves its slot to a frame from the end, so that frames stand together.
    for (let slot = 0; slot < last; slot += 1) {
      while (slot < last && this.#isPacket(slot)) {
        this.#copyPacket(slot, packets);
        last -= 1;
        this.#swapped[packets] = slot;
        packets += 1;
        this.#swap(slot, last);
      }
    }
    if (packets === 0) return this.#frames.send(count);
    this.#packets.send(packets);
    const taken = this.#frames.send(last);
    // Everything goes back to its place, since the scheduler knows which header stands in which slot.
    for (let packet = packets - 1; packet >= 0; packet -= 1) {
      this.#swap(this.#swapped[packet]!, last);
      last += 1;
    }
    return taken === count - packets ? count : taken;
  }

  close(): void {
    this.#frames.close();
    this.#packets.close();
  }

  #isPacket(slot: number): boolean {
    const word = (slot * this.slotBytes) >>> 2;
    return this.#words[word] === 0 && (this.#words[word + 1]! & SECOND_WORD) === 0;
  }

  #copyPacket(slot: number, to: number): void {
    const { octets, slotBytes } = this;
    const start = slot * slotBytes;
    const bytes = this.#bytesIn[slot]! - ETHERNET_HEADER_BYTES;
    const from = start + ETHERNET_HEADER_BYTES;
    const target = this.#packets.octets;
    const at = to * this.#packets.slotBytes;
    for (let octet = 0; octet < bytes; octet += 1) target[at + octet] = octets[from + octet]!;
    this.#packets.set(to, bytes);
  }

  #swap(one: number, other: number): void {
    if (one === other) return;
    const { octets, slotBytes } = this;
    const oneBytes = this.#bytesIn[one]!;
    const otherBytes = this.#bytesIn[other]!;
    const oneAt = one * slotBytes;
    const otherAt = other * slotBytes;
    for (let octet = 0; octet < slotBytes; octet += 1) {
      const kept = octets[oneAt + octet]!;
      octets[oneAt + octet] = octets[otherAt + octet]!;
      octets[otherAt + octet] = kept;
    }
    this.set(one, otherBytes);
    this.set(other, oneBytes);
  }
}

/** The bits of a frame's second word that are of its destination's last two octets. */
const SECOND_WORD = new Uint32Array(Uint8Array.of(0xff, 0xff, 0, 0).buffer)[0]!;
