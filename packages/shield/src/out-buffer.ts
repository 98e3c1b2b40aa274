/** Memory for what is written to sockets: filled from front to back, never written twice. */
import { assert } from "@palisade/base";

/** Octets of one piece of memory. A slow reader keeps what it has not taken of it, and so the piece. */
export const OUT_BUFFER_BYTES = 65_536;

/**
 * One for all connections of a proxy: whoever writes takes what was written before anybody else begins.
 *
 * ```
 * out.reserve(bytes);
 * out.at = emit(out.octets, out.at);
 * socket.write(out.take());
 * ```
 */
export class OutBuffer {
  octets: Buffer = Buffer.allocUnsafeSlow(OUT_BUFFER_BYTES);
  /** Where the next octet goes. */
  at = 0;
  #from = 0;

  /** Octets that nobody has taken yet. */
  get pendingBytes(): number {
    return this.at - this.#from;
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

  /** What was written since the last call. */
  take(): Buffer {
    assert(this.at >= this.#from, "what is taken was written");
    const taken = this.octets.subarray(this.#from, this.at);
    this.#from = this.at;
    return taken;
  }

  /** Forgets what is pending. */
  drop(): void {
    this.at = this.#from;
  }
}
