/**
 * A live interface as a device: what a packet ring holds, as a pcap stream with nanoseconds.
 *
 * A chunk is a block of the ring, whose frames were moved together where they lie and given record headers: nothing is
 * copied elsewhere, nothing is allocated per packet. While a chunk is read its block is not the kernel's, so a reader that is
 * too slow fills the ring, and what is lost is counted.
 */
import { assert, PalisadeError } from "@palisade/base";
import {
  FRAME_BYTES_MAX,
  type PacketSink,
  PCAP_FILE_HEADER_BYTES,
  PCAP_MAGIC_NS,
  PCAP_RECORD_HEADER_BYTES,
  put32le,
} from "@palisade/wire";
import { BPF_ACCEPT_BYTES } from "./bpf/program.js";
import type { ChunksOptions, Device, DeviceStatistics } from "./device.js";
import { PacketRing, type PacketRingOptions } from "./packet-ring.js";

/** Blocks that are handed out before timers and signals have their turn again, where the next block is always ready. */
const BLOCKS_PER_TURN = 8;
/** Longest time that a timer can count. */
export const DURATION_MS_MAX = 2_147_483_647;

/** As `PacketRingOptions`, and when the capture ends by itself. */
export interface LiveOptions extends PacketRingOptions {
  /** End after so many packets. Default never. */
  readonly packetsMax?: number | undefined;
  /** End so long after reading began. Default never. */
  readonly durationMs?: number | undefined;
}

/** A device that counts its packets, and can be closed. */
export interface LiveDevice extends Device {
  /** LINKTYPE_ number of the stream. */
  readonly linkType: number;
  statistics(): DeviceStatistics;
  /** Ends the capture. Leaving the loop over `chunks` does so too. */
  close(): void;
}

/**
 * Opens an interface, or all of them by the name `any`. Packets are taken from then on, and wait in the ring.
 *
 * The chunks are one pcap stream and can be read once. It ends after `packetsMax`, after `durationMs`, and when the signal
 * aborts, with all packets that came before; and with `LINK_DOWN` when the interface goes down or away.
 *
 * @throws {PalisadeError} what `PacketRing` throws
 */
export function openInterface(name: string, options: LiveOptions = {}): LiveDevice {
  const packetsMax = limit("packetsMax", options.packetsMax, Number.MAX_SAFE_INTEGER);
  const durationMs = limit("durationMs", options.durationMs, DURATION_MS_MAX);
  return new Live(new PacketRing(name, options), packetsMax, durationMs, options.snaplenBytes);
}

class Live implements LiveDevice {
  readonly #ring: PacketRing;
  readonly #packetsMax: number | undefined;
  readonly #durationMs: number | undefined;
  readonly #header: Uint8Array;
  #reading = false;
  #position = 0;

  constructor(
    ring: PacketRing,
    packetsMax: number | undefined,
    durationMs: number | undefined,
    snaplenBytes: number | undefined,
  ) {
    this.#ring = ring;
    this.#packetsMax = packetsMax;
    this.#durationMs = durationMs;
    this.#header = fileHeader(ring.linkType, snaplenBytes);
  }

  get name(): string {
    return this.#ring.interface.name;
  }

  get linkType(): number {
    return this.#ring.linkType;
  }

  get sizeBytes(): undefined {
    return undefined;
  }

  get positionBytes(): number {
    return this.#position;
  }

  statistics(): DeviceStatistics {
    return this.#ring.statistics();
  }

  close(): void {
    this.#ring.close();
  }

  chunks(options: ChunksOptions = {}): AsyncIterable<Uint8Array> {
    if (this.#reading) {
      throw new PalisadeError(
        "LINK_READ_TWICE",
        `the capture on ${this.name} is read already: open another one`,
      );
    }
    this.#reading = true;
    return this.#chunks(options.signal);
  }

  async *#chunks(signal: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
    const ring = this.#ring;
    const records = new RecordBuilder(ring, this.#packetsMax);
    let stopping = false;
    const stop = () => {
      stopping = true;
      ring.refuseAll();
      ring.wake();
    };
    const timer = this.#durationMs === undefined ? undefined : setTimeout(stop, this.#durationMs);
    signal?.addEventListener("abort", stop, { once: true });
    if (signal?.aborted === true) stop();
    let failure: unknown;
    let lastWait = false;
    let blocks = 0;
    try {
      this.#position += this.#header.length;
      yield this.#header;
      while (!records.full && !ring.closed) {
        if (ring.visitBlock(records)) {
          const chunk = records.take();
          if (chunk !== undefined) {
            this.#position += chunk.length;
            yield chunk;
          }
          ring.releaseBlock();
          blocks += 1;
          if (blocks % BLOCKS_PER_TURN === 0) await nextTurn();
          continue;
        }
        if (lastWait) break;
        try {
          // After a stop nothing more comes in, and what had come is ready when the open block is retired. The kernel
          // looks at it once in every `retireMs`, so twice that is enough.
          lastWait = stopping;
          await ring.wait(stopping ? 2 * ring.retireMs + 1 : undefined);
        } catch (error) {
          failure ??= error;
          stopping = true;
        }
      }
      if (failure !== undefined) throw failure;
    } finally {
      clearTimeout(timer);
      signal?.removeEventListener("abort", stop);
      ring.close();
    }
  }
}

/** Makes pcap records of the frames of a block, one behind the other, where the first frame lies. */
class RecordBuilder implements PacketSink {
  readonly #ring: PacketRing;
  #packetsLeft: number;
  #octets: Uint8Array | undefined;
  #start = 0;
  #end = 0;

  constructor(ring: PacketRing, packetsMax: number | undefined) {
    this.#ring = ring;
    this.#packetsLeft = packetsMax ?? Number.POSITIVE_INFINITY;
  }

  get full(): boolean {
    return this.#packetsLeft === 0;
  }

  packet(octets: Uint8Array, offset: number, capturedBytes: number, wireBytes: number): void {
    if (this.#packetsLeft === 0) return;
    this.#packetsLeft -= 1;
    if (this.#octets === undefined) {
      this.#octets = octets;
      this.#start = this.#end = offset - PCAP_RECORD_HEADER_BYTES;
    }
    const at = this.#end;
    const frame = at + PCAP_RECORD_HEADER_BYTES;
    // The ring's own headers are longer than a record's: a frame moves towards the start or stays.
    assert(frame <= offset, "live-device: records overtake their frames");
    if (frame !== offset) octets.copyWithin(frame, offset, offset + capturedBytes);
    put32le(octets, at, this.#ring.seconds);
    put32le(octets, at + 4, this.#ring.nanoseconds);
    put32le(octets, at + 8, capturedBytes);
    put32le(octets, at + 12, wireBytes);
    this.#end = frame + capturedBytes;
  }

  /** The records since the last call, or `undefined` where there are none. */
  take(): Uint8Array | undefined {
    const chunk = this.#octets?.subarray(this.#start, this.#end);
    this.#octets = undefined;
    return chunk;
  }
}

/** Version 2.4, little-endian, nanoseconds (draft-ietf-opsawg-pcap §4). */
function fileHeader(linkType: number, snaplenBytes: number = BPF_ACCEPT_BYTES): Uint8Array {
  const header = new Uint8Array(PCAP_FILE_HEADER_BYTES);
  put32le(header, 0, PCAP_MAGIC_NS);
  put32le(header, 4, 2 | (4 << 16));
  // Headers that are put back make a frame longer than was asked of the kernel.
  put32le(header, 16, Math.min(snaplenBytes + 64, FRAME_BYTES_MAX));
  put32le(header, 20, linkType);
  return header;
}

function limit(name: string, value: number | undefined, most: number): number | undefined {
  if (value === undefined || (Number.isInteger(value) && value >= 1 && value <= most)) return value;
  throw new PalisadeError("LINK_OPTION_INVALID", `${name} is ${value}: give a whole number, 1 to ${most}`);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => {
    setImmediate(resolve);
  });
}
