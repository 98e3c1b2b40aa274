import { Malformed } from "@palisade/base";
import { u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";

/** 0 sync, 1 delay request, 2 and 3 peer delay, 8 follow-up, 9 delay response, 11 announce, 12 signaling, 13 management. */
export const PTP_MESSAGE_TYPE = attribute("ptp.message-type", "number", { many: true });
export const PTP_DOMAIN = attribute("ptp.domain", "number", { many: true });
/** Identities of the clocks that sent. */
export const PTP_CLOCK = attribute("ptp.clock", "hex", { many: true });
/** Identity of the grandmaster that an announcement names. */
export const PTP_GRANDMASTER = attribute("ptp.grandmaster", "hex", { many: true });

/** Fewer octets than the message's type has, or than its length field counts. */
export const PTP_TRUNCATED = new Malformed("ptp.truncated");
/** A message type that is reserved, or on the port of the other class of messages. */
export const PTP_TYPE_WRONG = new Malformed("ptp.type-wrong");

const PORT_EVENT = 319;
const PORT_GENERAL = 320;
const VERSION = 2;
const HEADER_BYTES = 34;
/** Least octets of a message by its type; 0 for reserved types (IEEE 1588-2008 tables 19 and 25 ff.). */
const BYTES_MIN: readonly number[] = [44, 44, 54, 54, 0, 0, 0, 0, 44, 54, 54, 64, 44, 48, 0, 0];
const TYPE_EVENT_LAST = 3;
const TYPE_ANNOUNCE = 11;
const at = { length: 2, domain: 4, clock: 20, grandmaster: 53 } as const;
const CLOCK_BYTES = 8;

export const ptp: Protocol = {
  name: "ptp",
  title: "Precision Time Protocol version 2",
  spec: "IEEE 1588-2008, IEEE 1588-2019 (version 2.1)",
  category: "management",
  attributes: [PTP_MESSAGE_TYPE, PTP_DOMAIN, PTP_CLOCK, PTP_GRANDMASTER],
  malformed: [PTP_TRUNCATED, PTP_TYPE_WRONG],
  recognises:
    "A datagram from or to port 319 or 320 of version 2, with a message type of that port and at least its octets.",
  omits: "Version 1, time stamps, and the TLVs of signaling and management messages.",
  datagram: {
    ports: [PORT_EVENT, PORT_GENERAL],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      const isEvent = flow.sourcePort === PORT_EVENT || flow.destinationPort === PORT_EVENT;
      const isGeneral = flow.sourcePort === PORT_GENERAL || flow.destinationPort === PORT_GENERAL;
      if (end - offset < HEADER_BYTES) return PTP_TRUNCATED;
      if ((u8(octets, offset + 1) & 0b1111) !== VERSION) return NO;
      const type = u8(octets, offset) & 0b1111;
      if (BYTES_MIN[type] === 0 || (type <= TYPE_EVENT_LAST ? !isEvent : !isGeneral)) return PTP_TYPE_WRONG;
      const length = u16(octets, offset + at.length);
      // Over IPv6 two octets may follow (IEEE 1588-2008 annex E).
      if (length < BYTES_MIN[type]! || offset + length > end) return PTP_TRUNCATED;
      flow.set(PTP_MESSAGE_TYPE, type);
      flow.set(PTP_DOMAIN, u8(octets, offset + at.domain));
      flow.hex(PTP_CLOCK, octets, offset + at.clock, offset + at.clock + CLOCK_BYTES);
      if (type === TYPE_ANNOUNCE) {
        const grandmaster = offset + at.grandmaster;
        flow.hex(PTP_GRANDMASTER, octets, grandmaster, grandmaster + CLOCK_BYTES);
      }
      return MATCH;
    },
  },
};
