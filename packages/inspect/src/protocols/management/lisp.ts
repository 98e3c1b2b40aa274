import { Malformed } from "@palisade/base";
import { formatIpv4, formatIpv6, IPV4_BYTES, IPV6_BYTES, u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { incomplete } from "../incomplete.js";

/** 1 map request, 2 reply, 3 register, 4 notify, 5 its acknowledgement, 6 referral, 7 information, 8 encapsulated; over TCP 16 … 21. */
export const LISP_MESSAGE_TYPE = attribute("lisp.message-type", "number", { many: true });
/** Endpoint prefixes of registrations and their notifications: `192.0.2.0/24`. */
export const LISP_PREFIX = attribute("lisp.prefix", "text", { many: true });
/** Key that authenticates registrations, by number. */
export const LISP_KEY = attribute("lisp.key", "number");

/** Fewer octets than the message's fixed fields, or than its authentication data. */
export const LISP_TRUNCATED = new Malformed("lisp.truncated");
/** A message type that was never assigned, or no records where there must be some. */
export const LISP_HEADER_WRONG = new Malformed("lisp.header-wrong");
/** A message over TCP without its end marker. */
export const LISP_END_MISSING = new Malformed("lisp.end-missing");

const PORT_DATA = 4341;
const PORT_CONTROL = 4342;
const NONCE_END = 12;
const AUTHENTICATED_BYTES = 16;
const TYPE_REGISTER = 3;
const TYPE_NOTIFY_ACK = 5;
const TYPE_REFERRAL = 6;
const TYPE_INFORMATION = 7;
const TYPE_ENCAPSULATED = 8;
const ECM_HEADER_BYTES = 4;
const ECM_SECURITY = 0b0000_1000;
const RECORD_BYTES = 12;
const AFI_IPV4 = 1;
const AFI_IPV6 = 2;
const DATA_HEADER_BYTES = 8;
const STREAM_HEADER_BYTES = 8;
const STREAM_BYTES_MIN = 12;
const STREAM_MESSAGE_MAX = 8_192;
const STREAM_TYPE_FIRST = 16;
const STREAM_TYPE_LAST = 21;
const END_MARKER = 0x9fac_ade9;

export const lisp: Protocol = {
  name: "lisp",
  title: "Locator/ID Separation Protocol",
  spec: "RFC 9300 (data), RFC 9301 (control), draft-ietf-lisp-map-server-reliable-transport (TCP)",
  category: "network",
  attributes: [LISP_MESSAGE_TYPE, LISP_PREFIX, LISP_KEY],
  malformed: [LISP_TRUNCATED, LISP_HEADER_WRONG, LISP_END_MISSING],
  recognises:
    "From or to port 4342 a control message of an assigned type with records and authentication data that fit; on port 4341 a header and an IP packet that fills the datagram; over TCP a message with its end marker.",
  omits: "Locators, other address families than IP's, and the packets inside.",
  datagram: {
    ports: [PORT_CONTROL, PORT_DATA],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      if (flow.destinationPort === PORT_DATA) return readData(octets, offset, end);
      if (flow.destinationPort !== PORT_CONTROL && flow.sourcePort !== PORT_CONTROL) return NO;
      return readControl(octets, offset, end, flow);
    },
  },
  stream: {
    ports: [PORT_CONTROL],
    firstOctets: [0],
    dissect(octets, offset, end, flow) {
      if (end - offset < STREAM_HEADER_BYTES) return incomplete(flow);
      const type = u16(octets, offset);
      const length = u16(octets, offset + 2);
      if (type < STREAM_TYPE_FIRST || type > STREAM_TYPE_LAST) return LISP_HEADER_WRONG;
      if (length < STREAM_BYTES_MIN || length > STREAM_MESSAGE_MAX) return LISP_TRUNCATED;
      if (end - offset < length) return incomplete(flow);
      if (u32(octets, offset + length - 4) !== END_MARKER) return LISP_END_MISSING;
      flow.stage = 1;
      flow.set(LISP_MESSAGE_TYPE, type);
      flow.consume(length);
      return MATCH;
    },
  },
};

function readControl(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const length = end - offset;
  if (length < NONCE_END) return LISP_TRUNCATED;
  const type = u8(octets, offset) >>> 4;
  if (type === 0 || type > TYPE_ENCAPSULATED) return LISP_HEADER_WRONG;
  if (type === TYPE_ENCAPSULATED) {
    // With the S bit, authentication data stands between header and packet.
    const isPlain = (u8(octets, offset) & ECM_SECURITY) === 0;
    const version = u8(octets, offset + ECM_HEADER_BYTES) >>> 4;
    if (isPlain && version !== 4 && version !== 6) return LISP_HEADER_WRONG;
  } else if (type <= TYPE_REFERRAL && u8(octets, offset + 3) === 0) {
    return LISP_HEADER_WRONG;
  }
  const isAuthenticated = (type >= TYPE_REGISTER && type <= TYPE_NOTIFY_ACK) || type === TYPE_INFORMATION;
  if (isAuthenticated) {
    const record = offset + AUTHENTICATED_BYTES + u16(octets, offset + 14);
    if (length < AUTHENTICATED_BYTES || record > end) return LISP_TRUNCATED;
    flow.set(LISP_KEY, u16(octets, offset + NONCE_END));
    if (type !== TYPE_INFORMATION) readRecord(octets, record, end, flow);
  }
  flow.set(LISP_MESSAGE_TYPE, type);
  return MATCH;
}

/** RFC 9301 §5.4: time to live 4, locators, mask length, flags 2, version 2, family 2, then the prefix. */
function readRecord(octets: Uint8Array, at: number, end: number, flow: FlowContext): void {
  if (!flow.wants(LISP_PREFIX) || at + RECORD_BYTES > end) return;
  const family = u16(octets, at + 10);
  const prefix = at + RECORD_BYTES;
  const mask = u8(octets, at + 5);
  if (family === AFI_IPV4 && prefix + IPV4_BYTES <= end) {
    flow.set(LISP_PREFIX, `${formatIpv4(octets, prefix)}/${mask}`);
  } else if (family === AFI_IPV6 && prefix + IPV6_BYTES <= end) {
    flow.set(LISP_PREFIX, `${formatIpv6(octets, prefix)}/${mask}`);
  }
}

/** RFC 9300 §5.1 ff.: a header of eight octets, then an IP packet whose own length must be what is left. */
function readData(octets: Uint8Array, offset: number, end: number): Outcome {
  const inner = offset + DATA_HEADER_BYTES;
  const length = end - inner;
  if (length < 20) return LISP_TRUNCATED;
  const first = u8(octets, inner);
  if (first >>> 4 === 4) return (first & 0b1111) >= 5 && u16(octets, inner + 2) === length ? MATCH : NO;
  return first >>> 4 === 6 && length >= 40 && u16(octets, inner + 4) + 40 === length ? MATCH : NO;
}
