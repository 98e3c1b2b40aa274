/**
 * Frames as the fuzzer passes them around: one by one while they are made, and many in one array when they are fed.
 */

/** A frame; its octets are its own and may be changed. */
export interface Frame {
  octets: Uint8Array;
  /** Length on the wire as a capture would say it. */
  wireBytes: number;
  /** Number of the LINKTYPE_ registry. */
  linkType: number;
}

export function frameOf(octets: Uint8Array, linkType: number): Frame {
  return { octets, wireBytes: octets.length, linkType };
}

const OCTETS_START = 1 << 20;

/** Frames with their times, one after the other in a single array, as in a capture's chunk. */
export class FrameLog {
  octets: Uint8Array = new Uint8Array(OCTETS_START);
  /** By frame: where it starts in `octets`; one more for the end of the last. */
  readonly starts: number[] = [0];
  readonly wireBytes: number[] = [];
  readonly linkTypes: number[] = [];
  /** Microseconds since the epoch. */
  readonly timesUs: number[] = [];

  get count(): number {
    return this.timesUs.length;
  }

  add(frame: Frame, timeUs: number): void {
    this.append(frame.octets, 0, frame.octets.length, frame.wireBytes, frame.linkType, timeUs);
  }

  append(
    octets: Uint8Array,
    start: number,
    end: number,
    wireBytes: number,
    linkType: number,
    timeUs: number,
  ): void {
    const at = this.starts[this.count]!;
    const needed = at + end - start;
    if (needed > this.octets.length) {
      const grown = new Uint8Array(Math.max(needed, this.octets.length * 2));
      grown.set(this.octets.subarray(0, at));
      this.octets = grown;
    }
    this.octets.set(octets.subarray(start, end), at);
    this.starts.push(needed);
    this.wireBytes.push(wireBytes);
    this.linkTypes.push(linkType);
    this.timesUs.push(timeUs);
  }

  /** The frames of the given numbers, in the order given. */
  only(numbers: readonly number[]): FrameLog {
    const log = new FrameLog();
    for (const number of numbers) {
      log.append(
        this.octets,
        this.starts[number]!,
        this.starts[number + 1]!,
        this.wireBytes[number]!,
        this.linkTypes[number]!,
        this.timesUs[number]!,
      );
    }
    return log;
  }
}
