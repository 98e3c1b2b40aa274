import { Malformed } from "@palisade/base";
import { formatIpAddress, u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Message types: 1 heartbeat request, 5 association set-up request, 50 session establishment request … */
export const PFCP_MESSAGE_TYPE = attribute("pfcp.message-type", "number", { many: true });
/** Addresses or names by which the functions identify themselves. */
export const PFCP_NODE = attribute("pfcp.node", "text", { many: true });
/** Causes of answers: 1 accepted, 64 up rejected. */
export const PFCP_CAUSE = attribute("pfcp.cause", "number", { many: true });

/** Another version, spare bits set, or a session identifier where the message type has none. */
export const PFCP_HEADER_INVALID = new Malformed("pfcp.header-invalid");
/** The length is not the datagram's. */
export const PFCP_LENGTH_INVALID = new Malformed("pfcp.length-invalid");

const PORT = 8805;
const SESSION = 0x01;
const FOLLOWED = 0x04;
const SPARE = 0x18;
const ELEMENTS_MAX = 64;
const CAUSE = 19;
const NODE = 60;
const NODE_TYPES = 3;
const MESSAGES_MAX = 16;

export const pfcp: Protocol = {
  name: "pfcp",
  title: "Packet Forwarding Control Protocol",
  spec: "3GPP TS 29.244",
  category: "mobile-core",
  attributes: [PFCP_MESSAGE_TYPE, PFCP_NODE, PFCP_CAUSE],
  malformed: [PFCP_HEADER_INVALID, PFCP_LENGTH_INVALID],
  recognises:
    "On port 8805 messages of version 1 with an assigned type, a session identifier where the type has one, and lengths that fill the datagram.",
  omits: "Rules, and elements inside others.",
  datagram: {
    ports: [PORT],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      const wrong = check(octets, offset, end);
      if (wrong !== undefined) return wrong;
      let at = offset;
      while (at < end) {
        const messageEnd = at + 4 + u16(octets, at + 2);
        flow.set(PFCP_MESSAGE_TYPE, u8(octets, at + 1));
        readElements(octets, at + headerBytes(u8(octets, at)), messageEnd, flow);
        at = messageEnd;
      }
      return MATCH;
    },
  },
};

/** What is wrong with the messages of a datagram; undefined where nothing is. */
function check(octets: Uint8Array, offset: number, end: number): Malformed | undefined {
  let at = offset;
  for (let count = 0; count < MESSAGES_MAX; count += 1) {
    if (end - at < 8) return PFCP_HEADER_INVALID;
    const flags = u8(octets, at);
    if (flags >>> 5 !== 1 || (flags & SPARE) !== 0) return PFCP_HEADER_INVALID;
    if (!typeFits(u8(octets, at + 1), (flags & SESSION) !== 0)) return PFCP_HEADER_INVALID;
    // §7.2.2.4.2: the length counts what follows the fourth octet.
    const messageEnd = at + 4 + u16(octets, at + 2);
    if (messageEnd > end || messageEnd - at < headerBytes(flags)) return PFCP_LENGTH_INVALID;
    at = messageEnd;
    // §7.2.2.2: FO says that another message follows.
    if ((flags & FOLLOWED) === 0) break;
  }
  return at === end ? undefined : PFCP_LENGTH_INVALID;
}

function headerBytes(flags: number): number {
  return (flags & SESSION) !== 0 ? 16 : 8;
}

/** §7.3, table 7.3-1: node messages have no session identifier, session messages 50 … 57 have one. */
function typeFits(type: number, session: boolean): boolean {
  return session ? type >= 50 && type <= 57 : (type >= 1 && type <= 17) || (type >= 50 && type <= 57);
}

/** §8.1.1: type 2, length 2, value; the high bit of the type marks a vendor's. */
function readElements(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  let at = start;
  for (let count = 0; count < ELEMENTS_MAX && at + 4 <= end; count += 1) {
    const type = u16(octets, at);
    const value = at + 4;
    const valueEnd = value + u16(octets, at + 2);
    if (valueEnd > end) return;
    if (type === CAUSE && valueEnd > value) flow.set(PFCP_CAUSE, u8(octets, value));
    else if (type === NODE && valueEnd > value && flow.wants(PFCP_NODE)) {
      const name = nodeText(octets, value, valueEnd);
      if (name !== "") flow.set(PFCP_NODE, name);
    }
    at = valueEnd;
  }
}

/** §8.2.38: type 0 IPv4, 1 IPv6, 2 a name in labels. */
function nodeText(octets: Uint8Array, start: number, end: number): string {
  const type = u8(octets, start) & 0xf;
  if (type >= NODE_TYPES) return "";
  if (type === 0) return end - start === 5 ? formatIpAddress(octets, start + 1, 4) : "";
  if (type === 1) return end - start === 17 ? formatIpAddress(octets, start + 1, 16) : "";
  let text = "";
  let at = start + 1;
  while (at < end) {
    const labelEnd = at + 1 + u8(octets, at);
    if (labelEnd === at + 1 || labelEnd > end || text.length > 255) break;
    if (text !== "") text += ".";
    for (let index = at + 1; index < labelEnd; index += 1) text += String.fromCharCode(u8(octets, index));
    at = labelEnd;
  }
  return text;
}
