import { startsWith, u8, u16le, u32, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { field, isLengthDelimited, isVarint, readField } from "./protobuf.js";

/** What is sent: `discovery`, `status`, `offline` … in the local network; `connection` to Steam's servers. */
export const STEAM_MESSAGE = attribute("steam.message", "text", { many: true });
/** Name of the computer that offers its games. */
export const STEAM_HOST_NAME = attribute("steam.host-name", "text");

// ff ff ff ff 21 4c 5f a0, then header and body, each behind its length.
const BEACON_MAGIC_1 = 0xffff_ffff;
const BEACON_MAGIC_2 = 0x214c_5fa0;
const BEACON_BYTES_MIN = 16;
/** `CMsgRemoteClientBroadcastHeader`: client_id, msg_type; `CMsgRemoteClientBroadcastStatus`: hostname. */
const HEADER_TYPE = 2;
const STATUS_HOST_NAME = 4;
const TYPE_STATUS = 1;
/** `ERemoteClientBroadcastMsg`. */
const TYPES: readonly string[] = [
  "discovery",
  "status",
  "offline",
  "authorization-request",
  "authorization-response",
  "streaming-request",
  "streaming-response",
  "proof-request",
  "proof-response",
  "authorization-cancel",
];
const TYPE_LAST = 31;

/** Datagrams of a connection to Steam's servers begin with this and the payload's length. */
const UDP_MAGIC = "VS01";
const UDP_HEADER_BYTES = 36;
const UDP_TYPE_LAST = 7;
/** Frames of a stream: length, magic, message. */
const TCP_MAGIC = "VT01";
const TCP_HEADER_BYTES = 8;
/** `ChannelEncryptRequest`, the server's first message, and the fields every message has. */
const CHANNEL_ENCRYPT_REQUEST = 1_303;
const MESSAGE_HEADER_BYTES = 20;
const FIRST_FRAME_BYTES_MAX = 128;

export const steam: Protocol = {
  name: "steam",
  title: "Steam client",
  spec: "behaviour of the Steam client, as SteamKit and Valve's steammessages_remoteclient_discovery.proto describe it",
  category: "game",
  attributes: [STEAM_MESSAGE, STEAM_HOST_NAME],
  malformed: [],
  recognises:
    "A beacon of Remote Play by its eight octets and the lengths after them, a datagram with “VS01” and its length, or the server's request to encrypt a stream with “VT01”.",
  omits: "Traffic of games, relays, content downloads (which are HTTP), and everything encrypted.",
  datagram: {
    ports: [27036, 27017],
    firstOctets: [0xff, 0x56],
    dissect(octets, offset, end, flow) {
      if (u8(octets, offset) === 0x56) return connection(octets, offset, end, flow);
      if (end - offset < BEACON_BYTES_MIN) return NO;
      if (u32(octets, offset) !== BEACON_MAGIC_1 || u32(octets, offset + 4) !== BEACON_MAGIC_2) return NO;
      const header = offset + 12;
      const headerEnd = header + u32le(octets, offset + 8);
      if (headerEnd > end - 4) return NO;
      const body = headerEnd + 4;
      if (body + u32le(octets, headerEnd) !== end) return NO;
      const type = broadcastType(octets, header, headerEnd);
      if (type < 0 || type > TYPE_LAST) return NO;
      flow.set(STEAM_MESSAGE, TYPES[type] ?? `broadcast-${type}`);
      if (type === TYPE_STATUS && flow.wants(STEAM_HOST_NAME)) hostName(octets, body, end, flow);
      return MATCH;
    },
  },
  stream: {
    ports: [27017, 27018, 27019],
    firstOctets: Array.from(
      { length: FIRST_FRAME_BYTES_MAX + 1 - MESSAGE_HEADER_BYTES },
      (_, at) => at + MESSAGE_HEADER_BYTES,
    ),
    dissect(octets, offset, end, flow) {
      if (end - offset >= 4) {
        const length = u32le(octets, offset);
        if (length < MESSAGE_HEADER_BYTES || length > FIRST_FRAME_BYTES_MAX) return NO;
      } else if (u8(octets, offset) < MESSAGE_HEADER_BYTES || u8(octets, offset) > FIRST_FRAME_BYTES_MAX) {
        return NO;
      }
      if (end - offset < TCP_HEADER_BYTES) return MORE;
      if (!startsWith(octets, offset + 4, end, TCP_MAGIC)) return NO;
      if (end - offset < TCP_HEADER_BYTES + MESSAGE_HEADER_BYTES) return MORE;
      if (u32le(octets, offset + TCP_HEADER_BYTES) !== CHANNEL_ENCRYPT_REQUEST) return NO;
      flow.set(STEAM_MESSAGE, "connection");
      return DONE;
    },
  },
};

function connection(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset < UDP_HEADER_BYTES || !startsWith(octets, offset, end, UDP_MAGIC)) return NO;
  if (u16le(octets, offset + 4) !== end - offset - UDP_HEADER_BYTES) return NO;
  const type = u8(octets, offset + 6);
  if (type === 0 || type > UDP_TYPE_LAST) return NO;
  flow.set(STEAM_MESSAGE, "connection");
  return DONE;
}

/** The message type of the header in `start … end`, 0 where it has none, -1 where it is no protobuf. */
function broadcastType(octets: Uint8Array, start: number, end: number): number {
  let type = 0;
  let at = start;
  while (at < end) {
    at = readField(octets, at, end);
    if (at < 0) return -1;
    if (field.number === HEADER_TYPE && isVarint()) type = field.value;
  }
  return type;
}

function hostName(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  let at = start;
  while (at < end) {
    at = readField(octets, at, end);
    if (at < 0) return;
    if (field.number === STATUS_HOST_NAME && isLengthDelimited()) {
      flow.text(STEAM_HOST_NAME, octets, field.start, field.end);
      return;
    }
  }
}
