import { Malformed } from "@palisade/base";
import { u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Wire versions: 1 OpenFlow 1.0, 4 OpenFlow 1.3, 6 OpenFlow 1.5. */
export const OPENFLOW_VERSION = attribute("openflow.version", "number", { many: true });
/** Message types: 0 hello, 1 error, 2 echo request, 5 features request … of the version. */
export const OPENFLOW_TYPE = attribute("openflow.type", "number", { many: true });
/** Identifier of the switch, from its features. */
export const OPENFLOW_DATAPATH = attribute("openflow.datapath", "hex");

/** A version or message type that is not defined, or a length below the header's. */
export const OPENFLOW_HEADER_INVALID = new Malformed("openflow.header-invalid");

const PORTS: readonly number[] = [6633, 6653];
const HEADER_BYTES = 8;
const HELLO = 0;
const FEATURES_REPLY = 6;
const VERSION_MAX = 6;
/** Last message type by version: OFPT_QUEUE_GET_CONFIG_REPLY … OFPT_CONTROLLER_STATUS. */
const TYPE_MAX: readonly number[] = [0, 21, 23, 25, 29, 34, 35];
const HELLO_MAX = 256;

// `flow.stage`
const KNOWN = 1;
const HELLO_OF_ORIGINATOR = 2;
const HELLO_OF_RESPONDER = 4;

export const openflow: Protocol = {
  name: "openflow",
  title: "OpenFlow",
  spec: "Open Networking Foundation, OpenFlow Switch Specification 1.0 to 1.5.1",
  category: "network",
  attributes: [OPENFLOW_VERSION, OPENFLOW_TYPE, OPENFLOW_DATAPATH],
  malformed: [OPENFLOW_HEADER_INVALID],
  recognises:
    "A header of a published version with a type of that version on ports 6633 and 6653; on other ports a hello from both ends.",
  omits: "Flow entries, ports, packets in messages, and OpenFlow inside TLS.",
  stream: {
    ports: PORTS,
    firstOctets: [1, 2, 3, 4, 5, 6],
    dissect(octets, offset, end, flow) {
      const known = (flow.stage & KNOWN) !== 0;
      const version = u8(octets, offset);
      if (version < 1 || version > VERSION_MAX) return OPENFLOW_HEADER_INVALID;
      if (end - offset >= 2 && u8(octets, offset + 1) > TYPE_MAX[version]!) return OPENFLOW_HEADER_INVALID;
      if (end - offset < HEADER_BYTES) return known ? MATCH : MORE;
      const type = u8(octets, offset + 1);
      const length = u16(octets, offset + 2);
      if (length < HEADER_BYTES || (type === HELLO && length > HELLO_MAX)) return OPENFLOW_HEADER_INVALID;
      if (!known) {
        const outcome = decide(octets, offset, end, flow, type, length);
        if (outcome !== MATCH) return outcome;
      }
      const reply = type === FEATURES_REPLY && length >= HEADER_BYTES + 8;
      if (reply && end - offset < HEADER_BYTES + 8) return known ? MATCH : MORE;
      flow.stage |= KNOWN;
      flow.set(OPENFLOW_VERSION, version);
      flow.set(OPENFLOW_TYPE, type);
      if (reply) flow.hex(OPENFLOW_DATAPATH, octets, offset + HEADER_BYTES, offset + HEADER_BYTES + 8);
      flow.consume(length);
      return MATCH;
    },
  },
};

function decide(
  octets: Uint8Array,
  offset: number,
  end: number,
  flow: FlowContext,
  type: number,
  length: number,
): Outcome {
  if (PORTS.includes(flow.sourcePort) || PORTS.includes(flow.destinationPort)) return MATCH;
  // §7.5.1: a hello is a header, from 1.3 on perhaps with elements, of which there is one: type 1, a bitmap of versions.
  if (type !== HELLO) return NO;
  if (length > HEADER_BYTES) {
    if (end - offset < HEADER_BYTES + 4) return MORE;
    if (u16(octets, offset + 8) !== 1 || u16(octets, offset + 10) > length - HEADER_BYTES) return NO;
  }
  flow.stage |= flow.direction === 0 ? HELLO_OF_ORIGINATOR : HELLO_OF_RESPONDER;
  return flow.stage === (HELLO_OF_ORIGINATOR | HELLO_OF_RESPONDER) ? MATCH : MORE;
}
