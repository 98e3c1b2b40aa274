/**
 * Links that have what leaves and comes by another one written down by a `Recorder`.
 *
 * What is sent is written when the kernel has taken it, with the time at which its batch was handed over; frames that the kernel
 * took and then passed over (no route, too long) cannot be told apart from those that left. What comes is written as the link
 * underneath hands it on: as far as its filter lets it in, and as much of each as it keeps. Under a link that changes
 * what is sent (`EvasiveLink`), these see what really leaves; above it, what was meant.
 */
import { assert } from "@palisade/base";
import { LINKTYPE_ETHERNET, LINKTYPE_RAW, type PacketSink } from "@palisade/wire";
import type { SweepLink } from "../discovery/link-sweep-socket.js";
import type { ProbeLink, ProbePath } from "./probe-link.js";
import type { Recorder } from "./recorder.js";

/** Has what comes written down. Stands before a sink. */
class HeardFrames implements PacketSink {
  readonly #recorder: Recorder;
  readonly #number: number;
  #sink: PacketSink | undefined;

  constructor(recorder: Recorder) {
    this.#recorder = recorder;
    this.#number = recorder.join();
  }

  /** This, with `sink` behind it from now on. */
  before(sink: PacketSink): PacketSink {
    this.#sink = sink;
    return this;
  }

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
    // First written down: who takes a frame may change its octets.
    this.#recorder.heard(
      octets,
      offset,
      capturedBytes,
      wireBytes,
      timeUs,
      linkType,
      interfaceIndex,
      this.#number,
    );
    this.#sink.packet(octets, offset, capturedBytes, wireBytes, timeUs, linkType, interfaceIndex);
  }
}

/** Stands before what questions for neighbours leave by: frames of Ethernet. */
export class RecordingSweep implements SweepLink {
  readonly octets: Uint8Array;
  readonly slotBytes: number;
  readonly slots: number;
  /** Of what is sent: `LINKTYPE_ETHERNET`, or `LINKTYPE_RAW` where it begins with the IP header. */
  sentLinkType: number = LINKTYPE_ETHERNET;
  readonly #inner: SweepLink;
  readonly #recorder: Recorder;
  readonly #heard: HeardFrames;
  /** Name of what frames leave by, until the first one does, and then its number in the file. */
  readonly #leavingBy: string;
  #leavingNumber = -1;
  readonly #lengths: Uint32Array;

  /**
   * @param inner closed with this link
   * @param leavingBy name of the interface that frames leave by, or what else is to stand there
   */
  constructor(inner: SweepLink, recorder: Recorder, leavingBy: string) {
    this.#inner = inner;
    this.#recorder = recorder;
    this.#heard = new HeardFrames(recorder);
    this.#leavingBy = leavingBy;
    this.octets = inner.octets;
    this.slotBytes = inner.slotBytes;
    this.slots = inner.slots;
    this.#lengths = new Uint32Array(inner.slots);
  }

  set(slot: number, bytes: number): void {
    this.#inner.set(slot, bytes);
    this.#lengths[slot] = bytes;
  }

  /** @throws what the recorder's `write` throws, and the link underneath */
  send(count: number): number {
    const recorder = this.#recorder;
    const timeUs = recorder.nowUs();
    const taken = this.#inner.send(count);
    if (taken > 0 && this.#leavingNumber < 0) this.#leavingNumber = recorder.interfaceOf(this.#leavingBy);
    for (let slot = 0; slot < taken; slot += 1) {
      const at = slot * this.slotBytes;
      recorder.sent(this.octets, at, this.#lengths[slot]!, timeUs, this.sentLinkType, this.#leavingNumber);
    }
    return taken;
  }

  drain(sink: PacketSink): void {
    this.#inner.drain(this.#heard.before(sink));
  }

  async wait(timeoutMs: number): Promise<void> {
    this.#recorder.idle();
    await this.#inner.wait(timeoutMs);
  }

  ringDrops(): number {
    return this.#inner.ringDrops();
  }

  /** Closes the link underneath; the recorder goes on. */
  close(): void {
    this.#inner.close();
  }
}

/** Stands before what probes leave by. */
export class RecordingLink implements ProbeLink {
  readonly engine: string;
  readonly octets: Uint8Array;
  readonly slotBytes: number;
  readonly slots: number;
  readonly linkAddresses: Uint8Array | undefined;
  readonly #inner: ProbeLink;
  readonly #frames: RecordingSweep;

  /**
   * @param inner closed with this link
   * @param leavingBy name of the interface that frames leave by. Default: the engine's, where there may be several
   */
  constructor(inner: ProbeLink, recorder: Recorder, leavingBy: string = inner.engine) {
    this.#inner = inner;
    this.#frames = new RecordingSweep(inner, recorder, leavingBy);
    this.engine = inner.engine;
    this.octets = inner.octets;
    this.slotBytes = inner.slotBytes;
    this.slots = inner.slots;
    this.linkAddresses = inner.linkAddresses;
  }

  pathTo(address: Uint8Array, at: number): ProbePath | undefined {
    const path = this.#inner.pathTo(address, at);
    if (path !== undefined) this.#frames.sentLinkType = path.ipAt === 0 ? LINKTYPE_RAW : LINKTYPE_ETHERNET;
    return path;
  }

  set(slot: number, bytes: number): void {
    this.#frames.set(slot, bytes);
  }

  /** @throws what the recorder's `write` throws, and the link underneath */
  send(count: number): number {
    return this.#frames.send(count);
  }

  drain(sink: PacketSink): void {
    this.#frames.drain(sink);
  }

  wait(timeoutMs: number): Promise<void> {
    return this.#frames.wait(timeoutMs);
  }

  ringDrops(): number {
    return this.#inner.ringDrops();
  }

  firewalled(): number {
    return this.#inner.firewalled?.() ?? 0;
  }

  /** Closes the link underneath; the recorder goes on. */
  close(): void {
    this.#frames.close();
  }
}
