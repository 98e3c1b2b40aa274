import { Malformed } from "@palisade/base";
import { u8, u16, u32, u64 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";

/** Opcodes of frames, RFC 6455 §5.2: 0 continuation, 1 text, 2 binary, 8 close, 9 ping, 10 pong. */
export const WEBSOCKET_OPCODE = attribute("websocket.opcode", "number", { many: true });
/** Status code of a close frame that is not masked, RFC 6455 §7.4. */
export const WEBSOCKET_CLOSE_CODE = attribute("websocket.close-code", "number");

/** A reserved opcode, or reserved bits on a control frame (RFC 6455 §5.2). */
export const WEBSOCKET_FRAME_INVALID = new Malformed("websocket.frame-invalid");

const OPCODES = 0b0000_0111_0000_0111;
const OPCODE_CLOSE = 8;
const CONTROL_OCTETS_MAX = 125;
const RECOGNISED = 1;
/** `stage` is RECOGNISED, or these for each direction whose first frame was whole and well-formed. */
const SEEN_CLIENT = 2;
const SEEN_SERVER = 4;

/** RFC 6455 §5.2: the length of a frame's header; 0 where it is not whole yet, -1 where it is no frame. */
function frameHeader(octets: Uint8Array, offset: number, end: number): number {
  const first = u8(octets, offset);
  const opcode = first & 0x0f;
  if (((OPCODES >>> opcode) & 1) === 0) return -1;
  // RSV1 marks compression (RFC 7692) on data frames; control frames are whole, and have no reserved bits.
  if ((first & 0b0011_0000) !== 0 || (opcode >= OPCODE_CLOSE && (first & 0xc0) !== 0x80)) return -1;
  if (end - offset < 2) return 0;
  const second = u8(octets, offset + 1);
  const short = second & 0x7f;
  if (opcode >= OPCODE_CLOSE && short > CONTROL_OCTETS_MAX) return -1;
  const length = (short === 126 ? 4 : short === 127 ? 10 : 2) + (second & 0x80 ? 4 : 0);
  if (end - offset < length) return 0;
  // The shortest form of a length is required.
  if (short === 126 && u16(octets, offset + 2) <= CONTROL_OCTETS_MAX) return -1;
  if (short === 127 && (u32(octets, offset + 2) > 0xffff || u64(octets, offset + 2) <= 0xffff)) return -1;
  return length;
}

function payloadLength(octets: Uint8Array, offset: number): number {
  const short = u8(octets, offset + 1) & 0x7f;
  return short === 126 ? u16(octets, offset + 2) : short === 127 ? u64(octets, offset + 2) : short;
}

export const websocket: Protocol = {
  name: "websocket",
  title: "WebSocket",
  spec: "RFC 6455",
  category: "web",
  attributes: [WEBSOCKET_OPCODE, WEBSOCKET_CLOSE_CODE],
  malformed: [WEBSOCKET_FRAME_INVALID],
  recognises:
    "Frames after an HTTP response that switches to it; without one, a whole masked text frame of the client and a whole unmasked one of the server.",
  omits: "The payload of frames, and compression.",
  weak: true,
  stream: {
    ports: [],
    firstOctets: Array.from({ length: 256 }, (_, octet) => octet).filter(
      (octet) => ((OPCODES >>> (octet & 0x0f)) & 1) === 1 && (octet & 0x30) === 0,
    ),
    dissect(octets, offset, end, flow): Outcome {
      if (flow.stage !== RECOGNISED) {
        const { announced } = flow;
        const header = frameHeader(octets, offset, end);
        if (header < 0) return NO;
        if (header === 0) return MORE;
        if (!announced) {
          // Without the handshake: text frames only, whole, masked as the direction asks (RFC 6455 §5.1).
          const masked = (u8(octets, offset + 1) & 0x80) !== 0;
          if (u8(octets, offset) !== 0x81 || masked !== (flow.direction === 0)) return NO;
          const length = header + payloadLength(octets, offset);
          if (length > end - offset) return length > 4096 ? NO : MORE;
          if (!masked && !isText(octets, offset + header, offset + length)) return NO;
          const seen = flow.stage | (masked ? SEEN_CLIENT : SEEN_SERVER);
          flow.stage = seen;
          if (seen !== (SEEN_CLIENT | SEEN_SERVER)) return MORE;
        }
        flow.stage = RECOGNISED;
      }
      const header = frameHeader(octets, offset, end);
      if (header < 0) return WEBSOCKET_FRAME_INVALID;
      if (header === 0) return MATCH;
      const opcode = u8(octets, offset) & 0x0f;
      const length = payloadLength(octets, offset);
      if (opcode === OPCODE_CLOSE && length >= 2 && (u8(octets, offset + 1) & 0x80) === 0) {
        if (end - offset < header + 2) return MATCH;
        flow.set(WEBSOCKET_CLOSE_CODE, u16(octets, offset + header));
      }
      flow.set(WEBSOCKET_OPCODE, opcode);
      flow.consume(header + length);
      return MATCH;
    },
  },
};

function isText(octets: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) {
    const octet = u8(octets, index);
    if (octet < 0x20 && octet !== 0x09 && octet !== 0x0a && octet !== 0x0d) return false;
  }
  return end - start >= 2;
}
