import { Malformed } from "@palisade/base";
import { u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** How control messages are protected: `none`, `tls-auth`, `tls-crypt`, `tls-crypt-v2`; known from a reset only. */
export const OPENVPN_PROTECTION = attribute("openvpn.protection", "text");
/** Opcodes seen, named as the draft of the wire protocol does, in lower case: `hard-reset-client-v2`. */
export const OPENVPN_OPCODE = attribute("openvpn.opcode", "text", { many: true });
/** Session identifier of each side: 64 random bits. */
export const OPENVPN_SESSION = attribute("openvpn.session", "hex", { many: true });

/** After the verdict: an opcode that is none, or a control message shorter than its header. */
export const OPENVPN_MESSAGE_IMPOSSIBLE = new Malformed("openvpn.message-impossible");

const OPCODES: readonly string[] = [
  ...["", "hard-reset-client-v1", "hard-reset-server-v1", "soft-reset-v1", "control-v1", "ack-v1"],
  ...["data-v1", "hard-reset-client-v2", "hard-reset-server-v2", "data-v2", "hard-reset-client-v3"],
  "control-wkc-v1",
];
const SOFT_RESET = 3;
const CONTROL = 4;
const ACK = 5;
const DATA_V1 = 6;
const DATA_V2 = 9;
const CLIENT_RESET_V3 = 10;
const OPCODE_LAST = 11;

const SESSION_BYTES = 8;
/** Opcode and session. */
const HEADER_BYTES = 1 + SESSION_BYTES;
/** Replay protection: packet identifier and time. */
const REPLAY_BYTES = 8;
const CRYPT_TAG_BYTES = 32;
/** A reset's opcode, session, count of acknowledgements (0) and packet identifier (0). */
const BARE_RESET_BYTES = HEADER_BYTES + 1 + 4;
const CRYPT_RESET_BYTES = HEADER_BYTES + REPLAY_BYTES + CRYPT_TAG_BYTES + 1 + 4;
/** Lengths of the HMACs that tls-auth may use: MD5, SHA-1, SHA-224, SHA-256, SHA-384, SHA-512. */
const HMAC_BYTES: readonly number[] = [16, 20, 28, 32, 48, 64];
/** Acknowledgements that one message can hold. */
const ACKS_MAX = 8;
/** How far the sender's clock, in seconds, may differ from the capture's in a reset under tls-crypt. */
const CLOCK_SECONDS_MAX = 86_400;
const PACKET_BYTES_MAX = 4_096;
/** Messages without a verdict after which it is none. */
const MESSAGES_MAX = 8;

const DECIDED = -1;

/** Session identifiers by direction, as two halves each; -1 until seen. */
interface Sessions {
  readonly high: Float64Array;
  readonly low: Float64Array;
}

function noSessions(): Sessions {
  return { high: new Float64Array(2).fill(-1), low: new Float64Array(2).fill(-1) };
}

const RESET_FIRST_OCTETS = [1, 2, 4, 5, 7, 8, 10].flatMap((opcode) =>
  Array.from({ length: 8 }, (_, key) => (opcode << 3) | key),
);

export const openvpn: Protocol = {
  name: "openvpn",
  title: "OpenVPN",
  spec: "OpenVPN’s network protocol documentation, and the OpenVPN project’s draft of its wire protocol",
  category: "vpn",
  attributes: [OPENVPN_PROTECTION, OPENVPN_OPCODE, OPENVPN_SESSION],
  malformed: [OPENVPN_MESSAGE_IMPOSSIBLE],
  recognises:
    "A hard reset of exact structure, with or without tls-auth or tls-crypt, or messages of both sides that name each other's session.",
  omits: "The TLS handshake inside control messages, data, and traffic scrambled by patches.",
  datagram: {
    ports: [1194],
    firstOctets: RESET_FIRST_OCTETS,
    dissect(octets, offset, end, flow) {
      return dissectMessage(octets, offset, end, flow);
    },
  },
  stream: {
    ports: [1194],
    firstOctets: Array.from({ length: PACKET_BYTES_MAX >>> 8 }, (_, index) => index),
    dissect(octets, offset, end, flow) {
      const short = flow.stage === DECIDED ? MATCH : MORE;
      if (end - offset < 3) return short;
      const length = u16(octets, offset);
      const opcode = u8(octets, offset + 2) >>> 3;
      if (length < HEADER_BYTES && opcode !== DATA_V1) return NO;
      if (length === 0 || length > PACKET_BYTES_MAX || opcode === 0 || opcode > OPCODE_LAST) return NO;
      // A message must be consumed to reach the next, which waits for the verdict: a reset decides alone, or nothing does.
      if (
        flow.stage !== DECIDED &&
        opcode !== 1 &&
        opcode !== 2 &&
        opcode !== 7 &&
        opcode !== 8 &&
        opcode !== 10
      ) {
        return NO;
      }
      const next = offset + 2 + length;
      if (next > end) return short;
      const outcome = dissectMessage(octets, offset + 2, next, flow);
      if (outcome === MATCH) flow.consume(2 + length);
      return outcome;
    },
  },
};

function dissectMessage(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const opcode = u8(octets, offset) >>> 3;
  const isData = opcode === DATA_V1 || opcode === DATA_V2;
  if (flow.stage === DECIDED) {
    if (opcode === 0 || opcode > OPCODE_LAST) return OPENVPN_MESSAGE_IMPOSSIBLE;
    if (!isData && end - offset < HEADER_BYTES + 1) return OPENVPN_MESSAGE_IMPOSSIBLE;
    describe(octets, offset, opcode, flow);
    return MATCH;
  }
  if (opcode === 0 || opcode > OPCODE_LAST || isData || end - offset < BARE_RESET_BYTES) return NO;
  const high = u32(octets, offset + 1);
  const low = u32(octets, offset + 5);
  if (high === 0 && low === 0) return NO;
  const sessions = flow.memo(noSessions);
  const protection = isReset(opcode) ? resetProtection(octets, offset, end, opcode, flow) : "";
  if (protection !== "") {
    flow.stage = DECIDED;
    flow.set(OPENVPN_PROTECTION, protection);
    describe(octets, offset, opcode, flow);
    return MATCH;
  }
  const other = 1 - flow.direction;
  // Each side draws its own.
  if (high === sessions.high[other] && low === sessions.low[other]) return NO;
  if (namesSession(octets, offset, end, opcode, sessions.high[other]!, sessions.low[other]!)) {
    flow.stage = DECIDED;
    describe(octets, offset, opcode, flow);
    return MATCH;
  }
  sessions.high[flow.direction] = high;
  sessions.low[flow.direction] = low;
  flow.stage += 1;
  return flow.stage >= MESSAGES_MAX ? NO : MORE;
}

function isReset(opcode: number): boolean {
  return opcode < SOFT_RESET || (opcode > DATA_V1 && opcode !== DATA_V2 && opcode <= CLIENT_RESET_V3);
}

/** How a hard reset is protected, or "" where it has no such structure. Key 0 is the first (soft resets count on). */
function resetProtection(
  octets: Uint8Array,
  offset: number,
  end: number,
  opcode: number,
  flow: FlowContext,
): string {
  if ((u8(octets, offset) & 7) !== 0) return "";
  const length = end - offset;
  const fromClient = opcode === 1 || opcode === 7;
  if (opcode === CLIENT_RESET_V3) {
    // The client's own key, wrapped by the server's, follows what tls-crypt has; its length closes the message.
    const wrapped = length - CRYPT_RESET_BYTES;
    if (wrapped < 258 || u16(octets, end - 2) !== wrapped) return "";
    return replayIsFresh(octets, offset + HEADER_BYTES, flow) ? "tls-crypt-v2" : "";
  }
  if (fromClient && length === BARE_RESET_BYTES && endsUnacknowledged(octets, end)) return "none";
  if (length === CRYPT_RESET_BYTES && replayIsFresh(octets, offset + HEADER_BYTES, flow)) return "tls-crypt";
  if (!fromClient) return "";
  for (let kind = 0; kind < HMAC_BYTES.length; kind += 1) {
    const hmac = HMAC_BYTES[kind]!;
    if (length !== BARE_RESET_BYTES + hmac + REPLAY_BYTES) continue;
    const first = u32(octets, offset + HEADER_BYTES + hmac) === 1;
    return first && endsUnacknowledged(octets, end) ? "tls-auth" : "";
  }
  return "";
}

/** The last five octets of a client's reset: no acknowledgements, packet 0. */
function endsUnacknowledged(octets: Uint8Array, end: number): boolean {
  return u8(octets, end - 5) === 0 && u32(octets, end - 4) === 0;
}

/** Packet identifiers start at 1 for a session (tls-crypt-v2 with early negotiation: 0x0f000001), with the time of sending. */
function replayIsFresh(octets: Uint8Array, at: number, flow: FlowContext): boolean {
  const packet = u32(octets, at);
  if (packet !== 1 && packet !== 0x0f00_0001) return false;
  return Math.abs(u32(octets, at + 4) - flow.timeUs / 1e6) <= CLOCK_SECONDS_MAX;
}

/**
 * Whether a control message acknowledges packets of the session `high`, `low`: after the header, with or without HMAC
 * and replay protection, stand a count, as many identifiers, and the session that they belong to.
 */
function namesSession(
  octets: Uint8Array,
  offset: number,
  end: number,
  opcode: number,
  high: number,
  low: number,
): boolean {
  if (high < 0) return false;
  for (let kind = -1; kind < HMAC_BYTES.length; kind += 1) {
    const at = offset + HEADER_BYTES + (kind < 0 ? 0 : HMAC_BYTES[kind]! + REPLAY_BYTES);
    if (at >= end) return false;
    const acks = u8(octets, at);
    if (acks === 0 || acks > ACKS_MAX) continue;
    const session = at + 1 + 4 * acks;
    if (session + SESSION_BYTES > end) continue;
    if (opcode === ACK && session + SESSION_BYTES !== end) continue;
    if (opcode === CONTROL && session + SESSION_BYTES + 4 > end) continue;
    if (u32(octets, session) === high && u32(octets, session + 4) === low) return true;
  }
  return false;
}

function describe(octets: Uint8Array, offset: number, opcode: number, flow: FlowContext): void {
  flow.set(OPENVPN_OPCODE, OPCODES[opcode]!);
  if (isReset(opcode)) flow.hex(OPENVPN_SESSION, octets, offset + 1, offset + HEADER_BYTES);
}
