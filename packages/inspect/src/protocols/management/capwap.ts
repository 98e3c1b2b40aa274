import { Malformed } from "@palisade/base";
import { u8, u16, u24, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** 1 discovery request, 2 its response, 3 join request, 13 echo request … (RFC 5415 §4.5.1.1). */
export const CAPWAP_MESSAGE_TYPE = attribute("capwap.message-type", "number", { many: true });
/** Name of the access controller. */
export const CAPWAP_CONTROLLER = attribute("capwap.controller", "text");
/** Name of the access point. */
export const CAPWAP_ACCESS_POINT = attribute("capwap.access-point", "text");
/** Where the access point says it is. */
export const CAPWAP_LOCATION = attribute("capwap.location", "text");
/** The channel is encrypted with DTLS. */
export const CAPWAP_ENCRYPTED = attribute("capwap.encrypted", "flag");

/** Fewer octets than the header's length field counts. */
export const CAPWAP_TRUNCATED = new Malformed("capwap.truncated");
/** Reserved bits, a preamble of an unknown type, or a control message that was never assigned. */
export const CAPWAP_HEADER_WRONG = new Malformed("capwap.header-wrong");
/** Message elements that do not fit the length of the message. */
export const CAPWAP_ELEMENT_WRONG = new Malformed("capwap.element-wrong");

const PORT_CONTROL = 5246;
const PORT_DATA = 5247;
const PREAMBLE_HEADER = 0;
const PREAMBLE_DTLS = 1;
const HEADER_BYTES_MIN = 8;
const CONTROL_BYTES = 8;
const DTLS_PREAMBLE_BYTES = 4;
const DTLS_RECORD_BYTES = 13;
/** RFC 6347: change cipher spec, alert, handshake, application data. */
const DTLS_TYPE_FIRST = 20;
const DTLS_TYPE_LAST = 23;
/** In the low 19 bits of the first word: fragment flag; the reserved flags. */
const FLAG_FRAGMENT = 0x80;
const FLAGS_RESERVED = 0x07;
/** Assigned types of IETF messages: RFC 5415 has 26, drafts and vendors none without an enterprise number. */
const MESSAGE_LAST = 26;
const ELEMENT_HEADER_BYTES = 4;
const ELEMENT_CONTROLLER_NAME = 4;
const ELEMENT_LOCATION = 28;
const ELEMENT_ACCESS_POINT_NAME = 45;

export const capwap: Protocol = {
  name: "capwap",
  title: "Control And Provisioning of Wireless Access Points",
  spec: "RFC 5415",
  category: "network",
  attributes: [
    CAPWAP_MESSAGE_TYPE,
    CAPWAP_CONTROLLER,
    CAPWAP_ACCESS_POINT,
    CAPWAP_LOCATION,
    CAPWAP_ENCRYPTED,
  ],
  malformed: [CAPWAP_TRUNCATED, CAPWAP_HEADER_WRONG, CAPWAP_ELEMENT_WRONG],
  recognises:
    "From or to port 5246 or 5247 a preamble and DTLS record, or a header with reserved bits clear and, for control, an assigned message whose length is the datagram's.",
  omits: "What DTLS protects, tunnelled frames, and fragments but the first.",
  datagram: {
    ports: [PORT_CONTROL, PORT_DATA],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      const isControl = flow.sourcePort === PORT_CONTROL || flow.destinationPort === PORT_CONTROL;
      const preamble = u8(octets, offset);
      if (preamble === PREAMBLE_DTLS) return readDtls(octets, offset, end, flow);
      if (preamble !== PREAMBLE_HEADER) return CAPWAP_HEADER_WRONG;
      if (end - offset < HEADER_BYTES_MIN) return CAPWAP_TRUNCATED;
      const headerBytes = (u8(octets, offset + 1) >>> 3) * 4;
      if (headerBytes < HEADER_BYTES_MIN) return CAPWAP_HEADER_WRONG;
      if (offset + headerBytes > end) return CAPWAP_TRUNCATED;
      const flags = u8(octets, offset + 3);
      // The last three bits of the fragment offset are reserved too (RFC 5415 §4.3).
      if ((flags & FLAGS_RESERVED) !== 0 || (u16(octets, offset + 6) & 0b111) !== 0)
        return CAPWAP_HEADER_WRONG;
      if (!isControl || (flags & FLAG_FRAGMENT) !== 0) return MATCH;
      return readControl(octets, offset + headerBytes, end, flow);
    },
  },
};

function readDtls(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const record = offset + DTLS_PREAMBLE_BYTES;
  if (end - record < DTLS_RECORD_BYTES) return CAPWAP_TRUNCATED;
  const type = u8(octets, record);
  const isRecord = type >= DTLS_TYPE_FIRST && type <= DTLS_TYPE_LAST && u8(octets, record + 1) === 0xfe;
  if (u24(octets, offset + 1) !== 0 || !isRecord) return CAPWAP_HEADER_WRONG;
  flow.set(CAPWAP_ENCRYPTED, true);
  return MATCH;
}

/** RFC 5415 §4.5.1: type 4, sequence number, length of what follows it, flags; then elements. */
function readControl(octets: Uint8Array, message: number, end: number, flow: FlowContext): Outcome {
  if (end - message < CONTROL_BYTES) return CAPWAP_TRUNCATED;
  const type = u32(octets, message);
  const enterprise = type >>> 8;
  if (enterprise === 0 && (type === 0 || type > MESSAGE_LAST)) return CAPWAP_HEADER_WRONG;
  if (message + 5 + u16(octets, message + 5) !== end) return CAPWAP_ELEMENT_WRONG;
  flow.set(CAPWAP_MESSAGE_TYPE, type & 0xff);
  let at = message + CONTROL_BYTES;
  while (end - at >= ELEMENT_HEADER_BYTES) {
    const element = u16(octets, at);
    const value = at + ELEMENT_HEADER_BYTES;
    const after = value + u16(octets, at + 2);
    if (after > end) return MATCH;
    if (after > value) {
      if (element === ELEMENT_CONTROLLER_NAME) flow.text(CAPWAP_CONTROLLER, octets, value, after);
      else if (element === ELEMENT_ACCESS_POINT_NAME) flow.text(CAPWAP_ACCESS_POINT, octets, value, after);
      else if (element === ELEMENT_LOCATION) flow.text(CAPWAP_LOCATION, octets, value, after);
    }
    at = after;
  }
  return MATCH;
}
