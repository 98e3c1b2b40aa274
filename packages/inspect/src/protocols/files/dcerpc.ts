import { Malformed } from "@palisade/base";
import { u8, u16, u16le, u32, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { interfaceName, uuidText } from "./dcerpc-interfaces.js";
import { ntlmAttributes, readNtlm } from "./ntlm.js";

/** Interfaces that are bound to or called: a name where it is well known, else the UUID. */
export const DCERPC_INTERFACE = attribute("dcerpc.interface", "text", { many: true });
/** Kinds of protocol data units, as C706 §12.1 names them, in lower case. */
export const DCERPC_TYPE = attribute("dcerpc.type", "text", { many: true });
/** Numbers of the operations that are called. */
export const DCERPC_OPERATION = attribute("dcerpc.operation", "number", { many: true });
/** 5 over connections, 4 over datagrams. */
export const DCERPC_VERSION = attribute("dcerpc.version", "number");

/** After the verdict: no header where one must begin, or a length that its type cannot have. */
export const DCERPC_HEADER_INVALID = new Malformed("dcerpc.header-invalid");

/** C706 §12.6.3.1: common header of connection-oriented units. */
const CONNECTION_HEADER_BYTES = 16;
/** C706 §12.5.1: header of connectionless units. */
const DATAGRAM_HEADER_BYTES = 80;
const UNIT_OCTETS_READ_MAX = 1024;
const CONTEXTS_MAX = 8;

/** C706 §12.1, table 12-1; MS-RPCE §2.2.1.1 adds auth3 and real-time units (20). */
const TYPES = [
  "request",
  "ping",
  "response",
  "fault",
  "working",
  "nocall",
  "reject",
  "ack",
  "cl-cancel",
  "fack",
  "cancel-ack",
  "bind",
  "bind-ack",
  "bind-nak",
  "alter-context",
  "alter-context-resp",
  "auth3",
  "shutdown",
  "co-cancel",
  "orphaned",
] as const;
const REQUEST = 0;
const RESPONSE = 2;
const FAULT = 3;
const LAST_DATAGRAM_TYPE = 10;
const BIND = 11;
const BIND_ACK = 12;
const BIND_NAK = 13;
const ALTER_CONTEXT = 14;
const ALTER_CONTEXT_RESP = 15;
const AUTH3 = 16;
/** Fewest octets of a unit with its header, by type; 0: the type is not of connections. */
const FEWEST = [24, 0, 24, 32, 0, 0, 0, 0, 0, 0, 0, 72, 26, 18, 72, 24, 20, 16, 16, 16] as const;

export const dcerpc: Protocol = {
  name: "dcerpc",
  title: "Distributed Computing Environment, Remote Procedure Calls",
  spec: "C706 (DCE 1.1: RPC), MS-RPCE",
  category: "rpc",
  attributes: [DCERPC_INTERFACE, DCERPC_TYPE, DCERPC_OPERATION, DCERPC_VERSION, ...ntlmAttributes],
  malformed: [DCERPC_HEADER_INVALID],
  recognises:
    "A version 5 header over a connection or a version 4 header in a datagram, with a known data representation and lengths that fit its type.",
  omits: "Arguments of calls, reassembly of fragments, RPC over HTTP, and RPC in SMB's named pipes.",
  datagram: {
    ports: [135, 34964],
    firstOctets: [4],
    dissect: dissectDatagram,
  },
  stream: {
    ports: [135],
    firstOctets: [5],
    dissect(octets, offset, end, flow) {
      const atHand = end - offset;
      const known = flow.stage !== 0;
      const wrong = !known ? NO : flow.gap ? DONE : DCERPC_HEADER_INVALID;
      if (u8(octets, offset) !== 5) return wrong;
      if (atHand < CONNECTION_HEADER_BYTES) return atHand > 1 && u8(octets, offset + 1) > 1 ? wrong : MORE;
      const type = u8(octets, offset + 2);
      if (u8(octets, offset + 1) > 1 || type >= TYPES.length || !representationValid(octets, offset + 4))
        return wrong;
      if (u8(octets, offset + 7) !== 0) return wrong;
      const little = u8(octets, offset + 4) >>> 4 === 1;
      const length = little ? u16le(octets, offset + 8) : u16(octets, offset + 8);
      const authLength = little ? u16le(octets, offset + 10) : u16(octets, offset + 10);
      const fewest = FEWEST[type]!;
      if (fewest === 0 || length < fewest) return wrong;
      // An authentication trailer has eight octets before its value (C706 §13.2.6.1).
      if (authLength !== 0 && length < CONNECTION_HEADER_BYTES + 8 + authLength) return wrong;
      const needed = offset + Math.min(length, UNIT_OCTETS_READ_MAX);
      if (end < needed) return MORE;
      if (!known && !beginsPlausibly(octets, type, offset, little)) return NO;
      flow.stage = 1;
      flow.set(DCERPC_VERSION, 5);
      flow.set(DCERPC_TYPE, TYPES[type]!);
      if (type === BIND || type === ALTER_CONTEXT) {
        readContexts(flow, octets, offset, needed, little);
      } else if (type === REQUEST) {
        flow.set(DCERPC_OPERATION, little ? u16le(octets, offset + 22) : u16(octets, offset + 22));
      }
      if (authLength !== 0 && (type === BIND || type === BIND_ACK || type === AUTH3)) {
        readNtlm(flow, octets, offset + length - authLength, needed);
      }
      flow.consume(length);
      return MATCH;
    },
  },
};

/** C706 §14.1: integers big (0) or little (1) endian, characters ASCII (0) or EBCDIC (1), floats 0 … 3. */
function representationValid(octets: Uint8Array, at: number): boolean {
  const first = u8(octets, at);
  return first >>> 4 <= 1 && (first & 0xf) <= 1 && u8(octets, at + 1) <= 3 && u8(octets, at + 2) === 0;
}

/** What a first unit holds behind its header, which a chance octet 5 does not. */
function beginsPlausibly(octets: Uint8Array, type: number, offset: number, little: boolean): boolean {
  const flags = u8(octets, offset + 3);
  if (type === BIND || type === ALTER_CONTEXT) {
    // Fragment sizes of at least 1,432 octets (C706 §12.6.3.1 "MustRecvFragSize"), and one to a few contexts.
    const sent = little ? u16le(octets, offset + 16) : u16(octets, offset + 16);
    const received = little ? u16le(octets, offset + 18) : u16(octets, offset + 18);
    const contexts = u8(octets, offset + 24);
    return sent >= 1024 && received >= 1024 && contexts >= 1 && contexts <= 64;
  }
  if (type === BIND_ACK || type === ALTER_CONTEXT_RESP) {
    const sent = little ? u16le(octets, offset + 16) : u16(octets, offset + 16);
    return sent >= 1024;
  }
  if (type === BIND_NAK || type === AUTH3) return flags === 0x03 || flags === 0x07;
  if (type === REQUEST || type === RESPONSE || type === FAULT) {
    // No fragment flag above "object UUID" but "maybe"; a context number as small as they are given out.
    const context = little ? u16le(octets, offset + 20) : u16(octets, offset + 20);
    return (flags & 0x08) === 0 && context < 256;
  }
  return flags === 0x03;
}

/** C706 §12.6.4.3: after the unit's header, sizes and group; each context has an abstract and some transfer syntaxes. */
function readContexts(
  flow: FlowContext,
  octets: Uint8Array,
  offset: number,
  end: number,
  little: boolean,
): void {
  if (!flow.wants(DCERPC_INTERFACE)) return;
  const contexts = Math.min(u8(octets, offset + 24), CONTEXTS_MAX);
  let at = offset + 28;
  for (let count = 0; count < contexts && at + 24 <= end; count += 1) {
    flow.set(DCERPC_INTERFACE, nameOf(octets, at + 4, little));
    at += 24 + 20 * u8(octets, at + 2);
  }
}

function nameOf(octets: Uint8Array, at: number, little: boolean): string {
  const uuid = uuidText(octets, at, little);
  return interfaceName(uuid) ?? uuid;
}

function dissectDatagram(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const wrong = flow.stage === 0 ? NO : DCERPC_HEADER_INVALID;
  if (end - offset < DATAGRAM_HEADER_BYTES || u8(octets, offset) !== 4) return wrong;
  const type = u8(octets, offset + 1);
  // Flags 0x01 and 0x80 of the first octet and all but two of the second are reserved (C706 §12.5.2.3).
  if (type > LAST_DATAGRAM_TYPE || (u8(octets, offset + 3) & ~0x06) !== 0) return wrong;
  if (!representationValid(octets, offset + 4)) return wrong;
  const little = u8(octets, offset + 4) >>> 4 === 1;
  const length = little ? u16le(octets, offset + 74) : u16(octets, offset + 74);
  const interfaceVersion = little ? u32le(octets, offset + 60) : u32(octets, offset + 60);
  // Without authentication the body fills the datagram; stubs may be followed by padding to the link's least frame.
  const authentication = u8(octets, offset + 78);
  const bodyBytes = end - offset - DATAGRAM_HEADER_BYTES;
  if (length > bodyBytes || (authentication === 0 && bodyBytes - length > 46)) return wrong;
  if ((interfaceVersion & 0xffff) > 255) return wrong;
  flow.stage = 1;
  flow.set(DCERPC_VERSION, 4);
  flow.set(DCERPC_TYPE, TYPES[type]!);
  if (flow.wants(DCERPC_INTERFACE)) flow.set(DCERPC_INTERFACE, nameOf(octets, offset + 24, little));
  if (type === REQUEST) {
    flow.set(DCERPC_OPERATION, little ? u16le(octets, offset + 68) : u16(octets, offset + 68));
  }
  return MATCH;
}
