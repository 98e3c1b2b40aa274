import { u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { varintEnd, varintValue } from "../varint.js";

/** Protocol version of the client: 767 is 1.21, -1 that it only asks for the server's. */
export const MINECRAFT_PROTOCOL_VERSION = attribute("minecraft.protocol-version", "number");
/** Host that the client was told to connect to, without what mod loaders append. */
export const MINECRAFT_HOST = attribute("minecraft.host", "text");
/** What the client is there for: `status`, `login` or `transfer`. */
export const MINECRAFT_INTENT = attribute("minecraft.intent", "text");
export const MINECRAFT_PLAYER = attribute("minecraft.player", "text");

/** Packet identifier, version, host with its length, port, intent: one octet each at least, two for the port. */
const HANDSHAKE_BYTES_MIN = 7;
/** Lengths above take a second octet, which no host name but an abnormal one needs. */
const HANDSHAKE_BYTES_MAX = 127;
const PACKET_HANDSHAKE = 0;
const PACKET_LOGIN_START = 0;
const INTENTS: readonly string[] = ["", "status", "login", "transfer"];
const STATUS = 1;
const VERSION_BYTES_MAX = 5;
const NAME_BYTES_MAX = 16;

// `flow.stage`: 0 until the handshake has been read, then this and the client's direction.
const LOGIN = 1;

export const minecraft: Protocol = {
  name: "minecraft",
  title: "Minecraft: Java Edition",
  spec: "minecraft.wiki, “Java Edition protocol”: handshake, login start",
  category: "game",
  attributes: [MINECRAFT_PROTOCOL_VERSION, MINECRAFT_HOST, MINECRAFT_INTENT, MINECRAFT_PLAYER],
  malformed: [],
  recognises:
    "A handshake packet of exactly the length that it names: identifier 0, version, a host name of printable characters, port, and an intent of 1 … 3.",
  omits:
    "Everything after the login starts, the list ping of versions before 1.7, and Bedrock Edition, which is RakNet.",
  stream: {
    ports: [25565],
    firstOctets: Array.from(
      { length: HANDSHAKE_BYTES_MAX + 1 - HANDSHAKE_BYTES_MIN },
      (_, at) => at + HANDSHAKE_BYTES_MIN,
    ),
    dissect(octets, offset, end, flow) {
      return flow.stage < LOGIN ? handshake(octets, offset, end, flow) : login(octets, offset, end, flow);
    },
  },
};

function handshake(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const length = u8(octets, offset);
  if (length < HANDSHAKE_BYTES_MIN || length > HANDSHAKE_BYTES_MAX) return NO;
  const start = offset + 1;
  const stop = start + length;
  if (start < end && u8(octets, start) !== PACKET_HANDSHAKE) return NO;
  if (end < stop) return MORE;
  const at = varintEnd(octets, start + 1, stop, VERSION_BYTES_MAX);
  if (at < 0 || at >= stop) return NO;
  const host = at + 1;
  const hostEnd = host + u8(octets, at);
  // Port and intent are all that follows the host.
  if (hostEnd === host || hostEnd + 3 !== stop) return NO;
  const nameEnd = printableEnd(octets, host, hostEnd);
  if (nameEnd < 0) return NO;
  const intent = u8(octets, hostEnd + 2);
  if (intent < STATUS || intent >= INTENTS.length || u16(octets, hostEnd) === 0) return NO;
  // 32 bits, signed.
  flow.set(MINECRAFT_PROTOCOL_VERSION, varintValue(octets, start + 1, at) | 0);
  flow.host(MINECRAFT_HOST, octets, host, nameEnd);
  flow.set(MINECRAFT_INTENT, INTENTS[intent]!);
  if (intent === STATUS) return DONE;
  flow.stage = LOGIN + flow.direction;
  flow.consume(stop - offset);
  return MATCH;
}

/** Index after the printable characters in `start … end`; mod loaders append a mark after a zero. -1 where there are none. */
function printableEnd(octets: Uint8Array, start: number, end: number): number {
  let at = start;
  while (at < end && u8(octets, at) > 0x20 && u8(octets, at) < 0x7f) at += 1;
  return at > start && (at === end || u8(octets, at) === 0) ? at : -1;
}

/** The client's login start: its name comes first. The server's packets come here too, and are no concern. */
function login(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (flow.stage !== LOGIN + flow.direction) return MATCH;
  if (end - offset < 3) return MATCH;
  if (u8(octets, offset + 1) !== PACKET_LOGIN_START) return DONE;
  const length = u8(octets, offset + 2);
  if (length === 0 || length > NAME_BYTES_MAX) return DONE;
  const name = offset + 3;
  if (end - name < length) return MATCH;
  if (printableEnd(octets, name, name + length) === name + length) {
    flow.text(MINECRAFT_PLAYER, octets, name, name + length);
  }
  return DONE;
}
