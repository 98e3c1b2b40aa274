import { Malformed } from "@palisade/base";
import { startsWith, u8, u16, u16le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** "2.1" … */
export const RTPS_VERSION = attribute("rtps.version", "text");
/** Vendor identifiers that the Object Management Group gave: 0x0101 RTI, 0x0103 OpenSplice, 0x010F eProsima … */
export const RTPS_VENDOR = attribute("rtps.vendor-id", "number", { many: true });
/** Submessage kinds: 0x06 acknowledgement, 0x07 heartbeat, 0x09 time stamp, 0x15 data … */
export const RTPS_SUBMESSAGE = attribute("rtps.submessage", "number", { many: true });

/** A protocol version that was never published, or a header that is cut. */
export const RTPS_HEADER_INVALID = new Malformed("rtps.header-invalid");
/** A submessage that reaches beyond the datagram. */
export const RTPS_SUBMESSAGE_INVALID = new Malformed("rtps.submessage-invalid");

const MAGIC = "RTPS";
const PING = "NDDSPING";
/** Magic 4, version 2, vendor 2, prefix of the participant's identifier 12. */
const HEADER_BYTES = 20;
/** RTI's ping has eight characters in the prefix's place. */
const PING_BYTES = 16;
const SUBMESSAGE_HEADER_BYTES = 4;
const LITTLE_ENDIAN = 0x01;
const SUBMESSAGES_MAX = 64;
const MAJOR_MAX = 2;

export const rtps: Protocol = {
  name: "rtps",
  title: "Real-Time Publish-Subscribe (DDS)",
  spec: "OMG DDSI-RTPS 2.5, §8.3, §9.4",
  category: "industrial",
  attributes: [RTPS_VERSION, RTPS_VENDOR, RTPS_SUBMESSAGE],
  malformed: [RTPS_HEADER_INVALID, RTPS_SUBMESSAGE_INVALID],
  recognises: "A header that begins with RTPS and a published version, and submessages that fit.",
  omits: "Discovery data, topics and samples, and RTPS over TCP.",
  datagram: {
    ports: [7400, 7401, 7410, 7411],
    firstOctets: [0x52],
    dissect(octets, offset, end, flow) {
      if (!startsWith(octets, offset, end, MAGIC) || end - offset < PING_BYTES) return RTPS_HEADER_INVALID;
      const major = u8(octets, offset + 4);
      if (major < 1 || major > MAJOR_MAX || u8(octets, offset + 5) > 9) return RTPS_HEADER_INVALID;
      const ping = startsWith(octets, offset + 8, end, PING);
      if (!ping && end - offset < HEADER_BYTES) return RTPS_HEADER_INVALID;
      if (!ping) {
        if (!walk(octets, offset + HEADER_BYTES, end, undefined)) return RTPS_SUBMESSAGE_INVALID;
        if (flow.wants(RTPS_SUBMESSAGE)) walk(octets, offset + HEADER_BYTES, end, flow);
      }
      if (flow.wants(RTPS_VERSION)) flow.set(RTPS_VERSION, `${major}.${u8(octets, offset + 5)}`);
      flow.set(RTPS_VENDOR, u16(octets, offset + 6));
      return MATCH;
    },
  },
};

/** Passes over the submessages; false where one does not fit. With a flow, their kinds are told to it. */
function walk(octets: Uint8Array, start: number, end: number, flow: FlowContext | undefined): boolean {
  let at = start;
  for (let count = 0; count < SUBMESSAGES_MAX && at < end; count += 1) {
    if (end - at < SUBMESSAGE_HEADER_BYTES) return false;
    const little = (u8(octets, at + 1) & LITTLE_ENDIAN) !== 0;
    const length = little ? u16le(octets, at + 2) : u16(octets, at + 2);
    if (at + SUBMESSAGE_HEADER_BYTES + length > end) return false;
    flow?.set(RTPS_SUBMESSAGE, u8(octets, at));
    // §8.3.3.2.3: a length of 0 in the last one stands for the rest of the message.
    at = length === 0 && !isEmptyKind(u8(octets, at)) ? end : at + SUBMESSAGE_HEADER_BYTES + length;
  }
  return true;
}

/** PAD and INFO_TS with nothing in them are just that (§9.4.5.1.3). */
function isEmptyKind(kind: number): boolean {
  return kind === 0x01 || kind === 0x09;
}
