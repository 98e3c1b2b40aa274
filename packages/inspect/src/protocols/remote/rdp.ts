import { Malformed } from "@palisade/base";
import { startsWith, u8, u16, u16le, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import { readUdpDatagram } from "./rdp-udp.js";

/** User name, cut by the client at nine characters, that the connection request carries as a cookie. */
export const RDP_COOKIE = attribute("rdp.cookie", "text");
/** Protocols that the client asks for, bits: 1 TLS, 2 CredSSP, 4 RDSTLS, 8 CredSSP with early authorisation, 16 RDS-AAD. */
export const RDP_REQUESTED = attribute("rdp.requested-protocols", "number");
/** Protocol that the server selects, one of those bits; 0 for RDP's own security. */
export const RDP_SELECTED = attribute("rdp.selected-protocol", "number");
/** Code of a failed negotiation, MS-RDPBCGR §2.2.1.2.2: 1 TLS required … 6. */
export const RDP_FAILURE = attribute("rdp.failure-code", "number");
/** Version of the UDP transport that a SYN datagram asks for: 1, 2 or 257 (version 3). */
export const RDP_UDP_VERSION = attribute("rdp.udp-version", "number");

/** An answer that is no X.224 connection confirm, or whose lengths disagree (MS-RDPBCGR §2.2.1.2). */
export const RDP_CONFIRM_INVALID = new Malformed("rdp.confirm-invalid");

export const RDP_STANDARD_SECURITY: FindingKind = {
  name: "rdp.standard-security",
  severity: "medium",
  title: "A desktop session without TLS: RDP's own security does not authenticate the server",
};

const PORT = 3389;
const TPKT_OCTETS = 4;
const X224_OCTETS = 7;
const CONNECTION_REQUEST = 0xe0;
const CONNECTION_CONFIRM = 0xd0;
const REQUEST_OCTETS_MAX = 512;
const NEGOTIATION_OCTETS = 8;
const NEGOTIATION_REQUEST = 1;
const NEGOTIATION_RESPONSE = 2;
const NEGOTIATION_FAILURE = 3;
const RECOGNISED = 1;
const COOKIE = "Cookie: mstshash=";

export const rdp: Protocol = {
  name: "rdp",
  title: "Remote Desktop Protocol",
  spec: "MS-RDPBCGR, MS-RDPEUDP",
  category: "remote-access",
  attributes: [RDP_COOKIE, RDP_REQUESTED, RDP_SELECTED, RDP_FAILURE, RDP_UDP_VERSION],
  malformed: [RDP_CONFIRM_INVALID],
  findings: [RDP_STANDARD_SECURITY],
  recognises:
    "A connection request with RDP's cookie or negotiation, or the confirm of one; over UDP a padded SYN datagram, or on port 3389 acknowledged data that hold TLS.",
  omits: "The session; TLS that follows the negotiation is read as such.",
  stream: {
    ports: [PORT],
    firstOctets: [3],
    dissect(octets, offset, end, flow) {
      if (flow.stage !== RECOGNISED) {
        const outcome = recognise(octets, offset, end, flow);
        if (outcome !== MATCH) return outcome;
        flow.stage = RECOGNISED;
      }
      return read(octets, offset, end, flow);
    },
  },
  datagram: {
    ports: [PORT],
    dissect: (octets, offset, end, flow) => readUdpDatagram(octets, offset, end, flow, RDP_UDP_VERSION),
  },
};

/** TPKT (RFC 2126 §4.3) and X.224 lengths that agree: the whole length; 0 where it may come, -1 where not. */
function packetOctets(octets: Uint8Array, offset: number, end: number): number {
  if (end - offset >= 2 && u8(octets, offset + 1) !== 0) return -1;
  if (end - offset < TPKT_OCTETS + X224_OCTETS) return 0;
  const length = u16(octets, offset + 2);
  if (length < TPKT_OCTETS + X224_OCTETS || length > REQUEST_OCTETS_MAX) return -1;
  if (u8(octets, offset + 4) !== length - TPKT_OCTETS - 1) return -1;
  // Destination reference 0 in a request, class 0.
  if (u8(octets, offset + 10) !== 0) return -1;
  return end - offset < length ? 0 : length;
}

function recognise(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const length = packetOctets(octets, offset, end);
  if (length <= 0) return length < 0 ? NO : MORE;
  const type = u8(octets, offset + 5);
  const body = offset + TPKT_OCTETS + X224_OCTETS;
  const stop = offset + length;
  if (type === CONNECTION_CONFIRM) {
    return stop - body === NEGOTIATION_OCTETS && isNegotiationAnswer(octets, body) ? MATCH : NO;
  }
  if (type !== CONNECTION_REQUEST || u16(octets, offset + 6) !== 0) return NO;
  if (body === stop) return flow.destinationPort === PORT ? MATCH : NO;
  const negotiation = cookieStop(octets, body, stop);
  if (negotiation < 0) return NO;
  if (negotiation === stop) return MATCH;
  return isNegotiationRequest(octets, negotiation, stop) ? MATCH : NO;
}

/** Index after the cookie or routing token, which ends in CR LF (MS-RDPBCGR §2.2.1.1); -1 for other text. */
function cookieStop(octets: Uint8Array, start: number, stop: number): number {
  if (u8(octets, start) === NEGOTIATION_REQUEST) return start;
  if (!startsWith(octets, start, stop, "Cookie: ")) return -1;
  for (let index = start; index + 1 < stop; index += 1) {
    if (u8(octets, index) === 0x0d && u8(octets, index + 1) === 0x0a) return index + 2;
  }
  return -1;
}

function isNegotiationRequest(octets: Uint8Array, at: number, stop: number): boolean {
  return (
    stop - at >= NEGOTIATION_OCTETS && u8(octets, at) === NEGOTIATION_REQUEST && u16le(octets, at + 2) === 8
  );
}

function isNegotiationAnswer(octets: Uint8Array, at: number): boolean {
  const type = u8(octets, at);
  return (type === NEGOTIATION_RESPONSE || type === NEGOTIATION_FAILURE) && u16le(octets, at + 2) === 8;
}

function read(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const length = packetOctets(octets, offset, end);
  if (length < 0) return RDP_CONFIRM_INVALID;
  if (length === 0) return MATCH;
  const body = offset + TPKT_OCTETS + X224_OCTETS;
  const stop = offset + length;
  flow.consume(length);
  if (u8(octets, offset + 5) === CONNECTION_CONFIRM) return readConfirm(octets, body, stop, flow);
  if (u8(octets, offset + 5) !== CONNECTION_REQUEST) return RDP_CONFIRM_INVALID;
  if (body === stop) return MATCH;
  const negotiation = cookieStop(octets, body, stop);
  if (startsWith(octets, body, stop, COOKIE) && negotiation > 0) {
    flow.text(RDP_COOKIE, octets, body + COOKIE.length, negotiation - 2);
  }
  if (negotiation > 0 && isNegotiationRequest(octets, negotiation, stop)) {
    flow.set(RDP_REQUESTED, u32le(octets, negotiation + 4));
  }
  return MATCH;
}

function readConfirm(octets: Uint8Array, body: number, stop: number, flow: FlowContext): Outcome {
  // A server of before negotiation answers without one.
  if (stop - body < NEGOTIATION_OCTETS) {
    flow.set(RDP_SELECTED, 0);
    flow.report(RDP_STANDARD_SECURITY);
    return DONE;
  }
  if (!isNegotiationAnswer(octets, body)) return RDP_CONFIRM_INVALID;
  const value = u32le(octets, body + 4);
  if (u8(octets, body) === NEGOTIATION_FAILURE) {
    flow.set(RDP_FAILURE, value);
  } else {
    flow.set(RDP_SELECTED, value);
    if (value !== 0) return flow.become("tls"); // each of the others begins with a TLS handshake (§5.4)
    flow.report(RDP_STANDARD_SECURITY);
  }
  return DONE;
}
