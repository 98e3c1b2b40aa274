import { Malformed } from "@palisade/base";
import { u8, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Network identifiers of the nodes: "192.0.2.1@tcp", with the network's number where it is not 0: "192.0.2.1@tcp2". */
export const LUSTRE_NODE = attribute("lustre.node", "text", { many: true });
/** LNet message types: 0 acknowledgement, 1 put, 2 get, 3 reply. */
export const LUSTRE_MESSAGE = attribute("lustre.message", "number", { many: true });

/** Octets that are no message of the socket network driver. */
export const LUSTRE_MESSAGE_INVALID = new Malformed("lustre.message-invalid");

const PORT = 988;
/** LNET_PROTO_ACCEPTOR_MAGIC: magic 4, version 4, network identifier 8. */
const ACCEPTOR_MAGIC = 0xacce_7100;
const ACCEPTOR_BYTES = 16;
/** LNET_PROTO_MAGIC, the driver's greeting: magic 4, version 4, identifiers 8 each, processes 4 each, incarnations 8 each, kind 4, addresses. */
const GREETING_MAGIC = 0x4572_6963;
const GREETING_BYTES = 56;
const GREETING_VERSION_MAX = 4;
const ADDRESSES_MAX = 16;
/** The driver's messages: type 4, checksum 4, two cookies of 8. */
const NOOP = 0xc0;
const LNET = 0xc1;
const DRIVER_BYTES = 24;
/** Destination and source 8 each, processes 4 each, type 4, payload length 4, then 40 by type. */
const LNET_BYTES = 72;
const LNET_TYPE_MAX = 4;
/** Every Lustre process has this number (LNET_PID_LUSTRE), user-level ones with high bits set. */
const PROCESS = 12_345;
const PROCESS_USER = 0x8000_0000;
const PAYLOAD_MAX = 0x10_0000 + 0x1_0000;
const NETWORK_SOCKET = 2;

export const lustre: Protocol = {
  name: "lustre",
  title: "Lustre networking (LNet over sockets)",
  spec: "Lustre sources, lnet/include/uapi/linux/lnet (lnet-idl.h, socklnd.h)",
  category: "cloud",
  attributes: [LUSTRE_NODE, LUSTRE_MESSAGE],
  malformed: [LUSTRE_MESSAGE_INVALID],
  recognises:
    "The acceptor's request or the socket driver's greeting by their magic numbers, or midstream a message between processes 12345.",
  omits: "Portal RPC: files, servers and targets; peers of the other octet order.",
  stream: {
    ports: [PORT],
    firstOctets: [0x00, 0x63, NOOP, LNET],
    dissect(octets, offset, end, flow) {
      const short = flow.stage === 1 ? MATCH : MORE;
      if (end - offset < 4) return short;
      switch (u32le(octets, offset)) {
        case ACCEPTOR_MAGIC:
          if (end - offset < ACCEPTOR_BYTES) return short;
          return readAcceptor(octets, offset, flow);
        case GREETING_MAGIC:
          if (end - offset < GREETING_BYTES) return short;
          return readGreeting(octets, offset, flow);
        case NOOP:
          // A message of nearly nothing: passed over after the verdict, not enough before it.
          if (flow.stage !== 1) return NO;
          flow.consume(DRIVER_BYTES);
          return MATCH;
        case LNET:
          if (end - offset < DRIVER_BYTES + LNET_BYTES) return short;
          return readMessage(octets, offset, flow);
        default:
          return LUSTRE_MESSAGE_INVALID;
      }
    },
  },
};

function readAcceptor(octets: Uint8Array, offset: number, flow: FlowContext): Outcome {
  if (u32le(octets, offset + 4) !== 1) return LUSTRE_MESSAGE_INVALID;
  flow.stage = 1;
  setNode(octets, offset + 8, flow);
  flow.consume(ACCEPTOR_BYTES);
  return MATCH;
}

function readGreeting(octets: Uint8Array, offset: number, flow: FlowContext): Outcome {
  const version = u32le(octets, offset + 4);
  const addresses = u32le(octets, offset + 52);
  if (version < 1 || version > GREETING_VERSION_MAX || addresses > ADDRESSES_MAX)
    return LUSTRE_MESSAGE_INVALID;
  flow.stage = 1;
  setNode(octets, offset + 8, flow);
  setNode(octets, offset + 16, flow);
  flow.consume(GREETING_BYTES + 4 * addresses);
  return MATCH;
}

function readMessage(octets: Uint8Array, offset: number, flow: FlowContext): Outcome {
  const at = offset + DRIVER_BYTES;
  const type = u32le(octets, at + 24);
  const payload = u32le(octets, at + 28);
  if (!isLustre(u32le(octets, at + 16)) || !isLustre(u32le(octets, at + 20))) return LUSTRE_MESSAGE_INVALID;
  if (type > LNET_TYPE_MAX || payload > PAYLOAD_MAX) return LUSTRE_MESSAGE_INVALID;
  flow.stage = 1;
  setNode(octets, at, flow);
  setNode(octets, at + 8, flow);
  flow.set(LUSTRE_MESSAGE, type);
  flow.consume(DRIVER_BYTES + LNET_BYTES + payload);
  return MATCH;
}

function isLustre(process: number): boolean {
  return process === PROCESS || (process >= PROCESS_USER && (process & 0xffff) === PROCESS);
}

/** A network identifier, low octet first: address 4, number of the network 2, its kind 2. */
function setNode(octets: Uint8Array, at: number, flow: FlowContext): void {
  if (!flow.wants(LUSTRE_NODE)) return;
  const network = u32le(octets, at + 4);
  if (network >>> 16 !== NETWORK_SOCKET) return;
  const number = network & 0xffff;
  const address = `${u8(octets, at + 3)}.${u8(octets, at + 2)}.${u8(octets, at + 1)}.${u8(octets, at)}`;
  flow.set(LUSTRE_NODE, number === 0 ? `${address}@tcp` : `${address}@tcp${number}`);
}
