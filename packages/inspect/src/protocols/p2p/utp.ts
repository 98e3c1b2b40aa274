/**
 * Micro Transport Protocol (BEP 29): BitTorrent's own transport over UDP. Its header has little that is fixed, so two
 * packets must agree: by connection identifier and acknowledgement, or by the sender's clock.
 */
import { Malformed } from "@palisade/base";
import { startsWith, u8, u16, u32 } from "@palisade/wire";
import { MATCH, MORE, NO, type Outcome } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** An extension that reaches beyond the packet. */
export const UTP_EXTENSION_OVERRUN = new Malformed("bittorrent.utp-extension-overrun");

const HEADER_BYTES = 20;
const VERSION = 1;
const SYN = 4;
const TYPE_LAST = 4;
/** Extensions in one packet: selective acknowledgement, extension bits, close reason. */
const EXTENSIONS_MAX = 4;
const HANDSHAKE = "\x13BitTorrent protocol";
/** How far an acknowledgement may lie behind the sequence number that it answers. */
const SEQUENCE_LAG_MAX = 512;
/** How far the sender's clock may stray from the capture's between two packets: a quarter of the time between them. */
const CLOCK_SKEW_DIVISOR = 4;
/** Packets closer than this, in microseconds, do not tell a clock of microseconds from any other counter. */
const CLOCK_SPAN_US_MIN = 1_000;
/** Time between two packets, in microseconds, over which clocks are compared: the field wraps after 71 minutes. */
const CLOCK_SPAN_US_MAX = 60_000_000;
const PACKETS_MAX = 10;
const DECIDED = -1;

/** The last packet of each direction; connection -1 until seen. */
interface Ends {
  readonly connection: Int32Array;
  readonly syn: Uint8Array;
  readonly sequence: Int32Array;
  readonly acknowledged: Int32Array;
  readonly clock: Float64Array;
  readonly timeUs: Float64Array;
}

function noEnds(): Ends {
  return {
    connection: new Int32Array(2).fill(-1),
    syn: new Uint8Array(2),
    sequence: new Int32Array(2),
    acknowledged: new Int32Array(2),
    clock: new Float64Array(2),
    timeUs: new Float64Array(2),
  };
}

/** Index of the first octet after header and extensions, or `end + 1` where they do not fit. */
export function utpPayload(octets: Uint8Array, offset: number, end: number): number {
  let at = offset + HEADER_BYTES;
  let extension = u8(octets, offset + 1);
  for (let count = 0; extension !== 0; count += 1) {
    if (count === EXTENSIONS_MAX || end - at < 2) return end + 1;
    extension = u8(octets, at);
    at += 2 + u8(octets, at + 1);
    if (at > end) return end + 1;
  }
  return at;
}

/** `MATCH` for a packet of a flow that is, or with this packet shows itself to be, µTP. */
export function utpOutcome(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset < HEADER_BYTES) return NO;
  const type = u8(octets, offset) >>> 4;
  if ((u8(octets, offset) & 0x0f) !== VERSION || type > TYPE_LAST || u8(octets, offset + 1) > 3) return NO;
  const payload = utpPayload(octets, offset, end);
  if (payload > end) return UTP_EXTENSION_OVERRUN;
  // Only data carry a payload.
  if (type !== 0 && payload !== end) return NO;
  if (flow.stage === DECIDED) return MATCH;
  if (startsWith(octets, payload, end, HANDSHAKE) || agrees(octets, offset, type, flow)) {
    flow.stage = DECIDED;
    return MATCH;
  }
  flow.stage += 1;
  return flow.stage >= PACKETS_MAX ? NO : MORE;
}

/** Whether the packet agrees with the last one of either direction; remembers it. */
function agrees(octets: Uint8Array, offset: number, type: number, flow: FlowContext): boolean {
  const ends = flow.memo(noEnds);
  const own = flow.direction;
  const other = 1 - own;
  const connection = u16(octets, offset + 2);
  const clock = u32(octets, offset + 4);
  const sequence = u16(octets, offset + 16);
  const acknowledged = u16(octets, offset + 18);
  let sure = false;
  if (ends.connection[other]! >= 0) {
    // The responder answers a SYN with its connection identifier, afterwards the two differ by one.
    const apart = Math.abs(connection - ends.connection[other]!);
    const related = apart === 1 || apart === 0xffff || (apart === 0 && ends.syn[other] === 1);
    const lag = (ends.sequence[other]! - acknowledged) & 0xffff;
    sure = related && lag <= SEQUENCE_LAG_MAX;
  }
  if (!sure && ends.connection[own] === connection) {
    const elapsed = flow.timeUs - ends.timeUs[own]!;
    const ticked = (clock - ends.clock[own]!) | 0;
    sure =
      elapsed >= CLOCK_SPAN_US_MIN &&
      elapsed <= CLOCK_SPAN_US_MAX &&
      Math.abs(ticked - elapsed) * CLOCK_SKEW_DIVISOR <= elapsed;
  }
  ends.connection[own] = connection;
  ends.syn[own] = type === SYN ? 1 : 0;
  ends.sequence[own] = sequence;
  ends.acknowledged[own] = acknowledged;
  ends.clock[own] = clock;
  ends.timeUs[own] = flow.timeUs;
  return sure;
}
