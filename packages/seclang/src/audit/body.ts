/** A body on its way past, kept as far as an audit record has room for it. */
import type { BlockPool } from "@palisade/base";
import { AUDIT_BODY_BYTES_MAX } from "./record.js";
import type { AuditBodyInput } from "./write-record.js";

const NOTHING = Buffer.alloc(0);

/** Used again for one message after the other. */
export class AuditBody implements AuditBodyInput {
  readonly #pool: BlockPool;
  #room = NOTHING;
  #kept = 0;
  #bytes = 0;

  /** @param pool where its memory comes from, and goes when a message is over */
  constructor(pool: BlockPool) {
    this.#pool = pool;
  }

  /** The first octets, up to `AUDIT_BODY_BYTES_MAX`; they hold until the next call of `take` or `reset`. */
  get octets(): Uint8Array {
    return this.#room.subarray(0, this.#kept);
  }

  /** How many octets came. */
  get bytes(): number {
    return this.#bytes;
  }

  /** The next piece; it is copied. */
  take(octets: Uint8Array, start = 0, end = octets.length): void {
    this.#bytes += end - start;
    const length = Math.min(end - start, AUDIT_BODY_BYTES_MAX - this.#kept);
    if (length <= 0) return;
    this.#reserve(this.#kept + length);
    this.#room.set(octets.subarray(start, start + length), this.#kept);
    this.#kept += length;
  }

  /** The next message begins. */
  reset(): void {
    this.#hold(NOTHING);
    this.#kept = 0;
    this.#bytes = 0;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#room.length) return;
    const room = this.#pool.take(Math.min(AUDIT_BODY_BYTES_MAX, Math.max(bytes, this.#room.length * 2)));
    room.set(this.#room.subarray(0, this.#kept));
    this.#hold(room);
  }

  #hold(room: Buffer<ArrayBuffer>): void {
    if (this.#room !== NOTHING) this.#pool.giveBack(this.#room);
    this.#room = room;
  }
}
