import { Malformed } from "@palisade/base";
import { startsWith, u8, u16, u16le, u32, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Version of GIOP: "1.2". */
export const CORBA_VERSION = attribute("corba.version", "text");
/** Kinds of messages: "request", "reply". */
export const CORBA_MESSAGE = attribute("corba.message", "text", { many: true });
/** Names of the operations that are called. */
export const CORBA_OPERATION = attribute("corba.operation", "text", { many: true });

/** After the verdict: no GIOP header where one must begin. */
export const CORBA_HEADER_INVALID = new Malformed("corba.header-invalid");

/** "GIOP", version, flags, type, size (CORBA 3.3 part 2, §9.4.1). */
const HEADER_BYTES = 12;
const MESSAGE_OCTETS_MAX = 0x1000_0000;
const MESSAGE_OCTETS_READ_MAX = 1024;
const OPERATION_OCTETS_MAX = 256;
const LITTLE = 0x01;
const REQUEST = 0;
const MESSAGES = [
  "request",
  "reply",
  "cancel-request",
  "locate-request",
  "locate-reply",
  "close-connection",
  "message-error",
  "fragment",
] as const;
/** §11.3: "MIOP", version, flags, length of the GIOP part, packet number, packets, identifier. */
const MIOP_BYTES = 20;
const MIOP_IDENTIFIER_MAX = 252;

export const corba: Protocol = {
  name: "corba",
  title: "General Inter-ORB Protocol (CORBA)",
  spec: "OMG CORBA 3.3 part 2: GIOP, IIOP, MIOP, ZIOP",
  category: "rpc",
  attributes: [CORBA_VERSION, CORBA_MESSAGE, CORBA_OPERATION],
  malformed: [CORBA_HEADER_INVALID],
  recognises:
    "A GIOP or ZIOP header with a published version and message type, in datagrams also behind a MIOP header.",
  omits: "Object references, arguments, and compressed (ZIOP) bodies.",
  datagram: {
    ports: [],
    firstOctets: [0x47, 0x4d],
    dissect(octets, offset, end, flow) {
      const wrong = flow.stage === 0 ? NO : CORBA_HEADER_INVALID;
      let at = offset;
      if (startsWith(octets, offset, end, "MIOP")) {
        if (end - offset < MIOP_BYTES) return wrong;
        const little = (u8(octets, offset + 5) & LITTLE) !== 0;
        const length = little ? u16le(octets, offset + 6) : u16(octets, offset + 6);
        const identifier = little ? u32le(octets, offset + 16) : u32(octets, offset + 16);
        if (u8(octets, offset + 4) !== 0x10 || identifier > MIOP_IDENTIFIER_MAX || length > end - offset)
          return wrong;
        // Packets after the first go on in the middle of a message.
        const number = little ? u32le(octets, offset + 8) : u32(octets, offset + 8);
        // The GIOP part is aligned to eight octets.
        at = offset + ((MIOP_BYTES + identifier + 7) & ~7);
        if (number !== 0 && !startsWith(octets, at, end, "GIOP")) {
          flow.stage = 1;
          return MATCH;
        }
      }
      if (!startsWith(octets, at, end, "GIOP") || end - at < HEADER_BYTES || !headerValid(octets, at))
        return wrong;
      flow.stage = 1;
      readMessage(flow, octets, at, Math.min(end, at + MESSAGE_OCTETS_READ_MAX));
      return MATCH;
    },
  },
  stream: {
    ports: [683],
    firstOctets: [0x47, 0x5a],
    dissect(octets, offset, end, flow) {
      const atHand = end - offset;
      const wrong: Outcome = flow.stage === 0 ? NO : flow.gap ? DONE : CORBA_HEADER_INVALID;
      const plain = startsWith(octets, offset, end, "GIOP".slice(0, atHand));
      if (!plain && !startsWith(octets, offset, end, "ZIOP".slice(0, atHand))) return wrong;
      if (atHand < HEADER_BYTES) return MORE;
      if (!headerValid(octets, offset)) return wrong;
      const size =
        (u8(octets, offset + 6) & LITTLE) !== 0 ? u32le(octets, offset + 8) : u32(octets, offset + 8);
      if (size > MESSAGE_OCTETS_MAX) return wrong;
      const needed = offset + Math.min(HEADER_BYTES + size, MESSAGE_OCTETS_READ_MAX);
      if (end < needed) return MORE;
      flow.stage = 1;
      if (plain) readMessage(flow, octets, offset, needed);
      flow.consume(HEADER_BYTES + size);
      return MATCH;
    },
  },
};

function headerValid(octets: Uint8Array, at: number): boolean {
  // Bits of the flags: byte order, more fragments; in 1.0 the octet is a boolean.
  return (
    u8(octets, at + 4) === 1 &&
    u8(octets, at + 5) <= 3 &&
    (u8(octets, at + 6) & ~0x03) === 0 &&
    u8(octets, at + 7) < MESSAGES.length
  );
}

function readMessage(flow: FlowContext, octets: Uint8Array, at: number, end: number): void {
  const minor = u8(octets, at + 5);
  const type = u8(octets, at + 7);
  if (flow.wants(CORBA_VERSION)) flow.set(CORBA_VERSION, `1.${minor}`);
  flow.set(CORBA_MESSAGE, MESSAGES[type]!);
  if (type !== REQUEST || !flow.wants(CORBA_OPERATION)) return;
  const little = (u8(octets, at + 6) & LITTLE) !== 0;
  const read = little ? u32le : u32;
  const align = (index: number): number => at + ((index - at + 3) & ~3);
  let field = at + HEADER_BYTES;
  if (minor >= 2) {
    // §9.4.2.1: request number, flags, reserved; the target: a key by kind 0, else a profile or reference that is not read.
    field += 8;
    if (field + 8 > end || (little ? u16le(octets, field) : u16(octets, field)) !== 0) return;
    field = align(field + 4 + 4 + read(octets, field + 4));
  } else {
    // Contexts, request number, whether an answer is expected, in 1.1 three reserved octets, the object's key.
    const contexts = read(octets, field);
    if (contexts > 16) return;
    field += 4;
    for (let count = 0; count < contexts; count += 1) {
      if (field + 8 > end) return;
      field = align(field + 8 + read(octets, field + 4));
    }
    field = align(field + 5);
    if (field + 4 > end) return;
    field = align(field + 4 + read(octets, field));
  }
  if (field + 4 > end) return;
  const length = read(octets, field);
  if (length < 2 || length > OPERATION_OCTETS_MAX || field + 4 + length > end) return;
  flow.text(CORBA_OPERATION, octets, field + 4, field + 4 + length - 1);
}
