/** Octets one behind the other in memory that is kept from one transaction to the next. */

/** Octets that an empty arena keeps; what grew beyond is given back. */
export const ARENA_KEPT_BYTES = 262_144;
const INITIAL_BYTES = 4096;
/** Shorter runs are copied octet by octet: a view costs more. */
const SHORT_BYTES = 64;

/**
 * Growing makes a new array and leaves the old one as it was: octets that somebody reads from it hold, until the arena is emptied and
 * filled anew. Offsets hold always.
 */
export class Arena {
  octets: Uint8Array = new Uint8Array(INITIAL_BYTES);
  length = 0;

  /** Makes room for some octets behind the last, and returns where. */
  reserve(bytes: number): number {
    const needed = this.length + bytes;
    if (needed > this.octets.length) {
      let size = this.octets.length * 2;
      while (size < needed) size *= 2;
      const octets = new Uint8Array(size);
      octets.set(this.octets.subarray(0, this.length));
      this.octets = octets;
    }
    return this.length;
  }

  /** Returns where it stands. */
  append(octets: Uint8Array, start: number, end: number): number {
    const at = this.reserve(end - start);
    const out = this.octets;
    if (end - start <= SHORT_BYTES) for (let n = 0; n < end - start; n += 1) out[at + n] = octets[start + n]!;
    else out.set(octets.subarray(start, end), at);
    this.length = at + end - start;
    return at;
  }

  push(octet: number): void {
    const at = this.reserve(1);
    this.octets[at] = octet;
    this.length = at + 1;
  }

  /** Characters of ASCII. */
  appendText(text: string): number {
    const at = this.reserve(text.length);
    for (let n = 0; n < text.length; n += 1) this.octets[at + n] = text.charCodeAt(n);
    this.length = at + text.length;
    return at;
  }

  /** A text as UTF-8; returns where it stands. */
  appendUtf8(text: string): number {
    for (let n = 0; n < text.length; n += 1) {
      if (text.charCodeAt(n) < 0x80) continue;
      const octets = Buffer.from(text, "utf8");
      return this.append(octets, 0, octets.length);
    }
    return this.appendText(text);
  }

  /** A whole number in decimal; returns where it stands. */
  appendNumber(value: number): number {
    const at = this.reserve(24);
    let left = Math.abs(Math.trunc(value));
    if (value < 0 && left > 0) this.push(0x2d);
    let unit = 1;
    while (unit * 10 <= left) unit *= 10;
    for (; unit >= 1; unit /= 10) {
      const digit = Math.floor(left / unit);
      this.push(0x30 + digit);
      left -= digit * unit;
    }
    return at;
  }

  /** Empties it. */
  reset(): void {
    this.length = 0;
    if (this.octets.length > ARENA_KEPT_BYTES) this.octets = new Uint8Array(INITIAL_BYTES);
  }
}
