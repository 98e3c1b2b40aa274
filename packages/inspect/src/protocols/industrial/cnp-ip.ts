import { Malformed } from "@palisade/base";
import { u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, type Protocol } from "../../dissector.js";

/** Packet types: 1 data, 3 … 0x7F management of channels and devices. */
export const CNP_IP_TYPE = attribute("cnp-ip.type", "number", { many: true });
/** Sessions of the senders. */
export const CNP_IP_SESSION = attribute("cnp-ip.session", "number", { many: true });

/** Another version, or a protocol that is not defined. */
export const CNP_IP_HEADER_INVALID = new Malformed("cnp-ip.header-invalid");
/** The length is not the datagram's. */
export const CNP_IP_LENGTH_INVALID = new Malformed("cnp-ip.length-invalid");

const PORTS: readonly number[] = [1628, 1629];
/** Length 2, version 1, type 1, extended header's size 1, flags and protocol 1, vendor 2, session 4, sequence 4, time 4. */
const HEADER_BYTES = 20;
const DATA = 1;
const TYPE_MAX = 0x7f;
const EXTENDED_WORD_BYTES = 4;
/** The protocols that are tunnelled: EIA-709.1 and EIA-600. */
const PROTOCOL_MAX = 1;

export const cnpIp: Protocol = {
  name: "cnp-ip",
  title: "Control Network Protocol over IP",
  spec: "ANSI/CTA-852 (EIA-852), ISO/IEC 14908-4",
  category: "industrial",
  attributes: [CNP_IP_TYPE, CNP_IP_SESSION],
  malformed: [CNP_IP_HEADER_INVALID, CNP_IP_LENGTH_INVALID],
  recognises: "A header of version 1 on ports 1628 and 1629, whose length is the datagram's.",
  omits: "The control network's own packets, and authentication.",
  datagram: {
    ports: PORTS,
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      if (end - offset < HEADER_BYTES) return CNP_IP_LENGTH_INVALID;
      if (u16(octets, offset) !== end - offset) return CNP_IP_LENGTH_INVALID;
      const type = u8(octets, offset + 3);
      const extended = u8(octets, offset + 4) * EXTENDED_WORD_BYTES;
      const code = u8(octets, offset + 5) & 0x1f;
      if (u8(octets, offset + 2) !== 1 || type < DATA || type > TYPE_MAX || code > PROTOCOL_MAX) {
        return CNP_IP_HEADER_INVALID;
      }
      if (offset + HEADER_BYTES + extended > end) return CNP_IP_LENGTH_INVALID;
      flow.set(CNP_IP_TYPE, type);
      flow.set(CNP_IP_SESSION, u32(octets, offset + 8));
      return MATCH;
    },
  },
};
