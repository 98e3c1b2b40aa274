/** Writes chunked bodies: RFC 9112 §7.1. No extensions and no trailers are written. */

/** The most that goes before and after the data of one chunk: 14 digits, and CR LF twice. */
export const HTTP_CHUNK_FRAME_BYTES = 18;

/** The last chunk and the end of the body. */
export const HTTP_LAST_CHUNK: Uint8Array = Uint8Array.of(0x30, 0x0d, 0x0a, 0x0d, 0x0a);

/** CR LF, after the data of a chunk. */
export const HTTP_CHUNK_END: Uint8Array = Uint8Array.of(0x0d, 0x0a);

/**
 * Writes the line before a chunk's data: size, CR, LF. The data and `HTTP_CHUNK_END` follow.
 *
 * @param bytes of the chunk, above 0: 0 would end the body
 * @returns where what was written ends
 */
export function emitChunkLine(bytes: number, out: Uint8Array, at: number): number {
  let digits = 1;
  for (let rest = Math.floor(bytes / 16); rest > 0; rest = Math.floor(rest / 16)) digits += 1;
  let rest = bytes;
  for (let place = at + digits - 1; place >= at; place -= 1) {
    const digit = rest % 16;
    out[place] = digit < 10 ? 0x30 + digit : 0x57 + digit;
    rest = (rest - digit) / 16;
  }
  out[at + digits] = 0x0d;
  out[at + digits + 1] = 0x0a;
  return at + digits + 2;
}
