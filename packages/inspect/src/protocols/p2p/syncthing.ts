import { Malformed } from "@palisade/base";
import { u8, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { field, isLengthDelimited, readField } from "../apps/protobuf.js";

/** Identifier of the device: SHA-256 of its certificate. */
export const SYNCTHING_DEVICE = attribute("syncthing.device", "hex");
/** Where the device says it can be reached: `tcp://192.0.2.1:22000`, `quic://…`, `relay://…`. */
export const SYNCTHING_ADDRESS = attribute("syncthing.address", "text", { many: true });
/** Messages to a relay: `join-relay-request`, `connect-request`. */
export const SYNCTHING_RELAY_MESSAGE = attribute("syncthing.relay-message", "text", { many: true });

/** A field of an announcement that reaches beyond it. */
export const SYNCTHING_FIELD_OVERRUN = new Malformed("syncthing.field-overrun");
/** After the verdict: a message to or from a relay without its magic number, or of an impossible length. */
export const SYNCTHING_RELAY_MALFORMED = new Malformed("syncthing.relay-malformed");

const DISCOVERY_MAGIC = 0x2ea7d90b;
const RELAY_MAGIC = 0x9e79bc40;
const DEVICE_BYTES = 32;
const FIELDS_MAX = 64;
const FIELD_DEVICE = 1;
const FIELD_ADDRESS = 2;
/** Of the device, which is the first field: number and wire type. */
const TAG_DEVICE = 0x0a;
const RELAY_HEADER_BYTES = 12;
const RELAY_LENGTH_MAX = 1_024;
const RELAY_MESSAGES: readonly string[] = [
  "ping",
  "pong",
  "join-relay-request",
  "join-session-request",
  "response",
  "connect-request",
  "session-invitation",
  "relay-full",
];

export const syncthing: Protocol = {
  name: "syncthing",
  title: "Syncthing",
  spec: "Syncthing's specifications: Local Discovery Protocol v4, Relay Protocol v1",
  category: "peer-to-peer",
  attributes: [SYNCTHING_DEVICE, SYNCTHING_ADDRESS, SYNCTHING_RELAY_MESSAGE],
  malformed: [SYNCTHING_FIELD_OVERRUN, SYNCTHING_RELAY_MALFORMED],
  recognises:
    "The magic number of local discovery before an announcement with a device, or that of the relay protocol before a known message.",
  omits: "The block exchange, which is inside TLS, and global discovery, which is HTTPS.",
  datagram: {
    ports: [21027],
    firstOctets: [0x2e],
    dissect(octets, offset, end, flow) {
      if (end - offset < 4 + 2 + DEVICE_BYTES || u32(octets, offset) !== DISCOVERY_MAGIC) return NO;
      if (u8(octets, offset + 4) !== TAG_DEVICE || u8(octets, offset + 5) !== DEVICE_BYTES) return NO;
      if (!fields(octets, offset + 4, end, undefined)) return SYNCTHING_FIELD_OVERRUN;
      fields(octets, offset + 4, end, flow);
      return MATCH;
    },
  },
  stream: {
    ports: [22067],
    firstOctets: [0x9e],
    dissect: relay,
  },
};

/** Device (1), addresses (2), instance (3): walks the fields, and with a flow also reads them. */
function fields(octets: Uint8Array, start: number, end: number, flow: FlowContext | undefined): boolean {
  let at = start;
  for (let count = 0; at < end && count < FIELDS_MAX; count += 1) {
    at = readField(octets, at, end);
    if (at < 0) return false;
    if (flow === undefined || !isLengthDelimited()) continue;
    if (field.number === FIELD_DEVICE) flow.hex(SYNCTHING_DEVICE, octets, field.start, field.end);
    else if (field.number === FIELD_ADDRESS) flow.text(SYNCTHING_ADDRESS, octets, field.start, field.end);
  }
  return true;
}

/** Magic number, type, length, body. */
function relay(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const wrong = flow.stage === 0 ? NO : SYNCTHING_RELAY_MALFORMED;
  const short = flow.stage === 0 ? MORE : MATCH;
  if (end - offset < 4) return u8(octets, offset) === 0x9e ? short : wrong;
  if (u32(octets, offset) !== RELAY_MAGIC) return wrong;
  if (end - offset < RELAY_HEADER_BYTES) return short;
  const type = u32(octets, offset + 4);
  const length = u32(octets, offset + 8);
  if (type >= RELAY_MESSAGES.length || length > RELAY_LENGTH_MAX) return wrong;
  flow.stage = 1;
  if (end - offset < RELAY_HEADER_BYTES + length) return MATCH;
  flow.set(SYNCTHING_RELAY_MESSAGE, RELAY_MESSAGES[type]!);
  flow.consume(RELAY_HEADER_BYTES + length);
  return MATCH;
}
