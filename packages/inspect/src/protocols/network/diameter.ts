import { Malformed } from "@palisade/base";
import { u8, u24, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Command codes: 257 capabilities exchange, 272 credit control, 280 device watchdog, 316 update location … */
export const DIAMETER_COMMAND = attribute("diameter.command", "number", { many: true });
/** Application identifiers: 0 common, 4 credit control, 16777251 S6a … */
export const DIAMETER_APPLICATION = attribute("diameter.application", "number", { many: true });
export const DIAMETER_ORIGIN_HOST = attribute("diameter.origin-host", "text", { many: true });
export const DIAMETER_ORIGIN_REALM = attribute("diameter.origin-realm", "text", { many: true });
export const DIAMETER_DESTINATION_HOST = attribute("diameter.destination-host", "text", { many: true });
export const DIAMETER_USER = attribute("diameter.user", "text", { many: true });
export const DIAMETER_PRODUCT = attribute("diameter.product", "text", { many: true });
/** Result codes of answers: 2001 success, 3xxx, 4xxx, 5xxx failures. */
export const DIAMETER_RESULT = attribute("diameter.result", "number", { many: true });

/** Another version, reserved flags, or a length that is no multiple of four (RFC 6733 §3). */
export const DIAMETER_HEADER_INVALID = new Malformed("diameter.header-invalid");
/** An attribute-value pair with reserved flags, or that reaches beyond its message. */
export const DIAMETER_AVP_INVALID = new Malformed("diameter.avp-invalid");

const HEADER_BYTES = 20;
const AVP_BYTES = 8;
const VENDOR_FLAG = 0x80;
const AVPS_MAX = 64;
/** Octets of a message that are waited for and read; the rest is skipped. */
const READ_MAX = 2048;
const USER_NAME = 1;
const SESSION_ID = 263;
const ORIGIN_HOST = 264;
const RESULT_CODE = 268;
const PRODUCT_NAME = 269;
const DESTINATION_HOST = 293;
const ORIGIN_REALM = 296;

export const diameter: Protocol = {
  name: "diameter",
  title: "Diameter",
  spec: "RFC 6733",
  category: "mobile-core",
  attributes: [
    DIAMETER_COMMAND,
    DIAMETER_APPLICATION,
    DIAMETER_ORIGIN_HOST,
    DIAMETER_ORIGIN_REALM,
    DIAMETER_DESTINATION_HOST,
    DIAMETER_USER,
    DIAMETER_PRODUCT,
    DIAMETER_RESULT,
  ],
  malformed: [DIAMETER_HEADER_INVALID, DIAMETER_AVP_INVALID],
  recognises:
    "A header of version 1 with reserved bits clear, whose first attribute is a session identifier, an origin host or a result code.",
  omits: "Attributes inside others and those of applications, and Diameter over SCTP.",
  stream: {
    ports: [3868],
    firstOctets: [1],
    dissect(octets, offset, end, flow) {
      const known = flow.stage === 1;
      const size = end - offset;
      if (u8(octets, offset) !== 1) return DIAMETER_HEADER_INVALID;
      if (size < HEADER_BYTES + AVP_BYTES) {
        if (known && size >= HEADER_BYTES && u24(octets, offset + 1) === HEADER_BYTES) {
          flow.consume(HEADER_BYTES);
        }
        return known ? MATCH : MORE;
      }
      const length = u24(octets, offset + 1);
      const flags = u8(octets, offset + 4);
      if (length < HEADER_BYTES || length % 4 !== 0 || (flags & 0x0f) !== 0) return DIAMETER_HEADER_INVALID;
      if (!known) {
        // §3: E is not set in requests, T not in answers.
        if ((flags & 0xa0) === 0xa0 || (flags & 0x90) === 0x10) return DIAMETER_HEADER_INVALID;
        const code = u32(octets, offset + HEADER_BYTES);
        if (code !== SESSION_ID && code !== ORIGIN_HOST && code !== RESULT_CODE) return DIAMETER_AVP_INVALID;
      }
      const readEnd = offset + Math.min(length, READ_MAX);
      if (end < readEnd) return known ? MATCH : MORE;
      const start = offset + HEADER_BYTES;
      if (!walk(octets, start, readEnd, offset + length, undefined)) return DIAMETER_AVP_INVALID;
      flow.stage = 1;
      walk(octets, start, readEnd, offset + length, flow);
      flow.set(DIAMETER_COMMAND, u24(octets, offset + 5));
      flow.set(DIAMETER_APPLICATION, u32(octets, offset + 8));
      flow.consume(length);
      return MATCH;
    },
  },
};

/**
 * Passes over the attributes; false where one does not fit. With a flow, they are told to it. §4.1: code 4, flags 1,
 * length 3, perhaps vendor 4, value, padding to four octets.
 */
function walk(
  octets: Uint8Array,
  start: number,
  end: number,
  messageEnd: number,
  flow: FlowContext | undefined,
): boolean {
  let at = start;
  for (let count = 0; count < AVPS_MAX && at + AVP_BYTES <= end; count += 1) {
    const flags = u8(octets, at + 4);
    const length = u24(octets, at + 5);
    const header = (flags & VENDOR_FLAG) !== 0 ? AVP_BYTES + 4 : AVP_BYTES;
    if ((flags & 0x1f) !== 0 || length < header || at + length > messageEnd) return false;
    const valueEnd = at + length;
    if (flow !== undefined && valueEnd <= end && header === AVP_BYTES) {
      readAttribute(octets, u32(octets, at), at + header, valueEnd, flow);
    }
    at = valueEnd + (-length & 3);
  }
  return true;
}

function readAttribute(
  octets: Uint8Array,
  code: number,
  start: number,
  end: number,
  flow: FlowContext,
): void {
  if (code === USER_NAME) flow.text(DIAMETER_USER, octets, start, end);
  else if (code === ORIGIN_HOST) flow.text(DIAMETER_ORIGIN_HOST, octets, start, end);
  else if (code === RESULT_CODE && end - start === 4) flow.set(DIAMETER_RESULT, u32(octets, start));
  else if (code === PRODUCT_NAME) flow.text(DIAMETER_PRODUCT, octets, start, end);
  else if (code === DESTINATION_HOST) flow.text(DIAMETER_DESTINATION_HOST, octets, start, end);
  else if (code === ORIGIN_REALM) flow.text(DIAMETER_ORIGIN_REALM, octets, start, end);
}
