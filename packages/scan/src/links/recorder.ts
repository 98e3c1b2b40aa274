/**
 * One pcapng stream (draft-ietf-opsawg-pcapng) of all that a scan sends and hears, whichever links that goes by.
 *
 * libpcap reads no file whose interfaces have two link types (sf-pcapng.c), so all is written as frames of Ethernet. What has
 * no Ethernet header, or another one, is given one of zeros and its EtherType, as Linux shows frames on loopback. What has no
 * EtherType is left out: it is no question and no answer of a scan.
 *
 * Each frame is written once, in the order in which frames are handed in, with its direction: what is sent when the kernel has
 * taken it. That several links hear it, or that the ring of one brings back what was sent, makes no second one (`Sightings`).
 */
import {
  ETHERNET_HEADER_BYTES,
  ETHERTYPE_IPV4,
  ETHERTYPE_IPV6,
  LINKTYPE_ETHERNET,
  LINKTYPE_LINUX_SLL2,
  LINKTYPE_RAW,
  LINUX_COOKED2_HEADER_BYTES,
  MAC_BYTES,
  type OctetWrite,
  PCAPNG_INBOUND,
  PCAPNG_INTERFACES_MAX,
  PCAPNG_OUTBOUND,
  PcapngWriter,
  put16,
  u8,
  u16,
} from "@palisade/wire";
import { ipHeaderAt } from "./frames.js";
import { NO_INTERFACE, SEEN_BY_SENDER, SIGHTING_LINKS, Sightings } from "./recorder-sightings.js";

export interface RecorderOptions {
  /** Takes the octets of the file for good, in pieces of whole blocks. What it throws passes through whatever hands frames in. */
  readonly write: OctetWrite;
  /** Microseconds since the epoch, on the clock that the times of received frames are of. */
  readonly nowUs: () => number;
  /** What an interface is called, by the kernel's number; asked once for each. Default: `interface 3`. */
  readonly nameOf?: ((interfaceIndex: number) => string | undefined) | undefined;
  /**
   * The Ethernet address of an interface, six octets; asked once for each. Frames from it are outbound, whoever sent them.
   * Default: what a link hears is inbound.
   */
  readonly linkAddressOf?: ((interfaceIndex: number) => Uint8Array | undefined) | undefined;
}

/** Frames wait so long at most to be handed on, as long as others come or a link is waited for. */
const FLUSH_US = 1_000_000;
/** A longer packet is none of IP's; what is beyond is cut off where a header is put before it. */
const PACKET_BYTES_MAX = 65_575;
/** Numbers in an EtherType's place below it are none (IEEE 802.3). */
const ETHERTYPE_MIN = 0x600;

export class Recorder {
  /** The clock that times are of, in microseconds since the epoch. */
  readonly nowUs: () => number;
  readonly #options: RecorderOptions;
  readonly #writer: PcapngWriter;
  /** Numbers of interfaces in the file by name, and by the kernel's number. */
  readonly #numbers = new Map<string, number>();
  readonly #numberOf = new Map<number, number>();
  readonly #linkAddressOf = new Map<number, Uint8Array | undefined>();
  readonly #sightings = new Sightings();
  /** An Ethernet header of zeros, and room for what comes behind it. */
  readonly #framed = new Uint8Array(ETHERNET_HEADER_BYTES + PACKET_BYTES_MAX);
  #links = 0;
  #flushedUs: number;
  #isEnded = false;

  constructor(options: RecorderOptions) {
    this.#options = options;
    this.nowUs = options.nowUs;
    this.#flushedUs = options.nowUs();
    this.#writer = new PcapngWriter(options.write);
  }

  /** A link's number, which it says with what it hears. */
  join(): number {
    this.#links = (this.#links % SIGHTING_LINKS) + 1;
    return this.#links;
  }

  /** The number in the file of the interface of a name, which is described there from now on. */
  interfaceOf(name: string): number {
    const known = this.#numbers.get(name);
    if (known !== undefined) return known;
    // No more have a number: those are written as the last that has.
    const number = Math.min(this.#numbers.size, PCAPNG_INTERFACES_MAX - 1);
    if (this.#numbers.size < PCAPNG_INTERFACES_MAX) {
      this.#numbers.set(name, number);
      this.#writer.addInterface(number, LINKTYPE_ETHERNET, name);
    }
    return number;
  }

  /**
   * A frame that left: `octets[at … at + bytes)`.
   *
   * @param linkType `LINKTYPE_ETHERNET`, or `LINKTYPE_RAW` where it begins with the IP header
   * @param number the interface's in the file
   */
  sent(
    octets: Uint8Array,
    at: number,
    bytes: number,
    timeUs: number,
    linkType: number,
    number: number,
  ): void {
    const told = toldFrom(octets, at, at + bytes, linkType);
    this.#sightings.isNew(octets, told, at + bytes, timeUs, NO_INTERFACE, SEEN_BY_SENDER);
    this.#write(octets, at, bytes, bytes, timeUs, linkType, number, PCAPNG_OUTBOUND);
    this.#flushIfDue(timeUs);
  }

  /** A frame that a link hears, as it is told to a `PacketSink`; `link` is the number that `join` gave. */
  heard(
    octets: Uint8Array,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    timeUs: number,
    linkType: number,
    interfaceIndex: number,
    link: number,
  ): void {
    const end = offset + capturedBytes;
    const told = toldFrom(octets, offset, end, linkType);
    if (this.#sightings.isNew(octets, told, end, timeUs, interfaceIndex, link)) {
      const isOurs =
        linkType === LINKTYPE_ETHERNET &&
        capturedBytes >= ETHERNET_HEADER_BYTES &&
        this.#isFrom(octets, offset + MAC_BYTES, interfaceIndex);
      const direction = isOurs ? PCAPNG_OUTBOUND : PCAPNG_INBOUND;
      const number = this.#numberAt(interfaceIndex);
      this.#write(octets, offset, capturedBytes, wireBytes, timeUs, linkType, number, direction);
    }
    this.#flushIfDue(timeUs);
  }

  /** Nothing came for a while: hands on what has waited long enough. */
  idle(): void {
    this.#flushIfDue(this.nowUs());
  }

  /** Hands on what is gathered. */
  flush(): void {
    this.#writer.flush();
  }

  /** Hands on the rest. Frames that come later are not written. */
  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    this.#writer.end();
  }

  #numberAt(interfaceIndex: number): number {
    const known = this.#numberOf.get(interfaceIndex);
    if (known !== undefined) return known;
    const name = this.#options.nameOf?.(interfaceIndex) ?? `interface ${interfaceIndex}`;
    const number = this.interfaceOf(name);
    if (this.#numberOf.size < PCAPNG_INTERFACES_MAX) this.#numberOf.set(interfaceIndex, number);
    return number;
  }

  #isFrom(octets: Uint8Array, at: number, interfaceIndex: number): boolean {
    let address = this.#linkAddressOf.get(interfaceIndex);
    if (address === undefined && !this.#linkAddressOf.has(interfaceIndex)) {
      address = this.#options.linkAddressOf?.(interfaceIndex);
      if (this.#linkAddressOf.size < PCAPNG_INTERFACES_MAX) this.#linkAddressOf.set(interfaceIndex, address);
    }
    if (address === undefined) return false;
    for (let octet = 0; octet < MAC_BYTES; octet += 1) {
      if (octets[at + octet] !== address[octet]) return false;
    }
    return true;
  }

  #write(
    octets: Uint8Array,
    at: number,
    bytes: number,
    wireBytes: number,
    timeUs: number,
    linkType: number,
    number: number,
    direction: number,
  ): void {
    if (this.#isEnded) return;
    if (linkType === LINKTYPE_ETHERNET) {
      this.#writer.packet(octets, at, bytes, wireBytes, timeUs, LINKTYPE_ETHERNET, number, direction);
      return;
    }
    const etherType = etherTypeOf(octets, at, bytes, linkType);
    if (etherType < 0) return;
    const header = linkType === LINKTYPE_LINUX_SLL2 ? LINUX_COOKED2_HEADER_BYTES : 0;
    const framed = this.#framed;
    const kept = Math.min(bytes - header, PACKET_BYTES_MAX);
    put16(framed, ETHERNET_HEADER_BYTES - 2, etherType);
    for (let octet = 0; octet < kept; octet += 1)
      framed[ETHERNET_HEADER_BYTES + octet] = octets[at + header + octet]!;
    const keptBytes = ETHERNET_HEADER_BYTES + kept;
    const onWire = Math.max(keptBytes, ETHERNET_HEADER_BYTES + wireBytes - header);
    this.#writer.packet(framed, 0, keptBytes, onWire, timeUs, LINKTYPE_ETHERNET, number, direction);
  }

  #flushIfDue(timeUs: number): void {
    // A clock that was put back is due too.
    if (Math.abs(timeUs - this.#flushedUs) < FLUSH_US || this.#isEnded) return;
    this.#flushedUs = timeUs;
    this.#writer.flush();
  }
}

/** The EtherType of what begins with no Ethernet header; -1 where it has none. */
function etherTypeOf(octets: Uint8Array, at: number, bytes: number, linkType: number): number {
  if (linkType === LINKTYPE_RAW) {
    const version = bytes > 0 ? u8(octets, at) >>> 4 : 0;
    return version === 4 ? ETHERTYPE_IPV4 : version === 6 ? ETHERTYPE_IPV6 : -1;
  }
  if (linkType !== LINKTYPE_LINUX_SLL2 || bytes < LINUX_COOKED2_HEADER_BYTES) return -1;
  const etherType = u16(octets, at);
  return etherType >= ETHERTYPE_MIN ? etherType : -1;
}

/** From where on a frame is told apart from others: its IP header, else what comes behind the header of its link. */
function toldFrom(octets: Uint8Array, at: number, end: number, linkType: number): number {
  const ip = ipHeaderAt(octets, at, end, linkType);
  return Math.min(end, ip >= 0 ? ip : at + ETHERNET_HEADER_BYTES);
}
