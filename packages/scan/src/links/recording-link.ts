/**
 * A link that writes down what leaves and comes by another one, as pcapng (draft-ietf-opsawg-pcapng): each frame with its
 * direction, and where it is a frame of Ethernet the interface that it came in by.
 *
 * What is sent is written when the kernel has taken it, with the time at which its batch was handed over; frames that the kernel
 * took and then passed over (no route, too long) cannot be told apart from those that left. What comes is written as the link
 * underneath hands it on: replies as far as its filter lets them in, and as much of each as it keeps. Under a link that changes
 * what is sent (`EvasiveLink`), this one sees what really leaves; above it, what was meant.
 *
 * libpcap reads no file whose interfaces have two link types, and of LINKTYPE_RAW none with two interfaces (sf-pcapng.c compares
 * the type of the second with what it made of the first's, which for LINKTYPE_RAW is another number). So where IP packets are
 * sent, all is written as IP packets of one interface: of frames that come, from the IP header on, and other frames are left
 * out.
 */
import { assert } from "@palisade/base";
import {
  LINKTYPE_ETHERNET,
  LINKTYPE_RAW,
  type OctetWrite,
  type PacketSink,
  PCAPNG_INBOUND,
  PCAPNG_INTERFACES_MAX,
  PCAPNG_OUTBOUND,
  PcapngWriter,
} from "@palisade/wire";
import type { ProbeLink, ProbePath } from "../probe-link.js";
import { ipHeaderAt } from "./frames.js";

export interface RecordingLinkOptions {
  /** Takes the octets of the file, in pieces of some 64 KiB, for good. What it throws passes through `send`, `drain`, `close`. */
  readonly write: OctetWrite;
  /** Microseconds since the epoch, on the clock that the times of received frames are of. */
  readonly nowUs: () => number;
  /**
   * The kernel's number of the interface that frames leave by, where it is one. Default: none of the kernel's, but one that is
   * named as the engine.
   */
  readonly interfaceIndex?: number | undefined;
  /** What an interface is called in the file, by the kernel's number. */
  readonly nameOf?: ((interfaceIndex: number) => string | undefined) | undefined;
}

/** The kernel counts interfaces from 1. */
const NO_INTERFACE = 0;

export class RecordingLink implements ProbeLink, PacketSink {
  readonly engine: string;
  readonly octets: Uint8Array;
  readonly slotBytes: number;
  readonly slots: number;
  readonly linkAddresses: Uint8Array | undefined;
  readonly #inner: ProbeLink;
  readonly #options: RecordingLinkOptions;
  readonly #writer: PcapngWriter;
  readonly #lengths: Uint32Array;
  readonly #sentBy: number;
  /** Of what is sent: by where the IP header stands in it. */
  #linkType: number;
  /** Interfaces that are described, by number and link type. */
  readonly #described = new Set<number>();
  #sink: PacketSink | undefined;
  #closed = false;

  /** @param inner closed with this link */
  constructor(inner: ProbeLink, options: RecordingLinkOptions) {
    this.#inner = inner;
    this.#options = options;
    this.engine = inner.engine;
    this.linkAddresses = inner.linkAddresses;
    this.octets = inner.octets;
    this.slotBytes = inner.slotBytes;
    this.slots = inner.slots;
    this.#lengths = new Uint32Array(inner.slots);
    this.#linkType = inner.engine === "packet" ? LINKTYPE_ETHERNET : LINKTYPE_RAW;
    this.#sentBy = options.interfaceIndex ?? NO_INTERFACE;
    this.#writer = new PcapngWriter(options.write);
  }

  pathTo(address: Uint8Array, at: number): ProbePath | undefined {
    const path = this.#inner.pathTo(address, at);
    if (path !== undefined) this.#linkType = path.ipAt === 0 ? LINKTYPE_RAW : LINKTYPE_ETHERNET;
    return path;
  }

  set(slot: number, bytes: number): void {
    this.#inner.set(slot, bytes);
    this.#lengths[slot] = bytes;
  }

  send(count: number): number {
    const timeUs = this.#options.nowUs();
    const taken = this.#inner.send(count);
    for (let slot = 0; slot < taken; slot += 1) {
      const bytes = this.#lengths[slot]!;
      this.#record(
        this.octets,
        slot * this.slotBytes,
        bytes,
        bytes,
        timeUs,
        this.#linkType,
        this.#sentBy,
        PCAPNG_OUTBOUND,
      );
    }
    return taken;
  }

  drain(sink: PacketSink): void {
    this.#sink = sink;
    this.#inner.drain(this);
  }

  /** A frame that came; for the link underneath to call. */
  packet(
    octets: Uint8Array,
    offset: number,
    capturedBytes: number,
    wireBytes: number,
    timeUs: number,
    linkType: number,
    interfaceIndex: number,
  ): void {
    assert(this.#sink !== undefined, "recording link: frames come by draining it");
    if (this.#linkType === LINKTYPE_RAW) {
      const ip = ipHeaderAt(octets, offset, offset + capturedBytes, linkType);
      const linkBytes = ip - offset;
      if (ip >= 0 && linkBytes <= capturedBytes) {
        const left = capturedBytes - linkBytes;
        const leftOnWire = Math.max(left, wireBytes - linkBytes);
        this.#record(octets, ip, left, leftOnWire, timeUs, LINKTYPE_RAW, this.#sentBy, PCAPNG_INBOUND);
      }
    } else {
      this.#record(
        octets,
        offset,
        capturedBytes,
        wireBytes,
        timeUs,
        linkType,
        interfaceIndex,
        PCAPNG_INBOUND,
      );
    }
    this.#sink.packet(octets, offset, capturedBytes, wireBytes, timeUs, linkType, interfaceIndex);
  }

  wait(timeoutMs: number): Promise<void> {
    return this.#inner.wait(timeoutMs);
  }

  ringDrops(): number {
    return this.#inner.ringDrops();
  }

  /** Hands on what is gathered. Else that is done when a piece is full, and at the end. */
  flush(): void {
    this.#writer.flush();
  }

  close(): void {
    if (!this.#closed) {
      this.#closed = true;
      try {
        this.#writer.end();
      } finally {
        this.#inner.close();
      }
    }
  }

  #record(
    octets: Uint8Array,
    offset: number,
    bytes: number,
    wireBytes: number,
    timeUs: number,
    linkType: number,
    interfaceIndex: number,
    direction: number,
  ): void {
    // The writer's numbers end where a section's do; the kernel's go on where interfaces come and go for long.
    const index = interfaceIndex % PCAPNG_INTERFACES_MAX;
    const key = index * 0x1_0000 + linkType;
    if (!this.#described.has(key)) {
      this.#described.add(key);
      const name = interfaceIndex === NO_INTERFACE ? this.engine : this.#options.nameOf?.(interfaceIndex);
      this.#writer.addInterface(index, linkType, name);
    }
    this.#writer.packet(octets, offset, bytes, wireBytes, timeUs, linkType, index, direction);
  }
}
