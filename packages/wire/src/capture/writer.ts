/**
 * Writes pcap (draft-ietf-opsawg-pcap) and pcapng (draft-ietf-opsawg-pcapng) streams, little-endian.
 *
 * Both writers are packet sinks, so a reader can be joined to a writer. Octets are gathered in chunks that are handed to
 * `write` and belong to it from then on. The file header comes first, also where no packet follows. `flush` when a reader
 * waits at the other end; `end` when there is nothing more.
 */
import { PalisadeError } from "@palisade/base";
import { put32le } from "../put.js";
import {
  FRAME_BYTES_MAX,
  type PacketSink,
  PCAP_FILE_HEADER_BYTES,
  PCAP_MAGIC_NS,
  PCAP_MAGIC_US,
  PCAP_RECORD_BYTES_MAX,
  PCAP_RECORD_HEADER_BYTES,
  PCAPNG_BYTE_ORDER_MAGIC,
  PCAPNG_ENHANCED_PACKET,
  PCAPNG_INTERFACE_DESCRIPTION,
  PCAPNG_INTERFACES_MAX,
  PCAPNG_OPTION_IF_TSRESOL,
  PCAPNG_SECTION_HEADER,
} from "./reader.js";

/** What is gathered before it is handed on; a longer record makes a chunk of its own length. */
const CHUNK_BYTES = 64 * 1024;
const SECTION_HEADER_BYTES = 28;
const ENHANCED_PACKET_BYTES = 32;
const OPTION_IF_NAME = 2;
const INTERFACE_NAME_BYTES_MAX = 255;
const OPTION_EPB_FLAGS = 2;
/** The option epb_flags and the mark after the last option. */
const ENHANCED_PACKET_FLAGS_BYTES = 8 + 4;
/** Copied octet by octet: of short frames a view of their own takes longer than their octets. */
const COPIED_SINGLY_BYTES_MAX = 128;
const SECONDS_MAX = 0xffff_ffff;
const NS_PER_S = 1_000_000_000;

/** Directions of a packet, for `PcapngWriter` (draft-ietf-opsawg-pcapng, "Enhanced Packet Block Flags Word"). */
export const PCAPNG_INBOUND = 1;
/** It was sent by this machine. */
export const PCAPNG_OUTBOUND = 2;

/** Takes octets for good: the writer does not touch them again. */
export type OctetWrite = (octets: Uint8Array) => void;

/** What the header of a pcap stream says of all its packets. */
export interface PcapWriterOptions {
  /** Number of the LINKTYPE_ registry, 0 … 65,535: one for the whole stream. */
  readonly linkType: number;
  /** Default nanoseconds, which every reader since 2013 knows; microseconds for older ones. */
  readonly resolution?: "us" | "ns";
  /** Frames are cut to this many octets, 1 … `FRAME_BYTES_MAX`; default 256 KiB. */
  readonly snaplenBytes?: number;
}

/** Link types are the packets' own. */
export interface PcapngWriterOptions {
  /** As for `PcapWriterOptions`, of all interfaces. */
  readonly snaplenBytes?: number;
}

/** Gathers octets; what both writers stand on. */
class ChunkBuilder {
  readonly #write: OctetWrite;
  octets = new Uint8Array(CHUNK_BYTES);
  length = 0;

  constructor(write: OctetWrite) {
    this.#write = write;
  }

  /** Makes room for `bytes` octets, and returns the index in `octets` where they start. They are zero. */
  take(bytes: number): number {
    if (this.octets.length - this.length < bytes) {
      this.flush();
      if (this.octets.length < bytes) this.octets = new Uint8Array(bytes);
    }
    const at = this.length;
    this.length += bytes;
    return at;
  }

  flush(): void {
    if (this.length === 0) return;
    const whole = this.octets.subarray(0, this.length);
    this.octets = new Uint8Array(CHUNK_BYTES);
    this.length = 0;
    this.#write(whole);
  }
}

/** A pcap stream: one link type, timestamps from 1970 to 2106. */
export class PcapWriter implements PacketSink {
  readonly #chunk: ChunkBuilder;
  readonly #linkType: number;
  readonly #snaplenBytes: number;
  readonly #nanoseconds: boolean;

  /** @throws {PalisadeError} `CAPTURE_OPTION_INVALID` */
  constructor(write: OctetWrite, options: PcapWriterOptions) {
    this.#chunk = new ChunkBuilder(write);
    this.#linkType = checked("linkType", options.linkType, 0, 0xffff);
    this.#snaplenBytes = checkedSnaplen(options.snaplenBytes);
    this.#nanoseconds = options.resolution !== "us";
    const at = this.#chunk.take(PCAP_FILE_HEADER_BYTES);
    const octets = this.#chunk.octets;
    put32le(octets, at, this.#nanoseconds ? PCAP_MAGIC_NS : PCAP_MAGIC_US);
    put32le(octets, at + 4, 2 | (4 << 16)); // version 2.4
    put32le(octets, at + 16, this.#snaplenBytes);
    put32le(octets, at + 20, this.#linkType);
  }

  /**
   * A time that is no number, or lies outside 1970 … 2106, is written as the nearest that can be.
   *
   * @throws {PalisadeError} `CAPTURE_LINK_TYPE_MIXED` where the packet has another link type than the stream
   */
  packet(
    octets: Uint8Array,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    timeUs: number,
    linkType: number = this.#linkType,
    _interfaceIndex = 0,
  ): void {
    if (linkType !== this.#linkType) {
      throw new PalisadeError(
        "CAPTURE_LINK_TYPE_MIXED",
        `a pcap file holds one link type (here ${this.#linkType}), and this packet has ${linkType}: write pcapng instead`,
      );
    }
    const kept = Math.min(capturedBytes, this.#snaplenBytes);
    const at = this.#chunk.take(PCAP_RECORD_HEADER_BYTES + kept);
    const out = this.#chunk.octets;
    const ns = nanosecondsOf(timeUs, this.#nanoseconds ? 1 : 1000);
    const seconds = secondsOf(timeUs) + (ns >= NS_PER_S ? 1 : 0);
    const rest = ns >= NS_PER_S ? ns - NS_PER_S : ns;
    put32le(out, at, Math.min(seconds, SECONDS_MAX));
    put32le(out, at + 4, this.#nanoseconds ? rest : rest / 1000);
    put32le(out, at + 8, kept);
    put32le(out, at + 12, wireBytes);
    copy(octets, offset, kept, out, at + PCAP_RECORD_HEADER_BYTES);
  }

  /** Hands on what is gathered. */
  flush(): void {
    this.#chunk.flush();
  }

  /** Hands on the rest: no more packets come. */
  end(): void {
    this.#chunk.flush();
  }
}

/**
 * A pcapng stream: one section, any number of interfaces each with its link type, timestamps in nanoseconds.
 *
 * An interface is described when its first packet comes, or before by `addInterface`, which can name it. Interfaces are
 * numbered in that order, and told apart by number and link type: sections of another file that number theirs alike do not mix
 * unless they mean the same.
 */
export class PcapngWriter implements PacketSink {
  readonly #chunk: ChunkBuilder;
  readonly #snaplenBytes: number;
  /** Position in the stream by `interfaceKey`. */
  readonly #interfaces = new Map<number, number>();

  /** @throws {PalisadeError} `CAPTURE_OPTION_INVALID` */
  constructor(write: OctetWrite, options: PcapngWriterOptions = {}) {
    this.#chunk = new ChunkBuilder(write);
    this.#snaplenBytes = checkedSnaplen(options.snaplenBytes);
    const at = this.#chunk.take(SECTION_HEADER_BYTES);
    const octets = this.#chunk.octets;
    put32le(octets, at, PCAPNG_SECTION_HEADER);
    put32le(octets, at + 4, SECTION_HEADER_BYTES);
    put32le(octets, at + 8, PCAPNG_BYTE_ORDER_MAGIC);
    put32le(octets, at + 12, 1); // version 1.0
    octets.fill(0xff, at + 16, at + 24); // length of the section: not said
    put32le(octets, at + 24, SECTION_HEADER_BYTES);
  }

  /**
   * Describes an interface, whose packets then carry these two numbers. Again for the same one, it changes nothing.
   *
   * @param name kept to its first 255 octets of UTF-8
   * @throws {PalisadeError} `CAPTURE_OPTION_INVALID`; `CAPTURE_INTERFACES_TOO_MANY` past `PCAPNG_INTERFACES_MAX`
   */
  addInterface(interfaceIndex: number, linkType: number, name = ""): void {
    checked("interfaceIndex", interfaceIndex, 0, PCAPNG_INTERFACES_MAX - 1);
    checked("linkType", linkType, 0, 0xffff);
    const key = interfaceKey(interfaceIndex, linkType);
    if (this.#interfaces.has(key)) return;
    if (this.#interfaces.size >= PCAPNG_INTERFACES_MAX) {
      throw new PalisadeError(
        "CAPTURE_INTERFACES_TOO_MANY",
        `a pcapng section holds ${PCAPNG_INTERFACES_MAX} interfaces: write a second file`,
      );
    }
    this.#interfaces.set(key, this.#interfaces.size);
    const nameOctets = new TextEncoder().encode(name).subarray(0, INTERFACE_NAME_BYTES_MAX);
    const nameBytes = nameOctets.length === 0 ? 0 : 4 + padded(nameOctets.length);
    const blockBytes = 16 + nameBytes + 8 + 4 + 4;
    let at = this.#chunk.take(blockBytes);
    const octets = this.#chunk.octets;
    put32le(octets, at, PCAPNG_INTERFACE_DESCRIPTION);
    put32le(octets, at + 4, blockBytes);
    put32le(octets, at + 8, linkType);
    put32le(octets, at + 12, this.#snaplenBytes);
    at += 16;
    if (nameBytes > 0) {
      put32le(octets, at, OPTION_IF_NAME | (nameOctets.length << 16));
      octets.set(nameOctets, at + 4);
      at += nameBytes;
    }
    put32le(octets, at, PCAPNG_OPTION_IF_TSRESOL | (1 << 16));
    put32le(octets, at + 4, 9);
    // The end-of-options mark is four zeros, which are there.
    put32le(octets, at + 12, blockBytes);
  }

  /**
   * A time that is no number, or lies outside 1970 … 2106, is written as the nearest that can be.
   *
   * @param direction `PCAPNG_INBOUND`, `PCAPNG_OUTBOUND`, or 0 where it is not known: then nothing is said of it
   * @throws {PalisadeError} as `addInterface`
   */
  packet(
    octets: Uint8Array,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    timeUs: number,
    linkType: number,
    interfaceIndex = 0,
    direction = 0,
  ): void {
    const key = interfaceKey(interfaceIndex, linkType);
    if (!this.#interfaces.has(key)) this.addInterface(interfaceIndex, linkType);
    const kept = Math.min(capturedBytes, this.#snaplenBytes);
    const optionsBytes = direction === 0 ? 0 : ENHANCED_PACKET_FLAGS_BYTES;
    const blockBytes = ENHANCED_PACKET_BYTES + padded(kept) + optionsBytes;
    const at = this.#chunk.take(blockBytes);
    const out = this.#chunk.octets;
    const seconds = secondsOf(timeUs);
    const ns = nanosecondsOf(timeUs, 1);
    // seconds × 10^9 + ns in 64 bits, in two steps of 16 bits so that no double is asked for more than 53.
    const upper = Math.floor(seconds / 0x1_0000) * NS_PER_S;
    const lower = (upper % 0x1_0000) * 0x1_0000 + (seconds % 0x1_0000) * NS_PER_S + ns;
    put32le(out, at, PCAPNG_ENHANCED_PACKET);
    put32le(out, at + 4, blockBytes);
    put32le(out, at + 8, this.#interfaces.get(key)!);
    put32le(out, at + 12, Math.floor(upper / 0x1_0000) + Math.floor(lower / 0x1_0000_0000));
    put32le(out, at + 16, lower % 0x1_0000_0000);
    put32le(out, at + 20, kept);
    put32le(out, at + 24, wireBytes);
    copy(octets, offset, kept, out, at + 28);
    if (direction !== 0) {
      const option = at + 28 + padded(kept);
      put32le(out, option, OPTION_EPB_FLAGS | (4 << 16));
      put32le(out, option + 4, direction);
      // The end-of-options mark is four zeros, which are there.
    }
    put32le(out, at + blockBytes - 4, blockBytes);
  }

  /** Hands on what is gathered. */
  flush(): void {
    this.#chunk.flush();
  }

  /** Hands on the rest: no more packets come. */
  end(): void {
    this.#chunk.flush();
  }
}

function interfaceKey(interfaceIndex: number, linkType: number): number {
  return interfaceIndex * 0x1_0000 + linkType;
}

function padded(length: number): number {
  return (length + 3) & ~3;
}

function copy(octets: Uint8Array, offset: number, count: number, out: Uint8Array, at: number): void {
  if (count > COPIED_SINGLY_BYTES_MAX) out.set(octets.subarray(offset, offset + count), at);
  else for (let index = 0; index < count; index += 1) out[at + index] = octets[offset + index]!;
}

/** Whole seconds of a time, 0 … 2^32 - 1. */
function secondsOf(timeUs: number): number {
  return timeUs > 0 ? Math.min(Math.floor(timeUs / 1_000_000), SECONDS_MAX) : 0;
}

/** What a time has above its whole seconds, rounded to `step` nanoseconds: 0 … 10^9, the upper end by rounding only. */
function nanosecondsOf(timeUs: number, step: number): number {
  if (!(timeUs > 0)) return 0;
  const restUs = timeUs - secondsOf(timeUs) * 1_000_000;
  return restUs >= 1_000_000 ? NS_PER_S - step : Math.round((restUs * 1000) / step) * step;
}

function checkedSnaplen(snaplenBytes: number = PCAP_RECORD_BYTES_MAX): number {
  return checked("snaplenBytes", snaplenBytes, 1, FRAME_BYTES_MAX);
}

function checked(name: string, value: number, least: number, most: number): number {
  if (Number.isInteger(value) && value >= least && value <= most) return value;
  throw new PalisadeError(
    "CAPTURE_OPTION_INVALID",
    `${name} is ${value}: give a whole number, ${least} to ${most}`,
  );
}
