import { startsWith, u8, u24 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { VARINT_CUT, varintEnd, varintValue } from "../varint.js";

/** Version and token dictionary that the client's prologue names: "6.3". */
export const WHATSAPP_VERSION = attribute("whatsapp.version", "text");

/** Routing data of the last session, which a client may put before its prologue: magic, then a length of 24 bits. */
const ROUTING = "ED\x00\x01";
const ROUTING_HEADER_BYTES = 7;
/** Clients send a handful of octets. */
const ROUTING_BYTES_MAX = 1_024;
const PROLOGUE = "WA";
/** "WA", version, dictionary, and the length of the first frame. */
const PROLOGUE_BYTES = 7;
const VERSION_MAX = 15;
/** A handshake carries keys and a sealed payload: some hundred octets. */
const FRAME_BYTES_MAX = 4_096;

/** First octet of a list of at most 255 items in the binary XML of versions before Noise. */
const LIST_8 = 0xf8;
const LIST_ITEMS_MAX = 32;
/** Tags of `HandshakeMessage.clientHello`, field 2, and in it of `ephemeral`, field 1, both length-delimited. */
const CLIENT_HELLO = 0x12;
const EPHEMERAL = 0x0a;
const EPHEMERAL_BYTES = 32;

export const whatsapp: Protocol = {
  name: "whatsapp",
  title: "WhatsApp client connection",
  spec: "behaviour of WhatsApp clients, as the open clients whatsmeow and Baileys implement it (Noise Pipes with the prologue “WA”)",
  category: "chat",
  attributes: [WHATSAPP_VERSION],
  malformed: [],
  recognises:
    "The prologue “WA” with its version, and a first frame that is a Noise client hello with a key of 32 octets or a list of the older binary XML.",
  omits:
    "Everything after the first frame, which is encrypted; web clients and calls, which are TLS and STUN.",
  stream: {
    ports: [5222, 443],
    firstOctets: [0x45, 0x57],
    dissect(octets, offset, end, flow) {
      if (u8(octets, offset) === 0x57) return prologue(octets, offset, end, flow);
      if (end - offset < ROUTING.length) {
        return startsWith(octets, offset, end, ROUTING.slice(0, end - offset)) ? MORE : NO;
      }
      if (!startsWith(octets, offset, end, ROUTING)) return NO;
      if (end - offset < ROUTING_HEADER_BYTES) return MORE;
      const routingBytes = u24(octets, offset + ROUTING.length);
      if (routingBytes > ROUTING_BYTES_MAX) return NO;
      const start = offset + ROUTING_HEADER_BYTES + routingBytes;
      return start >= end ? MORE : prologue(octets, start, end, flow);
    },
  },
};

function prologue(octets: Uint8Array, start: number, end: number, flow: FlowContext): Outcome {
  const length = end - start;
  if (!startsWith(octets, start, end, PROLOGUE.slice(0, Math.min(length, PROLOGUE.length)))) return NO;
  if (length >= 3 && (u8(octets, start + 2) === 0 || u8(octets, start + 2) > VERSION_MAX)) return NO;
  if (length < PROLOGUE_BYTES) return MORE;
  const frameBytes = u24(octets, start + 4);
  if (frameBytes < 3 || frameBytes > FRAME_BYTES_MAX) return NO;
  const frame = start + PROLOGUE_BYTES;
  const isFrame = firstFrame(octets, frame, frame + frameBytes, end);
  if (isFrame !== DONE) return isFrame;
  if (flow.wants(WHATSAPP_VERSION)) {
    flow.set(WHATSAPP_VERSION, `${u8(octets, start + 2)}.${u8(octets, start + 3)}`);
  }
  return DONE;
}

/** `DONE` where the frame in `start … frameEnd` begins as one does, judged by the octets before `end`. */
function firstFrame(octets: Uint8Array, start: number, frameEnd: number, end: number): Outcome {
  if (start >= end) return MORE;
  if (u8(octets, start) === LIST_8) {
    if (end - start < 2) return MORE;
    const items = u8(octets, start + 1);
    return items > 0 && items <= LIST_ITEMS_MAX ? DONE : NO;
  }
  if (u8(octets, start) !== CLIENT_HELLO) return NO;
  const hello = varintEnd(octets, start + 1, end);
  if (hello < 0) return hello === VARINT_CUT ? MORE : NO;
  // The hello fills the frame, so its length is proved before the rest has come.
  if (hello + varintValue(octets, start + 1, hello) !== frameEnd) return NO;
  if (end - hello < 2) return MORE;
  return u8(octets, hello) === EPHEMERAL && u8(octets, hello + 1) === EPHEMERAL_BYTES ? DONE : NO;
}
