/**
 * Where probes leave and replies come in, as the scheduler needs it: `openPacketLink` stands on the kernel's sockets, tests
 * on a simulated network.
 */
import type { SendDone } from "@palisade/link";
import type { PacketSink } from "@palisade/wire";

/** A way to some hosts: what stands before the transport header of every probe that takes it. */
export interface ProbePath {
  /** Link and IP header with all that does not change, `headerBytes` octets: of 14 + 40 at most. */
  readonly header: Uint8Array;
  /** Where the IP header begins in it. */
  readonly ipAt: number;
  /** Our address there, 4 or 16 octets. */
  readonly source: Uint8Array;
}

export interface ProbeLink {
  /** As results name it: `packet` or `raw-ip`. */
  readonly engine: string;
  /** All slots of all lanes, one after the other: slot n begins at n * slotBytes. */
  readonly octets: Uint8Array;
  readonly slotBytes: number;
  /** Of a lane: the most frames of a batch. */
  readonly slots: number;
  /** Batches that there is room for, so that one can be written while others are sent aside. Default 1. */
  readonly lanes?: number | undefined;
  /**
   * Six octets for each host of the plan, by number: the link address that the first octets of its probes are to hold, instead
   * of what stands in the path's header. Without it that is right as it is.
   */
  readonly linkAddresses?: Uint8Array | undefined;
  /**
   * The way to an address, 4 or 16 octets at `at`; undefined where there is none: no route, or, with `linkAddresses`, a route
   * and nobody at the address on its link. Two calls that come to the same way return the same object.
   */
  pathTo(address: Uint8Array, at: number): ProbePath | undefined;
  /** Says how long what stands in a slot is, link header included. */
  set(slot: number, bytes: number): void;
  /** Hands `count` slots from `first` on (default 0) to the kernel. Returns how many it took; of the rest, a queue was full. */
  send(count: number, first?: number): number;
  /** The same on another thread, as a `PacketSender` does it; where there are lanes. */
  readonly sendAside?: ((count: number, first: number, done: SendDone) => void) | undefined;
  /** Hands the packets that came since to the sink. */
  drain(sink: PacketSink): void;
  /** Waits for packets, at most so long; the event loop runs on. */
  wait(timeoutMs: number): Promise<void>;
  /** Packets that came and were lost because nobody took them away. */
  ringDrops(): number;
  /** Packets that this machine's own firewall refused, as far as the kernel tells; without it, none. */
  firewalled?(): number;
  close(): void;
}
