import { Malformed } from "@palisade/base";
import { formatIpv6, IPV6_BYTES, u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { malformedKind } from "../../malformed-kind.js";
import { nameText, skipName } from "../names/dns-message.js";

/** 1 solicit, 2 advertise, 3 request … 7 reply, 11 information-request, 12 and 13 relayed (RFC 8415 §7.3). */
export const DHCPV6_MESSAGE_TYPE = attribute("dhcpv6.message-type", "number", { many: true });
/** DHCP unique identifiers, RFC 8415 §11. */
export const DHCPV6_CLIENT_ID = attribute("dhcpv6.client-id", "hex");
export const DHCPV6_SERVER_ID = attribute("dhcpv6.server-id", "hex");
/** Addresses asked for or leased. */
export const DHCPV6_ADDRESS = attribute("dhcpv6.address", "address", { many: true });
/** Prefixes asked for or delegated: `2001:db8::/56`. */
export const DHCPV6_PREFIX = attribute("dhcpv6.prefix", "text", { many: true });
/** Codes of the options that the client asks for, in its order: `23,24,39`. */
export const DHCPV6_OPTIONS = attribute("dhcpv6.options", "text");
/** The client's fully qualified name, RFC 4704. */
export const DHCPV6_HOST_NAME = attribute("dhcpv6.host-name", "text");
export const DHCPV6_VENDOR_CLASS = attribute("dhcpv6.vendor-class", "text");
/** Addresses of the clients, or of the next relays, of relayed messages. */
export const DHCPV6_PEER = attribute("dhcpv6.peer", "address", { many: true });

/** Fewer octets than the message's header. */
export const DHCPV6_TRUNCATED = new Malformed("dhcpv6.truncated");
/** A message type that was never assigned. */
export const DHCPV6_TYPE_UNKNOWN = new Malformed("dhcpv6.type-unknown");
/** An option runs past the message. */
export const DHCPV6_OPTION_TRUNCATED = new Malformed("dhcpv6.option-truncated");
/** Relayed more often than the limit of RFC 8415 §7.6 allows. */
export const DHCPV6_HOPS_TOO_MANY = new Malformed("dhcpv6.hops-too-many");

const PORT_CLIENT = 546;
const PORT_SERVER = 547;
const HEADER_BYTES = 4;
const RELAY_HEADER_BYTES = 34;
const OPTION_HEADER_BYTES = 4;
const TYPE_LAST = 36;
const TYPE_RELAY_FORWARD = 12;
const TYPE_RELAY_REPLY = 13;
/** After type, hop count and link address (RFC 8415 §9). */
const PEER_AT = 18;
const HOP_COUNT_LIMIT = 8;
const OPTION_CLIENT_ID = 1;
const OPTION_SERVER_ID = 2;
const OPTION_IA_NA = 3;
const OPTION_IA_TA = 4;
const OPTION_IA_ADDRESS = 5;
const OPTION_REQUEST = 6;
const OPTION_RELAYED = 9;
const OPTION_VENDOR_CLASS = 16;
const OPTION_IA_PD = 25;
const OPTION_IA_PREFIX = 26;
const OPTION_CLIENT_FQDN = 39;
/** Identifier and two times, before the options of an association (RFC 8415 §21.4, §21.21); a temporary one has the first alone. */
const IA_BYTES = 12;
const IA_TA_BYTES = 4;
const IA_ADDRESS_BYTES = 24;
const IA_PREFIX_BYTES = 25;

export const dhcpv6: Protocol = {
  name: "dhcpv6",
  title: "Dynamic Host Configuration Protocol for IPv6",
  spec: "RFC 8415, RFC 4704 (client name)",
  category: "network",
  attributes: [
    DHCPV6_MESSAGE_TYPE,
    DHCPV6_CLIENT_ID,
    DHCPV6_SERVER_ID,
    DHCPV6_ADDRESS,
    DHCPV6_PREFIX,
    DHCPV6_OPTIONS,
    DHCPV6_HOST_NAME,
    DHCPV6_VENDOR_CLASS,
    DHCPV6_PEER,
  ],
  malformed: [DHCPV6_TRUNCATED, DHCPV6_TYPE_UNKNOWN, DHCPV6_OPTION_TRUNCATED, DHCPV6_HOPS_TOO_MANY],
  recognises:
    "A datagram from or to port 546 or 547 with an assigned message type, whose options end exactly where the datagram does.",
  omits: "Authentication, status codes, and leasequery and failover contents.",
  datagram: {
    ports: [PORT_SERVER, PORT_CLIENT],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      let at = offset;
      let messageEnd = end;
      // A relay's message holds the next one in an option; hops bound the nesting.
      for (let hop = 0; hop <= HOP_COUNT_LIMIT; hop += 1) {
        const wrong = check(octets, at, messageEnd);
        if (wrong !== undefined && hop === 0) return wrong;
        if (wrong !== undefined) {
          flow.report(malformedKind(wrong));
          return MATCH;
        }
        flow.set(DHCPV6_MESSAGE_TYPE, u8(octets, at));
        if (isRelay(octets, at) && flow.wants(DHCPV6_PEER)) {
          flow.set(DHCPV6_PEER, formatIpv6(octets, at + PEER_AT));
        }
        const relayed = readOptions(octets, optionsOf(octets, at), messageEnd, flow);
        if (relayed === 0 || !isRelay(octets, at)) return MATCH;
        at = relayed;
        messageEnd = relayed + u16(octets, relayed - 2);
      }
      flow.report(malformedKind(DHCPV6_HOPS_TOO_MANY));
      return MATCH;
    },
  },
};

/** What is wrong with the message in `at … end`, itself and the framing of its options. */
function check(octets: Uint8Array, at: number, end: number): Malformed | undefined {
  if (end - at < HEADER_BYTES) return DHCPV6_TRUNCATED;
  const type = u8(octets, at);
  if (type === 0 || type > TYPE_LAST) return DHCPV6_TYPE_UNKNOWN;
  const options = optionsOf(octets, at);
  if (options > end) return DHCPV6_TRUNCATED;
  return optionsHold(octets, options, end) ? undefined : DHCPV6_OPTION_TRUNCATED;
}

function isRelay(octets: Uint8Array, at: number): boolean {
  const type = u8(octets, at);
  return type === TYPE_RELAY_FORWARD || type === TYPE_RELAY_REPLY;
}

function optionsOf(octets: Uint8Array, at: number): number {
  return at + (isRelay(octets, at) ? RELAY_HEADER_BYTES : HEADER_BYTES);
}

function optionsHold(octets: Uint8Array, start: number, end: number): boolean {
  let index = start;
  while (index < end) {
    if (end - index < OPTION_HEADER_BYTES) return false;
    index += OPTION_HEADER_BYTES + u16(octets, index + 2);
  }
  return index === end;
}

/** Reads options that hold. Returns the index of a relayed message, 0 without one. */
function readOptions(octets: Uint8Array, start: number, end: number, flow: FlowContext): number {
  let relayed = 0;
  let index = start;
  while (index < end) {
    const code = u16(octets, index);
    const value = index + OPTION_HEADER_BYTES;
    const after = value + u16(octets, index + 2);
    if (code === OPTION_RELAYED) relayed = value;
    else if (code === OPTION_CLIENT_ID) flow.hex(DHCPV6_CLIENT_ID, octets, value, after);
    else if (code === OPTION_SERVER_ID) flow.hex(DHCPV6_SERVER_ID, octets, value, after);
    else if (code === OPTION_IA_NA) readAssociation(octets, value + IA_BYTES, after, flow);
    else if (code === OPTION_IA_TA) readAssociation(octets, value + IA_TA_BYTES, after, flow);
    else if (code === OPTION_IA_PD) readAssociation(octets, value + IA_BYTES, after, flow);
    else if (code === OPTION_REQUEST) readRequest(octets, value, after, flow);
    else if (code === OPTION_VENDOR_CLASS && after - value > 6) {
      // Enterprise number, then the first of the length-prefixed texts.
      flow.text(DHCPV6_VENDOR_CLASS, octets, value + 6, Math.min(after, value + 6 + u16(octets, value + 4)));
    } else if (code === OPTION_CLIENT_FQDN) readName(octets, value + 1, after, flow);
    index = after;
  }
  return relayed;
}

function readAssociation(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  if (start > end || !optionsHold(octets, start, end)) return;
  let index = start;
  while (index < end) {
    const code = u16(octets, index);
    const value = index + OPTION_HEADER_BYTES;
    const after = value + u16(octets, index + 2);
    if (code === OPTION_IA_ADDRESS && after - value >= IA_ADDRESS_BYTES && flow.wants(DHCPV6_ADDRESS)) {
      flow.set(DHCPV6_ADDRESS, formatIpv6(octets, value));
    }
    if (code === OPTION_IA_PREFIX && after - value >= IA_PREFIX_BYTES && flow.wants(DHCPV6_PREFIX)) {
      const prefix = value + IA_PREFIX_BYTES - IPV6_BYTES;
      flow.set(DHCPV6_PREFIX, `${formatIpv6(octets, prefix)}/${u8(octets, prefix - 1)}`);
    }
    index = after;
  }
}

function readRequest(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  if (!flow.wants(DHCPV6_OPTIONS)) return;
  const codes: number[] = [];
  for (let index = start; index + 2 <= end && codes.length < 256; index += 2) codes.push(u16(octets, index));
  flow.set(DHCPV6_OPTIONS, codes.join(","));
}

/** RFC 4704 §4.2: a name in DNS form, without compression; a partial one has no root at its end. */
function readName(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  if (!flow.wants(DHCPV6_HOST_NAME) || start >= end) return;
  if (skipName(octets, start, start, end) === end) flow.set(DHCPV6_HOST_NAME, nameText(octets, start, start));
  else if (start + 1 + u8(octets, start) === end) flow.text(DHCPV6_HOST_NAME, octets, start + 1, end);
}
