import { Malformed } from "@palisade/base";
import { u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import { decodeText, type FlowContext } from "../../flow-context.js";

/** Methods of requests and codes of answers: "GET", "2.05". */
export const COAP_CODE = attribute("coap.code", "text", { many: true });
/** Paths that are asked for: "/.well-known/core". */
export const COAP_PATH = attribute("coap.path", "text", { many: true });
/** Host that the request is for. */
export const COAP_HOST = attribute("coap.host", "text");

/** A token length of 9 … 15, or options that reach beyond the message (RFC 7252 §3). */
export const COAP_MESSAGE_INVALID = new Malformed("coap.message-invalid");

const HEADER_BYTES = 4;
const PAYLOAD_MARKER = 0xff;
const OPTIONS_MAX = 32;
const PATH_OCTETS_MAX = 1024;
const URI_HOST = 3;
const URI_PATH = 11;
/** RFC 7252 §12.2, RFC 7641, RFC 7959, RFC 8613, RFC 8768, RFC 9175, RFC 7967. */
const OPTIONS = new Set([
  1, 3, 4, 5, 6, 7, 8, 9, 11, 12, 14, 15, 16, 17, 19, 20, 21, 23, 27, 28, 31, 35, 39, 60, 252, 258, 292,
]);
const METHODS = ["", "GET", "POST", "PUT", "DELETE", "FETCH", "PATCH", "iPATCH"] as const;
const PORTS = [5683, 5684];

// `flow.stage`: 1 after the verdict; before it the message number of a first request with bit 31 set.
const KNOWN = 1;

/** What the message that was checked last has. */
const seen = { pathFound: false, optionsEnd: 0 };

export const coap: Protocol = {
  name: "coap",
  title: "Constrained Application Protocol",
  spec: "RFC 7252",
  category: "iot",
  attributes: [COAP_CODE, COAP_PATH, COAP_HOST],
  malformed: [COAP_MESSAGE_INVALID],
  recognises:
    "A message of version 1 with known options on port 5683, or elsewhere a request for a path that is answered with the same message number.",
  omits: "Payloads, blocks, observations, and CoAP over TCP (RFC 8323).",
  datagram: {
    ports: PORTS,
    firstOctets: Array.from({ length: 64 }, (_, low) => 0x40 | low).filter((octet) => (octet & 0xf) <= 8),
    dissect(octets, offset, end, flow) {
      const known = flow.stage === KNOWN;
      if (end - offset < HEADER_BYTES || u8(octets, offset) >>> 6 !== 1) return NO;
      const tokenLength = u8(octets, offset) & 0xf;
      const code = u8(octets, offset + 1);
      if (!codeMayBe(code)) return known ? COAP_MESSAGE_INVALID : NO;
      const outcome = checkMessage(octets, offset, end, tokenLength, code);
      if (outcome !== MATCH) return known || PORTS.includes(flow.destinationPort) ? outcome : NO;
      if (!known && !PORTS.includes(flow.sourcePort) && !PORTS.includes(flow.destinationPort)) {
        // Elsewhere: a request for a path, and what answers it.
        const number = u16(octets, offset + 2);
        const request = code >= 1 && code <= 7;
        if (flow.stage === 0) {
          if (!request || !seen.pathFound) return NO;
          flow.stage = number | 0x8000_0000;
          return MORE;
        }
        if (flow.direction === 0) return request ? MORE : NO;
        if (request || (number | 0x8000_0000) !== flow.stage) return NO;
      }
      flow.stage = KNOWN;
      readMessage(flow, octets, offset, end, tokenLength, code);
      return MATCH;
    },
  },
};

/** §12.1: empty, seven methods, and answers of classes 2, 4 and 5. */
function codeMayBe(code: number): boolean {
  const detail = code & 0x1f;
  switch (code >>> 5) {
    case 0:
      return detail <= 7;
    case 2:
      return (detail >= 1 && detail <= 5) || detail === 31;
    case 4:
      return detail <= 29;
    case 5:
      return detail <= 8;
    default:
      return false;
  }
}

/** The value of an option's nibble, extended by octets at `at`: §3.1. -1 where it is reserved or does not fit. */
function extended(octets: Uint8Array, nibble: number, at: number, end: number): number {
  if (nibble < 13) return nibble;
  if (nibble === 13) return at < end ? 13 + u8(octets, at) : -1;
  if (nibble === 14) return at + 1 < end ? 269 + u16(octets, at) : -1;
  return -1;
}

function extensionBytes(nibble: number): number {
  return nibble < 13 ? 0 : nibble - 12;
}

function checkMessage(
  octets: Uint8Array,
  offset: number,
  end: number,
  tokenLength: number,
  code: number,
): Outcome {
  seen.pathFound = false;
  let at = offset + HEADER_BYTES + tokenLength;
  if (tokenLength > 8 || at > end) return COAP_MESSAGE_INVALID;
  // An empty message has nothing behind the header (§4.1).
  if (code === 0) return end === offset + HEADER_BYTES ? MATCH : COAP_MESSAGE_INVALID;
  let option = 0;
  for (let count = 0; at < end; count += 1) {
    if (u8(octets, at) === PAYLOAD_MARKER) {
      if (at + 1 === end) return COAP_MESSAGE_INVALID;
      break;
    }
    if (count === OPTIONS_MAX) return COAP_MESSAGE_INVALID;
    const deltaNibble = u8(octets, at) >>> 4;
    const lengthNibble = u8(octets, at) & 0xf;
    const delta = extended(octets, deltaNibble, at + 1, end);
    const lengthAt = at + 1 + extensionBytes(deltaNibble);
    const length = extended(octets, lengthNibble, lengthAt, end);
    if (delta < 0 || length < 0) return COAP_MESSAGE_INVALID;
    option += delta;
    at = lengthAt + extensionBytes(lengthNibble);
    if (at + length > end || !OPTIONS.has(option)) return COAP_MESSAGE_INVALID;
    if (option === URI_PATH) {
      for (let index = at; index < at + length; index += 1)
        if (u8(octets, index) < 0x20) return COAP_MESSAGE_INVALID;
      seen.pathFound = true;
    }
    at += length;
  }
  seen.optionsEnd = Math.min(at, end);
  return MATCH;
}

/** The options of a message that `checkMessage` found right. */
function readMessage(
  flow: FlowContext,
  octets: Uint8Array,
  offset: number,
  end: number,
  tokenLength: number,
  code: number,
): void {
  const method = code === 0 ? "" : METHODS[code];
  if (flow.wants(COAP_CODE) && code !== 0) {
    flow.set(COAP_CODE, method ?? `${code >>> 5}.${String(code & 0x1f).padStart(2, "0")}`);
  }
  if (code === 0 || (!flow.wants(COAP_PATH) && !flow.wants(COAP_HOST))) return;
  let at = offset + HEADER_BYTES + tokenLength;
  let option = 0;
  let path = "";
  while (at < seen.optionsEnd) {
    const deltaNibble = u8(octets, at) >>> 4;
    const lengthNibble = u8(octets, at) & 0xf;
    option += extended(octets, deltaNibble, at + 1, end);
    const lengthAt = at + 1 + extensionBytes(deltaNibble);
    const length = extended(octets, lengthNibble, lengthAt, end);
    at = lengthAt + extensionBytes(lengthNibble);
    if (option === URI_HOST) flow.host(COAP_HOST, octets, at, at + length);
    if (option === URI_PATH && path.length < PATH_OCTETS_MAX)
      path += `/${decodeText(octets, at, at + length)}`;
    at += length;
  }
  if (path !== "") flow.set(COAP_PATH, path);
}
