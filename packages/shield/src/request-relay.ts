/** A request on its way to the upstream: its head written anew, its body held or passed on. */
import {
  emitChunkLine,
  HTTP_CHUNK_END,
  HTTP_CHUNK_FRAME_BYTES,
  HTTP_LAST_CHUNK,
  type RequestHead,
  type RequestWriter,
} from "@palisade/http";
import type { ShieldContext } from "./context.js";
import { HeldOctets } from "./held-octets.js";
import { isWebSocket } from "./inquiry.js";
import type { UpstreamConnection, UpstreamUser } from "./upstream-connection.js";

/** Octets of a body that are written together with the head. */
const TOGETHER_BYTES = 16_384;

const UPGRADING = { upgrade: true } as const;
const NEITHER = {} as const;

/** One for each connection of a client, used again for each of its requests. */
export class RequestRelay {
  readonly #context: ShieldContext;
  readonly #held: HeldOctets;
  #upstream: UpstreamConnection | undefined;
  #chunked = false;
  #blocked = false;

  constructor(context: ShieldContext) {
    this.#context = context;
    this.#held = new HeldOctets(context.blocks);
  }

  /** What carries the request, from `send` to `detach`. */
  get upstream(): UpstreamConnection | undefined {
    return this.#upstream;
  }

  /** Octets of the body that wait. */
  get heldBytes(): number {
    return this.#held.bytes;
  }

  /** Whether the upstream has to take what was written before more is. */
  get isBlocked(): boolean {
    return this.#blocked;
  }

  /** @returns whether there was room */
  hold(octets: Uint8Array, start: number, end: number): boolean {
    const context = this.#context;
    const bytes = end - start;
    if (context.heldBytes + bytes > context.heldBytesMax) return false;
    context.heldBytes += bytes;
    this.#held.append(octets, start, end);
    return true;
  }

  /**
   * Writes the head, and what is held of the body.
   *
   * @param isWhole whether all of the body is held: then it goes with its length, however it came
   * @param fresh whether the connection must be a new one
   * @returns whether it went: there may be too many connections
   */
  send(
    head: RequestHead,
    writer: RequestWriter,
    user: UpstreamUser,
    isWhole: boolean,
    fresh: boolean,
  ): boolean {
    const { pool, out } = this.#context;
    const upstream = pool.acquire(fresh);
    if (upstream === undefined) return false;
    this.#upstream = upstream;
    const upgrade = isWebSocket(head);
    this.#chunked = !isWhole && head.body === "chunked";
    upstream.begin(user, head.method, upgrade);
    out.reserve(writer.bytesMax(head) + TOGETHER_BYTES);
    const body = isWhole && head.body === "chunked" ? this.#held.bytes : "same";
    out.at = writer.emit(head, out.octets, out.at, body, upgrade ? UPGRADING : NEITHER);
    if (this.#held.bytes === 0) out.passTo(upstream);
    else this.#sendHeld(upstream);
    return true;
  }

  /** Passes a piece of the body on. */
  pass(octets: Uint8Array): void {
    const upstream = this.#upstream!;
    if (!this.#chunked) {
      this.#blocked = !upstream.write(octets);
      return;
    }
    const { out } = this.#context;
    upstream.cork();
    out.reserve(HTTP_CHUNK_FRAME_BYTES);
    out.at = emitChunkLine(octets.length, out.octets, out.at);
    out.passTo(upstream);
    upstream.write(octets);
    this.#blocked = !upstream.write(HTTP_CHUNK_END);
    upstream.uncork();
  }

  /** The body is over. */
  end(): void {
    if (this.#chunked) this.#upstream!.write(HTTP_LAST_CHUNK);
  }

  /** @returns what carried the request, which is the caller's from now on; undefined where nothing did */
  detach(): UpstreamConnection | undefined {
    const upstream = this.#upstream;
    this.#upstream = undefined;
    return upstream;
  }

  drained(): void {
    this.#blocked = false;
  }

  reset(): void {
    this.#context.heldBytes -= this.#held.bytes;
    this.#held.drop();
    this.#chunked = false;
    this.#blocked = false;
  }

  #sendHeld(upstream: UpstreamConnection): void {
    const { out, blocks } = this.#context;
    const held = this.#held;
    this.#context.heldBytes -= held.bytes;
    if (!this.#chunked && held.bytes <= TOGETHER_BYTES) {
      held.moveTo(out);
      out.passTo(upstream);
      return;
    }
    upstream.cork();
    out.passTo(upstream);
    const pieces = held.take();
    for (const octets of pieces) this.pass(octets);
    upstream.uncork();
    if (upstream.isDrained) for (const octets of pieces) blocks.giveBack(octets);
  }
}
