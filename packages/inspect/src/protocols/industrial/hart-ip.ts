import { Malformed } from "@palisade/base";
import { u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Message identifiers: 0 initiate session, 1 close, 2 keep alive, 3 token-passing PDU, 4 direct PDU, 5 read audit log. */
export const HART_IP_MESSAGE = attribute("hart-ip.message", "number", { many: true });
/** HART commands inside token-passing PDUs: 0 read unique identifier, 3 read dynamic variables … */
export const HART_IP_COMMAND = attribute("hart-ip.command", "number", { many: true });
/** Inactivity times that sessions ask for, in milliseconds. */
export const HART_IP_INACTIVITY = attribute("hart-ip.inactivity-ms", "number", { many: true });

/** A version, message type or identifier that is not defined, or a length below the header's. */
export const HART_IP_HEADER_INVALID = new Malformed("hart-ip.header-invalid");
/** The length is not the datagram's. */
export const HART_IP_LENGTH_INVALID = new Malformed("hart-ip.length-invalid");

const PORT = 5094;
const HEADER_BYTES = 8;
const INITIATE = 0;
const KEEP_ALIVE = 2;
const TOKEN_PASSING = 3;
const MESSAGE_MAX = 5;
/** Request, response, publish, error, negative acknowledgement. */
const TYPES: readonly number[] = [0, 1, 2, 3, 15];
/** Host type 1, inactivity time 4. */
const INITIATE_BYTES = HEADER_BYTES + 5;
const MESSAGE_BYTES_MAX = 4096;

export const hartIp: Protocol = {
  name: "hart-ip",
  title: "HART-IP",
  spec: "FieldComm Group HCF_SPEC-085, network management over IP",
  category: "industrial",
  attributes: [HART_IP_MESSAGE, HART_IP_COMMAND, HART_IP_INACTIVITY],
  malformed: [HART_IP_HEADER_INVALID, HART_IP_LENGTH_INVALID],
  recognises:
    "The initiation of a session, or on port 5094 any message: defined version, type and identifier, and its own length.",
  omits: "Data of HART commands, version 2 security, and direct PDUs.",
  datagram: {
    ports: [PORT],
    firstOctets: [1, 2],
    dissect(octets, offset, end, flow) {
      if (end - offset < HEADER_BYTES || !headerValid(octets, offset)) return HART_IP_HEADER_INVALID;
      if (u16(octets, offset + 6) !== end - offset) return HART_IP_LENGTH_INVALID;
      if (flow.stage === 0 && !decides(octets, offset, flow)) return NO;
      flow.stage = 1;
      readMessage(octets, offset, end, flow);
      return MATCH;
    },
  },
  stream: {
    ports: [PORT],
    firstOctets: [1, 2],
    dissect(octets, offset, end, flow) {
      const known = flow.stage === 1;
      if (end - offset < HEADER_BYTES) return known ? MATCH : MORE;
      if (!headerValid(octets, offset)) return HART_IP_HEADER_INVALID;
      const messageEnd = offset + u16(octets, offset + 6);
      if (end < messageEnd) return known ? MATCH : MORE;
      if (!known && !decides(octets, offset, flow)) return NO;
      flow.stage = 1;
      readMessage(octets, offset, messageEnd, flow);
      flow.consume(messageEnd - offset);
      return MATCH;
    },
  },
};

/** Version 1, type 1, identifier 1, status 1, sequence 2, length 2, which counts the header. */
function headerValid(octets: Uint8Array, at: number): boolean {
  const version = u8(octets, at);
  const message = u8(octets, at + 2);
  const length = u16(octets, at + 6);
  if (version < 1 || version > 2 || message > MESSAGE_MAX || !TYPES.includes(u8(octets, at + 1)))
    return false;
  if (length < HEADER_BYTES || length > MESSAGE_BYTES_MAX) return false;
  if (message === INITIATE && version === 1) {
    // Refused with the header alone; host types are secondary and primary.
    return length === HEADER_BYTES || (length === INITIATE_BYTES && u8(octets, at + 3) < 0x40);
  }
  return message !== KEEP_ALIVE || length === HEADER_BYTES;
}

/** Whether the message is enough for a verdict. Host types of an initiation are 0, secondary, and 1, primary. */
function decides(octets: Uint8Array, at: number, flow: FlowContext): boolean {
  if (flow.sourcePort === PORT || flow.destinationPort === PORT) return true;
  return u8(octets, at + 2) === INITIATE && u16(octets, at + 6) === INITIATE_BYTES && u8(octets, at + 8) <= 1;
}

function readMessage(octets: Uint8Array, at: number, end: number, flow: FlowContext): void {
  const message = u8(octets, at + 2);
  flow.set(HART_IP_MESSAGE, message);
  const body = at + HEADER_BYTES;
  if (message === INITIATE && end - body >= 5) {
    flow.set(HART_IP_INACTIVITY, u16(octets, body + 1) * 0x1_0000 + u16(octets, body + 3));
  } else if (message === TOKEN_PASSING && body < end) {
    // Delimiter (bit 7: unique address of five octets; bits 6 and 5: expansion octets), address, expansion, command.
    const delimiter = u8(octets, body);
    const command = body + 1 + ((delimiter & 0x80) !== 0 ? 5 : 1) + ((delimiter >>> 5) & 3);
    if (command < end) flow.set(HART_IP_COMMAND, u8(octets, command));
  }
}
