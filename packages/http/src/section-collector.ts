/** Puts a head or trailers together that come in several chunks, and finds their end while they come. */
import { CR, copyOctets, EMPTY, LF } from "./octets.js";

/** What there is room for when the first octets come. */
const BUFFER_BYTES = 2_048;

/**
 * A section ends after its first empty line: LF, or CR LF, where a line begins. Each octet is looked at once here; the
 * section is parsed when it is whole.
 */
export class SectionCollector {
  /** The section so far, from 0 to `length`. */
  octets: Uint8Array = EMPTY;
  length = 0;
  /** Where the first line with anything in it begins; -1 while there is none. */
  textAt = -1;
  /** Whether a line with anything in it has ended. */
  textEnded = false;
  /** Empty lines before the first line. */
  emptyLines = 0;
  /** Whether the last `take` met the section's end. */
  ended = false;
  /** Of the line that has not ended: its octets so far, and the first of them. */
  #lineBytes = 0;
  #lineFirst = 0;

  /** @param skipEmpty whether empty lines before the first line are passed over (a head) or end the section (trailers) */
  begin(skipEmpty: boolean): void {
    // Of the last message nobody looks at anything when a head begins; when trailers do, at its head.
    if (!skipEmpty || this.octets.length !== BUFFER_BYTES) this.octets = EMPTY;
    this.length = 0;
    this.textAt = skipEmpty ? -1 : 0;
    this.textEnded = !skipEmpty;
    this.emptyLines = 0;
    this.#lineBytes = 0;
  }

  /** Takes octets up to the section's end. @returns how many; all of them where the section has not ended, else `ended` */
  take(octets: Uint8Array, start: number, end: number): number {
    this.ended = false;
    let at = start;
    while (at < end && !this.ended) {
      if (this.#lineBytes === 0) this.#lineFirst = octets[at]!;
      const found = octets.indexOf(LF, at);
      const whole = found >= 0 && found < end;
      const stop = whole ? found + 1 : end;
      this.#lineBytes += stop - at;
      at = stop;
      const empty = this.#mayBeEmpty(octets[at - 1]!);
      if (this.textAt < 0 && !empty) this.textAt = this.length + at - start - this.#lineBytes;
      if (!whole) break;
      this.#lineBytes = 0;
      if (!empty) this.textEnded = true;
      else if (this.textEnded) this.ended = true;
      else this.emptyLines += 1;
    }
    this.#append(octets, start, at);
    return at - start;
  }

  /** Whether the line so far, which ends with `last`, is an empty one or could still become one. */
  #mayBeEmpty(last: number): boolean {
    const first = this.#lineFirst;
    if (this.#lineBytes === 1) return first === LF || first === CR;
    return this.#lineBytes === 2 && first === CR && last === LF;
  }

  #append(octets: Uint8Array, start: number, end: number): void {
    const needed = this.length + end - start;
    if (needed > this.octets.length) {
      const grown = new Uint8Array(Math.max(BUFFER_BYTES, needed, this.octets.length * 2));
      grown.set(this.octets.subarray(0, this.length));
      this.octets = grown;
    }
    copyOctets(octets, start, end, this.octets, this.length);
    this.length = needed;
  }
}
