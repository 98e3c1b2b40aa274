import { Malformed } from "@palisade/base";
import { startsWith, u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import { methodName, PERFORMATIVES } from "./amqp-names.js";

/** "0-9-1", "1.0" … */
export const AMQP_VERSION = attribute("amqp.version", "text");
/** Methods (0-9-1, "basic.publish") or performatives (1.0, "open"). */
export const AMQP_METHOD = attribute("amqp.method", "text", { many: true });
/** SASL mechanism that the client chooses. */
export const AMQP_MECHANISM = attribute("amqp.mechanism", "text");
/** User name of a PLAIN login. */
export const AMQP_USER = attribute("amqp.user", "text");
/** Virtual host that the client opens. */
export const AMQP_VIRTUAL_HOST = attribute("amqp.virtual-host", "text");

/** A frame that does not end in 0xCE (0-9-1 §4.2.3), or an impossible size. */
export const AMQP_FRAME_INVALID = new Malformed("amqp.frame-invalid");

export const AMQP_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "amqp.cleartext-credentials",
  severity: "medium",
  title: "An AMQP client sends its password in clear text",
};

const HEADER_BYTES = 8;
/** 0-9-1 §4.2.3: type, channel, size; then the payload and an octet that ends the frame. */
const FRAME_HEADER_BYTES = 7;
const FRAME_END = 0xce;
const FRAME_OCTETS_MAX = 0x100_0000;
const FRAME_OCTETS_READ_MAX = 2048;
const METHOD = 1;
const CONTENT_HEADER = 2;
const BODY = 3;
const HEARTBEAT = 8;
const CONNECTION_START_OK = 0x000a_000b;
const CONNECTION_OPEN = 0x000a_0028;

// `flow.stage`
const VERSION_0 = 1;
const VERSION_1 = 2;

export const amqp: Protocol = {
  name: "amqp",
  title: "Advanced Message Queuing Protocol",
  spec: "AMQP 0-9-1; OASIS AMQP 1.0 (ISO/IEC 19464)",
  category: "messaging",
  attributes: [AMQP_VERSION, AMQP_METHOD, AMQP_MECHANISM, AMQP_USER, AMQP_VIRTUAL_HOST],
  malformed: [AMQP_FRAME_INVALID],
  findings: [AMQP_CLEARTEXT_CREDENTIALS],
  recognises:
    "The protocol header, or midstream a 0-9-1 frame that is ended by 0xCE and holds a known method, or a 1.0 frame with a known performative.",
  omits: "Contents of messages, properties and tables.",
  stream: {
    ports: [5672],
    firstOctets: [METHOD, CONTENT_HEADER, BODY, HEARTBEAT, 0x41, 0x00],
    dissect(octets, offset, end, flow) {
      const first = u8(octets, offset);
      if (first === 0x41) return readHeader(flow, octets, offset, end);
      if (flow.stage === VERSION_1 || (flow.stage === 0 && first === 0)) {
        return readFrame1(flow, octets, offset, end);
      }
      return readFrame0(flow, octets, offset, end);
    },
  },
};

/** "AMQP", then 0, 0, 9, 1 (0-9-1), 1, 1, major, minor (0-8 to 0-10), or identifier, 1, 0, 0 (1.0 §2.2, §5.3.2). */
function readHeader(flow: FlowContext, octets: Uint8Array, offset: number, end: number): Outcome {
  const wrong = flow.stage === 0 ? NO : AMQP_FRAME_INVALID;
  if (!startsWith(octets, offset, end, "AMQP".slice(0, end - offset))) return wrong;
  if (end - offset < HEADER_BYTES) return MORE;
  const identifier = u8(octets, offset + 4);
  const a = u8(octets, offset + 5);
  const b = u8(octets, offset + 6);
  const c = u8(octets, offset + 7);
  if (a === 1 && b === 0 && c === 0 && (identifier === 0 || identifier === 2 || identifier === 3)) {
    flow.set(AMQP_VERSION, "1.0");
    flow.consume(HEADER_BYTES);
    flow.stage = VERSION_1;
    // TLS begins when both ends have sent this header; the answer's is the later one (1.0 §5.2.1).
    return identifier === 2 && flow.direction === 1 ? flow.become("tls") : MATCH;
  }
  if (identifier === 0 && a === 0 && (b === 9 || b === 8) && c <= 1) {
    if (flow.wants(AMQP_VERSION)) flow.set(AMQP_VERSION, `0-${b}-${c}`);
  } else if (identifier === 1 && a === 1 && b <= 9 && c <= 10) {
    if (flow.wants(AMQP_VERSION)) flow.set(AMQP_VERSION, `${b}-${c}`);
  } else {
    return wrong;
  }
  flow.stage = VERSION_0;
  flow.consume(HEADER_BYTES);
  return MATCH;
}

function readFrame0(flow: FlowContext, octets: Uint8Array, offset: number, end: number): Outcome {
  const known = flow.stage !== 0;
  const wrong: Outcome = !known ? NO : flow.gap ? DONE : AMQP_FRAME_INVALID;
  const type = u8(octets, offset);
  if (type !== METHOD && type !== CONTENT_HEADER && type !== BODY && type !== HEARTBEAT) return wrong;
  if (end - offset < FRAME_HEADER_BYTES) return MORE;
  const size = u32(octets, offset + 3);
  if (size > FRAME_OCTETS_MAX || (type === HEARTBEAT && size !== 0) || (type === METHOD && size < 4))
    return wrong;
  if (!known && type === BODY) return NO;
  const payload = offset + FRAME_HEADER_BYTES;
  const frameEnd = payload + size + 1;
  let name: string | undefined;
  let method = 0;
  if (type === METHOD) {
    if (end < payload + 4) return MORE;
    method = u32(octets, payload);
    name = methodName(method);
    if (name === undefined && !known) return NO;
  }
  // Before the verdict the end must be seen, so only frames that are held whole decide.
  if (!known && size > FRAME_OCTETS_READ_MAX) return NO;
  if (size <= FRAME_OCTETS_READ_MAX) {
    if (end < frameEnd) return MORE;
    if (u8(octets, frameEnd - 1) !== FRAME_END) return wrong;
  }
  if (
    !known &&
    type === CONTENT_HEADER &&
    (size < 14 || u16(octets, payload) !== 60 || u16(octets, payload + 2) !== 0)
  ) {
    return NO;
  }
  flow.stage = VERSION_0;
  if (name !== undefined) flow.set(AMQP_METHOD, name);
  if (size <= FRAME_OCTETS_READ_MAX) {
    if (method === CONNECTION_START_OK) readStartOk(flow, octets, payload + 4, frameEnd - 1);
    else if (method === CONNECTION_OPEN) {
      const hostEnd = payload + 5 + u8(octets, payload + 4);
      if (hostEnd < frameEnd) flow.text(AMQP_VIRTUAL_HOST, octets, payload + 5, hostEnd);
    }
  }
  flow.consume(frameEnd - offset);
  return MATCH;
}

/** connection.start-ok: a table of the client's properties, the mechanism, its answer, a locale. */
function readStartOk(flow: FlowContext, octets: Uint8Array, start: number, end: number): void {
  if (start + 4 > end) return;
  const mechanism = start + 4 + u32(octets, start);
  if (mechanism + 1 > end) return;
  const mechanismEnd = mechanism + 1 + u8(octets, mechanism);
  if (mechanismEnd + 4 > end) return;
  flow.text(AMQP_MECHANISM, octets, mechanism + 1, mechanismEnd);
  const answer = mechanismEnd + 4;
  const answerEnd = answer + u32(octets, mechanismEnd);
  if (answerEnd > end) return;
  if (startsWith(octets, mechanism + 1, mechanismEnd, "PLAIN")) readPlain(flow, octets, answer, answerEnd);
}

/** RFC 4616 §2: authorization identity, user, password, with zero octets between them. */
function readPlain(flow: FlowContext, octets: Uint8Array, start: number, end: number): void {
  let user = start;
  while (user < end && u8(octets, user) !== 0) user += 1;
  user += 1;
  let userEnd = user;
  while (userEnd < end && u8(octets, userEnd) !== 0) userEnd += 1;
  if (userEnd >= end) return;
  flow.text(AMQP_USER, octets, user, userEnd);
  flow.report(AMQP_CLEARTEXT_CREDENTIALS);
}

/** 1.0 §2.3: size, data offset in words, type, channel; then a described performative. */
function readFrame1(flow: FlowContext, octets: Uint8Array, offset: number, end: number): Outcome {
  const known = flow.stage !== 0;
  const wrong: Outcome = !known ? NO : flow.gap ? DONE : AMQP_FRAME_INVALID;
  if (u8(octets, offset) !== 0) return wrong;
  if (end - offset < HEADER_BYTES) return MORE;
  const size = u32(octets, offset);
  const body = 4 * u8(octets, offset + 4);
  const type = u8(octets, offset + 5);
  if (size < HEADER_BYTES || size > FRAME_OCTETS_MAX || body < HEADER_BYTES || body > size || type > 1)
    return wrong;
  if (size === body) {
    // An empty frame keeps the connection alive.
    if (!known) return NO;
    flow.consume(size);
    return MATCH;
  }
  const needed = offset + Math.min(size, FRAME_OCTETS_READ_MAX);
  if (end < needed) return MORE;
  const at = offset + body;
  // 0x00 begins a described type, 0x53 a small unsigned number: the performative's code.
  const described = at + 3 <= needed && u8(octets, at) === 0 && u8(octets, at + 1) === 0x53;
  const name = described ? PERFORMATIVES.get(u8(octets, at + 2)) : undefined;
  if (name === undefined && !known) return NO;
  // Lists have codes 0x45, 0xc0, 0xd0.
  const list = u8(octets, at + 3);
  if (!known && list !== 0x45 && list !== 0xc0 && list !== 0xd0) return NO;
  flow.stage = VERSION_1;
  flow.set(AMQP_VERSION, "1.0");
  if (name !== undefined) flow.set(AMQP_METHOD, name);
  if (name === "sasl-init") readSaslInit(flow, octets, at + 3, needed);
  flow.consume(size);
  return MATCH;
}

/** 1.0 §5.3.3.2: a list of the mechanism (a symbol), the initial response (binary), and a host name. */
function readSaslInit(flow: FlowContext, octets: Uint8Array, list: number, end: number): void {
  const code = u8(octets, list);
  const symbol = list + (code === 0xc0 ? 3 : 9);
  if ((code !== 0xc0 && code !== 0xd0) || symbol + 2 > end || u8(octets, symbol) !== 0xa3) return;
  const symbolEnd = symbol + 2 + u8(octets, symbol + 1);
  if (symbolEnd + 2 > end) return;
  flow.text(AMQP_MECHANISM, octets, symbol + 2, symbolEnd);
  if (!startsWith(octets, symbol + 2, symbolEnd, "PLAIN") || u8(octets, symbolEnd) !== 0xa0) return;
  const answerEnd = symbolEnd + 2 + u8(octets, symbolEnd + 1);
  if (answerEnd <= end) readPlain(flow, octets, symbolEnd + 2, answerEnd);
}
