import { Malformed } from "@palisade/base";
import { u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Names of the methods that are called. */
export const THRIFT_METHOD = attribute("thrift.method", "text", { many: true });
/** Kinds of messages: "call", "reply", "exception", "oneway". */
export const THRIFT_MESSAGE = attribute("thrift.message", "text", { many: true });
/** "binary" or "compact". */
export const THRIFT_ENCODING = attribute("thrift.encoding", "text");

/** After the verdict: a frame that holds no message. */
export const THRIFT_MESSAGE_INVALID = new Malformed("thrift.message-invalid");

/** thrift-binary-protocol.md, "Message", strict encoding: 0x8001, an unused octet, the type. */
const STRICT_VERSION = 0x8001;
/** thrift-compact-protocol.md, "Message": protocol identifier; version 1 in the lower five bits of the next octet. */
const COMPACT_IDENTIFIER = 0x82;
const TYPES = ["", "call", "reply", "exception", "oneway"] as const;
const NAME_OCTETS_MAX = 128;
/** TFramedTransport's own default bound. */
const FRAME_OCTETS_MAX = 16_384_000;
/** Types of fields: stop, bool, i8, double, i16, i32, i64, binary, struct, map, set, list, uuid. */
const FIELD_TYPES = new Set([0, 2, 3, 4, 6, 8, 10, 11, 12, 13, 14, 15, 16]);

/** The message that was read last. */
const message = { type: 0, nameStart: 0, nameEnd: 0, compact: false };

// `flow.stage`
const FRAMED = 1;
const BARE = 2;

export const thrift: Protocol = {
  name: "thrift",
  title: "Apache Thrift",
  spec: "Apache Thrift, doc/specs/thrift-binary-protocol.md and thrift-compact-protocol.md",
  category: "rpc",
  attributes: [THRIFT_METHOD, THRIFT_MESSAGE, THRIFT_ENCODING],
  malformed: [THRIFT_MESSAGE_INVALID],
  recognises:
    "A message of the strict binary or the compact encoding whose method is a name and whose first field has a known type, bare or in a frame.",
  omits:
    "Arguments, results, THeader, the old binary encoding, and messages after the first of a direction without frames.",
  datagram: {
    ports: [6831, 6832],
    firstOctets: [0x80, COMPACT_IDENTIFIER],
    dissect(octets, offset, end, flow) {
      if (readMessage(octets, offset, end) !== 1) return flow.stage === 0 ? NO : THRIFT_MESSAGE_INVALID;
      flow.stage = BARE;
      report(flow, octets);
      return MATCH;
    },
  },
  stream: {
    ports: [9090],
    firstOctets: [0x80, COMPACT_IDENTIFIER, 0x00],
    dissect(octets, offset, end, flow) {
      const framed = flow.stage === FRAMED || (flow.stage === 0 && u8(octets, offset) === 0);
      if (!framed) {
        const read = readMessage(octets, offset, end);
        if (read === -1) return MORE;
        if (read === 0) return flow.stage === 0 ? NO : DONE;
        const other = flow.stage !== 0;
        flow.stage = BARE;
        report(flow, octets);
        if (other) return DONE;
        // Nothing says where a message without frame ends: the other direction's first is still read.
        flow.consume(Number.MAX_SAFE_INTEGER - end);
        return MATCH;
      }
      const wrong: Outcome = flow.stage === 0 ? NO : flow.gap ? DONE : THRIFT_MESSAGE_INVALID;
      if (end - offset < 5) return u8(octets, offset) === 0 ? MORE : wrong;
      const length = u32(octets, offset);
      if (length < 8 || length > FRAME_OCTETS_MAX) return wrong;
      const read = readMessage(octets, offset + 4, Math.min(end, offset + 4 + length));
      if (read === 0 || (read === -1 && end >= offset + 4 + length)) return wrong;
      if (read === -1) return MORE;
      flow.stage = FRAMED;
      report(flow, octets);
      flow.consume(4 + length);
      return MATCH;
    },
  },
};

/** 1: `message` is set. 0: no message. -1: not whole. */
function readMessage(octets: Uint8Array, at: number, end: number): -1 | 0 | 1 {
  if (at >= end) return -1;
  if (u8(octets, at) === COMPACT_IDENTIFIER) return readCompact(octets, at, end);
  if (u8(octets, at) !== 0x80) return 0;
  if (end - at < 8) return end - at >= 2 && u16(octets, at) !== STRICT_VERSION ? 0 : -1;
  const type = u8(octets, at + 3);
  const length = u32(octets, at + 4);
  if (u16(octets, at) !== STRICT_VERSION || type < 1 || type > 4 || length < 1 || length > NAME_OCTETS_MAX)
    return 0;
  const name = nameMayBe(octets, at + 8, at + 8 + length, end);
  if (name !== 1) return name;
  // Behind the name: a sequence number, then the type of the first field.
  if (end < at + 8 + length + 5) return -1;
  if (!FIELD_TYPES.has(u8(octets, at + 8 + length + 4))) return 0;
  setMessage(type, at + 8, at + 8 + length, false);
  return 1;
}

function readCompact(octets: Uint8Array, at: number, end: number): -1 | 0 | 1 {
  if (end - at < 2) return -1;
  const second = u8(octets, at + 1);
  const type = second >>> 5;
  if ((second & 0x1f) !== 1 || type < 1 || type > 4) return 0;
  // The sequence number: seven bits an octet, at most five of them.
  let index = at + 2;
  while (index < end && index < at + 7 && (u8(octets, index) & 0x80) !== 0) index += 1;
  if (index >= end) return -1;
  if (index >= at + 7) return 0;
  index += 1;
  if (index >= end) return -1;
  const length = u8(octets, index);
  if (length < 1 || length >= 0x80) return 0;
  const start = index + 1;
  const name = nameMayBe(octets, start, start + length, end);
  if (name !== 1) return name;
  if (end < start + length + 1) return -1;
  // The first field: its distance from 0 in the upper half, its type 1 … 13 in the lower; or stop.
  const field = u8(octets, start + length);
  if (field !== 0 && ((field & 0xf) < 1 || (field & 0xf) > 13)) return 0;
  setMessage(type, start, start + length, true);
  return 1;
}

function setMessage(type: number, nameStart: number, nameEnd: number, compact: boolean): void {
  message.type = type;
  message.nameStart = nameStart;
  message.nameEnd = nameEnd;
  message.compact = compact;
}

/** Identifiers have letters, digits, "_" and "."; with TMultiplexedProtocol "service:method". */
function nameMayBe(octets: Uint8Array, start: number, nameEnd: number, end: number): -1 | 0 | 1 {
  for (let index = start; index < Math.min(nameEnd, end); index += 1) {
    const octet = u8(octets, index);
    const letter = (octet | 0x20) >= 0x61 && (octet | 0x20) <= 0x7a;
    if (!letter && octet !== 0x5f && octet !== 0x2e && !(octet >= 0x30 && octet <= 0x3a)) return 0;
  }
  return nameEnd > end ? -1 : 1;
}

function report(flow: FlowContext, octets: Uint8Array): void {
  flow.set(THRIFT_ENCODING, message.compact ? "compact" : "binary");
  flow.set(THRIFT_MESSAGE, TYPES[message.type]!);
  flow.text(THRIFT_METHOD, octets, message.nameStart, message.nameEnd);
}
