/** Puts a head or trailers together that come in several chunks, and finds their end while they come. */
import { CR, EMPTY, LF } from "./octets.js";

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
  #lineAt = 0;

  /** @param skipEmpty whether empty lines before the first line are passed over (a head) or end the section (trailers) */
  begin(skipEmpty: boolean): void {
    // What was there may still be looked at as the last message's head.
    this.octets = EMPTY;
    this.length = 0;
    this.textAt = skipEmpty ? -1 : 0;
    this.textEnded = !skipEmpty;
    this.emptyLines = 0;
    this.#lineAt = 0;
  }

  /** Takes octets up to the section's end. @returns how many; all of them where the section has not ended, else `ended` */
  take(octets: Uint8Array, start: number, end: number): number {
    let at = start;
    while (at < end) {
      const found = octets.indexOf(LF, at);
      const stop = found < 0 || found >= end ? end : found + 1;
      this.#append(octets, at, stop);
      at = stop;
      const line = this.#lineAt;
      if (this.textAt < 0 && !this.#mayBeEmpty()) this.textAt = line;
      if (this.octets[this.length - 1] !== LF) break;
      const lineBytes = this.length - line;
      this.#lineAt = this.length;
      if (lineBytes === 1 || (lineBytes === 2 && this.octets[line] === CR)) {
        if (this.textEnded) {
          this.ended = true;
          return at - start;
        }
        this.emptyLines += 1;
      } else this.textEnded = true;
    }
    this.ended = false;
    return at - start;
  }

  /** Whether the line so far could still become an empty one. */
  #mayBeEmpty(): boolean {
    const bytes = this.length - this.#lineAt;
    const first = this.octets[this.#lineAt];
    if (bytes <= 1) return first === LF || first === CR;
    return bytes === 2 && first === CR && this.octets[this.#lineAt + 1] === LF;
  }

  #append(octets: Uint8Array, start: number, end: number): void {
    const needed = this.length + end - start;
    if (needed > this.octets.length) {
      const grown = new Uint8Array(Math.max(BUFFER_BYTES, needed, this.octets.length * 2));
      grown.set(this.octets.subarray(0, this.length));
      this.octets = grown;
    }
    if (end - start === 1) this.octets[this.length] = octets[start]!;
    else this.octets.set(octets.subarray(start, end), this.length);
    this.length = needed;
  }
}
