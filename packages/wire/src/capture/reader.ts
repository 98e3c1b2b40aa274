/**
 * Capture files as a stream of octets: pcap (draft-ietf-opsawg-pcap) and pcapng (draft-ietf-opsawg-pcapng).
 *
 * Octets are pushed as they come, cut anywhere; packets come out. A record that lies whole in a pushed chunk is handed out
 * in place, without a copy; one that spans chunks is put together in a buffer that belongs to the reader. Per packet
 * nothing is allocated, and any way of cutting the same octets gives the same packets and the same end.
 *
 * What was whole before the stream went wrong has been handed out; from there on the reader takes no more, since nothing
 * in either format says where the next record could begin.
 */
import { Malformed } from "@palisade/base";
import { u16, u16le, u32, u32le } from "../octets.js";

export const PCAP_FILE_HEADER_BYTES = 24;
export const PCAP_RECORD_HEADER_BYTES = 16;

/** pcap with timestamps in microseconds, as the number reads in the writer's byte order. */
export const PCAP_MAGIC_US = 0xa1b2c3d4;
/** pcap with timestamps in nanoseconds. */
export const PCAP_MAGIC_NS = 0xa1b23c4d;
/**
 * "Modified" pcap, from Alexey Kuznetzov's patches to libpcap: microseconds, and the record header goes on with interface
 * index (4), protocol (2), packet type (1) and padding (1), all of which are left aside here.
 */
export const PCAP_MAGIC_MODIFIED = 0xa1b2cd34;
const PCAP_MODIFIED_RECORD_HEADER_BYTES = 24;

/** Type of the Section Header Block: the same number in either byte order, so that it can be read before the order is known. */
export const PCAPNG_SECTION_HEADER = 0x0a0d0d0a;
export const PCAPNG_BYTE_ORDER_MAGIC = 0x1a2b3c4d;
export const PCAPNG_INTERFACE_DESCRIPTION = 1;
/** Obsolete; written by programs before the Enhanced Packet Block existed. */
const PCAPNG_PACKET = 2;
const PCAPNG_SIMPLE_PACKET = 3;
export const PCAPNG_ENHANCED_PACKET = 6;

const BLOCK_HEADER_BYTES = 8;
const BLOCK_TRAILER_BYTES = 4;
const SECTION_HEADER_BYTES_MIN = 28;
const INTERFACE_DESCRIPTION_BYTES_MIN = 20;
const SIMPLE_PACKET_BYTES_MIN = 16;
const PACKET_BYTES_MIN = 32;

const OPTION_END = 0;
export const PCAPNG_OPTION_IF_TSRESOL = 9;
const OPTION_IF_TSOFFSET = 14;

/**
 * A frame longer than this is not believed, whatever the file says: 16 MiB, 64 times the longest packet that a capture
 * program keeps by default. It bounds the reader's buffer.
 */
export const FRAME_BYTES_MAX = 16 * 1024 * 1024;
/**
 * A pcap record longer than this is not believed unless the file's own snapshot length is larger: 256 KiB, what capture
 * programs take for "all of the packet". pcap has no other way to notice that its reader has lost the record boundary.
 */
export const PCAP_RECORD_BYTES_MAX = 256 * 1024;
/** A pcapng block that has to be put together (packets, interfaces, section headers): a frame and 1 MiB of options. */
export const PCAPNG_BLOCK_BYTES_MAX = FRAME_BYTES_MAX + 1024 * 1024;
/** Interfaces of one pcapng section; the obsolete Packet Block cannot name more. With one more, the stream is malformed. */
export const PCAPNG_INTERFACES_MAX = 65_536;

/** No octet at all. */
export const CAPTURE_EMPTY: Malformed = new Malformed("capture.empty");
/** The first octets are those of no known capture format. */
export const CAPTURE_UNKNOWN_FORMAT: Malformed = new Malformed("capture.unknown-format");
/** A major version other than 2. */
export const PCAP_VERSION_UNKNOWN: Malformed = new Malformed("pcap.version-unknown");
/** A captured length above every bound: the record boundary is lost. */
export const PCAP_RECORD_TOO_LONG: Malformed = new Malformed("pcap.record-too-long");
/** Shorter than its type allows, or no multiple of four. */
export const PCAPNG_BLOCK_LENGTH_IMPOSSIBLE: Malformed = new Malformed("pcapng.block-length-impossible");
/** A block that would have to be put together is longer than `PCAPNG_BLOCK_BYTES_MAX`. */
export const PCAPNG_BLOCK_TOO_LONG: Malformed = new Malformed("pcapng.block-too-long");
/** The length at the end of a block is not the length at its start. */
export const PCAPNG_BLOCK_LENGTHS_DIFFER: Malformed = new Malformed("pcapng.block-lengths-differ");
/** A section header whose byte-order magic reads right in neither order. */
export const PCAPNG_BYTE_ORDER_UNKNOWN: Malformed = new Malformed("pcapng.byte-order-unknown");
/** A major version other than 1. */
export const PCAPNG_VERSION_UNKNOWN: Malformed = new Malformed("pcapng.version-unknown");
/** A packet of an interface that the section has not described. */
export const PCAPNG_INTERFACE_UNKNOWN: Malformed = new Malformed("pcapng.interface-unknown");
/** More than `PCAPNG_INTERFACES_MAX` interfaces in one section. */
export const PCAPNG_INTERFACES_TOO_MANY: Malformed = new Malformed("pcapng.interfaces-too-many");
/** A captured length that the block has no room for, or above `FRAME_BYTES_MAX`. */
export const PCAPNG_PACKET_LENGTH_IMPOSSIBLE: Malformed = new Malformed("pcapng.packet-length-impossible");
/** An option of an interface that runs past its block, or has not the length its code calls for. */
export const PCAPNG_OPTION_LENGTH_IMPOSSIBLE: Malformed = new Malformed("pcapng.option-length-impossible");

/** Where packets go. It must not push into the reader that calls it, and what it throws passes through `push`. */
export interface PacketSink {
  /**
   * One packet. Its frame is `octets[offset … offset + capturedBytes)`, valid only during the call: the octets are the
   * chunk that was pushed, or the reader's own buffer.
   *
   * @param wireBytes length on the wire as the file says it, 0 … 2^32 - 1. Normally at least `capturedBytes`; some writers
   *   give less, and that is passed on as it is.
   * @param timeUs microseconds since the Unix epoch, always finite. A double near the present has steps of a quarter of a
   *   microsecond, so of nanoseconds that much is left.
   * @param linkType number of the LINKTYPE_ registry, 0 … 65,535
   * @param interfaceIndex position of the interface in its pcapng section, below `PCAPNG_INTERFACES_MAX`; 0 for pcap
   */
  packet(
    octets: Uint8Array,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    timeUs: number,
    linkType: number,
    interfaceIndex: number,
  ): void;
}

/** Formats that `CaptureReader` knows, "modified" pcap among the first. */
export type CaptureFormat = "pcap" | "pcapng";

/** How a stream ended, or stands. */
export interface CaptureEnd {
  /** Packets handed out. What is wrong or cut short belongs to the packet after them. */
  readonly packets: number;
  /** Octets pushed. */
  readonly octets: number;
  /** Octets up to the end of the last whole record or block: where what is wrong or cut short begins. */
  readonly wholeOctets: number;
  /** `undefined` as long as the first four octets have not said. */
  readonly format: CaptureFormat | undefined;
  /** What is wrong with the stream, if it is. */
  readonly malformed: Malformed | undefined;
  /** The stream stops inside a header, record or block: its writer was interrupted, or the file was cut. */
  readonly truncated: boolean;
  /** Octets that a truncated stream lacks to the end of that header, record or block, as far as its length is known; else 0. */
  readonly missingBytes: number;
}

/** Of one pcapng interface: what its packets need. Time is `high × highUs + (high × highTicks + low) × multiplier / divisor`. */
interface InterfaceDescription {
  readonly linkType: number;
  /** 0: unlimited. */
  readonly snaplenBytes: number;
  readonly highUs: number;
  readonly highTicks: number;
  readonly multiplier: number;
  readonly divisor: number;
  readonly offsetUs: number;
}

const DETECT = 0;
const PCAP_HEADER = 1;
const PCAP = 2;
const PCAPNG = 3;

const MAGIC_BYTES = 4;
const NOTHING = new Uint8Array(0);
const TWO_TO_32 = 0x1_0000_0000;

/**
 * Octets of a capture in, packets out: `push` chunks as they come, then ask `end` how the stream ended. Never throws,
 * whatever the octets; what the sink throws passes through.
 */
export class CaptureReader {
  readonly #sink: PacketSink;
  #state = DETECT;
  #malformed: Malformed | undefined;
  #packets = 0;
  #octets = 0;
  #wholeOctets = 0;

  /** The start of a unit (header, record, block) that the chunks so far did not hold whole: `#carry[0 … #carried)`. */
  #carry = NOTHING;
  #carried = 0;
  /** Length of the unit that comes next, as far as it is known: when so much is there, more is known or the unit is whole. */
  #unitBytes = MAGIC_BYTES;
  /** Octets of a block's body still to be passed over unread. */
  #skipBytes = 0;
  /** Length of the block whose body was passed over and whose trailing length comes next; 0 for none. */
  #skippedBlockBytes = 0;

  #littleEndian = false;

  #recordHeaderBytes = PCAP_RECORD_HEADER_BYTES;
  #recordBytesMax = PCAP_RECORD_BYTES_MAX;
  #linkType = 0;
  /** What the second half of a pcap timestamp is divided by to give microseconds. */
  #fractionDivisor = 1;
  #minorVersion = 4;

  #interfaces: InterfaceDescription[] = [];
  /** For Simple Packet Blocks, which have no timestamp. */
  #lastTimeUs = 0;

  constructor(sink: PacketSink) {
    this.#sink = sink;
  }

  /** Packets handed out so far; while the sink is called, with the packet it is called for. */
  get packets(): number {
    return this.#packets;
  }

  /** What is wrong with the stream, as soon as it is known: pushing more is then of no use. */
  get malformed(): Malformed | undefined {
    return this.#malformed;
  }

  /** Takes `octets[start … end)`, and hands out every packet that is whole now. The octets are not kept. */
  push(octets: Uint8Array, start = 0, end: number = octets.length): void {
    this.#octets += end - start;
    let at = start;
    while (at < end && this.#malformed === undefined) {
      if (this.#skipBytes > 0) {
        const skipped = Math.min(this.#skipBytes, end - at);
        this.#skipBytes -= skipped;
        at += skipped;
      } else if (this.#carried > 0) {
        const taken = Math.min(this.#unitBytes - this.#carried, end - at);
        this.#keep(octets, at, taken);
        at += taken;
        // The unit is now whole, or long enough to say how long it is: it is taken completely or not at all.
        if (this.#carried === this.#unitBytes && this.#walk(this.#carry, 0, this.#carried) > 0)
          this.#carried = 0;
      } else {
        at = this.#walk(octets, at, end);
        if (this.#skipBytes === 0 && this.#malformed === undefined) {
          this.#keep(octets, at, end - at);
          at = end;
        }
      }
    }
  }

  /** How the stream ended, where no more octets follow. It changes nothing: asked early, it says how the stream stands. */
  end(): CaptureEnd {
    let malformed = this.#malformed;
    let missingBytes = 0;
    if (malformed === undefined) {
      if (this.#octets === 0) malformed = CAPTURE_EMPTY;
      else if (this.#state === DETECT) malformed = CAPTURE_UNKNOWN_FORMAT;
      else if (this.#carried > 0) missingBytes = this.#unitBytes - this.#carried;
      else if (this.#skippedBlockBytes > 0) missingBytes = this.#skipBytes + BLOCK_TRAILER_BYTES;
    }
    return {
      packets: this.#packets,
      octets: this.#octets,
      wholeOctets: this.#wholeOctets,
      format: this.#state === DETECT ? undefined : this.#state === PCAPNG ? "pcapng" : "pcap",
      malformed,
      truncated: missingBytes > 0,
      missingBytes,
    };
  }

  /** Appends to the carry, which grows with what is there, never with what a length field promises. */
  #keep(octets: Uint8Array, from: number, count: number): void {
    const needed = this.#carried + count;
    if (needed > this.#carry.length) {
      // At least doubled, so that all copies together stay linear in the octets carried.
      const grown = new Uint8Array(Math.max(needed, 2 * this.#carry.length, 4096));
      grown.set(this.#carry.subarray(0, this.#carried));
      this.#carry = grown;
    }
    if (count > 0) this.#carry.set(octets.subarray(from, from + count), this.#carried);
    this.#carried = needed;
  }

  /** Takes whole units from `start` on. Returns the index of the first that is not whole; `#unitBytes` says what it needs. */
  #walk(octets: Uint8Array, start: number, end: number): number {
    let at = start;
    if (this.#state === DETECT && end - at >= MAGIC_BYTES) this.#detect(u32(octets, at), u32le(octets, at));
    if (this.#state === PCAP_HEADER && end - at >= PCAP_FILE_HEADER_BYTES) at = this.#pcapHeader(octets, at);
    if (this.#malformed !== undefined) return at;
    if (this.#state === PCAP) return this.#pcapRecords(octets, at, end);
    if (this.#state === PCAPNG) return this.#pcapngBlocks(octets, at, end);
    return at;
  }

  #detect(big: number, little: number): void {
    if (big === PCAPNG_SECTION_HEADER) {
      this.#state = PCAPNG;
      this.#unitBytes = BLOCK_HEADER_BYTES;
      return;
    }
    this.#littleEndian = isPcapMagic(little);
    if (!this.#littleEndian && !isPcapMagic(big)) {
      this.#malformed = CAPTURE_UNKNOWN_FORMAT;
      return;
    }
    const magic = this.#littleEndian ? little : big;
    this.#fractionDivisor = magic === PCAP_MAGIC_NS ? 1000 : 1;
    if (magic === PCAP_MAGIC_MODIFIED) this.#recordHeaderBytes = PCAP_MODIFIED_RECORD_HEADER_BYTES;
    this.#state = PCAP_HEADER;
    this.#unitBytes = PCAP_FILE_HEADER_BYTES;
  }

  /** draft-ietf-opsawg-pcap §4. Time zone and accuracy, which nobody ever wrote, are left aside as it says. */
  #pcapHeader(octets: Uint8Array, at: number): number {
    const little = this.#littleEndian;
    const majorVersion = little ? u16le(octets, at + 4) : u16(octets, at + 4);
    if (majorVersion !== 2) {
      this.#malformed = PCAP_VERSION_UNKNOWN;
      return at;
    }
    this.#minorVersion = little ? u16le(octets, at + 6) : u16(octets, at + 6);
    const snaplenBytes = little ? u32le(octets, at + 16) : u32(octets, at + 16);
    this.#recordBytesMax =
      snaplenBytes === 0
        ? FRAME_BYTES_MAX
        : Math.min(Math.max(snaplenBytes, PCAP_RECORD_BYTES_MAX), FRAME_BYTES_MAX);
    // The upper half says how many octets of FCS end each frame. They stay there: protocols above carry their own lengths.
    this.#linkType = (little ? u32le(octets, at + 20) : u32(octets, at + 20)) & 0xffff;
    this.#state = PCAP;
    this.#unitBytes = this.#recordHeaderBytes;
    this.#wholeOctets += PCAP_FILE_HEADER_BYTES;
    return at + PCAP_FILE_HEADER_BYTES;
  }

  /** draft-ietf-opsawg-pcap §5. */
  #pcapRecords(octets: Uint8Array, start: number, end: number): number {
    const little = this.#littleEndian;
    const headerBytes = this.#recordHeaderBytes;
    const recordBytesMax = this.#recordBytesMax;
    const fractionDivisor = this.#fractionDivisor;
    const linkType = this.#linkType;
    // Version 2.3 of the format put the captured length first; files from the change itself may have either order.
    const swapped = this.#minorVersion < 3;
    const maybeSwapped = this.#minorVersion === 3;
    const sink = this.#sink;
    let at = start;
    this.#unitBytes = headerBytes;
    while (end - at >= headerBytes) {
      const seconds = little ? u32le(octets, at) : u32(octets, at);
      const fraction = little ? u32le(octets, at + 4) : u32(octets, at + 4);
      let capturedBytes = little ? u32le(octets, at + 8) : u32(octets, at + 8);
      let wireBytes = little ? u32le(octets, at + 12) : u32(octets, at + 12);
      if (swapped || (maybeSwapped && capturedBytes > wireBytes)) {
        const first = capturedBytes;
        capturedBytes = wireBytes;
        wireBytes = first;
      }
      if (capturedBytes > recordBytesMax) {
        this.#malformed = PCAP_RECORD_TOO_LONG;
        break;
      }
      const recordBytes = headerBytes + capturedBytes;
      if (recordBytes > end - at) {
        this.#unitBytes = recordBytes;
        break;
      }
      this.#packets += 1;
      const timeUs = seconds * 1_000_000 + fraction / fractionDivisor;
      sink.packet(octets, at + headerBytes, capturedBytes, wireBytes, timeUs, linkType, 0);
      at += recordBytes;
    }
    this.#wholeOctets += at - start;
    return at;
  }

  /** draft-ietf-opsawg-pcapng §3.1: type, total length, body, total length again. */
  #pcapngBlocks(octets: Uint8Array, start: number, end: number): number {
    let at = start;
    while (true) {
      if (this.#skippedBlockBytes > 0) {
        this.#unitBytes = BLOCK_TRAILER_BYTES;
        if (end - at < BLOCK_TRAILER_BYTES) return at;
        const again = this.#littleEndian ? u32le(octets, at) : u32(octets, at);
        if (again !== this.#skippedBlockBytes) {
          this.#malformed = PCAPNG_BLOCK_LENGTHS_DIFFER;
          return at;
        }
        this.#wholeOctets += this.#skippedBlockBytes;
        this.#skippedBlockBytes = 0;
        at += BLOCK_TRAILER_BYTES;
      }
      this.#unitBytes = BLOCK_HEADER_BYTES;
      if (end - at < BLOCK_HEADER_BYTES) return at;
      if (u32(octets, at) === PCAPNG_SECTION_HEADER) {
        // A new section has its own byte order, and the magic behind the length tells it: the length cannot be read before.
        this.#unitBytes = BLOCK_HEADER_BYTES + MAGIC_BYTES;
        if (end - at < this.#unitBytes) return at;
        this.#littleEndian = u32le(octets, at + 8) === PCAPNG_BYTE_ORDER_MAGIC;
        if (!this.#littleEndian && u32(octets, at + 8) !== PCAPNG_BYTE_ORDER_MAGIC) {
          this.#malformed = PCAPNG_BYTE_ORDER_UNKNOWN;
          return at;
        }
      }
      const little = this.#littleEndian;
      const type = little ? u32le(octets, at) : u32(octets, at);
      const blockBytes = little ? u32le(octets, at + 4) : u32(octets, at + 4);
      const bytesMin = blockBytesMin(type);
      const read = bytesMin > 0;
      if (blockBytes % 4 !== 0 || blockBytes < (read ? bytesMin : BLOCK_HEADER_BYTES + BLOCK_TRAILER_BYTES)) {
        this.#malformed = PCAPNG_BLOCK_LENGTH_IMPOSSIBLE;
        return at;
      }
      if (!read) {
        this.#skippedBlockBytes = blockBytes;
        this.#skipBytes = blockBytes - BLOCK_HEADER_BYTES - BLOCK_TRAILER_BYTES;
        at += BLOCK_HEADER_BYTES;
        if (this.#skipBytes > 0) return at;
        continue;
      }
      if (blockBytes > PCAPNG_BLOCK_BYTES_MAX) {
        this.#malformed = PCAPNG_BLOCK_TOO_LONG;
        return at;
      }
      this.#unitBytes = blockBytes;
      if (end - at < blockBytes) return at;
      const again = little ? u32le(octets, at + blockBytes - 4) : u32(octets, at + blockBytes - 4);
      if (again !== blockBytes) {
        this.#malformed = PCAPNG_BLOCK_LENGTHS_DIFFER;
        return at;
      }
      this.#malformed = this.#block(type, octets, at, blockBytes);
      if (this.#malformed !== undefined) return at;
      this.#wholeOctets += blockBytes;
      at += blockBytes;
    }
  }

  #block(type: number, octets: Uint8Array, at: number, blockBytes: number): Malformed | undefined {
    switch (type) {
      case PCAPNG_ENHANCED_PACKET:
      case PCAPNG_PACKET:
        return this.#packetBlock(type, octets, at, blockBytes);
      case PCAPNG_SIMPLE_PACKET:
        return this.#simplePacketBlock(octets, at, blockBytes);
      case PCAPNG_INTERFACE_DESCRIPTION:
        return this.#interfaceBlock(octets, at, blockBytes);
      default:
        return this.#sectionBlock(octets, at);
    }
  }

  /** §4.1. The section's length is left aside: blocks are walked one by one, which needs no trust in it. */
  #sectionBlock(octets: Uint8Array, at: number): Malformed | undefined {
    const majorVersion = this.#littleEndian ? u16le(octets, at + 12) : u16(octets, at + 12);
    if (majorVersion !== 1) return PCAPNG_VERSION_UNKNOWN;
    this.#interfaces = [];
    return undefined;
  }

  /** §4.2. */
  #interfaceBlock(octets: Uint8Array, at: number, blockBytes: number): Malformed | undefined {
    if (this.#interfaces.length >= PCAPNG_INTERFACES_MAX) return PCAPNG_INTERFACES_TOO_MANY;
    const little = this.#littleEndian;
    let resolution = 6;
    let offsetSeconds = 0;
    const optionsEnd = at + blockBytes - BLOCK_TRAILER_BYTES;
    for (let option = at + 16; optionsEnd - option >= 4; ) {
      const code = little ? u16le(octets, option) : u16(octets, option);
      const length = little ? u16le(octets, option + 2) : u16(octets, option + 2);
      if (code === OPTION_END) break;
      const value = option + 4;
      if (length > optionsEnd - value) return PCAPNG_OPTION_LENGTH_IMPOSSIBLE;
      if (code === PCAPNG_OPTION_IF_TSRESOL) {
        if (length !== 1) return PCAPNG_OPTION_LENGTH_IMPOSSIBLE;
        resolution = octets[value]!;
      } else if (code === OPTION_IF_TSOFFSET) {
        if (length !== 8) return PCAPNG_OPTION_LENGTH_IMPOSSIBLE;
        // A signed number of 64 bits: the half with the sign is read as signed.
        const high = (little ? u32le(octets, value + 4) : u32(octets, value)) | 0;
        const low = little ? u32le(octets, value) : u32(octets, value + 4);
        offsetSeconds = high * TWO_TO_32 + low;
      }
      option = value + length + ((4 - (length & 3)) & 3);
    }
    const linkType = little ? u16le(octets, at + 8) : u16(octets, at + 8);
    const snaplenBytes = little ? u32le(octets, at + 12) : u32(octets, at + 12);
    this.#interfaces.push(describeInterface(linkType, snaplenBytes, resolution, offsetSeconds * 1_000_000));
    return undefined;
  }

  /** §4.3, and appendix A for the obsolete block, which differs in the width of its interface number only. */
  #packetBlock(type: number, octets: Uint8Array, at: number, blockBytes: number): Malformed | undefined {
    const little = this.#littleEndian;
    const interfaceIndex =
      type === PCAPNG_PACKET
        ? little
          ? u16le(octets, at + 8)
          : u16(octets, at + 8)
        : little
          ? u32le(octets, at + 8)
          : u32(octets, at + 8);
    if (interfaceIndex >= this.#interfaces.length) return PCAPNG_INTERFACE_UNKNOWN;
    const from = this.#interfaces[interfaceIndex]!;
    const high = little ? u32le(octets, at + 12) : u32(octets, at + 12);
    const low = little ? u32le(octets, at + 16) : u32(octets, at + 16);
    const capturedBytes = little ? u32le(octets, at + 20) : u32(octets, at + 20);
    const wireBytes = little ? u32le(octets, at + 24) : u32(octets, at + 24);
    if (capturedBytes > blockBytes - PACKET_BYTES_MIN || capturedBytes > FRAME_BYTES_MAX) {
      return PCAPNG_PACKET_LENGTH_IMPOSSIBLE;
    }
    const timeUs =
      high * from.highUs + ((high * from.highTicks + low) * from.multiplier) / from.divisor + from.offsetUs;
    this.#lastTimeUs = timeUs;
    this.#packets += 1;
    this.#sink.packet(octets, at + 28, capturedBytes, wireBytes, timeUs, from.linkType, interfaceIndex);
    return undefined;
  }

  /** §4.4: of the first interface, without a timestamp; the captured length is the smaller of original and snapshot length. */
  #simplePacketBlock(octets: Uint8Array, at: number, blockBytes: number): Malformed | undefined {
    const from = this.#interfaces[0];
    if (from === undefined) return PCAPNG_INTERFACE_UNKNOWN;
    const wireBytes = this.#littleEndian ? u32le(octets, at + 8) : u32(octets, at + 8);
    const capturedBytes = from.snaplenBytes === 0 ? wireBytes : Math.min(wireBytes, from.snaplenBytes);
    if (capturedBytes > blockBytes - SIMPLE_PACKET_BYTES_MIN || capturedBytes > FRAME_BYTES_MAX) {
      return PCAPNG_PACKET_LENGTH_IMPOSSIBLE;
    }
    this.#packets += 1;
    this.#sink.packet(octets, at + 12, capturedBytes, wireBytes, this.#lastTimeUs, from.linkType, 0);
    return undefined;
  }
}

function isPcapMagic(magic: number): boolean {
  return magic === PCAP_MAGIC_US || magic === PCAP_MAGIC_NS || magic === PCAP_MAGIC_MODIFIED;
}

/** Least length of a block whose content is read; 0 for one that is passed over. */
function blockBytesMin(type: number): number {
  switch (type) {
    case PCAPNG_ENHANCED_PACKET:
    case PCAPNG_PACKET:
      return PACKET_BYTES_MIN;
    case PCAPNG_SIMPLE_PACKET:
      return SIMPLE_PACKET_BYTES_MIN;
    case PCAPNG_INTERFACE_DESCRIPTION:
      return INTERFACE_DESCRIPTION_BYTES_MIN;
    case PCAPNG_SECTION_HEADER:
      return SECTION_HEADER_BYTES_MIN;
    default:
      return 0;
  }
}

/**
 * Prepares the conversion of 64-bit ticks to microseconds so that it never multiplies what a double cannot hold exactly,
 * for resolutions and times that exist. if_tsresol: the upper bit clear, ticks of 10^-n s; set, of 2^-n s.
 */
function describeInterface(
  linkType: number,
  snaplenBytes: number,
  resolution: number,
  offsetUs: number,
): InterfaceDescription {
  const exponent = resolution & 0x7f;
  if (resolution & 0x80) {
    // A tick is a power of two, so that scaling the halves apart is exact.
    const tickUs = 1_000_000 / 2 ** exponent;
    const highUs = TWO_TO_32 * tickUs;
    return { linkType, snaplenBytes, highUs, highTicks: 0, multiplier: tickUs, divisor: 1, offsetUs };
  }
  if (exponent <= 6) {
    const multiplier = 10 ** (6 - exponent);
    return { linkType, snaplenBytes, highUs: 0, highTicks: TWO_TO_32, multiplier, divisor: 1, offsetUs };
  }
  // 2^32 ticks are whole microseconds and a rest; only the rest is divided.
  const divisor = 10 ** (exponent - 6);
  const highUs = Math.floor(TWO_TO_32 / divisor);
  return { linkType, snaplenBytes, highUs, highTicks: TWO_TO_32 % divisor, multiplier: 1, divisor, offsetUs };
}
