import { Malformed } from "@palisade/base";
import { formatIpv4, u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { skipName } from "./dns-message.js";
import { isNetbiosLabel, netbiosLabelText } from "./netbios-name.js";

/** 16 direct unique, 17 direct group, 18 broadcast, 19 error, 20 query request, 21 and 22 its responses. */
export const NBDGM_TYPE = attribute("nbdgm.type", "number", { many: true });
/** Sender's name with suffix: `WORKSTATION<00>`. */
export const NBDGM_SOURCE = attribute("nbdgm.source-name", "text");
export const NBDGM_DESTINATION = attribute("nbdgm.destination-name", "text", { many: true });
/** Address that the sender says it has. */
export const NBDGM_SOURCE_ADDRESS = attribute("nbdgm.source-address", "address");

/** Fewer octets than the header, or than its length field counts. */
export const NBDGM_TRUNCATED = new Malformed("nbdgm.truncated");
/** A message type outside RFC 1002 §4.4.1. */
export const NBDGM_TYPE_UNKNOWN = new Malformed("nbdgm.type-unknown");
/** A name that is not first-level encoded. */
export const NBDGM_NAME_WRONG = new Malformed("nbdgm.name-wrong");

const PORT_NBDGM = 138;
const HEADER_BYTES = 10;
const DATA_HEADER_BYTES = 14;
const TYPE_FIRST = 0x10;
const TYPE_DATA_LAST = 0x12;
const TYPE_ERROR = 0x13;
const TYPE_LAST = 0x16;
const ERROR_FIRST = 0x82;
const ERROR_LAST = 0x84;

export const nbdgm: Protocol = {
  name: "nbdgm",
  title: "NetBIOS Datagram Service",
  spec: "RFC 1002 §4.4",
  category: "network",
  attributes: [NBDGM_TYPE, NBDGM_SOURCE, NBDGM_DESTINATION, NBDGM_SOURCE_ADDRESS],
  malformed: [NBDGM_TRUNCATED, NBDGM_TYPE_UNKNOWN, NBDGM_NAME_WRONG],
  recognises:
    "A datagram from or to port 138 with a known message type, reserved flags clear, and first-level encoded names of sender and receiver.",
  omits: "Reassembly of fragments, and the SMB transactions (browser announcements) carried inside.",
  datagram: {
    ports: [PORT_NBDGM],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      if (end - offset < HEADER_BYTES + 1) return NBDGM_TRUNCATED;
      const type = u8(octets, offset);
      if (type < TYPE_FIRST || type > TYPE_LAST) return NBDGM_TYPE_UNKNOWN;
      if ((u8(octets, offset + 1) & 0b1111_0000) !== 0) return NO;
      if (type === TYPE_ERROR) {
        const error = u8(octets, offset + HEADER_BYTES);
        if (error < ERROR_FIRST || error > ERROR_LAST) return NO;
      } else {
        const outcome = readNames(octets, offset, end, type, flow);
        if (outcome !== MATCH) return outcome;
      }
      flow.set(NBDGM_TYPE, type);
      if (flow.wants(NBDGM_SOURCE_ADDRESS)) flow.set(NBDGM_SOURCE_ADDRESS, formatIpv4(octets, offset + 4));
      return MATCH;
    },
  },
};

function readNames(
  octets: Uint8Array,
  offset: number,
  end: number,
  type: number,
  flow: FlowContext,
): Outcome {
  if (type > TYPE_DATA_LAST) {
    const name = offset + HEADER_BYTES;
    if (!isNetbiosLabel(octets, name, end)) return NBDGM_NAME_WRONG;
    if (flow.wants(NBDGM_DESTINATION)) flow.set(NBDGM_DESTINATION, netbiosLabelText(octets, name));
    return MATCH;
  }
  // The length counts both names and the data (RFC 1002 §4.4.2).
  const source = offset + DATA_HEADER_BYTES;
  if (source + u16(octets, offset + HEADER_BYTES) > end) return NBDGM_TRUNCATED;
  if (!isNetbiosLabel(octets, source, end)) return NBDGM_NAME_WRONG;
  const destination = skipName(octets, offset, source, end);
  if (destination < 0 || !isNetbiosLabel(octets, destination, end)) return NBDGM_NAME_WRONG;
  if (flow.wants(NBDGM_SOURCE)) flow.set(NBDGM_SOURCE, netbiosLabelText(octets, source));
  if (flow.wants(NBDGM_DESTINATION)) flow.set(NBDGM_DESTINATION, netbiosLabelText(octets, destination));
  return MATCH;
}
