import { Malformed } from "@palisade/base";
import { formatIpv4, formatIpv6, isIpv4Mapped, u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { PORTS_PORT_MAPPING } from "./nat-pmp.js";

/** 0 announce, 1 map, 2 peer (RFC 6887 §19.2). */
export const PCP_OPCODE = attribute("pcp.opcode", "number", { many: true });
/** 0 success … 13 (RFC 6887 §7.4). */
export const PCP_RESULT = attribute("pcp.result", "number", { many: true });
/** Address that the client says it has. */
export const PCP_CLIENT = attribute("pcp.client", "address");
/** IP protocol number that a mapping is for: 6 TCP, 17 UDP, 0 all. */
export const PCP_PROTOCOL = attribute("pcp.protocol", "number", { many: true });
export const PCP_INTERNAL_PORT = attribute("pcp.internal-port", "number", { many: true });
export const PCP_EXTERNAL_PORT = attribute("pcp.external-port", "number", { many: true });
export const PCP_EXTERNAL_ADDRESS = attribute("pcp.external-address", "address", { many: true });
/** Seconds; 0 deletes the mapping. */
export const PCP_LIFETIME = attribute("pcp.lifetime-seconds", "number", { many: true });

/** Fewer octets than the opcode has, more than 1,100, or not a multiple of four (RFC 6887 §7). */
export const PCP_LENGTH_WRONG = new Malformed("pcp.length-wrong");
/** An opcode or result that was never assigned. */
export const PCP_CODE_UNKNOWN = new Malformed("pcp.code-unknown");
/** Reserved octets that are not zero. */
export const PCP_RESERVED_SET = new Malformed("pcp.reserved-set");

const VERSION = 2;
const HEADER_BYTES = 24;
const MAP_BYTES = 36;
const PEER_BYTES = 56;
const MESSAGE_BYTES_MAX = 1_100;
const RESPONSE_BIT = 0x80;
const OPCODE_LAST = 2;
const RESULT_LAST = 13;
const CLIENT_AT = 8;
/** From the start of a MAP or PEER: nonce 12, protocol, reserved 3, the ports, the external address. */
const inMap = { protocol: 12, internalPort: 16, externalPort: 18, externalAddress: 20 } as const;

export const pcp: Protocol = {
  name: "pcp",
  title: "Port Control Protocol",
  spec: "RFC 6887",
  category: "network",
  attributes: [
    PCP_OPCODE,
    PCP_RESULT,
    PCP_CLIENT,
    PCP_PROTOCOL,
    PCP_INTERNAL_PORT,
    PCP_EXTERNAL_PORT,
    PCP_EXTERNAL_ADDRESS,
    PCP_LIFETIME,
  ],
  malformed: [PCP_LENGTH_WRONG, PCP_CODE_UNKNOWN, PCP_RESERVED_SET],
  recognises:
    "A datagram from or to port 5350 or 5351 of version 2, with an assigned opcode, a possible length, and reserved octets zero.",
  omits: "Options, nonces, and the remote peer of PEER.",
  datagram: {
    ports: PORTS_PORT_MAPPING,
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      if (u8(octets, offset) !== VERSION) return NO;
      const length = end - offset;
      if (length < HEADER_BYTES || length > MESSAGE_BYTES_MAX || length % 4 !== 0) return PCP_LENGTH_WRONG;
      return readMessage(octets, offset, length, flow);
    },
  },
};

function readMessage(octets: Uint8Array, offset: number, length: number, flow: FlowContext): Outcome {
  const opcode = u8(octets, offset + 1) & ~RESPONSE_BIT;
  const isResponse = (u8(octets, offset + 1) & RESPONSE_BIT) !== 0;
  const result = u8(octets, offset + 3);
  if (opcode > OPCODE_LAST || (isResponse && result > RESULT_LAST)) return PCP_CODE_UNKNOWN;
  if (u8(octets, offset + 2) !== 0 || (!isResponse && result !== 0)) return PCP_RESERVED_SET;
  // A response that refuses repeats what was asked, or (unsupported version) the header alone.
  const needed = opcode === 0 ? 0 : opcode === 1 ? MAP_BYTES : PEER_BYTES;
  const hasBody = opcode !== 0 && length >= HEADER_BYTES + needed;
  if (length < HEADER_BYTES + needed && !(isResponse && result !== 0)) return PCP_LENGTH_WRONG;
  flow.set(PCP_OPCODE, opcode);
  flow.set(PCP_LIFETIME, u32(octets, offset + 4));
  if (isResponse) flow.set(PCP_RESULT, result);
  else if (flow.wants(PCP_CLIENT)) flow.set(PCP_CLIENT, addressText(octets, offset + CLIENT_AT));
  if (!hasBody) return MATCH;
  const map = offset + HEADER_BYTES;
  flow.set(PCP_PROTOCOL, u8(octets, map + inMap.protocol));
  flow.set(PCP_INTERNAL_PORT, u16(octets, map + inMap.internalPort));
  flow.set(PCP_EXTERNAL_PORT, u16(octets, map + inMap.externalPort));
  if (isResponse && result === 0 && flow.wants(PCP_EXTERNAL_ADDRESS)) {
    flow.set(PCP_EXTERNAL_ADDRESS, addressText(octets, map + inMap.externalAddress));
  }
  return MATCH;
}

/** RFC 6887 §5: IPv4 addresses are mapped into IPv6's. */
function addressText(octets: Uint8Array, at: number): string {
  return isIpv4Mapped(octets, at) ? formatIpv4(octets, at + 12) : formatIpv6(octets, at);
}
