import { Malformed } from "@palisade/base";
import { u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Unit identifiers that are addressed: devices behind the server. */
export const MODBUS_UNIT = attribute("modbus.unit", "number", { many: true });
/** Function codes: 3 read holding registers, 16 write multiple registers … 90 Schneider's UMAS. */
export const MODBUS_FUNCTION = attribute("modbus.function", "number", { many: true });
/** Exception codes that were answered: 1 illegal function, 2 illegal data address … */
export const MODBUS_EXCEPTION = attribute("modbus.exception", "number", { many: true });
/** From the answer to Read Device Identification (function 43, MEI type 14). */
export const MODBUS_VENDOR = attribute("modbus.vendor", "text");
export const MODBUS_PRODUCT = attribute("modbus.product", "text");
export const MODBUS_REVISION = attribute("modbus.revision", "text");

/** A protocol identifier other than 0, or a length that no message has. */
export const MODBUS_HEADER_INVALID = new Malformed("modbus.header-invalid");
/** A message whose length is not that of its function code, or a function code that is not assigned. */
export const MODBUS_PDU_INVALID = new Malformed("modbus.pdu-invalid");

const PORT = 502;
/** Transaction 2, protocol 2, length 2; then, counted by the length, unit 1 and the PDU. */
const HEADER_BYTES = 6;
const UNIT_AND_PDU_BYTES_MIN = 2;
const UNIT_AND_PDU_BYTES_MAX = 254;
const EXCEPTION_LENGTH = 3;
const EXCEPTION_BIT = 0x80;
const EXCEPTION_CODE_MAX = 11;
const ENCAPSULATED = 43;
const DEVICE_IDENTIFICATION = 14;
const OBJECTS = [MODBUS_VENDOR, MODBUS_PRODUCT, MODBUS_REVISION] as const;

// `flow.stage`: 0 nothing seen, `KNOWN` after the verdict; before it, off the port, the message that waits for its answer.
const KNOWN = 1 << 30;
const ASKED = 1 << 29;
const ASKED_BY = 1 << 28;

export const modbus: Protocol = {
  name: "modbus",
  title: "Modbus/TCP",
  spec: "Modbus Application Protocol V1.1b3; Modbus Messaging on TCP/IP Implementation Guide V1.0b",
  category: "industrial",
  attributes: [
    MODBUS_UNIT,
    MODBUS_FUNCTION,
    MODBUS_EXCEPTION,
    MODBUS_VENDOR,
    MODBUS_PRODUCT,
    MODBUS_REVISION,
  ],
  malformed: [MODBUS_HEADER_INVALID, MODBUS_PDU_INVALID],
  recognises:
    "A header of protocol 0 with an assigned function code whose message has the length of that function; on ports other than 502 a message and its answer of the same transaction.",
  omits: "Values of coils and registers, Modbus over serial lines and UDP, and the contents of UMAS.",
  stream: {
    ports: [PORT],
    dissect(octets, offset, end, flow) {
      const known = flow.stage === KNOWN;
      if (end - offset >= 4 && u16(octets, offset + 2) !== 0) return known ? MODBUS_HEADER_INVALID : NO;
      if (end - offset >= HEADER_BYTES) {
        const length = u16(octets, offset + 4);
        if (length < UNIT_AND_PDU_BYTES_MIN || length > UNIT_AND_PDU_BYTES_MAX) return MODBUS_HEADER_INVALID;
      }
      if (end - offset < HEADER_BYTES + UNIT_AND_PDU_BYTES_MIN) return known ? MATCH : MORE;
      const unitAt = offset + HEADER_BYTES;
      const pduEnd = unitAt + u16(octets, offset + 4);
      if (!assigned(u8(octets, unitAt + 1) & 0x7f)) return MODBUS_PDU_INVALID;
      if (end < pduEnd) return known ? MATCH : MORE;
      if (!lengthFits(octets, unitAt + 1, pduEnd)) return MODBUS_PDU_INVALID;
      if (!known && flow.sourcePort !== PORT && flow.destinationPort !== PORT) {
        const outcome = waitForAnswer(octets, offset, flow);
        if (outcome !== MATCH) return outcome;
      }
      flow.stage = KNOWN;
      readPdu(octets, unitAt, pduEnd, flow);
      flow.consume(pduEnd - offset);
      return MATCH;
    },
  },
};

/** Public codes of V1.1b3 §5.1, the two ranges for user-defined ones (§5), and 90 (UMAS), 125 … 127 (reserved, used by vendors). */
function assigned(code: number): boolean {
  if (code >= 1 && code <= 24) return code <= 8 || code >= 11;
  if (code === ENCAPSULATED || code === 90) return true;
  return (code >= 65 && code <= 72) || (code >= 100 && code <= 110) || code >= 125;
}

/** Whether the PDU is as long as a request or an answer of its function code is (V1.1b3 §6). */
function lengthFits(octets: Uint8Array, at: number, end: number): boolean {
  const code = u8(octets, at);
  const length = end - at;
  if ((code & EXCEPTION_BIT) !== 0) {
    const exception = u8(octets, at + 1);
    return length === EXCEPTION_LENGTH - 1 && exception >= 1 && exception <= EXCEPTION_CODE_MAX;
  }
  if (code >= 1 && code <= 4) return length === 5 || (length >= 2 && length === 2 + u8(octets, at + 1));
  if (code === 5 || code === 6) return length === 5;
  if (code === 15 || code === 16) {
    return length === 5 || (length >= 6 && length === 6 + u8(octets, at + 5));
  }
  if (code === 22) return length === 7;
  return true;
}

/** Off the port: a message counts once the other end answers its transaction and function. */
function waitForAnswer(octets: Uint8Array, offset: number, flow: FlowContext): Outcome {
  const code = u8(octets, offset + HEADER_BYTES + 1);
  const message = (u16(octets, offset) << 7) | (code & 0x7f);
  const stage = flow.stage;
  if ((stage & ASKED) === 0) {
    if ((code & EXCEPTION_BIT) !== 0) return NO;
    flow.stage = ASKED | (flow.direction === 1 ? ASKED_BY : 0) | message;
    return MORE;
  }
  const askedBy = (stage & ASKED_BY) === 0 ? 0 : 1;
  if (askedBy === flow.direction) return MORE;
  return (stage & 0x7f_ffff) === message ? MATCH : NO;
}

function readPdu(octets: Uint8Array, unitAt: number, end: number, flow: FlowContext): void {
  const code = u8(octets, unitAt + 1);
  flow.set(MODBUS_UNIT, u8(octets, unitAt));
  flow.set(MODBUS_FUNCTION, code & 0x7f);
  if ((code & EXCEPTION_BIT) !== 0) flow.set(MODBUS_EXCEPTION, u8(octets, unitAt + 2));
  else if (code === ENCAPSULATED) readIdentification(octets, unitAt + 2, end, flow);
}

/**
 * V1.1b3 §6.21, the answer: MEI type, read code, conformity level, more follows, next object, count; then objects of
 * identifier, length and value. A request has three octets and ends before the count.
 */
function readIdentification(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  if (end - start < 6 || u8(octets, start) !== DEVICE_IDENTIFICATION) return;
  let at = start + 6;
  for (let left = u8(octets, start + 5); left > 0 && at + 2 <= end; left -= 1) {
    const valueEnd = at + 2 + u8(octets, at + 1);
    if (valueEnd > end) return;
    const object = OBJECTS[u8(octets, at)];
    if (object !== undefined) flow.text(object, octets, at + 2, valueEnd);
    at = valueEnd;
  }
}
