/** Octets that are gathered; grows to twice its size. Its bound is its user's. */
const INITIAL_BYTES = 256;

export class OctetBuffer {
  octets: Uint8Array = new Uint8Array(INITIAL_BYTES);
  length = 0;

  push(octet: number): void {
    if (this.length === this.octets.length) this.#grow(1);
    this.octets[this.length] = octet;
    this.length += 1;
  }

  append(octets: Uint8Array, start: number, end: number): void {
    const count = end - start;
    if (this.length + count > this.octets.length) this.#grow(count);
    // Short runs are the rule, for which a loop is faster than a view and a copy.
    if (count < 32) for (let n = 0; n < count; n += 1) this.octets[this.length + n] = octets[start + n]!;
    else this.octets.set(octets.subarray(start, end), this.length);
    this.length += count;
  }

  /** Appends a code point in UTF-8 (RFC 3629 §3); a surrogate becomes the three octets of its number. */
  pushCodePoint(code: number): void {
    if (code < 0x80) this.push(code);
    else {
      if (code < 0x800) this.push(0xc0 | (code >> 6));
      else {
        if (code < 0x10000) this.push(0xe0 | (code >> 12));
        else {
          this.push(0xf0 | (code >> 18));
          this.push(0x80 | ((code >> 12) & 0x3f));
        }
        this.push(0x80 | ((code >> 6) & 0x3f));
      }
      this.push(0x80 | (code & 0x3f));
    }
  }

  /** Appends a number from 0 on, in decimal. */
  pushDecimal(number: number): void {
    let unit = 1;
    while (unit * 10 <= number) unit *= 10;
    for (; unit >= 1; unit /= 10) this.push(0x30 + (Math.floor(number / unit) % 10));
  }

  #grow(count: number): void {
    let size = this.octets.length * 2;
    while (size < this.length + count) size *= 2;
    const octets = new Uint8Array(size);
    octets.set(this.octets.subarray(0, this.length));
    this.octets = octets;
  }
}
