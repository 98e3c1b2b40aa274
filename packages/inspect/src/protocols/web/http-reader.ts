/**
 * Reads HTTP/1.x messages of both directions, a line at a time: RFC 9112, with fields of RFC 9110.
 *
 * Bodies are skipped by their length (RFC 9112 §6.3). Messages say themselves whether they are requests or responses,
 * so it does not matter who opened the connection, or whether one direction is missing.
 */
import { lineEnd, startsWith, u8 } from "@palisade/wire";
import { MATCH, type Outcome } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { lineStop } from "../text-line.js";
import {
  AT_BODY,
  AT_CHUNK_SIZE,
  AT_FIELDS,
  AT_START,
  AT_TRAILERS,
  HttpConnection,
  type Message,
} from "./http-connection.js";
import * as facts from "./http-facts.js";
import { hostEnd, isBlank, readField } from "./http-fields.js";
import {
  endsWithVersion,
  hasBlank,
  LINE_NONE,
  LINE_PARTIAL,
  LINE_PROXY_REQUEST,
  LINE_RESPONSE,
  methodEnd,
  startLineOf,
} from "./http-start-line.js";

/** Octets of one start line or field line; a longer one is a finding, and ends the reading of its direction. */
export const HTTP_LINE_OCTETS_MAX = 8_192;
/** Octets skipped where a body lasts until the connection closes (RFC 9112 §6.3, rule 8). */
const UNTIL_CLOSE = 2 ** 48;
/** Digits of a chunk size that are read: below 2^48. */
const CHUNK_DIGITS_MAX = 12;
/** Requests in flight whose methods are remembered, one bit each; of more, HEAD is not told from others. */
const REQUESTS_IN_FLIGHT_MAX = 31;
/** Octets of a response's body that are looked at. */
const BODY_START_OCTETS = 4;

/** Reads one line of the direction at hand; the flow is known to be HTTP. */
export function readHttp(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const connection = flow.memo(HttpConnection.create);
  const message = connection.messages[flow.direction];
  if (flow.gap) {
    message.part = AT_START;
    message.isLost = true;
  }
  if (message.part === AT_START) return readStartLine(octets, offset, end, flow, connection, message);
  if (message.part === AT_BODY) return readBodyStart(octets, offset, end, flow, message);
  const lineFeed = lineEnd(octets, offset, Math.min(end, offset + HTTP_LINE_OCTETS_MAX));
  if (lineFeed < 0) return end - offset < HTTP_LINE_OCTETS_MAX ? MATCH : giveUp(flow);
  flow.consume(lineFeed + 1 - offset);
  const stop = lineStop(octets, offset, lineFeed);
  if (message.part === AT_FIELDS) {
    if (stop > offset) return readField(octets, offset, stop, flow, message);
    return message.isResponse
      ? endResponse(lineFeed + 1 - offset, flow, connection, message)
      : endRequest(lineFeed + 1 - offset, flow, connection, message);
  }
  if (message.part === AT_CHUNK_SIZE) {
    const size = chunkSize(octets, offset, stop);
    if (size < 0) return facts.HTTP_CHUNK_SIZE_INVALID;
    if (size === 0) message.part = AT_TRAILERS;
    else skipBody(lineFeed + 1 - offset, size + 2, AT_CHUNK_SIZE, flow, message);
    return MATCH;
  }
  if (stop === offset) message.part = AT_START;
  return MATCH;
}

function readStartLine(
  octets: Uint8Array,
  offset: number,
  end: number,
  flow: FlowContext,
  connection: HttpConnection,
  message: Message,
): Outcome {
  const first = u8(octets, offset);
  if (first === 0x0d || first === 0x0a) {
    // Empty lines before a message are ignored (RFC 9112 §2.2).
    flow.consume(1);
    return MATCH;
  }
  const line = startLineOf(octets, offset, end);
  if (line === LINE_PARTIAL && end - offset < HTTP_LINE_OCTETS_MAX) return MATCH;
  if (connection.awaitsTunnel && line !== LINE_RESPONSE && line !== LINE_PROXY_REQUEST) {
    // The client speaks through the tunnel: its proxy has agreed, though the answer was not seen.
    return flow.reclassify();
  }
  if (line === LINE_NONE || line === LINE_PARTIAL) {
    if (!message.isLost) return facts.HTTP_START_LINE_INVALID;
    flow.consume(end - offset);
    return MATCH;
  }
  const lineFeed = lineEnd(octets, offset, Math.min(end, offset + HTTP_LINE_OCTETS_MAX));
  if (lineFeed < 0) return end - offset < HTTP_LINE_OCTETS_MAX ? MATCH : giveUp(flow);
  const stop = lineStop(octets, offset, lineFeed);
  message.begin();
  if (line === LINE_RESPONSE) {
    message.isResponse = true;
    message.status =
      (u8(octets, offset + 9) - 0x30) * 100 +
      (u8(octets, offset + 10) - 0x30) * 10 +
      (u8(octets, offset + 11) - 0x30);
    flow.set(facts.HTTP_STATUS, message.status);
    flow.text(facts.HTTP_VERSION, octets, offset + 5, offset + 8);
  } else {
    const blank = methodEnd(octets, offset, stop);
    const targetEnd = endsWithVersion(octets, blank + 1, stop) ? stop - 9 : stop;
    message.isHead = startsWith(octets, offset, stop, "HEAD ");
    message.isConnect = startsWith(octets, offset, stop, "CONNECT ");
    message.isVersion11 = targetEnd < stop && u8(octets, stop - 1) === 0x31;
    flow.text(facts.HTTP_METHOD, octets, offset, blank);
    flow.text(facts.HTTP_URI, octets, blank + 1, targetEnd);
    if (targetEnd < stop) flow.text(facts.HTTP_VERSION, octets, stop - 3, stop);
    if (targetEnd === stop || hasBlank(octets, blank + 1, targetEnd)) flow.report(facts.HTTP_TARGET_INVALID);
    if (message.isConnect) {
      flow.host(facts.HTTP_HOST, octets, blank + 1, hostEnd(octets, blank + 1, targetEnd));
    }
  }
  flow.consume(lineFeed + 1 - offset);
  return MATCH;
}

/** A line is too long to be held: nothing more of this direction is read. */
function giveUp(flow: FlowContext): Outcome {
  flow.report(facts.HTTP_LINE_TOO_LONG);
  flow.consume(UNTIL_CLOSE);
  return MATCH;
}

function endRequest(
  consumed: number,
  flow: FlowContext,
  connection: HttpConnection,
  message: Message,
): Outcome {
  if (message.isVersion11 && !message.hasHost) flow.report(facts.HTTP_HOST_MISSING);
  if (connection.inFlight < REQUESTS_IN_FLIGHT_MAX) {
    if (message.isHead) connection.headBits |= 1 << connection.inFlight;
    connection.inFlight += 1;
  }
  message.part = AT_START;
  if (message.isConnect) {
    connection.awaitsTunnel = true;
  } else if (message.isChunked) {
    message.part = AT_CHUNK_SIZE;
  } else if (message.length > 0 && !message.hasTransferEncoding) {
    flow.consume(consumed + message.length);
  }
  return MATCH;
}

/** RFC 9112 §6.3: the length of a response's body. */
function endResponse(
  consumed: number,
  flow: FlowContext,
  connection: HttpConnection,
  message: Message,
): Outcome {
  message.part = AT_START;
  if (message.status === 101) {
    return message.upgrade === "" || message.upgrade === "other"
      ? flow.reclassify()
      : flow.become(message.upgrade);
  }
  if (message.status < 200) return MATCH;
  const isHead = (connection.headBits & 1) === 1;
  if (connection.inFlight > 0) connection.inFlight -= 1;
  connection.headBits >>>= 1;
  if (connection.awaitsTunnel) {
    connection.awaitsTunnel = false;
    if (message.status < 300) return flow.reclassify();
  }
  if (isHead || message.status === 204 || message.status === 304) return MATCH;
  message.isBodySeen = false;
  if (message.isChunked) {
    message.part = AT_CHUNK_SIZE;
  } else {
    const isKnown = message.length >= 0 && !message.hasTransferEncoding;
    skipBody(consumed, isKnown ? message.length : UNTIL_CLOSE, AT_START, flow, message);
  }
  return MATCH;
}

/** Skips a body, or a chunk of it, after a look at its first octets where it is long enough to have any meaning. */
function skipBody(
  consumed: number,
  octets: number,
  then: typeof AT_START | typeof AT_CHUNK_SIZE,
  flow: FlowContext,
  message: Message,
): void {
  if (message.isBodySeen || octets < BODY_START_OCTETS) {
    message.part = then;
    flow.consume(consumed + octets);
    return;
  }
  message.part = AT_BODY;
  message.bodyOctets = octets;
  message.afterBody = then;
}

function readBodyStart(
  octets: Uint8Array,
  offset: number,
  end: number,
  flow: FlowContext,
  message: Message,
): Outcome {
  if (end - offset < BODY_START_OCTETS) return MATCH;
  // DOS header of Portable Executable files, whose fourth octet is zero in all that linkers write; ELF.
  const isExecutable =
    (startsWith(octets, offset, end, "MZ") && u8(octets, offset + 3) === 0) ||
    startsWith(octets, offset, end, "\x7fELF");
  if (isExecutable) flow.report(facts.HTTP_EXECUTABLE);
  message.isBodySeen = true;
  message.part = message.afterBody;
  flow.consume(message.bodyOctets);
  return MATCH;
}

function chunkSize(octets: Uint8Array, from: number, to: number): number {
  let value = 0;
  let index = from;
  for (; index < to; index += 1) {
    const octet = u8(octets, index) | 0x20;
    const digit =
      octet >= 0x30 && octet <= 0x39 ? octet - 0x30 : octet >= 0x61 && octet <= 0x66 ? octet - 0x57 : -1;
    if (digit < 0) break;
    if (index - from >= CHUNK_DIGITS_MAX) return -1;
    value = value * 16 + digit;
  }
  if (index === from) return -1;
  // An extension or blanks may follow (RFC 9112 §7.1.1).
  return index === to || u8(octets, index) === 0x3b || isBlank(u8(octets, index)) ? value : -1;
}
