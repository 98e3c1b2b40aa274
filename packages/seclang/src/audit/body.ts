/** A body on its way past, kept as far as an audit record has room for it. */
import { AUDIT_BODY_BYTES_MAX } from "./record.js";
import type { AuditBodyInput } from "./write-record.js";

const INITIAL_BYTES = 1024;
const NOTHING = new Uint8Array(0);

/** Used again for one message after the other. */
export class AuditBody implements AuditBodyInput {
  #room: Uint8Array = NOTHING;
  #kept = 0;
  #bytes = 0;

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

  /** The next message begins. Memory of a long body is given back. */
  reset(): void {
    if (this.#room.length > INITIAL_BYTES) this.#room = NOTHING;
    this.#kept = 0;
    this.#bytes = 0;
  }

  #reserve(bytes: number): void {
    if (bytes <= this.#room.length) return;
    const room = new Uint8Array(
      Math.min(AUDIT_BODY_BYTES_MAX, Math.max(INITIAL_BYTES, bytes, this.#room.length * 2)),
    );
    room.set(this.#room.subarray(0, this.#kept));
    this.#room = room;
  }
}
