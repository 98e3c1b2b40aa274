import { Malformed } from "@palisade/base";
import { u8, u32, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Kinds of message seen: `initiation`, `response`, `cookie-reply`, `data`. */
export const WIREGUARD_MESSAGE = attribute("wireguard.message", "text", { many: true });
/** Index by which a side wants to be addressed (whitepaper §5.4.2): changes with every handshake. */
export const WIREGUARD_INDEX = attribute("wireguard.index", "hex", { many: true });

/** A known type of message with another length than it has. */
export const WIREGUARD_LENGTH_IMPOSSIBLE = new Malformed("wireguard.length-impossible");

const INITIATION = 1;
const RESPONSE = 2;
const COOKIE_REPLY = 3;
const DATA = 4;
const INITIATION_BYTES = 148;
const RESPONSE_BYTES = 92;
const COOKIE_REPLY_BYTES = 64;
const DATA_HEADER_BYTES = 16;
const TAG_BYTES = 16;
/** Cookies are asked for under load only; without one the last sixteen octets of a handshake message are zero (§5.4.4). */
const COOKIE_MAC_BYTES = 16;
/** How far the counter of two data messages seen one after the other may lie apart. */
const COUNTER_STEP_MAX = 4_096;
/** Messages without a verdict after which it is none. */
const MESSAGES_MAX = 8;
const NAMES: readonly string[] = ["", "initiation", "response", "cookie-reply", "data"];

/** What is known of each direction: indices are -1 until seen. */
interface Peers {
  /** The sender index of a handshake message. */
  readonly sender: Float64Array;
  /** Receiver index and counter of the last data message. */
  readonly receiver: Float64Array;
  readonly counter: Float64Array;
}

function strangers(): Peers {
  return {
    sender: new Float64Array(2).fill(-1),
    receiver: new Float64Array(2).fill(-1),
    counter: new Float64Array(2),
  };
}

const DECIDED = -1;

export const wireguard: Protocol = {
  name: "wireguard",
  title: "WireGuard",
  spec: "J. Donenfeld, WireGuard: Next Generation Kernel Network Tunnel (whitepaper), §5.4",
  category: "vpn",
  attributes: [WIREGUARD_MESSAGE, WIREGUARD_INDEX],
  malformed: [WIREGUARD_LENGTH_IMPOSSIBLE],
  recognises:
    "A handshake message of its exact length with reserved octets and cookie field zero, an answer to the index of one, or two data messages to one index with a growing counter.",
  omits: "Keys, peers, and variants that use the reserved octets.",
  datagram: {
    ports: [51820],
    firstOctets: [INITIATION, RESPONSE, COOKIE_REPLY, DATA],
    dissect(octets, offset, end, flow) {
      const type = u8(octets, offset);
      if (type < INITIATION || type > DATA || end - offset < 32) return NO;
      if (u32(octets, offset) !== type << 24) return NO;
      if (!lengthHolds(type, end - offset)) return WIREGUARD_LENGTH_IMPOSSIBLE;
      if (flow.stage === DECIDED) {
        describe(octets, offset, type, flow);
        return MATCH;
      }
      return decide(octets, offset, end, type, flow);
    },
  },
};

/** Data are filled to a multiple of sixteen (§5.4.6) but for those that would pass the tunnel's MTU. */
function lengthHolds(type: number, length: number): boolean {
  if (type === INITIATION) return length === INITIATION_BYTES;
  if (type === RESPONSE) return length === RESPONSE_BYTES;
  if (type === COOKIE_REPLY) return length === COOKIE_REPLY_BYTES;
  return length >= DATA_HEADER_BYTES + TAG_BYTES;
}

function decide(octets: Uint8Array, offset: number, end: number, type: number, flow: FlowContext): Outcome {
  const peers = flow.memo(strangers);
  const own = flow.direction;
  const other = 1 - own;
  let certain = false;
  if (type === DATA) {
    // No session sends 2^32 messages before its two minutes are over (§6.1): the upper half of the counter is zero.
    if (u32le(octets, offset + 12) !== 0) return NO;
    const receiver = u32(octets, offset + 4);
    const counter = u32le(octets, offset + 8);
    const step = Math.abs(counter - peers.counter[own]!);
    const again = receiver === peers.receiver[own] && step > 0 && step <= COUNTER_STEP_MAX;
    certain = receiver === peers.sender[other] || (again && ((end - offset) & 15) === 0);
    peers.receiver[own] = receiver;
    peers.counter[own] = counter;
  } else if (type === INITIATION) {
    certain = allZero(octets, end - COOKIE_MAC_BYTES, end);
    peers.sender[own] = u32(octets, offset + 4);
  } else if (type === RESPONSE) {
    certain = u32(octets, offset + 8) === peers.sender[other] || allZero(octets, end - COOKIE_MAC_BYTES, end);
    peers.sender[own] = u32(octets, offset + 4);
  } else {
    certain = u32(octets, offset + 4) === peers.sender[other];
  }
  if (certain) {
    flow.stage = DECIDED;
    describe(octets, offset, type, flow);
    return MATCH;
  }
  flow.stage += 1;
  return flow.stage >= MESSAGES_MAX ? NO : MORE;
}

function allZero(octets: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < end; index += 1) {
    if (octets[index] !== 0) return false;
  }
  return true;
}

function describe(octets: Uint8Array, offset: number, type: number, flow: FlowContext): void {
  flow.set(WIREGUARD_MESSAGE, NAMES[type]!);
  if (type === INITIATION || type === RESPONSE) flow.hex(WIREGUARD_INDEX, octets, offset + 4, offset + 8);
}
