/** A link for tests that keeps what it is sent, takes as many frames at a time as it is told, and brings in what it is given. */
import { LINKTYPE_RAW, type PacketSink } from "@palisade/wire";
import type { ProbeLink, ProbePath } from "./probe-link.js";

export interface TakingLinkOptions {
  readonly path: ProbePath;
  /** Default `taking`. */
  readonly engine?: string;
  readonly slots?: number;
  readonly slotBytes?: number;
  /** How many of so many frames are taken; default all. */
  readonly takes?: (count: number) => number;
}

export class TakingLink implements ProbeLink {
  readonly engine: string;
  readonly octets: Uint8Array;
  readonly slotBytes: number;
  readonly slots: number;
  readonly sent: Uint8Array[] = [];
  /** Frames that come next. */
  readonly arriving: { readonly octets: Uint8Array; readonly timeUs: number; readonly linkType?: number }[] =
    [];
  closed = 0;
  readonly #options: TakingLinkOptions;
  readonly #lengths: number[];

  constructor(options: TakingLinkOptions) {
    this.#options = options;
    this.engine = options.engine ?? "taking";
    this.slots = options.slots ?? 16;
    this.slotBytes = options.slotBytes ?? 4_096;
    this.octets = new Uint8Array(this.slots * this.slotBytes);
    this.#lengths = new Array<number>(this.slots).fill(0);
  }

  pathTo(): ProbePath {
    return this.#options.path;
  }

  set(slot: number, bytes: number): void {
    if (slot < 0 || slot >= this.slots || bytes > this.slotBytes)
      throw new RangeError(`slot ${slot}, ${bytes}`);
    this.#lengths[slot] = bytes;
  }

  send(count: number): number {
    const taken = Math.min(count, this.#options.takes?.(count) ?? count);
    for (let slot = 0; slot < taken; slot += 1) {
      const start = slot * this.slotBytes;
      this.sent.push(this.octets.slice(start, start + this.#lengths[slot]!));
    }
    return taken;
  }

  drain(sink: PacketSink): void {
    for (const { octets, timeUs, linkType = LINKTYPE_RAW } of this.arriving.splice(0))
      sink.packet(octets, 0, octets.length, octets.length, timeUs, linkType, 3);
  }

  async wait(): Promise<void> {}

  ringDrops(): number {
    return 5;
  }

  close(): void {
    this.closed += 1;
  }
}
