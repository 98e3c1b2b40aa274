import { Malformed } from "@palisade/base";
import { u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** BVLC functions: 0 result, 4 forwarded, 5 register foreign device, 10 unicast, 11 broadcast … */
export const BACNET_FUNCTION = attribute("bacnet.function", "number", { many: true });
/** Service choices of unconfirmed requests: 0 I-Am, 8 Who-Is … */
export const BACNET_UNCONFIRMED = attribute("bacnet.unconfirmed-service", "number", { many: true });
/** Service choices of confirmed requests: 12 read property, 15 write property, 20 reinitialize device … */
export const BACNET_CONFIRMED = attribute("bacnet.confirmed-service", "number", { many: true });
/** Instance numbers of devices that announce themselves (I-Am). */
export const BACNET_DEVICE = attribute("bacnet.device", "number", { many: true });

/** A function that is not defined, or a length that is not the datagram's. */
export const BACNET_HEADER_INVALID = new Malformed("bacnet.header-invalid");
/** A network layer of another version, or addresses that do not fit. */
export const BACNET_NPDU_INVALID = new Malformed("bacnet.npdu-invalid");

const PORT = 47_808;
const TYPE_IPV4 = 0x81;
const TYPE_IPV6 = 0x82;
const HEADER_BYTES = 4;
const FUNCTION_MAX = 12;
const FORWARDED = 4;
const DISTRIBUTE = 9;
const BROADCAST = 11;
const FORWARDED_ADDRESS_BYTES = 6;
const I_AM = 0;
/** Application tag 12, length 4: an object identifier. */
const OBJECT_IDENTIFIER = 0xc4;
const OBJECT_DEVICE = 8;

export const bacnet: Protocol = {
  name: "bacnet",
  title: "BACnet/IP",
  spec: "ANSI/ASHRAE 135-2020, annex J (BVLC), clause 6 (network layer), clause 20 (APDUs)",
  category: "industrial",
  attributes: [BACNET_FUNCTION, BACNET_UNCONFIRMED, BACNET_CONFIRMED, BACNET_DEVICE],
  malformed: [BACNET_HEADER_INVALID, BACNET_NPDU_INVALID],
  recognises:
    "A datagram of type 81 with a defined function, its own length, and, where the function carries one, a network layer of version 1.",
  omits: "Properties and values, segmentation, network layer messages, and BACnet over IPv6 and WebSocket.",
  datagram: {
    ports: [PORT],
    firstOctets: [TYPE_IPV4, TYPE_IPV6],
    dissect(octets, offset, end, flow) {
      if (u8(octets, offset) !== TYPE_IPV4 || end - offset < HEADER_BYTES) return NO;
      const code = u8(octets, offset + 1);
      if (code > FUNCTION_MAX || u16(octets, offset + 2) !== end - offset) return BACNET_HEADER_INVALID;
      const carries = code === FORWARDED || (code >= DISTRIBUTE && code <= BROADCAST);
      if (carries) {
        const network = offset + HEADER_BYTES + (code === FORWARDED ? FORWARDED_ADDRESS_BYTES : 0);
        const application = afterNetworkLayer(octets, network, end);
        if (application < 0) return BACNET_NPDU_INVALID;
        if (application > 0) readApplication(octets, application, end, flow);
      } else if (flow.sourcePort !== PORT && flow.destinationPort !== PORT) {
        // Four to ten octets of management: too few fixed bits elsewhere.
        return NO;
      }
      flow.set(BACNET_FUNCTION, code);
      return MATCH;
    },
  },
};

/** Clause 6.2: index of the APDU; 0 where a network message stands in its place, -1 where the layer does not hold. */
function afterNetworkLayer(octets: Uint8Array, start: number, end: number): number {
  if (start + 2 > end || u8(octets, start) !== 1) return -1;
  const control = u8(octets, start + 1);
  // Bits 6 and 4 are reserved.
  if ((control & 0x50) !== 0) return -1;
  const hasDestination = (control & 0x20) !== 0;
  let at = start + 2;
  if (hasDestination) {
    if (at + 3 > end) return -1;
    at += 3 + u8(octets, at + 2);
  }
  if ((control & 0x08) !== 0) {
    // A source is never a broadcast: its address has octets.
    if (at + 3 > end || u8(octets, at + 2) === 0) return -1;
    at += 3 + u8(octets, at + 2);
  }
  if (hasDestination) at += 1;
  if (at >= end) return -1;
  return (control & 0x80) !== 0 ? 0 : at;
}

/** Clause 20.1: the PDU type in the high half of the first octet. */
function readApplication(octets: Uint8Array, at: number, end: number, flow: FlowContext): void {
  const type = u8(octets, at) >>> 4;
  if (type === 0) {
    // A segment has sequence number and window before the service.
    const service = at + ((u8(octets, at) & 0x08) !== 0 ? 5 : 3);
    if (service < end) flow.set(BACNET_CONFIRMED, u8(octets, service));
  } else if (type === 1 && at + 1 < end) {
    const service = u8(octets, at + 1);
    flow.set(BACNET_UNCONFIRMED, service);
    if (service === I_AM && at + 7 <= end && u8(octets, at + 2) === OBJECT_IDENTIFIER) {
      const object = u32(octets, at + 3);
      if (object >>> 22 === OBJECT_DEVICE) flow.set(BACNET_DEVICE, object & 0x3f_ffff);
    }
  }
}
