import { Malformed } from "@palisade/base";
import { formatIpv4, u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";

/** 0 external address, 1 map UDP, 2 map TCP; responses add 128. */
export const NATPMP_OPCODE = attribute("nat-pmp.opcode", "number", { many: true });
/** 0 success, 1 unsupported version, 2 not authorized, 3 network failure, 4 out of resources, 5 unsupported opcode. */
export const NATPMP_RESULT = attribute("nat-pmp.result", "number", { many: true });
export const NATPMP_EXTERNAL_ADDRESS = attribute("nat-pmp.external-address", "address");
export const NATPMP_INTERNAL_PORT = attribute("nat-pmp.internal-port", "number", { many: true });
export const NATPMP_EXTERNAL_PORT = attribute("nat-pmp.external-port", "number", { many: true });
/** How long a mapping is asked or granted for, seconds; 0 deletes it. */
export const NATPMP_LIFETIME = attribute("nat-pmp.lifetime-seconds", "number", { many: true });

/** Octets other than the opcode has. */
export const NATPMP_LENGTH_WRONG = new Malformed("nat-pmp.length-wrong");
/** An opcode outside RFC 6886 §3. */
export const NATPMP_OPCODE_UNKNOWN = new Malformed("nat-pmp.opcode-unknown");
/** Reserved octets that are not zero, or a result that does not exist. */
export const NATPMP_FIELD_WRONG = new Malformed("nat-pmp.field-wrong");

/** Clients listen on the first for announcements; gateways on the second for requests. */
export const PORTS_PORT_MAPPING: readonly number[] = [5350, 5351];
const REQUEST_BYTES = 2;
const MAP_REQUEST_BYTES = 12;
const ADDRESS_RESPONSE_BYTES = 12;
const MAP_RESPONSE_BYTES = 16;
const RESPONSE = 128;
const OPCODE_LAST = 2;
const RESULT_LAST = 5;

export const natPmp: Protocol = {
  name: "nat-pmp",
  title: "NAT Port Mapping Protocol",
  spec: "RFC 6886",
  category: "network",
  attributes: [
    NATPMP_OPCODE,
    NATPMP_RESULT,
    NATPMP_EXTERNAL_ADDRESS,
    NATPMP_INTERNAL_PORT,
    NATPMP_EXTERNAL_PORT,
    NATPMP_LIFETIME,
  ],
  malformed: [NATPMP_LENGTH_WRONG, NATPMP_OPCODE_UNKNOWN, NATPMP_FIELD_WRONG],
  recognises:
    "A datagram from or to port 5350 or 5351 of version 0, with a known opcode, exactly its length, and reserved octets zero.",
  omits: "The gateway's clock.",
  datagram: {
    ports: PORTS_PORT_MAPPING,
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      const length = end - offset;
      if (length < REQUEST_BYTES) return NATPMP_LENGTH_WRONG;
      if (u8(octets, offset) !== 0) return NO;
      const opcode = u8(octets, offset + 1);
      const isResponse = opcode >= RESPONSE;
      const operation = isResponse ? opcode - RESPONSE : opcode;
      if (operation > OPCODE_LAST) return NATPMP_OPCODE_UNKNOWN;
      if (isResponse) {
        if (length < 8) return NATPMP_LENGTH_WRONG;
        const result = u16(octets, offset + 2);
        if (result > RESULT_LAST) return NATPMP_FIELD_WRONG;
        // A gateway that refuses may leave the rest away (RFC 6886 §3.5).
        const expected = operation === 0 ? ADDRESS_RESPONSE_BYTES : MAP_RESPONSE_BYTES;
        if (length !== expected && (result === 0 || length > expected)) return NATPMP_LENGTH_WRONG;
        flow.set(NATPMP_RESULT, result);
        if (operation === 0 && result === 0 && flow.wants(NATPMP_EXTERNAL_ADDRESS)) {
          flow.set(NATPMP_EXTERNAL_ADDRESS, formatIpv4(octets, offset + 8));
        }
        if (operation !== 0 && length === MAP_RESPONSE_BYTES) {
          flow.set(NATPMP_INTERNAL_PORT, u16(octets, offset + 8));
          flow.set(NATPMP_EXTERNAL_PORT, u16(octets, offset + 10));
          flow.set(NATPMP_LIFETIME, u32(octets, offset + 12));
        }
      } else if (operation === 0) {
        if (length !== REQUEST_BYTES) return NATPMP_LENGTH_WRONG;
      } else {
        if (length !== MAP_REQUEST_BYTES) return NATPMP_LENGTH_WRONG;
        if (u16(octets, offset + 2) !== 0) return NATPMP_FIELD_WRONG;
        flow.set(NATPMP_INTERNAL_PORT, u16(octets, offset + 4));
        flow.set(NATPMP_EXTERNAL_PORT, u16(octets, offset + 6));
        flow.set(NATPMP_LIFETIME, u32(octets, offset + 8));
      }
      flow.set(NATPMP_OPCODE, opcode);
      return MATCH;
    },
  },
};
