import { Malformed } from "@palisade/base";
import { u8, u16, u24, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Services that are spoken to; 65,535 is service discovery itself. */
export const SOMEIP_SERVICE = attribute("someip.service", "number", { many: true });
/** Methods, and from 0x8000 events. */
export const SOMEIP_METHOD = attribute("someip.method", "number", { many: true });
/** 0 request, 1 request without return, 2 notification, 0x80 response, 0x81 error; bit 0x20 marks a segment. */
export const SOMEIP_MESSAGE_TYPE = attribute("someip.message-type", "number", { many: true });
/** Return codes of answers other than 0: 2 unknown service … */
export const SOMEIP_RETURN_CODE = attribute("someip.return-code", "number", { many: true });
/** Services that service discovery looks for, offers, or subscribes to. */
export const SOMEIP_DISCOVERED = attribute("someip.discovered-service", "number", { many: true });

/** A length that does not fit, or a protocol version, message type or return code that is not assigned. */
export const SOMEIP_HEADER_INVALID = new Malformed("someip.header-invalid");
/** A service discovery message whose arrays do not fit. */
export const SOMEIP_DISCOVERY_INVALID = new Malformed("someip.discovery-invalid");

const HEADER_BYTES = 16;
/** Octets that the length does not count: message identifier and itself. */
const UNCOUNTED_BYTES = 8;
const MESSAGES_MAX = 32;
const STREAM_MESSAGE_MAX = 0x100_0000;
const RETURN_CODE_MAX = 0x5e;
const DISCOVERY = 0xffff_8100;
const ENTRY_BYTES = 16;
const ENTRIES_MAX = 64;
/** PRS_SOMEIP_00160 ff.: keeps a stream in step. The request identifier is 0xDEADBEEF. */
const COOKIE_CLIENT = 0xffff_0000;
const COOKIE_SERVER = 0xffff_8000;
const COOKIE_REQUEST = 0xdead_beef;

interface Asked {
  message: number;
  request: number;
  direction: number;
}

export const someip: Protocol = {
  name: "someip",
  title: "Scalable service-Oriented MiddlewarE over IP",
  spec: "AUTOSAR PRS_SOMEIPProtocol, PRS_SOMEIPServiceDiscoveryProtocol",
  category: "industrial",
  attributes: [SOMEIP_SERVICE, SOMEIP_METHOD, SOMEIP_MESSAGE_TYPE, SOMEIP_RETURN_CODE, SOMEIP_DISCOVERED],
  malformed: [SOMEIP_HEADER_INVALID, SOMEIP_DISCOVERY_INVALID],
  recognises:
    "A datagram filled by messages of protocol version 1 with assigned types and return codes; in a stream a request and its response, or a magic cookie.",
  omits: "Payloads, segments put together, endpoint options, and messages inside TLS.",
  datagram: {
    ports: [30_490],
    dissect(octets, offset, end, flow) {
      let at = offset;
      for (let count = 0; count < MESSAGES_MAX && at < end; count += 1) {
        if (end - at < HEADER_BYTES) return SOMEIP_HEADER_INVALID;
        const messageEnd = at + UNCOUNTED_BYTES + u32(octets, at + 4);
        if (messageEnd > end || !headerValid(octets, at)) return SOMEIP_HEADER_INVALID;
        if (u32(octets, at) === DISCOVERY && !discoveryValid(octets, at + HEADER_BYTES, messageEnd)) {
          return SOMEIP_DISCOVERY_INVALID;
        }
        at = messageEnd;
      }
      at = offset;
      for (let count = 0; count < MESSAGES_MAX && at < end; count += 1) {
        const messageEnd = at + UNCOUNTED_BYTES + u32(octets, at + 4);
        readMessage(octets, at, messageEnd, flow);
        at = messageEnd;
      }
      return MATCH;
    },
  },
  stream: {
    ports: [30_490],
    dissect(octets, offset, end, flow) {
      const known = flow.stage === 1;
      if (end - offset < HEADER_BYTES) return known ? MATCH : MORE;
      if (!headerValid(octets, offset)) return SOMEIP_HEADER_INVALID;
      const length = UNCOUNTED_BYTES + u32(octets, offset + 4);
      if (length > STREAM_MESSAGE_MAX) return SOMEIP_HEADER_INVALID;
      if (!known) {
        const outcome = waitForAnswer(octets, offset, flow);
        if (outcome !== MATCH) return outcome;
      }
      flow.stage = 1;
      readMessage(octets, offset, offset + HEADER_BYTES, flow);
      flow.consume(length);
      return MATCH;
    },
  },
};

function headerValid(octets: Uint8Array, at: number): boolean {
  if (u32(octets, at + 4) < HEADER_BYTES - UNCOUNTED_BYTES || u8(octets, at + 12) !== 1) return false;
  const type = u8(octets, at + 14) & ~0x20;
  const code = u8(octets, at + 15);
  // PRS_SOMEIP_00055: requests and notifications carry return code 0.
  if (type <= 2) return code === 0;
  return (type === 0x80 || type === 0x81) && code <= RETURN_CODE_MAX;
}

/** One header in a stream has too few fixed bits: it counts once the other end answers it. */
function waitForAnswer(octets: Uint8Array, offset: number, flow: FlowContext): Outcome {
  const message = u32(octets, offset);
  const request = u32(octets, offset + 8);
  if (message === COOKIE_CLIENT || message === COOKIE_SERVER) {
    return request === COOKIE_REQUEST && u32(octets, offset + 4) === 8 ? MATCH : NO;
  }
  const type = u8(octets, offset + 14);
  const asked = flow.memo(makeAsked);
  if (asked.direction < 0) {
    if (type !== 0) return NO;
    asked.message = message;
    asked.request = request;
    asked.direction = flow.direction;
    return MORE;
  }
  if (asked.direction === flow.direction) return MORE;
  return (type & 0x80) !== 0 && asked.message === message && asked.request === request ? MATCH : NO;
}

function makeAsked(): Asked {
  return { message: 0, request: 0, direction: -1 };
}

function readMessage(octets: Uint8Array, at: number, end: number, flow: FlowContext): void {
  const type = u8(octets, at + 14);
  flow.set(SOMEIP_SERVICE, u16(octets, at));
  flow.set(SOMEIP_METHOD, u16(octets, at + 2));
  flow.set(SOMEIP_MESSAGE_TYPE, type);
  const code = u8(octets, at + 15);
  if (code !== 0) flow.set(SOMEIP_RETURN_CODE, code);
  if (u32(octets, at) !== DISCOVERY || end < at + HEADER_BYTES + 8 || !flow.wants(SOMEIP_DISCOVERED)) return;
  const entries = at + HEADER_BYTES + 8;
  const entriesEnd = Math.min(entries + u32(octets, entries - 4), entries + ENTRIES_MAX * ENTRY_BYTES);
  for (let entry = entries; entry + ENTRY_BYTES <= entriesEnd; entry += ENTRY_BYTES) {
    flow.set(SOMEIP_DISCOVERED, u16(octets, entry + 4));
  }
}

/** Flags 1, reserved 3, length of entries 4, entries of 16, length of options 4, options, which end the message. */
function discoveryValid(octets: Uint8Array, start: number, end: number): boolean {
  if (end - start < 12 || u24(octets, start + 1) !== 0) return false;
  const entriesBytes = u32(octets, start + 4);
  const optionsAt = start + 8 + entriesBytes;
  if (entriesBytes % ENTRY_BYTES !== 0 || optionsAt + 4 > end) return false;
  return optionsAt + 4 + u32(octets, optionsAt) === end;
}
