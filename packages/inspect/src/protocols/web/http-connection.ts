/**
 * What is kept of an HTTP/1.x connection while its messages are read.
 */

export const AT_START = 0;
export const AT_FIELDS = 1;
export const AT_CHUNK_SIZE = 2;
export const AT_TRAILERS = 3;
/** At the first octets of a response's body, which tell what it is. */
export const AT_BODY = 4;

/** The message being read in one direction. */
export class Message {
  part: typeof AT_START | typeof AT_FIELDS | typeof AT_CHUNK_SIZE | typeof AT_TRAILERS | typeof AT_BODY =
    AT_START;
  isResponse = false;
  isHead = false;
  isConnect = false;
  isVersion11 = false;
  status = 0;
  /** Content-Length, or -1. */
  length = -1;
  hasTransferEncoding = false;
  isChunked = false;
  hasHost = false;
  /** Whether the start of the body was looked at, or need not be. */
  isBodySeen = true;
  /** Octets to skip from AT_BODY on, and the part that follows them. */
  bodyOctets = 0;
  afterBody: typeof AT_START | typeof AT_CHUNK_SIZE = AT_START;
  upgrade: "" | "websocket" | "http2" | "tls" | "other" = "";
  /** No message was seen yet, or octets were lost: what is at hand may begin anywhere. */
  isLost = true;

  begin(): void {
    this.part = AT_FIELDS;
    this.isResponse = false;
    this.isHead = false;
    this.isConnect = false;
    this.isVersion11 = false;
    this.status = 0;
    this.length = -1;
    this.hasTransferEncoding = false;
    this.isChunked = false;
    this.hasHost = false;
    this.isBodySeen = true;
    this.upgrade = "";
    this.isLost = false;
  }
}

/** Both directions of one connection. */
export class HttpConnection {
  readonly messages: readonly [Message, Message] = [new Message(), new Message()];
  /** Requests not yet answered: how many, and a bit for each that is HEAD, the oldest lowest. */
  inFlight = 0;
  headBits = 0;
  /** A CONNECT request was read and not yet answered. */
  awaitsTunnel = false;

  static create(this: void): HttpConnection {
    return new HttpConnection();
  }
}
