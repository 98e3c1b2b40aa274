/**
 * A device is where packets come from: a capture file, a pipe, a live interface, or a recording wrapped around one of them.
 *
 * Whatever it stands on, it speaks one language: the octets of a pcap or pcapng stream, cut anywhere. `CaptureReader` (wire)
 * takes such chunks and hands out packets, so an engine reads every device alike and replays from a file what came from a
 * network card.
 *
 * ```ts
 * const reader = new CaptureReader(sink);
 * for await (const chunk of device.chunks({ signal })) reader.push(chunk);
 * const { malformed, truncated } = reader.end();
 * ```
 */
export interface Device {
  /** What the user called it: a path, `-` for standard input, an interface name. For messages; may hold any character. */
  readonly name: string;

  /**
   * Octets that all of the stream has before any decompression, for a progress display: the size of the file as last looked
   * at, also where it is compressed. `undefined` where nobody can know (a pipe, a live interface).
   */
  readonly sizeBytes: number | undefined;

  /** Octets read so far, counted as `sizeBytes` counts them. May pass it, where a file grows while it is read. */
  readonly positionBytes: number;

  /**
   * The stream, from its start. A chunk is never empty, and is valid until the next one is asked for: its memory is used
   * again. Leaving the loop closes the device.
   *
   * When `signal` aborts, the iteration ends as at the end of the stream, without an error and within the time of one
   * read: a capture that somebody stopped is not one that failed.
   *
   * @throws {PalisadeError} while iterating, after everything that was readable before the failure has been delivered; the
   *   device says which codes
   */
  chunks(options?: ChunksOptions): AsyncIterable<Uint8Array>;

  /** Packets since the device was opened, where it counts them itself: a live interface does, a file does not. */
  statistics(): DeviceStatistics | undefined;
}

/** How an iteration over `chunks` is stopped from outside. */
export interface ChunksOptions {
  readonly signal?: AbortSignal | undefined;
}

/** Counted since the device was opened. */
export interface DeviceStatistics {
  /**
   * Packets that the kernel's filter let in, with those that were dropped afterwards. More than come out of the chunks: of
   * all interfaces, a frame on loopback is counted going out and coming in, and what came after the end is counted too.
   */
  readonly received: number;
  /** Packets lost because nobody took them away in time: what follows was not seen, so absence proves nothing. */
  readonly dropped: number;
}
