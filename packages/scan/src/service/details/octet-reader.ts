/** Reads fields one behind the other; what is not there reads as nothing, and `short` tells so. */
export class OctetReader {
  readonly #octets: Uint8Array;
  readonly #view: DataView;
  #at: number;
  /** Something was read that is not there. */
  short = false;

  constructor(octets: Uint8Array, at = 0) {
    this.#octets = octets;
    this.#view = new DataView(octets.buffer, octets.byteOffset, octets.length);
    this.#at = at;
  }

  get at(): number {
    return this.#at;
  }

  get left(): number {
    return Math.max(0, this.#octets.length - this.#at);
  }

  #has(count: number): boolean {
    if (count >= 0 && count <= this.left) return true;
    this.short = true;
    this.#at = this.#octets.length;
    return false;
  }

  skip(count: number): void {
    if (this.#has(count)) this.#at += count;
  }

  u8(): number {
    return this.#has(1) ? this.#view.getUint8(this.#at++) : 0;
  }

  u16(little = false): number {
    if (!this.#has(2)) return 0;
    this.#at += 2;
    return this.#view.getUint16(this.#at - 2, little);
  }

  u32(little = false): number {
    if (!this.#has(4)) return 0;
    this.#at += 4;
    return this.#view.getUint32(this.#at - 4, little);
  }

  u64(little = false): bigint {
    if (!this.#has(8)) return 0n;
    this.#at += 8;
    return this.#view.getBigUint64(this.#at - 8, little);
  }

  bytes(count: number): Uint8Array {
    if (!this.#has(count)) return new Uint8Array(0);
    this.#at += count;
    return this.#octets.subarray(this.#at - count, this.#at);
  }

  /** Octets up to a zero octet, which is stepped over. */
  untilZero(): Uint8Array {
    const end = this.#octets.indexOf(0, this.#at);
    if (end < 0) {
      this.#has(-1);
      return new Uint8Array(0);
    }
    const bytes = this.#octets.subarray(this.#at, end);
    this.#at = end + 1;
    return bytes;
  }
}
