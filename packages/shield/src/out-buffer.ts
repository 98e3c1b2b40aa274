/** Memory for what is written to sockets: filled from front to back, and written over only where nobody needs what was written. */
import { assert } from "@palisade/base";

/** Octets of one piece of memory. A slow reader keeps what it has not taken of it, and so the piece. */
export const OUT_BUFFER_BYTES = 65_536;

/** Where octets go. */
export interface Sink {
  /** @returns whether more may be written before it is told so */
  write(octets: Uint8Array): boolean;
  /** Whether all that was written is in the system's hands, so that its memory can be used again. */
  readonly isDrained: boolean;
}

/**
 * One for all connections of a proxy: whoever writes passes on what was written before anybody else begins.
 *
 * ```
 * out.reserve(bytes);
 * out.at = emit(out.octets, out.at);
 * out.passTo(sink);
 * ```
 */
export class OutBuffer {
  octets: Buffer = Buffer.allocUnsafeSlow(OUT_BUFFER_BYTES);
  /** Where the next octet goes. */
  at = 0;
  #from = 0;

  /** Octets that nobody has been passed yet. */
  get pendingBytes(): number {
    return this.at - this.#from;
  }

  /** Those octets, until more are written. */
  get pending(): Buffer {
    assert(this.at >= this.#from, "what is pending was written");
    return this.octets.subarray(this.#from, this.at);
  }

  /** Makes room for `bytes` octets behind those that are pending, which may move. */
  reserve(bytes: number): void {
    if (this.octets.length - this.at >= bytes) return;
    const pending = this.pendingBytes;
    const room = Buffer.allocUnsafeSlow(Math.max(OUT_BUFFER_BYTES, pending + bytes));
    this.octets.copy(room, 0, this.#from, this.at);
    this.octets = room;
    this.#from = 0;
    this.at = pending;
  }

  append(octets: Uint8Array, start: number, end: number): void {
    this.reserve(end - start);
    this.octets.set(start === 0 && end === octets.length ? octets : octets.subarray(start, end), this.at);
    this.at += end - start;
  }

  /** Gives a sink what is pending. @returns what its `write` does */
  passTo(sink: Sink): boolean {
    const more = sink.write(this.pending);
    // What sinks wait with lies before it, or in memory of before.
    if (sink.isDrained) this.at = this.#from;
    else this.#from = this.at;
    return more;
  }

  /** Forgets what is pending. */
  drop(): void {
    this.at = this.#from;
  }
}
