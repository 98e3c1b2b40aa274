/**
 * Attributes of STUN and TURN messages (RFC 8489 §14, RFC 8656 §18) that an operator wants to see.
 */
import { formatIpAddress, u8, u16, u32 } from "@palisade/wire";
import { type Attribute, attribute } from "../../attribute.js";
import type { FlowContext } from "../../flow-context.js";

/** Method and class: `binding request`, `allocate error`. A method without a name is in hexadecimal. */
export const STUN_MESSAGE = attribute("stun.message", "text", { many: true });
export const STUN_SOFTWARE = attribute("stun.software", "text", { many: true });
export const STUN_USERNAME = attribute("stun.username", "text", { many: true });
export const STUN_REALM = attribute("stun.realm", "text", { many: true });
export const STUN_ERROR_CODE = attribute("stun.error-code", "number", { many: true });
/** The address from which the server sees the client. */
export const STUN_MAPPED_ADDRESS = attribute("stun.mapped-address", "address", { many: true });
/** The address that a TURN server gives the client. */
export const STUN_RELAYED_ADDRESS = attribute("stun.relayed-address", "address", { many: true });
/** Hosts with which the client wants to talk through a TURN server. */
export const STUN_PEER_ADDRESS = attribute("stun.peer-address", "address", { many: true });
/** What shares the flow: `rtp` (or RTCP), `dtls`, `channel-data`. */
export const STUN_CARRIES = attribute("stun.carries", "text", { many: true });

export const STUN_ATTRIBUTES: readonly Attribute[] = [
  STUN_MESSAGE,
  STUN_SOFTWARE,
  STUN_USERNAME,
  STUN_REALM,
  STUN_ERROR_CODE,
  STUN_MAPPED_ADDRESS,
  STUN_RELAYED_ADDRESS,
  STUN_PEER_ADDRESS,
  STUN_CARRIES,
];

const HEADER_BYTES = 20;
const MAPPED_ADDRESS = 0x0001;
const USERNAME = 0x0006;
const ERROR_CODE = 0x0009;
const XOR_PEER_ADDRESS = 0x0012;
const REALM = 0x0014;
const XOR_RELAYED_ADDRESS = 0x0016;
const XOR_MAPPED_ADDRESS = 0x0020;
/** The number that drafts before RFC 5389 gave to XOR-MAPPED-ADDRESS. */
const XOR_MAPPED_ADDRESS_EARLY = 0x8020;
const SOFTWARE = 0x8022;

const METHODS: readonly string[] = [
  ...["", "binding", "shared-secret", "allocate", "refresh", "", "send", "data", "create-permission"],
  ...["channel-bind", "connect", "connection-bind", "connection-attempt", "", "", "goog-ping"],
];
const CLASSES: readonly string[] = ["request", "indication", "success", "error"];

/** Name of a message type, whose 14 bits hold a method of 12 and a class of 2 (RFC 8489 §5, figure 3). */
export function stunMessageName(type: number): string {
  const kind = ((type >>> 4) & 1) | ((type >>> 7) & 2);
  const method = (type & 0x000f) | ((type >>> 1) & 0x0070) | ((type >>> 2) & 0x0f80);
  const known = METHODS[method] ?? "";
  return `${known === "" ? `0x${method.toString(16).padStart(3, "0")}` : known} ${CLASSES[kind]}`;
}

/**
 * How attributes are filled: to a multiple of four, given as the mask 3, or not at all, given as 0. Microsoft's TURN does
 * not fill, and is known by its first attribute, the cookie of early TURN ([MS-TURN] §2.2.2.1).
 */
export function fillingOf(octets: Uint8Array, offset: number, end: number): number {
  const start = offset + HEADER_BYTES;
  const early =
    start + 8 <= end && u32(octets, start) === 0x000f0004 && u32(octets, start + 4) === 0x72c64bc6;
  return early ? 0 : 3;
}

/** Reads the attributes of the message `offset … end`, which are known to fit with `filling` as `fillingOf` gives it. */
export function readAttributes(
  octets: Uint8Array,
  offset: number,
  end: number,
  filling: number,
  flow: FlowContext,
): void {
  let at = offset + HEADER_BYTES;
  while (at + 4 <= end) {
    const type = u16(octets, at);
    const start = at + 4;
    const stop = start + u16(octets, at + 2);
    if (stop > end) return;
    if (type === MAPPED_ADDRESS) address(octets, offset, start, stop, false, flow, STUN_MAPPED_ADDRESS);
    else if (type === XOR_MAPPED_ADDRESS || type === XOR_MAPPED_ADDRESS_EARLY)
      address(octets, offset, start, stop, true, flow, STUN_MAPPED_ADDRESS);
    else if (type === XOR_PEER_ADDRESS) address(octets, offset, start, stop, true, flow, STUN_PEER_ADDRESS);
    else if (type === XOR_RELAYED_ADDRESS)
      address(octets, offset, start, stop, true, flow, STUN_RELAYED_ADDRESS);
    else if (type === USERNAME) flow.text(STUN_USERNAME, octets, start, stop);
    else if (type === REALM) flow.text(STUN_REALM, octets, start, stop);
    else if (type === SOFTWARE) flow.text(STUN_SOFTWARE, octets, start, textEnd(octets, start, stop));
    else if (type === ERROR_CODE && stop - start >= 4) {
      flow.set(STUN_ERROR_CODE, (u8(octets, start + 2) & 7) * 100 + u8(octets, start + 3));
    }
    at = start + ((stop - start + filling) & ~filling);
  }
}

/** Some programs count a closing zero octet, or filling, as part of the text. */
function textEnd(octets: Uint8Array, start: number, stop: number): number {
  let index = stop;
  while (index > start && octets[index - 1] === 0) index -= 1;
  return index;
}

/** Family, port and address; exclusive-or with cookie and transaction where `masked` (RFC 8489 §14.2). */
function address(
  octets: Uint8Array,
  offset: number,
  start: number,
  stop: number,
  masked: boolean,
  flow: FlowContext,
  field: Attribute<"address">,
): void {
  if (!flow.wants(field) || stop - start < 8) return;
  const length = u8(octets, start + 1) === 1 ? 4 : 16;
  if (stop - start < 4 + length) return;
  const bare = octets.slice(start + 4, start + 4 + length);
  if (masked) {
    for (let index = 0; index < length; index += 1) bare[index]! ^= octets[offset + 4 + index]!;
  }
  flow.set(field, formatIpAddress(bare));
}
