import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWith, u8, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import { decodeText, type FlowContext } from "../../flow-context.js";

/** Names of the commands, the first of a command's fields: "find", "hello". */
export const MONGODB_COMMAND = attribute("mongodb.command", "text", { many: true });
export const MONGODB_DATABASE = attribute("mongodb.database", "text", { many: true });
/** Names of the collections that legacy operations are about. */
export const MONGODB_COLLECTION = attribute("mongodb.collection", "text", { many: true });
/** Newest wire version that the server offers in its answer to "hello". */
export const MONGODB_WIRE_VERSION = attribute("mongodb.max-wire-version", "number");

/** After the verdict: no message header where one must begin. */
export const MONGODB_HEADER_INVALID = new Malformed("mongodb.header-invalid");
/** A document whose fields do not fit into it (bsonspec.org, "Specification"). */
export const MONGODB_DOCUMENT_INVALID = new Malformed("mongodb.document-invalid");

const HEADER_BYTES = 16;
/** maxMessageSizeBytes of every server since 2.4. */
const MESSAGE_OCTETS_MAX = 48_000_000;
/** Octets of a message that are waited for and read. */
const MESSAGE_OCTETS_READ_MAX = 2048;
const NAME_OCTETS_MAX = 64;
const FIELDS_MAX = 64;

// Operation codes ("MongoDB Wire Protocol", "Opcodes").
const OP_REPLY = 1;
const OP_UPDATE = 2001;
const OP_INSERT = 2002;
const OP_QUERY = 2004;
const OP_GET_MORE = 2005;
const OP_DELETE = 2006;
const OP_KILL_CURSORS = 2007;
const OP_COMPRESSED = 2012;
const OP_MSG = 2013;

export const mongodb: Protocol = {
  name: "mongodb",
  title: "MongoDB wire protocol",
  spec: "MongoDB manual, “MongoDB Wire Protocol”; bsonspec.org",
  category: "database",
  attributes: [MONGODB_COMMAND, MONGODB_DATABASE, MONGODB_COLLECTION, MONGODB_WIRE_VERSION],
  malformed: [MONGODB_HEADER_INVALID, MONGODB_DOCUMENT_INVALID],
  recognises:
    "A message header with a published operation code whose flags and first document or name fit the message.",
  omits: "Values of documents, compressed messages, and checksums.",
  stream: {
    ports: [27017, 27018, 27019],
    dissect(octets, offset, end, flow) {
      const known = flow.stage !== 0;
      const atHand = end - offset;
      if (atHand < HEADER_BYTES) {
        // The length's highest octet is at most 2, the operation's upper half 0.
        if (!known && atHand >= 4 && u8(octets, offset + 3) > 2) return NO;
        if (!known && atHand === 15 && u8(octets, offset + 14) !== 0) return NO;
        return MORE;
      }
      const length = u32le(octets, offset);
      const operation = u32le(octets, offset + 12);
      const fixed = fixedBytes(operation);
      if (fixed === 0 || length < HEADER_BYTES + fixed || length > MESSAGE_OCTETS_MAX) {
        if (!known) return NO;
        return flow.gap ? DONE : MONGODB_HEADER_INVALID;
      }
      const needed = offset + Math.min(length, MESSAGE_OCTETS_READ_MAX);
      if (end < needed) return MORE;
      const outcome = readMessage(flow, octets, operation, offset, needed, offset + length);
      flow.consume(length);
      return outcome;
    },
  },
};

/** Fewest octets that follow the header; 0 for a code that was never published. */
function fixedBytes(operation: number): number {
  switch (operation) {
    case OP_REPLY:
      return 20;
    case OP_UPDATE:
    case OP_INSERT:
    case OP_QUERY:
    case OP_GET_MORE:
    case OP_DELETE:
    case OP_KILL_CURSORS:
      return 10;
    case OP_COMPRESSED:
      return 9;
    case OP_MSG:
      return 10;
    default:
      return 0;
  }
}

/** `end` is as far as the message is at hand, `messageEnd` where it ends. */
function readMessage(
  flow: FlowContext,
  octets: Uint8Array,
  operation: number,
  offset: number,
  end: number,
  messageEnd: number,
): Outcome {
  const wrong = flow.stage === 0 ? NO : MONGODB_DOCUMENT_INVALID;
  const body = offset + HEADER_BYTES;
  // Requests answer nothing: only OP_MSG and OP_COMPRESSED go both ways.
  const responseTo = u32le(octets, offset + 8);
  if (operation === OP_MSG) {
    // checksumPresent, moreToCome, exhaustAllowed; bits 0 … 15 that are not known must be an error ("OP_MSG", "Flag Bits").
    const flags = u32le(octets, body);
    if ((flags & ~0x1_0003) !== 0) return wrong;
    const kind = u8(octets, body + 4);
    if (kind === 1) {
      // A document sequence first: its size, then a name.
      const size = u32le(octets, body + 5);
      if (size < 6 || body + 5 + size > messageEnd) return wrong;
      flow.stage = 1;
      return MATCH;
    }
    if (kind !== 0) return wrong;
    return readDocument(flow, octets, body + 5, end, messageEnd, responseTo === 0, wrong);
  }
  if (operation === OP_REPLY) {
    // Flags 0 … 3, cursor, start, count; then that many documents.
    if (u32le(octets, body) > 0xf) return wrong;
    const count = u32le(octets, body + 16);
    if (count === 0) {
      if (messageEnd - body !== 20) return wrong;
      flow.stage = 1;
      return MATCH;
    }
    return readDocument(flow, octets, body + 20, end, messageEnd, false, wrong);
  }
  if (operation === OP_COMPRESSED) {
    // The operation inside, its size, and the method: none, snappy, zlib, zstd.
    if (fixedBytes(u32le(octets, body)) === 0 || u32le(octets, body) === OP_COMPRESSED) return wrong;
    if (u32le(octets, body + 4) > MESSAGE_OCTETS_MAX || u8(octets, body + 8) > 3) return wrong;
    flow.stage = 1;
    return MATCH;
  }
  if (responseTo !== 0 || u32le(octets, body) > 0xff) return wrong;
  if (operation === OP_KILL_CURSORS) {
    const cursors = u32le(octets, body + 4);
    if (messageEnd - body !== 8 + 8 * cursors) return wrong;
    flow.stage = 1;
    return MATCH;
  }
  // Flags or zero, then "database.collection".
  const nameEnd = indexOfOctet(octets, 0, body + 4, Math.min(end, body + 4 + 256));
  const dot = nameEnd < 0 ? -1 : indexOfOctet(octets, 0x2e, body + 4, nameEnd);
  if (dot <= body + 4) return wrong;
  for (let index = body + 4; index < nameEnd; index += 1) if (u8(octets, index) < 0x20) return wrong;
  if (operation === OP_GET_MORE) {
    if (messageEnd - nameEnd !== 13) return wrong;
  } else {
    const document = nameEnd + 1 + (operation === OP_QUERY ? 8 : operation === OP_INSERT ? 0 : 4);
    if (document + 5 > messageEnd) return wrong;
    const command = operation === OP_QUERY && startsWith(octets, dot, nameEnd, ".$cmd");
    const outcome = readDocument(flow, octets, document, end, messageEnd, command, wrong);
    if (outcome !== MATCH) return outcome;
  }
  flow.stage = 1;
  flow.text(MONGODB_DATABASE, octets, body + 4, dot);
  flow.text(MONGODB_COLLECTION, octets, dot + 1, nameEnd);
  return MATCH;
}

/** A document's length, its first field's name, and "$db" and "maxWireVersion" where they are among its fields. */
function readDocument(
  flow: FlowContext,
  octets: Uint8Array,
  start: number,
  end: number,
  messageEnd: number,
  command: boolean,
  wrong: Outcome,
): Outcome {
  if (start + 5 > messageEnd) return wrong;
  if (start + 5 > end) return MATCH;
  const length = u32le(octets, start);
  const documentEnd = start + length;
  if (length < 5 || documentEnd > messageEnd) return wrong;
  if (length === 5) {
    if (u8(octets, start + 4) !== 0) return wrong;
    flow.stage = 1;
    return MATCH;
  }
  const stop = Math.min(end, documentEnd);
  let at = start + 4;
  for (let count = 0; count < FIELDS_MAX && at < stop - 1; count += 1) {
    const type = u8(octets, at);
    if (type === 0) break;
    const nameEnd = indexOfOctet(octets, 0, at + 1, Math.min(stop, at + 1 + NAME_OCTETS_MAX));
    if (nameEnd < 0) {
      if (count === 0) return wrong;
      break;
    }
    if (count === 0) {
      if (nameEnd === at + 1 || !fieldTypeKnown(type)) return wrong;
      for (let index = at + 1; index < nameEnd; index += 1) if (u8(octets, index) < 0x20) return wrong;
      flow.stage = 1;
      if (command) flow.set(MONGODB_COMMAND, decodeText(octets, at + 1, nameEnd));
    }
    const value = nameEnd + 1;
    if (command && type === 2 && startsWith(octets, at + 1, end, "$db\0") && value + 5 <= stop) {
      const valueEnd = value + 4 + u32le(octets, value) - 1;
      if (valueEnd > value + 4 && valueEnd < stop) flow.text(MONGODB_DATABASE, octets, value + 4, valueEnd);
    } else if (
      !command &&
      type === 16 &&
      startsWith(octets, at + 1, end, "maxWireVersion\0") &&
      value + 4 <= stop
    ) {
      flow.set(MONGODB_WIRE_VERSION, u32le(octets, value));
    }
    const next = afterValue(octets, type, value, stop);
    if (next <= at) break;
    at = next;
  }
  return flow.stage === 0 ? wrong : MATCH;
}

function fieldTypeKnown(type: number): boolean {
  return (type >= 0x01 && type <= 0x13) || type === 0x7f || type === 0xff;
}

/** Index after a value (bsonspec.org, "Specification"), or 0 where it is not at hand or of no known length. */
function afterValue(octets: Uint8Array, type: number, value: number, end: number): number {
  switch (type) {
    case 0x01:
    case 0x09:
    case 0x11:
    case 0x12:
      return value + 8;
    case 0x02:
    case 0x0d:
    case 0x0e:
      return value + 4 <= end ? value + 4 + u32le(octets, value) : 0;
    case 0x03:
    case 0x04:
    case 0x0f:
      return value + 4 <= end ? value + u32le(octets, value) : 0;
    case 0x05:
      return value + 4 <= end ? value + 5 + u32le(octets, value) : 0;
    case 0x06:
    case 0x0a:
    case 0x7f:
    case 0xff:
      return value;
    case 0x07:
      return value + 12;
    case 0x08:
      return value + 1;
    case 0x10:
      return value + 4;
    case 0x13:
      return value + 16;
    default:
      return 0;
  }
}
