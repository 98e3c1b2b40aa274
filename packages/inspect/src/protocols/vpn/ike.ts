import { Malformed } from "@palisade/base";
import { startsWith, u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

/** `1.0` or `2.0`. */
export const IKE_VERSION = attribute("ike.version", "text");
/** Exchanges seen: `main`, `aggressive`, `ike-sa-init`, `ike-auth`. */
export const IKE_EXCHANGE = attribute("ike.exchange", "text", { many: true });
export const IKE_INITIATOR_SPI = attribute("ike.initiator-spi", "hex");
export const IKE_RESPONDER_SPI = attribute("ike.responder-spi", "hex");
/** Vendor identifiers: mostly MD5 of a name, so they tell software apart. */
export const IKE_VENDOR_ID = attribute("ike.vendor-id", "hex", { many: true });
/** Type of a notification in clear: RFC 7296 §3.10.1, RFC 2408 §3.14.1. */
export const IKE_NOTIFY = attribute("ike.notify", "number", { many: true });
/** Security parameter index of ESP in UDP. */
export const IKE_ESP_SPI = attribute("ike.esp-spi", "hex", { many: true });

/** A length that is not that of the datagram. */
export const IKE_LENGTH_IMPOSSIBLE = new Malformed("ike.length-impossible");
/** A payload shorter than its header, or that reaches beyond the message. */
export const IKE_PAYLOAD_OVERRUN = new Malformed("ike.payload-overrun");

/** Aggressive mode shows a hash of the pre-shared key to whoever asks, to be guessed offline. */
export const IKE_AGGRESSIVE_MODE: FindingKind = {
  name: "ike.aggressive-mode",
  severity: "low",
  title: "An IKEv1 negotiation in aggressive mode, which exposes its pre-shared key to guessing",
};

const HEADER_BYTES = 28;
const PAYLOAD_HEADER_BYTES = 4;
const VERSION_1 = 0x10;
const VERSION_2 = 0x20;
const PORT = 500;
const PORT_NAT = 4500;
const FLAG_ENCRYPTED_V1 = 0x01;
const PAYLOAD_ENCRYPTED_V2 = 46;
const PAYLOAD_FRAGMENT_V2 = 53;
const PAYLOAD_NOTIFY_V1 = 11;
const PAYLOAD_VENDOR_V1 = 13;
const PAYLOAD_NOTIFY_V2 = 41;
const PAYLOAD_VENDOR_V2 = 43;
const AGGRESSIVE = 4;
/** Payloads read of one message. */
const PAYLOADS_MAX = 64;
const KEEPALIVE = 0xff;
const ESP_BYTES_MIN = 24;
/** How far the sequence number of two ESP packets seen one after the other may lie apart. */
const ESP_STEP_MAX = 4_096;
const ESP_PACKETS_MAX = 8;

const EXCHANGES: ReadonlyMap<number, string> = new Map([
  [1, "base"],
  [2, "main"],
  [3, "authentication-only"],
  [AGGRESSIVE, "aggressive"],
  [5, "informational"],
  [6, "transaction"],
  [32, "quick"],
  [33, "new-group"],
  [34, "ike-sa-init"],
  [35, "ike-auth"],
  [36, "create-child-sa"],
  [37, "informational"],
  [38, "ike-session-resume"],
  [41, "gsa-auth"],
  [43, "ike-intermediate"],
  [44, "ike-followup-ke"],
]);

/** ESP in UDP by direction: the last index and sequence number. */
interface Esp {
  readonly spi: Float64Array;
  readonly sequence: Float64Array;
}

function noEsp(): Esp {
  return { spi: new Float64Array(2).fill(-1), sequence: new Float64Array(2) };
}

const DECIDED = -1;

export const ike: Protocol = {
  name: "ike",
  title: "Internet Key Exchange, with ESP in UDP",
  spec: "RFC 7296 (version 2), RFC 2408 and RFC 2409 (version 1), RFC 3948 (ESP in UDP), RFC 8229 (over TCP)",
  category: "vpn",
  attributes: [
    IKE_VERSION,
    IKE_EXCHANGE,
    IKE_INITIATOR_SPI,
    IKE_RESPONDER_SPI,
    IKE_VENDOR_ID,
    IKE_NOTIFY,
    IKE_ESP_SPI,
  ],
  malformed: [IKE_LENGTH_IMPOSSIBLE, IKE_PAYLOAD_OVERRUN],
  findings: [IKE_AGGRESSIVE_MODE],
  recognises:
    "A header with a published version, exchange and flags and the datagram's length, before payloads that fill it; on port 4500 also two ESP packets of one index.",
  omits: "Proposals, identities, certificates, and what is encrypted.",
  datagram: {
    ports: [PORT, PORT_NAT],
    dissect(octets, offset, end, flow) {
      const onNat = flow.sourcePort === PORT_NAT || flow.destinationPort === PORT_NAT;
      const decided = flow.stage === DECIDED;
      if (onNat && end - offset === 1 && u8(octets, offset) === KEEPALIVE) return decided ? MATCH : MORE;
      if (end - offset < ESP_BYTES_MIN) return NO;
      // The marker that is no security parameter index (RFC 3948 §2.2).
      const marked = u32(octets, offset) === 0;
      if (marked) return message(octets, offset + 4, end, flow);
      if (onNat) {
        const outcome = message(octets, offset, end, flow);
        return outcome === NO ? esp(octets, offset, flow) : outcome;
      }
      return message(octets, offset, end, flow);
    },
  },
  stream: {
    ports: [PORT_NAT],
    firstOctets: [0x49],
    dissect(octets, offset, end, flow) {
      // The originator's prefix (RFC 8229 §4); messages then have lengths of sixteen bits that count themselves.
      if (flow.stage !== DECIDED) {
        if (end - offset < 6)
          return startsWith(octets, offset, end, "IKETCP".slice(0, end - offset)) ? MORE : NO;
        if (!startsWith(octets, offset, end, "IKETCP")) return NO;
        flow.stage = DECIDED;
        flow.consume(6);
        return MATCH;
      }
      if (end - offset < 6) return MATCH;
      const length = u16(octets, offset);
      if (length < 2) return IKE_LENGTH_IMPOSSIBLE;
      if (end - offset < length) return MATCH;
      flow.consume(length);
      if (length < 2 + 4 + HEADER_BYTES || u32(octets, offset + 2) !== 0) return MATCH;
      const outcome = message(octets, offset + 6, offset + length, flow);
      return outcome === NO ? MATCH : outcome;
    },
  },
};

/** One IKE message that is all of `offset … end`. */
function message(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset < HEADER_BYTES) return NO;
  const version = u8(octets, offset + 17);
  const exchange = u8(octets, offset + 18);
  const flags = u8(octets, offset + 19);
  if (u32(octets, offset) === 0 && u32(octets, offset + 4) === 0) return NO;
  // The minor number grows compatibly (RFC 7296 §2.5); nothing but zero was published.
  if (version === VERSION_1) {
    if (exchange === 0 || (exchange > 6 && exchange !== 32 && exchange !== 33) || flags > 0x07) return NO;
  } else if (version === VERSION_2) {
    if (exchange < 34 || exchange > 44 || (flags & ~0x38) !== 0) return NO;
  } else {
    return NO;
  }
  if (u32(octets, offset + 24) !== end - offset) return IKE_LENGTH_IMPOSSIBLE;
  const wrong = payloads(octets, offset, end, version, flags, undefined);
  if (wrong !== MATCH) return wrong;
  flow.stage = DECIDED;
  if (version === VERSION_1 && exchange === AGGRESSIVE) flow.report(IKE_AGGRESSIVE_MODE);
  flow.set(IKE_VERSION, version === VERSION_1 ? "1.0" : "2.0");
  flow.set(IKE_EXCHANGE, EXCHANGES.get(exchange) ?? `exchange-${exchange}`);
  flow.hex(IKE_INITIATOR_SPI, octets, offset, offset + 8);
  if (u32(octets, offset + 8) !== 0 || u32(octets, offset + 12) !== 0) {
    flow.hex(IKE_RESPONDER_SPI, octets, offset + 8, offset + 16);
  }
  return payloads(octets, offset, end, version, flags, flow);
}

/** Walks the payloads in clear; with a flow, also reads them. */
function payloads(
  octets: Uint8Array,
  offset: number,
  end: number,
  version: number,
  flags: number,
  flow: FlowContext | undefined,
): Outcome {
  if (version === VERSION_1 && (flags & FLAG_ENCRYPTED_V1) !== 0) return MATCH;
  let next = u8(octets, offset + 16);
  let at = offset + HEADER_BYTES;
  for (let count = 0; next !== 0 && count < PAYLOADS_MAX; count += 1) {
    if (end - at < PAYLOAD_HEADER_BYTES) return IKE_PAYLOAD_OVERRUN;
    const length = u16(octets, at + 2);
    if (length < PAYLOAD_HEADER_BYTES || length > end - at) return IKE_PAYLOAD_OVERRUN;
    if (version === VERSION_2 && (next === PAYLOAD_ENCRYPTED_V2 || next === PAYLOAD_FRAGMENT_V2))
      return MATCH;
    if (flow !== undefined) payload(octets, at, at + length, next, version, flow);
    next = u8(octets, at);
    at += length;
  }
  // Some fill the message to a multiple of four (RFC 2408 §3.1).
  return next !== 0 || end - at <= 3 ? MATCH : IKE_PAYLOAD_OVERRUN;
}

function payload(
  octets: Uint8Array,
  start: number,
  end: number,
  type: number,
  version: number,
  flow: FlowContext,
): void {
  const body = start + PAYLOAD_HEADER_BYTES;
  const isVersion1 = version === VERSION_1;
  if (type === (isVersion1 ? PAYLOAD_VENDOR_V1 : PAYLOAD_VENDOR_V2)) {
    flow.hex(IKE_VENDOR_ID, octets, body, end);
  } else if (type === (isVersion1 ? PAYLOAD_NOTIFY_V1 : PAYLOAD_NOTIFY_V2)) {
    // Version 1 has a domain of interpretation before protocol, SPI size and type.
    const at = isVersion1 ? body + 4 : body;
    if (end - at >= 4) flow.set(IKE_NOTIFY, u16(octets, at + 2));
  }
}

/** Two packets of one direction with one index and a growing sequence number. */
function esp(octets: Uint8Array, offset: number, flow: FlowContext): Outcome {
  const spi = u32(octets, offset);
  // 1 … 255 are reserved (RFC 4303 §2.1).
  if (spi < 256) return NO;
  const known = flow.memo(noEsp);
  const sequence = u32(octets, offset + 4);
  const step = sequence - known.sequence[flow.direction]!;
  const follows = known.spi[flow.direction] === spi && step > 0 && step <= ESP_STEP_MAX;
  known.spi[flow.direction] = spi;
  known.sequence[flow.direction] = sequence;
  if (flow.stage === DECIDED || follows) {
    flow.stage = DECIDED;
    flow.hex(IKE_ESP_SPI, octets, offset, offset + 4);
    return MATCH;
  }
  flow.stage += 1;
  return flow.stage >= ESP_PACKETS_MAX ? NO : MORE;
}
