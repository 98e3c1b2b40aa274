/**
 * Puts pieces that say where they belong (CRYPTO frames of QUIC, fragments of DTLS) together, in whatever order they come.
 *
 * Overlap policy: the octets that came first stay, as in a TCP stream. What is sent again must be what was sent before
 * (RFC 9000 §2.2, RFC 6347 §4.2.3), so octets that differ are told: `conflict`.
 */

/** Gaps that may stand open at once: a piece that would open a further one is dropped. */
export const ASSEMBLER_RANGES_MAX = 64;

export class OffsetAssembler {
  /** Pieces that reach beyond this many octets are dropped. */
  readonly #limit: number;
  /** What has come; only what lies before `contiguous` is without holes. */
  octets: Uint8Array = new Uint8Array(0);
  /** Set when a piece contradicted octets that are there; stays so until somebody, or `reset`, clears it. */
  conflict = false;
  /** Start and end of each range that is there, in order; ranges neither meet nor overlap. */
  readonly #ranges: number[] = [];

  constructor(limit: number) {
    this.#limit = limit;
  }

  /** Octets that are there from the first on. */
  get contiguous(): number {
    return this.#ranges[0] === 0 ? this.#ranges[1]! : 0;
  }

  reset(): void {
    this.#ranges.length = 0;
    this.conflict = false;
  }

  /**
   * Takes `octets[start … end)`, which belong at `offset`. Of octets that come twice the first stay. False, and nothing
   * taken, where they reach beyond the limit or leave too many gaps.
   */
  insert(offset: number, octets: Uint8Array, start: number, end: number): boolean {
    const length = end - start;
    if (length <= 0) return true;
    const stop = offset + length;
    if (stop > this.#limit || !this.#hasRoom(offset, stop)) return false;
    if (stop > this.octets.length) {
      const larger = new Uint8Array(Math.min(Math.max(stop, 2 * this.octets.length), this.#limit));
      larger.set(this.octets);
      this.octets = larger;
    }
    this.#copy(offset, octets, start, end);
    this.#addRange(offset, stop);
    return true;
  }

  /** Copies octets that are not there yet; compares those that are. */
  #copy(offset: number, octets: Uint8Array, start: number, end: number): void {
    const ranges = this.#ranges;
    const source = start - offset;
    let at = offset;
    for (let range = 0; at < end - source; range += 2) {
      const knownFrom = ranges[range] ?? end - source;
      const knownTo = ranges[range + 1] ?? end - source;
      const unknownTo = Math.min(knownFrom, end - source);
      if (at < unknownTo) {
        this.octets.set(octets.subarray(source + at, source + unknownTo), at);
        at = unknownTo;
      }
      for (; at < knownTo && at < end - source; at += 1)
        if (this.octets[at] !== octets[source + at]) this.conflict = true;
    }
  }

  /** Whether the range meets one that is there, or may stand for itself. */
  #hasRoom(from: number, to: number): boolean {
    const ranges = this.#ranges;
    if (ranges.length < 2 * ASSEMBLER_RANGES_MAX) return true;
    for (let range = 0; range < ranges.length; range += 2)
      if (ranges[range]! <= to && ranges[range + 1]! >= from) return true;
    return false;
  }

  #addRange(from: number, to: number): void {
    const ranges = this.#ranges;
    // Ranges before `first` end before the new one; those from `last` on begin after it; it swallows those between.
    let first = 0;
    while (first < ranges.length && ranges[first + 1]! < from) first += 2;
    let last = first;
    let start = from;
    let stop = to;
    while (last < ranges.length && ranges[last]! <= to) {
      start = Math.min(start, ranges[last]!);
      stop = Math.max(stop, ranges[last + 1]!);
      last += 2;
    }
    ranges.splice(first, last - first, start, stop);
  }
}
