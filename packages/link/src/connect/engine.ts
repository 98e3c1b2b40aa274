/** What io_uring and epoll do differently; everything else of connecting lies in `slot-table.ts`. */

/** Where an engine reads what it works on, and tells what came of it. */
export interface EngineSlots {
  /** Whether a connect is under way in the slot. */
  isFlying(slot: number): boolean;
  /** Whether it was asked to end, and has not. */
  isCancelling(slot: number): boolean;
  /** Descriptor of the slot's socket. */
  fdOf(slot: number): number;
  /** Octets of the slot's socket address, 16 or 28. */
  addressBytesOf(slot: number): number;
  /** The connect of a slot ended: 0 or an errno; ECANCELED where `cancel` ended it. Once for each `start`. */
  settled(slot: number, errno: number): void;
}

export interface ConnectEngine {
  readonly name: "io_uring" | "epoll";
  /** Or-ed to the type of each socket. */
  readonly socketFlags: number;
  /** Readable when `reap` would find something. */
  readonly watchedFd: number;
  /** Whether something was begun, or begun anew, that `hand` has yet to give to the kernel. */
  readonly pending: boolean;
  /** A socket was made for a slot. @returns 0, or an errno where it cannot be used */
  adopt(slot: number, fd: number): number;
  /** Begins a connect, at `hand` at the latest. May tell `settled` at once. */
  start(slot: number): void;
  /** Asks for the end of a slot's connect; `settled` follows. */
  cancel(slot: number): void;
  /** Gives the kernel what was begun, and lets it bring outcomes forward. */
  hand(): void;
  /** Tells outcomes that are there. */
  reap(): void;
  close(): void;
}

/** Socket addresses of all slots, in memory that the kernel reads. */
export interface SlotAddresses {
  readonly base: bigint;
  /** Octets from the base to the first slot's address, and from one to the next. */
  readonly offset: number;
  readonly stride: number;
}
