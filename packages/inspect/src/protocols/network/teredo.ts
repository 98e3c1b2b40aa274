import { formatIpAddress, u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";

/** Address and port under which a Teredo server saw the client, from its origin indication. */
export const TEREDO_MAPPED_ADDRESS = attribute("teredo.mapped-address", "address");
export const TEREDO_MAPPED_PORT = attribute("teredo.mapped-port", "number");

const PORT = 3544;
const AUTHENTICATION = 1;
const AUTHENTICATION_BYTES = 13;
const ORIGIN_BYTES = 8;
const IPV6_BYTES = 40;

export const teredo: Protocol = {
  name: "teredo",
  title: "Teredo",
  spec: "RFC 4380",
  category: "vpn",
  attributes: [TEREDO_MAPPED_ADDRESS, TEREDO_MAPPED_PORT],
  malformed: [],
  recognises:
    "On port 3544 an IPv6 packet that fills the datagram, alone or behind an authentication header or an origin indication.",
  omits: "What is inside the packets: the decoder reads it as flows of their own.",
  datagram: {
    ports: [PORT],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      let at = offset;
      // §5.1.1: two indicators, each announced by a zero octet, the authentication first.
      if (end - at >= AUTHENTICATION_BYTES && u16(octets, at) === AUTHENTICATION) {
        at += AUTHENTICATION_BYTES + u8(octets, at + 2) + u8(octets, at + 3);
      }
      let origin = -1;
      if (end - at >= ORIGIN_BYTES && u16(octets, at) === 0) {
        origin = at;
        at += ORIGIN_BYTES;
      }
      if (end - at < IPV6_BYTES || u8(octets, at) >>> 4 !== 6) return NO;
      if (u16(octets, at + 4) !== end - at - IPV6_BYTES) return NO;
      if (origin >= 0) {
        // Port and address are sent with all bits inverted, so that translators leave them alone.
        flow.set(TEREDO_MAPPED_PORT, u16(octets, origin + 2) ^ 0xffff);
        if (flow.wants(TEREDO_MAPPED_ADDRESS)) {
          const address = Uint8Array.from({ length: 4 }, (_, index) => u8(octets, origin + 4 + index) ^ 0xff);
          flow.set(TEREDO_MAPPED_ADDRESS, formatIpAddress(address, 0, 4));
        }
      }
      return MATCH;
    },
  },
};
