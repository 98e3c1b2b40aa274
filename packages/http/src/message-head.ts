/** What is known of a message once its head has been read. */
import type { HttpFields } from "./fields.js";
import type { MessageViolations } from "./policy.js";

/**
 * How the body is framed (RFC 9112 §6.3): not there, of `bodyBytes` octets, in chunks, up to the connection's end (responses
 * alone); or no message follows at all ("tunnel": after 101, and after a 2xx to CONNECT).
 */
export type BodyKind = "none" | "length" | "chunked" | "close" | "tunnel";

/** What a method says about framing; others say nothing. */
export type MethodKind = "HEAD" | "CONNECT" | "OPTIONS" | "other";

export interface MessageHead {
  /** What all positions count in: the chunk that the whole head came in, or the parser's own copy. */
  octets: Uint8Array;
  /** Where the head begins in `octets`, with empty lines before the start line. */
  start: number;
  /** Where it ends, after the empty line; as far as it was read where it was refused. */
  end: number;
  /**
   * The start line as it was written, without its line end; of a message that is refused as far as it came, and of a request no
   * more than `requestLineBytesMax` octets. Empty where there is none.
   */
  lineStart: number;
  lineEnd: number;
  /** 1 for HTTP/1.1 and later, 0 for HTTP/1.0. */
  versionMinor: number;
  readonly fields: HttpFields;
  /** What is wrong with the message so far; grows while its body is read. */
  readonly violations: MessageViolations;
  body: BodyKind;
  /** For "length": how many octets; 0 otherwise. */
  bodyBytes: number;
  /** Whether another message may follow on the connection: RFC 9112 §9.3. */
  keepAlive: boolean;
  /** Whether Connection has "upgrade" and there is an Upgrade field (RFC 9110 §7.8). */
  upgrade: boolean;
}
