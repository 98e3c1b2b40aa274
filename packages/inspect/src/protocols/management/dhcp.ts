import { Malformed } from "@palisade/base";
import { formatIpv4, formatMac, IPV4_BYTES, MAC_BYTES, u8, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { malformedKind } from "../../malformed-kind.js";

/** 1 discover, 2 offer, 3 request, 4 decline, 5 acknowledge, 6 refuse, 7 release, 8 inform (RFC 2132 §9.6). */
export const DHCP_MESSAGE_TYPE = attribute("dhcp.message-type", "number", { many: true });
/** The client's hardware address where it is Ethernet's. */
export const DHCP_CLIENT_MAC = attribute("dhcp.client-mac", "text", { many: true });
export const DHCP_HOST_NAME = attribute("dhcp.host-name", "text");
export const DHCP_DOMAIN_NAME = attribute("dhcp.domain-name", "text");
/** Vendor class identifier: `MSFT 5.0`, `android-dhcp-13`, `udhcp 1.36.1`. */
export const DHCP_VENDOR_CLASS = attribute("dhcp.vendor-class", "text", { many: true });
export const DHCP_REQUESTED_ADDRESS = attribute("dhcp.requested-address", "address");
/** Addresses given to the client ("your" address). */
export const DHCP_ASSIGNED_ADDRESS = attribute("dhcp.assigned-address", "address", { many: true });
export const DHCP_SERVER = attribute("dhcp.server", "address", { many: true });
/** Codes of the options that the client asks for, in its order: `1,3,6,15`. Tells systems apart. */
export const DHCP_PARAMETERS = attribute("dhcp.parameters", "text");
export const DHCP_CLIENT_ID = attribute("dhcp.client-id", "hex");

/** Fewer octets than the fixed part and the magic cookie. */
export const DHCP_TRUNCATED = new Malformed("dhcp.truncated");
/** An operation other than request and reply, or a hardware address longer than its field. */
export const DHCP_HEADER_IMPOSSIBLE = new Malformed("dhcp.header-impossible");
/** An option runs past the message (RFC 2132 §2). */
export const DHCP_OPTION_TRUNCATED = new Malformed("dhcp.option-truncated");

const PORT_SERVER = 67;
const PORT_CLIENT = 68;
/** RFC 951 §3: a message without options that DHCP would know. */
const BOOTP_BYTES = 300;
const FIXED_BYTES = 236;
const OPTIONS_AT = 240;
/** RFC 2132 §2: 99.130.83.99. */
const COOKIE = 0x6382_5363;
const HARDWARE_ETHERNET = 1;
const HARDWARE_BYTES_MAX = 16;
const HOPS_MAX = 16;
const at = {
  operation: 0,
  hardware: 1,
  hardwareLength: 2,
  hops: 3,
  assigned: 16,
  clientHardware: 28,
} as const;
const OPTION_PAD = 0;
const OPTION_END = 255;

export const dhcp: Protocol = {
  name: "dhcp",
  title: "Dynamic Host Configuration Protocol",
  spec: "RFC 2131, RFC 2132, RFC 951 (BOOTP)",
  category: "network",
  attributes: [
    DHCP_MESSAGE_TYPE,
    DHCP_CLIENT_MAC,
    DHCP_HOST_NAME,
    DHCP_DOMAIN_NAME,
    DHCP_VENDOR_CLASS,
    DHCP_REQUESTED_ADDRESS,
    DHCP_ASSIGNED_ADDRESS,
    DHCP_SERVER,
    DHCP_PARAMETERS,
    DHCP_CLIENT_ID,
  ],
  malformed: [DHCP_TRUNCATED, DHCP_HEADER_IMPOSSIBLE, DHCP_OPTION_TRUNCATED],
  recognises:
    "A request or reply with a possible hardware address and the magic cookie before the options; without the cookie, on ports 67 and 68, a BOOTP message of full length.",
  omits: "Options carried in the file and server name fields, and options not named here.",
  datagram: {
    ports: [PORT_SERVER, PORT_CLIENT],
    firstOctets: [1, 2],
    dissect(octets, offset, end, flow) {
      const length = end - offset;
      if (length < FIXED_BYTES) return DHCP_TRUNCATED;
      const operation = u8(octets, offset + at.operation);
      const hardwareLength = u8(octets, offset + at.hardwareLength);
      if (operation < 1 || operation > 2 || hardwareLength > HARDWARE_BYTES_MAX)
        return DHCP_HEADER_IMPOSSIBLE;
      if (u8(octets, offset + at.hops) > HOPS_MAX) return DHCP_HEADER_IMPOSSIBLE;
      const isEthernet =
        u8(octets, offset + at.hardware) === HARDWARE_ETHERNET && hardwareLength === MAC_BYTES;
      const hasOptions = length >= OPTIONS_AT && u32(octets, offset + FIXED_BYTES) === COOKIE;
      if (!hasOptions && !(isEthernet && length >= BOOTP_BYTES && isBetweenPorts(flow))) return NO;
      if (isEthernet && flow.wants(DHCP_CLIENT_MAC)) {
        flow.set(DHCP_CLIENT_MAC, formatMac(octets, offset + at.clientHardware));
      }
      if (operation === 2 && u32(octets, offset + at.assigned) !== 0 && flow.wants(DHCP_ASSIGNED_ADDRESS)) {
        flow.set(DHCP_ASSIGNED_ADDRESS, formatIpv4(octets, offset + at.assigned));
      }
      return hasOptions ? readOptions(octets, offset + OPTIONS_AT, end, flow) : MATCH;
    },
  },
};

function isBetweenPorts(flow: FlowContext): boolean {
  const { sourcePort, destinationPort } = flow;
  return (
    (sourcePort === PORT_CLIENT || sourcePort === PORT_SERVER) &&
    (destinationPort === PORT_CLIENT || destinationPort === PORT_SERVER)
  );
}

function readOptions(octets: Uint8Array, start: number, end: number, flow: FlowContext): Outcome {
  let index = start;
  while (index < end) {
    const code = u8(octets, index);
    if (code === OPTION_END) return MATCH;
    index += 1;
    if (code === OPTION_PAD) continue;
    const value = index + 1;
    const after = index < end ? value + u8(octets, index) : end + 1;
    if (after > end) {
      // The cookie has decided what it is; what is sound has been read.
      flow.report(malformedKind(DHCP_OPTION_TRUNCATED));
      return MATCH;
    }
    readOption(octets, code, value, after, flow);
    index = after;
  }
  return MATCH;
}

function readOption(octets: Uint8Array, code: number, value: number, after: number, flow: FlowContext): void {
  const length = after - value;
  if (length === 0) return;
  switch (code) {
    case 12:
      flow.text(DHCP_HOST_NAME, octets, value, after);
      break;
    case 15:
      flow.text(DHCP_DOMAIN_NAME, octets, value, after);
      break;
    case 50:
      if (length === IPV4_BYTES) flow.set(DHCP_REQUESTED_ADDRESS, formatIpv4(octets, value));
      break;
    case 53:
      flow.set(DHCP_MESSAGE_TYPE, u8(octets, value));
      break;
    case 54:
      if (length === IPV4_BYTES) flow.set(DHCP_SERVER, formatIpv4(octets, value));
      break;
    case 55:
      if (flow.wants(DHCP_PARAMETERS)) flow.set(DHCP_PARAMETERS, codesText(octets, value, after));
      break;
    case 60:
      flow.text(DHCP_VENDOR_CLASS, octets, value, after);
      break;
    case 61:
      flow.hex(DHCP_CLIENT_ID, octets, value, after);
      break;
    default:
  }
}

function codesText(octets: Uint8Array, start: number, end: number): string {
  return octets.subarray(start, end).join(",");
}
