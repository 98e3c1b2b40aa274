import { Malformed } from "@palisade/base";
import { formatIpAddress, u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { incomplete } from "../incomplete.js";

/** Message types seen: 1 OPEN, 2 UPDATE, 3 NOTIFICATION, 4 KEEPALIVE, 5 ROUTE-REFRESH. */
export const BGP_TYPE = attribute("bgp.type", "number", { many: true });
/** Autonomous systems of the speakers; the four-octet number where the capability announces one (RFC 6793). */
export const BGP_AS = attribute("bgp.as", "number", { many: true });
export const BGP_IDENTIFIER = attribute("bgp.identifier", "address", { many: true });
/** Hold times that are proposed, in seconds. */
export const BGP_HOLD_TIME = attribute("bgp.hold-time", "number", { many: true });
/** Error code and subcode of notifications, with a dot between: "6.2" administrative shutdown. */
export const BGP_ERROR = attribute("bgp.error", "text", { many: true });

/** The marker is not all ones (RFC 4271 §4.1). */
export const BGP_MARKER_WRONG = new Malformed("bgp.marker-wrong");
/** A type that is not assigned, or a length that the type cannot have. */
export const BGP_HEADER_INVALID = new Malformed("bgp.header-invalid");
/** An OPEN whose version is not 4 or whose optional parameters do not fit. */
export const BGP_OPEN_INVALID = new Malformed("bgp.open-invalid");

const MARKER_BYTES = 16;
const HEADER_BYTES = 19;
const OPEN = 1;
const UPDATE = 2;
const NOTIFICATION = 3;
const KEEPALIVE = 4;
const ROUTE_REFRESH = 5;
const OPEN_BYTES = 29;
/** RFC 4271 §4.1; with RFC 8654 other messages than OPEN and KEEPALIVE may be of 65,535. */
const MESSAGE_MAX = 4096;
const CAPABILITIES = 2;
const CAPABILITY_AS4 = 65;

export const bgp: Protocol = {
  name: "bgp",
  title: "Border Gateway Protocol 4",
  spec: "RFC 4271, RFC 2918 (route refresh), RFC 5492 (capabilities), RFC 6793 (four-octet AS numbers)",
  category: "network",
  attributes: [BGP_TYPE, BGP_AS, BGP_IDENTIFIER, BGP_HOLD_TIME, BGP_ERROR],
  malformed: [BGP_MARKER_WRONG, BGP_HEADER_INVALID, BGP_OPEN_INVALID],
  recognises: "A marker of sixteen octets of ones, and an assigned message type whose length is possible.",
  omits: "Path attributes and prefixes of UPDATE, and capabilities other than four-octet AS numbers.",
  stream: {
    ports: [179],
    firstOctets: [0xff],
    dissect(octets, offset, end, flow) {
      const markerEnd = Math.min(offset + MARKER_BYTES, end);
      for (let at = offset; at < markerEnd; at += 1) if (u8(octets, at) !== 0xff) return BGP_MARKER_WRONG;
      if (end - offset < HEADER_BYTES) return incomplete(flow);
      const length = u16(octets, offset + 16);
      const type = u8(octets, offset + 18);
      if (!lengthPossible(type, length)) return BGP_HEADER_INVALID;
      const read = type === UPDATE ? HEADER_BYTES : length;
      if (end - offset < read) return incomplete(flow);
      const outcome = readMessage(octets, offset + HEADER_BYTES, offset + read, type, flow);
      if (outcome !== MATCH) return outcome;
      flow.stage = 1;
      flow.set(BGP_TYPE, type);
      flow.consume(length);
      return MATCH;
    },
  },
};

function lengthPossible(type: number, length: number): boolean {
  switch (type) {
    case OPEN:
      return length >= OPEN_BYTES && length <= MESSAGE_MAX;
    case UPDATE:
      return length >= HEADER_BYTES + 4;
    case NOTIFICATION:
      return length >= HEADER_BYTES + 2 && length <= MESSAGE_MAX;
    case KEEPALIVE:
      return length === HEADER_BYTES;
    case ROUTE_REFRESH:
      return length >= HEADER_BYTES + 4 && length <= MESSAGE_MAX;
    default:
      return false;
  }
}

function readMessage(
  octets: Uint8Array,
  body: number,
  end: number,
  type: number,
  flow: FlowContext,
): Outcome {
  if (type === NOTIFICATION) {
    if (flow.wants(BGP_ERROR)) flow.set(BGP_ERROR, `${u8(octets, body)}.${u8(octets, body + 1)}`);
    return MATCH;
  }
  if (type !== OPEN) return MATCH;
  // RFC 4271 §4.2: version 1, AS 2, hold time 2, identifier 4, length of parameters 1, parameters.
  const parameters = body + 10;
  if (u8(octets, body) !== 4) return BGP_OPEN_INVALID;
  // RFC 9072: 255 and a parameter type of 255 announce lengths of two octets.
  const extended = u8(octets, body + 9) === 0xff && parameters < end && u8(octets, parameters) === 0xff;
  if (!extended && parameters + u8(octets, body + 9) !== end) return BGP_OPEN_INVALID;
  const as4 = extended ? -1 : findAs4(octets, parameters, end);
  flow.set(BGP_AS, as4 >= 0 ? as4 : u16(octets, body + 1));
  flow.set(BGP_HOLD_TIME, u16(octets, body + 3));
  if (flow.wants(BGP_IDENTIFIER)) flow.set(BGP_IDENTIFIER, formatIpAddress(octets, body + 5, 4));
  return MATCH;
}

/** The AS number in the capability of four-octet AS numbers; -1 without one. */
function findAs4(octets: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at + 2 <= end) {
    const parameterEnd = at + 2 + u8(octets, at + 1);
    if (parameterEnd > end) return -1;
    if (u8(octets, at) === CAPABILITIES) {
      let capability = at + 2;
      while (capability + 2 <= parameterEnd) {
        const capabilityEnd = capability + 2 + u8(octets, capability + 1);
        if (capabilityEnd > parameterEnd) return -1;
        if (u8(octets, capability) === CAPABILITY_AS4 && capabilityEnd - capability === 6) {
          return u32(octets, capability + 2);
        }
        capability = capabilityEnd;
      }
    }
    at = parameterEnd;
  }
  return -1;
}
