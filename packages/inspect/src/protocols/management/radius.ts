import { Malformed } from "@palisade/base";
import { formatIpv4, formatIpv6, IPV4_BYTES, IPV6_BYTES, u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { malformedKind } from "../../malformed-kind.js";

/** 1 access request, 2 accept, 3 reject, 4 and 5 accounting, 11 challenge, 12 and 13 status, 40 … 45 dynamic authorization. */
export const RADIUS_CODE = attribute("radius.code", "number", { many: true });
export const RADIUS_USER = attribute("radius.user", "text", { many: true });
/** Address of the access server. */
export const RADIUS_NAS_ADDRESS = attribute("radius.nas-address", "address", { many: true });
export const RADIUS_NAS_IDENTIFIER = attribute("radius.nas-identifier", "text", { many: true });
/** What was called: for wireless access the access point's address and network name. */
export const RADIUS_CALLED_STATION = attribute("radius.called-station", "text", { many: true });
/** What called: a telephone number or hardware address. */
export const RADIUS_CALLING_STATION = attribute("radius.calling-station", "text", { many: true });
/** 1 start, 2 stop, 3 interim update, 7 on, 8 off (RFC 2866 §5.1). */
export const RADIUS_ACCOUNTING_STATUS = attribute("radius.accounting-status", "number", { many: true });
/** Address given to the user. */
export const RADIUS_FRAMED_ADDRESS = attribute("radius.framed-address", "address", { many: true });
export const RADIUS_REPLY_MESSAGE = attribute("radius.reply-message", "text", { many: true });

/** Fewer octets than the header, or than its length field counts (RFC 2865 §3: discarded). */
export const RADIUS_TRUNCATED = new Malformed("radius.truncated");
/** A code that was never assigned. */
export const RADIUS_CODE_UNKNOWN = new Malformed("radius.code-unknown");
/** An attribute shorter than its own header, or past the packet (RFC 2865 §5). */
export const RADIUS_ATTRIBUTE_LENGTH = new Malformed("radius.attribute-length");

const PORTS: readonly number[] = [1812, 1813, 1645, 1646, 3799];
const HEADER_BYTES = 20;
const PACKET_BYTES_MAX = 4_096;
const ATTRIBUTE_HEADER_BYTES = 2;
/** Assigned codes: access and accounting, status, and RFC 5176. */
const CODES: readonly number[] = [1, 2, 3, 4, 5, 11, 12, 13, 40, 41, 42, 43, 44, 45];
/** Attributes that a packet on a foreign port must have for a verdict. */
const ATTRIBUTES_MIN = 2;

const NONE = -1;

export const radius: Protocol = {
  name: "radius",
  title: "Remote Authentication Dial In User Service",
  spec: "RFC 2865, RFC 2866 (accounting), RFC 5176 (dynamic authorization), RFC 3162 (IPv6)",
  category: "security",
  attributes: [
    RADIUS_CODE,
    RADIUS_USER,
    RADIUS_NAS_ADDRESS,
    RADIUS_NAS_IDENTIFIER,
    RADIUS_CALLED_STATION,
    RADIUS_CALLING_STATION,
    RADIUS_ACCOUNTING_STATUS,
    RADIUS_FRAMED_ADDRESS,
    RADIUS_REPLY_MESSAGE,
  ],
  malformed: [RADIUS_TRUNCATED, RADIUS_CODE_UNKNOWN, RADIUS_ATTRIBUTE_LENGTH],
  recognises:
    "An assigned code and a length that is the datagram's; on foreign ports also two or more attributes whose lengths add up to it.",
  omits: "Passwords and keys, EAP messages, vendor attributes, and RADIUS over TCP or TLS.",
  datagram: {
    ports: PORTS,
    firstOctets: CODES,
    dissect(octets, offset, end, flow) {
      if (end - offset < HEADER_BYTES) return RADIUS_TRUNCATED;
      const code = u8(octets, offset);
      if (!CODES.includes(code)) return RADIUS_CODE_UNKNOWN;
      const length = u16(octets, offset + 2);
      const stop = offset + length;
      if (length < HEADER_BYTES || length > PACKET_BYTES_MAX || stop > end) return RADIUS_TRUNCATED;
      const attributes = countAttributes(octets, offset + HEADER_BYTES, stop);
      const onPort = PORTS.includes(flow.sourcePort) || PORTS.includes(flow.destinationPort);
      if (flow.stage === 0) {
        if (onPort ? attributes === NONE && stop !== end : attributes < ATTRIBUTES_MIN || stop !== end)
          return NO;
      } else if (attributes === NONE) {
        return RADIUS_ATTRIBUTE_LENGTH;
      }
      flow.stage = 1;
      flow.set(RADIUS_CODE, code);
      if (attributes === NONE) flow.report(malformedKind(RADIUS_ATTRIBUTE_LENGTH));
      readAttributes(octets, offset + HEADER_BYTES, stop, flow);
      return MATCH;
    },
  },
};

/** How many attributes fill `start … end` exactly, or `NONE`. */
function countAttributes(octets: Uint8Array, start: number, end: number): number {
  let count = 0;
  let index = start;
  while (index < end) {
    if (end - index < ATTRIBUTE_HEADER_BYTES || u8(octets, index) === 0) return NONE;
    const length = u8(octets, index + 1);
    if (length < ATTRIBUTE_HEADER_BYTES) return NONE;
    index += length;
    count += 1;
  }
  return index === end ? count : NONE;
}

/** Reads attributes up to the first that does not hold. */
function readAttributes(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  let index = start;
  while (end - index > ATTRIBUTE_HEADER_BYTES) {
    const after = index + u8(octets, index + 1);
    const value = index + ATTRIBUTE_HEADER_BYTES;
    if (after < value || after > end) return;
    if (after > value) readAttribute(octets, u8(octets, index), value, after, flow);
    index = after;
  }
}

function readAttribute(
  octets: Uint8Array,
  type: number,
  value: number,
  after: number,
  flow: FlowContext,
): void {
  const length = after - value;
  switch (type) {
    case 1:
      flow.text(RADIUS_USER, octets, value, after);
      break;
    case 4:
      if (length === IPV4_BYTES) flow.set(RADIUS_NAS_ADDRESS, formatIpv4(octets, value));
      break;
    case 8:
      if (length === IPV4_BYTES) flow.set(RADIUS_FRAMED_ADDRESS, formatIpv4(octets, value));
      break;
    case 18:
      flow.text(RADIUS_REPLY_MESSAGE, octets, value, after);
      break;
    case 30:
      flow.text(RADIUS_CALLED_STATION, octets, value, after);
      break;
    case 31:
      flow.text(RADIUS_CALLING_STATION, octets, value, after);
      break;
    case 32:
      flow.text(RADIUS_NAS_IDENTIFIER, octets, value, after);
      break;
    case 40:
      if (length === 4) flow.set(RADIUS_ACCOUNTING_STATUS, u32(octets, value));
      break;
    case 95:
      if (length === IPV6_BYTES) flow.set(RADIUS_NAS_ADDRESS, formatIpv6(octets, value));
      break;
    default:
  }
}
