/**
 * Chunks of a connection in, messages out: what requests and responses have in common. RFC 9112 §2.2, §6, §7.
 *
 * Octets are asked for ("need"), never waited for; one call of `next` gives one event. Nothing of a body is copied, and
 * nothing of a head that came in one chunk.
 */
import { assert, PalisadeError } from "@palisade/base";
import { ChunkLineReader } from "./chunk-lines.js";
import { INCOMPLETE, parseFieldLines, STOPPED } from "./field-lines.js";
import { isEndToEnd } from "./field-names.js";
import { HttpFields } from "./fields.js";
import type { HttpEvent } from "./http-event.js";
import { HTTP_LEADING_LINES_MAX, isBinary } from "./leading-lines.js";
import type { MessageHead } from "./message-head.js";
import { CR, EMPTY, LF } from "./octets.js";
import type { HttpPolicy } from "./policy.js";
import { SectionCollector } from "./section-collector.js";
import type { HttpViolation } from "./violations.js";
import {
  HTTP_CHUNK_END_MISSING,
  HTTP_CHUNK_EXTENSION,
  HTTP_HEAD_TOO_LONG,
  HTTP_TRAILER_FORBIDDEN,
  HTTP_TRUNCATED,
} from "./violations.js";

/** Octets that wait within a parser: fed while earlier ones had not been asked for. */
export const HTTP_PENDING_BYTES_MAX = 4_194_304;

/** What is read of a head, of requests or of responses. */
export interface ReadableHead extends MessageHead {
  clear(octets: Uint8Array, start: number): void;
  parse(octets: Uint8Array, start: number, end: number): number;
}

type State =
  | "head"
  | "length"
  | "close"
  | "tunnel"
  | "chunk-line"
  | "chunk-data"
  | "chunk-cr"
  | "chunk-lf"
  | "trailers"
  | "ended"
  | "refused"
  | "closed";

export class MessageReader<Head extends ReadableHead> {
  readonly head: Head;
  /** Fields after a chunked body (RFC 9112 §7.1.2); whole at "end". */
  readonly trailers: HttpFields;
  /** Of "body" and "tunnel" events. */
  octets: Uint8Array = EMPTY;
  start = 0;
  end = 0;
  readonly #policy: HttpPolicy;
  readonly #lineBytesMax: number;
  #state: State = "head";
  #chunk: Uint8Array = EMPTY;
  #at = 0;
  #limit = 0;
  #finished = false;
  readonly #section = new SectionCollector();
  #collecting = false;
  readonly #chunkLine = new ChunkLineReader();
  #remaining = 0;
  /** What to add to a place in the chunk to get an offset in the body as it came. */
  #bodyBase = 0;

  constructor(head: Head, policy: HttpPolicy, lineBytesMax: number) {
    this.head = head;
    this.trailers = new HttpFields(policy.fieldsMax);
    this.#policy = policy;
    this.#lineBytesMax = lineBytesMax;
  }

  /** Octets that were fed and not read yet. */
  get pendingBytes(): number {
    return this.#limit - this.#at;
  }

  /** Whether a message has begun and not ended, or is refused. */
  get within(): boolean {
    return !(
      this.#state === "ended" ||
      this.#state === "closed" ||
      (this.#state === "head" && !(this.#collecting && this.#section.textAt >= 0))
    );
  }

  feed(chunk: Uint8Array): void {
    assert(!this.#finished, "octets come after the connection's end");
    if (this.#state === "refused" || this.#state === "closed") return;
    const pending = this.#limit - this.#at;
    if (pending === 0) {
      this.#bodyBase += this.#at;
      this.#chunk = chunk;
    } else {
      if (pending + chunk.length > HTTP_PENDING_BYTES_MAX) {
        throw new PalisadeError(
          "HTTP_PENDING",
          `${pending} octets wait to be read: stop reading from the connection until pendingBytes is 0`,
        );
      }
      const both = new Uint8Array(pending + chunk.length);
      both.set(this.#chunk.subarray(this.#at, this.#limit));
      both.set(chunk, pending);
      this.#bodyBase += this.#at;
      this.#chunk = both;
    }
    this.#at = 0;
    this.#limit = pending + chunk.length;
  }

  finish(): void {
    this.#finished = true;
  }

  /** After "end": what follows is no HTTP any more. */
  tunnel(): void {
    assert(this.#state === "ended", "a tunnel begins where a message has ended");
    this.#state = "tunnel";
  }

  /** Refuses a message from outside of the grammar, with what is known of its head. */
  refuse(violation: HttpViolation, offset: number): HttpEvent {
    this.head.violations.add(violation, offset);
    return this.#refused();
  }

  /** Refuses what follows between messages, unread. */
  refuseNext(violation: HttpViolation): HttpEvent {
    this.head.clear(this.#chunk, this.#at);
    return this.refuse(violation, this.#at);
  }

  next(): HttpEvent {
    switch (this.#state) {
      case "ended":
        if (!this.head.keepAlive) return this.#closed();
        this.#state = "head";
        return this.#readHead();
      case "head":
        return this.#readHead();
      case "length":
        if (this.#remaining === 0) return this.#ended();
        if (this.#at === this.#limit) return this.#starved();
        this.#give(this.#remaining);
        return "body";
      case "close":
        if (this.#at === this.#limit) return this.#finished ? this.#ended() : "need";
        this.#give(this.#limit);
        return "body";
      case "tunnel":
        if (this.#at === this.#limit) return this.#finished ? this.#closed() : "need";
        this.#give(this.#limit);
        return "tunnel";
      case "refused":
        return "refused";
      case "closed":
        return "closed";
      default:
        return this.#readChunked();
    }
  }

  /** Up to `bytesMax` octets of the chunk are the event's. */
  #give(bytesMax: number): void {
    const bytes = Math.min(bytesMax, this.#limit - this.#at);
    this.octets = this.#chunk;
    this.start = this.#at;
    this.#at += bytes;
    this.end = this.#at;
    this.#remaining -= bytes;
  }

  #ended(): HttpEvent {
    this.#state = "ended";
    return "end";
  }

  #refused(): HttpEvent {
    this.#drop();
    this.#state = "refused";
    return "refused";
  }

  #closed(): HttpEvent {
    this.#drop();
    this.#state = "closed";
    return "closed";
  }

  #drop(): void {
    this.#chunk = EMPTY;
    this.#at = this.#limit = 0;
  }

  /** No octets are left within a message. */
  #starved(): HttpEvent {
    if (!this.#finished) return "need";
    return this.refuse(HTTP_TRUNCATED, this.#bodyBase + this.#at);
  }

  #readHead(): HttpEvent {
    if (this.#at === this.#limit) {
      if (!this.#finished) return "need";
      if (!this.#collecting) return this.#closed();
      const section = this.#section;
      this.#collecting = false;
      // Empty lines between messages are no beginning of one.
      if (section.textAt < 0) {
        this.head.violations.clear();
        return this.#closed();
      }
      if (this.head.parse(section.octets, 0, section.length) === STOPPED) return this.#refused();
      return this.refuse(HTTP_TRUNCATED, section.length);
    }
    return this.#collecting ? this.#collectHead() : this.#parseHead();
  }

  #parseHead(): HttpEvent {
    const { headBytesMax } = this.#policy;
    const limit = Math.min(this.#limit, this.#at + headBytesMax);
    const end = this.head.parse(this.#chunk, this.#at, limit);
    if (end >= 0) {
      this.#at = end;
      return this.#begin();
    }
    if (end === STOPPED) return this.#refused();
    if (limit - this.#at === headBytesMax) return this.refuse(HTTP_HEAD_TOO_LONG, limit);
    this.#section.begin(true);
    this.#collecting = true;
    return this.#collectHead();
  }

  #collectHead(): HttpEvent {
    const section = this.#section;
    const { headBytesMax } = this.#policy;
    const limit = Math.min(this.#limit, this.#at + headBytesMax - section.length);
    this.#at += section.take(this.#chunk, this.#at, limit);
    const { length, textAt } = section;
    const lineTooLong = !section.textEnded && textAt >= 0 && length - textAt >= this.#lineBytesMax + 2;
    const binary = textAt >= 0 && isBinary(section.octets[textAt]!);
    const linesTooMany = section.emptyLines > HTTP_LEADING_LINES_MAX;
    if (!section.ended && length < headBytesMax && !lineTooLong && !binary && !linesTooMany)
      return this.#starvedHead();
    const end = this.head.parse(section.octets, 0, length);
    if (end === INCOMPLETE) return this.refuse(HTTP_HEAD_TOO_LONG, length);
    this.#collecting = false;
    if (end === STOPPED) return this.#refused();
    assert(end === length, "a head ends where it was found to end");
    return this.#begin();
  }

  #starvedHead(): HttpEvent {
    return this.#finished ? this.#readHead() : "need";
  }

  /** The head is whole and checked. */
  #begin(): HttpEvent {
    const { head } = this;
    this.trailers.clear(EMPTY);
    if (head.violations.refusal !== undefined) return this.#refused();
    this.#bodyBase = -this.#at;
    switch (head.body) {
      case "chunked":
        this.#chunkLine.begin();
        this.#state = "chunk-line";
        break;
      case "none":
        this.#remaining = 0;
        this.#state = "length";
        break;
      case "length":
        this.#remaining = head.bodyBytes;
        this.#state = "length";
        break;
      default:
        this.#state = head.body;
    }
    return "head";
  }

  #readChunked(): HttpEvent {
    for (;;) {
      if (this.#at === this.#limit) return this.#starved();
      switch (this.#state) {
        case "chunk-line": {
          const line = this.#chunkLine;
          const ended = line.read(this.#chunk, this.#at, this.#limit);
          this.#at = line.at;
          if (line.violation !== undefined) {
            this.head.violations.add(line.violation, this.#bodyBase + this.#at);
            if (line.violation !== HTTP_CHUNK_EXTENSION || this.head.violations.refusal !== undefined) {
              return this.#refused();
            }
          }
          if (!ended) continue;
          this.#remaining = line.size;
          this.#state = line.size > 0 ? "chunk-data" : "trailers";
          continue;
        }
        case "chunk-data":
          this.#give(this.#remaining);
          if (this.#remaining === 0) this.#state = "chunk-cr";
          return "body";
        case "chunk-cr":
        case "chunk-lf":
          if (this.#chunk[this.#at] !== (this.#state === "chunk-cr" ? CR : LF)) {
            return this.refuse(HTTP_CHUNK_END_MISSING, this.#bodyBase + this.#at);
          }
          this.#at += 1;
          this.#state = this.#state === "chunk-cr" ? "chunk-lf" : "chunk-line";
          continue;
        default:
          return this.#readTrailers();
      }
    }
  }

  /** Trailers are seldom there, so they are always put together in the parser's own octets; the empty line alone is not. */
  #readTrailers(): HttpEvent {
    const chunk = this.#chunk;
    const section = this.#section;
    if (!this.#collecting) {
      if (this.#at + 1 < this.#limit && chunk[this.#at] === CR && chunk[this.#at + 1] === LF) {
        this.#at += 2;
        return this.#ended();
      }
      section.begin(false);
      this.#collecting = true;
    }
    const { trailerBytesMax } = this.#policy;
    const room = trailerBytesMax - section.length;
    this.#at += section.take(chunk, this.#at, Math.min(this.#limit, this.#at + room));
    if (!section.ended && section.length < trailerBytesMax) return this.#starved();
    this.#collecting = false;
    const { trailers } = this;
    const { violations } = this.head;
    const { octets, length } = section;
    trailers.clear(octets);
    const parsed = parseFieldLines(octets, 0, length, trailers, violations);
    if (parsed === INCOMPLETE) return this.refuse(HTTP_HEAD_TOO_LONG, length);
    for (let field = 0; field < trailers.count; field += 1) {
      const at = trailers.nameStart(field);
      if (trailers.id(field) !== 0 || isEndToEnd(octets, at, trailers.nameEnd(field))) {
        violations.add(HTTP_TRAILER_FORBIDDEN, at);
      }
    }
    return parsed === STOPPED || violations.refusal !== undefined ? this.#refused() : this.#ended();
  }
}
