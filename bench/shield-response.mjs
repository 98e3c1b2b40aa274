/** Reads the responses of a connection on which requests come one after the other: enough for servers that a benchmark knows. */

const HEAD_END = Buffer.from("\r\n\r\n");
const HEAD_BYTES_MAX = 65_536;
const CHUNKED_END = Buffer.from("0\r\n\r\n");

export class ResponseReader {
  #done;
  #kept = Buffer.alloc(0);

  /** @param done called with the status and the body of each response */
  constructor(done) {
    this.#done = done;
  }

  reset() {
    this.#kept = Buffer.alloc(0);
  }

  /** @throws {Error} where it reads no response */
  feed(octets) {
    let rest = this.#kept.length === 0 ? octets : Buffer.concat([this.#kept, octets]);
    this.#kept = Buffer.alloc(0);
    while (rest.length > 0) {
      const used = this.#take(rest);
      if (used === 0) {
        this.#kept = Buffer.from(rest);
        return;
      }
      rest = rest.subarray(used);
    }
  }

  /** Octets of the response at the start, 0 where it has not all come. */
  #take(octets) {
    const end = octets.indexOf(HEAD_END);
    if (end < 0) {
      if (octets.length > HEAD_BYTES_MAX) throw new Error("a head without an end");
      return 0;
    }
    const head = octets.latin1Slice(0, end);
    const status = /^HTTP\/1\.[01] (\d{3})/.exec(head);
    if (status === null) throw new Error(`no response: ${head.slice(0, 40)}`);
    const start = end + HEAD_END.length;
    const length = /\r\ncontent-length: *(\d+)/i.exec(head);
    if (length !== null) {
      const after = start + Number(length[1]);
      if (octets.length < after) return 0;
      this.#done(Number(status[1]), octets.subarray(start, after));
      return after;
    }
    if (!/\r\ntransfer-encoding: *chunked/i.test(head)) throw new Error("a response without a length");
    // Of the short texts that are expected here, none holds the last chunk's octets.
    const last = octets.indexOf(CHUNKED_END, start);
    if (last < 0) return 0;
    this.#done(Number(status[1]), unchunked(octets.subarray(start, last)));
    return last + CHUNKED_END.length;
  }
}

function unchunked(octets) {
  const pieces = [];
  for (let at = 0; at < octets.length; ) {
    const lineEnd = octets.indexOf("\r\n", at);
    const size = Number.parseInt(octets.latin1Slice(at, lineEnd), 16);
    pieces.push(octets.subarray(lineEnd + 2, lineEnd + 2 + size));
    at = lineEnd + 4 + size;
  }
  return Buffer.concat(pieces);
}
