/** A response on its way to the client: its head written anew, its body held or passed on. */
import { BLOCK_BYTES_MAX } from "@palisade/base";
import {
  emitChunkLine,
  HTTP_CHUNK_END,
  HTTP_CHUNK_FRAME_BYTES,
  HTTP_LAST_CHUNK,
  type ResponseHead,
} from "@palisade/http";
import type { ShieldContext } from "./context.js";
import { HeldOctets } from "./held-octets.js";
import type { Sink } from "./out-buffer.js";

/** One for each connection of a client, used again for each of its responses. */
export class ResponseRelay {
  readonly #context: ShieldContext;
  readonly #client: Sink;
  readonly #heldOctets: HeldOctets;
  /** Where the upstream's head lies, once it is kept. */
  #keptHead: Buffer<ArrayBuffer> | undefined;
  #held = false;
  #begun = false;
  #chunked = false;
  #bodyBytes = 0;

  constructor(context: ShieldContext, client: Sink) {
    this.#context = context;
    this.#client = client;
    this.#heldOctets = new HeldOctets(context.blocks);
  }

  /** Whether the client has been sent any of it, so that nothing else can be answered. */
  get hasBegun(): boolean {
    return this.#begun;
  }

  /** Whether it waits for a verdict. */
  get isHeld(): boolean {
    return this.#held;
  }

  /** Octets of the body so far, without head and chunk lines. */
  get bodyBytes(): number {
    return this.#bodyBytes;
  }

  /** Copies a head, which lies where the next octets of any upstream are read, so that it can be read until `reset`. */
  keepHead(head: ResponseHead): void {
    const { end } = head;
    // Not `slice`, which a Buffer has as a view.
    const octets = head.octets.subarray(0, end);
    this.#releaseHead();
    if (end > BLOCK_BYTES_MAX) head.octets = new Uint8Array(octets);
    else {
      this.#keptHead = this.#context.blocks.take(end);
      this.#keptHead.set(octets);
      head.octets = this.#keptHead;
    }
    head.fields.octets = head.octets;
  }

  /** A head that another follows (RFC 9110 §15.2), or a tunnel. */
  headAlone(head: ResponseHead): void {
    const { out, responseWriter } = this.#context;
    out.reserve(responseWriter.bytesMax(head));
    out.at = responseWriter.emit(head, out.octets, out.at);
    out.passTo(this.#client);
  }

  /**
   * @param chunked whether a body without a length goes in chunks; otherwise the connection's end is its
   * @param held whether it waits for a verdict
   */
  head(
    head: ResponseHead,
    chunked: boolean,
    connection: "close" | "keep-alive" | undefined,
    held: boolean,
  ): void {
    const { out, responseWriter } = this.#context;
    const unsized = head.body === "close" || head.body === "chunked";
    this.#chunked = unsized && chunked;
    // The writer frames what has no length as it came: chunks for a client that knows none would be.
    if (unsized && !chunked) head.body = "close";
    this.#held = held;
    this.#begun = !held;
    out.reserve(responseWriter.bytesMax(head));
    out.at = responseWriter.emit(head, out.octets, out.at, this.#chunked ? "chunked" : "same", connection);
  }

  body(octets: Uint8Array, start: number, end: number): void {
    const { out } = this.#context;
    this.#bodyBytes += end - start;
    if (!this.#chunked) {
      out.append(octets, start, end);
      return;
    }
    out.reserve(end - start + HTTP_CHUNK_FRAME_BYTES);
    out.at = emitChunkLine(end - start, out.octets, out.at);
    out.append(octets, start, end);
    out.append(HTTP_CHUNK_END, 0, HTTP_CHUNK_END.length);
  }

  /** The body is over; `flush` or `hold` follows. */
  end(): void {
    if (this.#chunked) this.#context.out.append(HTTP_LAST_CHUNK, 0, HTTP_LAST_CHUNK.length);
  }

  /** @returns whether more may be sent at once */
  flush(): boolean {
    const { out } = this.#context;
    return out.pendingBytes === 0 || out.passTo(this.#client);
  }

  /** Keeps what has been written. @returns whether there was room */
  hold(): boolean {
    const context = this.#context;
    const { out } = context;
    const octets = out.pending;
    if (context.heldBytes + octets.length > context.heldBytesMax) return false;
    context.heldBytes += octets.length;
    this.#heldOctets.append(octets, 0, octets.length);
    out.drop();
    return true;
  }

  /** What is held goes to the client, and so does what follows. @returns whether more may be sent at once */
  release(): boolean {
    this.#held = false;
    this.#begun = true;
    this.#context.heldBytes -= this.#heldOctets.bytes;
    return this.#heldOctets.passTo(this.#client);
  }

  /** Something else has been sent. */
  replaced(): void {
    this.#begun = true;
  }

  reset(): void {
    this.#context.heldBytes -= this.#heldOctets.bytes;
    this.#heldOctets.drop();
    this.#releaseHead();
    this.#held = false;
    this.#begun = false;
    this.#chunked = false;
    this.#bodyBytes = 0;
  }

  #releaseHead(): void {
    if (this.#keptHead !== undefined) this.#context.blocks.giveBack(this.#keptHead);
    this.#keptHead = undefined;
  }
}
