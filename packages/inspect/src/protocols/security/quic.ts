import { Malformed } from "@palisade/base";
import { u8, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import { malformedKind } from "../../malformed-kind.js";
import { QUIC_USER_AGENT, readGquicMessage, readGquicPacket } from "./gquic.js";
import { CLIENT_HELLO, Handshake, lastHello, readClientHello } from "./handshake.js";
import { HELLO_MALFORMED } from "./hello.js";
import { HANDSHAKE_OCTETS_MAX } from "./message-reader.js";
import { OffsetAssembler } from "./offset-assembler.js";
import { readCryptoFrames } from "./quic-frames.js";
import { type InitialKeys, initialKeys, openInitial } from "./quic-initial.js";
import { LongPacket, parseLongHeader, parseLongPacket, varint, varintOctets } from "./quic-packet.js";
import { ShortHeaderEvidence } from "./quic-short.js";
import {
  GQUIC_FIRST,
  GQUIC_LAST,
  GQUIC_LONG_HEADER,
  gquicVersion,
  isKnownVersion,
  isReservedVersion,
  type QuicVersion,
  quicVersion,
} from "./quic-versions.js";
import { CLIENT_HELLO_ATTRIBUTES, CLIENT_HELLO_FINDINGS } from "./tls-attributes.js";

/** The version that was tried first: `1`, `2`, `draft-29`, `Q043`, `mvfst-2`, or `0x` and eight digits. */
export const QUIC_VERSION = attribute("quic.version", "text");
/** Destination Connection ID of the client's first packet that could be read. */
export const QUIC_CONNECTION_ID = attribute("quic.connection-id", "hex");

/** A packet reaches past the end of its datagram. */
export const QUIC_TRUNCATED = new Malformed("quic.truncated");
/** Frames in an Initial packet that may not be there, or reach past it. */
export const QUIC_FRAME_IMPOSSIBLE = new Malformed("quic.frame-impossible");

/** RFC 9000 §2.2: data at an offset must not change when it is sent again. */
export const QUIC_CRYPTO_CONFLICT: FindingKind = {
  name: "quic.crypto-conflict",
  severity: "high",
  title: "Octets of a QUIC handshake were sent again and differ, as evasions do",
};

/** RFC 9000 §14.1: what carries a client's Initial packet is filled to this. */
const CLIENT_DATAGRAM_OCTETS_MIN = 1_200;
/** RFC 9000 §7.2: a client's first Destination Connection ID is at least this long. */
const CLIENT_CONNECTION_ID_OCTETS_MIN = 8;
/** Attempts to open an Initial packet per flow, at about 18 µs each: a ClientHello rarely takes more than three. */
export const OPENINGS_MAX = 16;
/** Packets of one datagram that are looked at. */
const COALESCED_MAX = 8;
/** Of the first octet of Google's public header: version, a connection identifier of 8 octets, reserved. */
const PUBLIC_VERSION = 0x01;
const PUBLIC_CONNECTION_ID = 0x08;
const PUBLIC_RESERVED = 0xc0;
const CONNECTION_ID_OCTETS = 8;
/** Google's transport parameter: the user agent. */
const PARAMETER_USER_AGENT = 0x3129;
const PARAMETERS_MAX = 64;
const HTTP3_PORT = 443;
const VERDICT = 1;

class QuicFlow {
  readonly handshake: Handshake = new Handshake();
  readonly crypto: OffsetAssembler = new OffsetAssembler(HANDSHAKE_OCTETS_MAX);
  /** Of the client's Initial packets, once one was opened with them. */
  keys: InitialKeys | undefined = undefined;
  openings = 0;
  /** Of a flow that begins with short headers. */
  short: ShortHeaderEvidence | undefined = undefined;
}

function createQuicFlow(): QuicFlow {
  return new QuicFlow();
}

const packet = new LongPacket();

/**
 * First octets of the public header without version (a server's first) and with one (a client's), of short and of long
 * headers.
 */
const FIRST_OCTETS: readonly number[] = [
  0x08,
  ...[0x09, 0x0d, 0x19, 0x1d, 0x29, 0x2d, 0x39, 0x3d],
  ...Array.from({ length: 192 }, (_, index) => 0x40 + index),
];

export const quic: Protocol = {
  name: "quic",
  title: "QUIC",
  spec: "RFC 9000, RFC 9001, RFC 9369, drafts 22 to 34; Google's QUIC Q024 to Q050, T050, T051 as Chromium sends it",
  category: "web",
  attributes: [QUIC_VERSION, QUIC_CONNECTION_ID, QUIC_USER_AGENT, ...CLIENT_HELLO_ATTRIBUTES],
  malformed: [QUIC_TRUNCATED, QUIC_FRAME_IMPOSSIBLE, ...HELLO_MALFORMED],
  findings: [QUIC_CRYPTO_CONFLICT, ...CLIENT_HELLO_FINDINGS],
  recognises:
    "A long header of a published version whose lengths agree, a version negotiation that lists one, a packet of Google's QUIC with a handshake message in clear, or, to port 443, three short headers with one connection identifier and different first octets.",
  omits:
    "The server's Initial packets, all later encryption levels, and flows of which only short headers from a server, or to another port than 443, are seen.",
  datagram: {
    ports: [443, 80, 784, 853, 8443, 8853],
    firstOctets: FIRST_OCTETS,
    dissect(octets, offset, end, flow) {
      const decided = (flow.stage & VERDICT) !== 0;
      const form = u8(octets, offset) >>> 6;
      const outcome =
        form >= 0b10
          ? readLongHeaders(octets, offset, end, decided, flow)
          : form === 0
            ? readPublicHeader(octets, offset, end, flow)
            : decided
              ? MATCH
              : readShortHeader(octets, offset, end, flow);
      if (decided) return outcome === NO ? MATCH : outcome;
      if (outcome === NO || outcome === MORE || outcome === QUIC_TRUNCATED) return outcome;
      flow.stage |= VERDICT;
      if (!(outcome instanceof Malformed)) return outcome;
      // A packet that could be opened is one of QUIC: returned now, this would be taken for a reason to think otherwise.
      flow.report(malformedKind(outcome));
      return MATCH;
    },
  },
};

/** The connection's beginning was missed: on the port of HTTP/3 what a client sends can still be told. */
function readShortHeader(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (flow.destinationPort !== HTTP3_PORT) return flow.sourcePort === HTTP3_PORT ? MORE : NO;
  const state = flow.memo(createQuicFlow);
  state.short ??= new ShortHeaderEvidence();
  return state.short.observe(octets, offset, end);
}

function readLongHeaders(
  octets: Uint8Array,
  offset: number,
  end: number,
  decided: boolean,
  flow: FlowContext,
): Outcome {
  let at = offset;
  for (let count = 0; count < COALESCED_MAX && at < end; count += 1) {
    // A short header, or padding between datagram end and packet: whatever it is, it is the last.
    if (count > 0 && (u8(octets, at) & 0x80) === 0) break;
    const version = end - at < 5 ? undefined : quicVersion(u32(octets, at + 1));
    if (version === undefined) {
      return count > 0 ? MATCH : readOtherVersion(octets, at, end, flow);
    }
    if (!parseLongHeader(octets, at, end, packet)) return count > 0 || decided ? QUIC_TRUNCATED : NO;
    const shape = parseLongPacket(octets, at, end, version, packet);
    if (shape !== 0) {
      if (shape > 0 && (count > 0 || decided)) return QUIC_TRUNCATED;
      return count > 0 ? MATCH : shape > 0 ? QUIC_TRUNCATED : NO;
    }
    if (count === 0) flow.set(QUIC_VERSION, version.name);
    const next = packet.end;
    if (packet.isInitial) {
      const outcome = readInitial(octets, at, version, flow);
      if (outcome !== MATCH) return outcome;
    }
    at = next;
  }
  return MATCH;
}

/** Versions without Initial packets, or not known: Version Negotiation, Q046, and the numbers reserved for trying. */
function readOtherVersion(octets: Uint8Array, at: number, end: number, flow: FlowContext): Outcome {
  if (end - at < 7) return NO;
  const version = u32(octets, at + 1);
  if (gquicVersion(version) === GQUIC_LONG_HEADER) return readQ046(octets, at, end, flow);
  if (version !== 0 && !isReservedVersion(version)) return NO;
  if (!parseLongHeader(octets, at, end, packet)) return NO;
  if (version === 0) {
    // RFC 9000 §17.2.1: versions to the end of the datagram.
    if (packet.next >= end || (end - packet.next) % 4 !== 0) return NO;
    if (packet.destinationEnd === packet.destinationStart && packet.sourceEnd === packet.sourceStart)
      return NO;
    for (let entry = packet.next; entry < end; entry += 4) {
      const listed = u32(octets, entry);
      if (isKnownVersion(listed) && !isReservedVersion(listed)) return MATCH;
    }
    return NO;
  }
  if ((u8(octets, at) & 0x40) === 0 || end - at < CLIENT_DATAGRAM_OCTETS_MIN) return NO;
  if (packet.destinationEnd - packet.destinationStart < CLIENT_CONNECTION_ID_OCTETS_MIN) return NO;
  flow.set(QUIC_VERSION, `0x${version.toString(16).padStart(8, "0")}`);
  return MATCH;
}

function readInitial(octets: Uint8Array, start: number, version: QuicVersion, flow: FlowContext): Outcome {
  const state = flow.memo(createQuicFlow);
  const { handshake } = state;
  if (handshake.client === 1 - flow.direction || state.openings >= OPENINGS_MAX) return MATCH;
  const { numberAt, end, destinationStart, destinationEnd } = packet;
  let payload: Uint8Array | undefined;
  if (state.keys !== undefined) {
    state.openings += 1;
    payload = openInitial(state.keys, octets, start, numberAt, end);
  }
  if (payload === undefined) {
    // The first of a client, or its first after a Retry: the keys come from the identifier that this packet names.
    state.openings += 1;
    const connectionId = octets.subarray(destinationStart, destinationEnd);
    const keys = initialKeys(version, connectionId, "client");
    payload = openInitial(keys, octets, start, numberAt, end);
    // A server's, or of a connection whose beginning was missed, or damaged.
    if (payload === undefined) return MATCH;
    state.keys = keys;
    state.crypto.reset();
    flow.hex(QUIC_CONNECTION_ID, octets, destinationStart, destinationEnd);
    handshake.client = flow.direction;
  }
  const possible = readCryptoFrames(payload, state.crypto, version.google);
  if (state.crypto.conflict) {
    state.crypto.conflict = false;
    flow.report(QUIC_CRYPTO_CONFLICT);
  }
  if (!possible) return QUIC_FRAME_IMPOSSIBLE;
  return version.google ? readGoogleCrypto(state, flow) : readCrypto(state, flow);
}

/** The ClientHello, once it is whole. */
function readCrypto(state: QuicFlow, flow: FlowContext): Outcome {
  const { octets, contiguous } = state.crypto;
  if (contiguous < 4) return MATCH;
  // A client's first message is its hello, and its length that of a message.
  if (u8(octets, 0) !== CLIENT_HELLO) return QUIC_FRAME_IMPOSSIBLE;
  const end = (u32(octets, 0) & 0xff_ffff) + 4;
  // One that is longer than is collected is never whole: nothing is gained by opening more.
  if (end > HANDSHAKE_OCTETS_MAX) return DONE;
  if (end > contiguous) return MATCH;
  const problem = readClientHello(octets, 4, end, "q", flow, state.handshake);
  if (problem !== undefined) return problem;
  if (flow.wants(QUIC_USER_AGENT)) setUserAgent(octets, flow);
  return DONE;
}

function setUserAgent(octets: Uint8Array, flow: FlowContext): void {
  const { quicParametersStart, quicParametersEnd } = lastHello();
  let at = quicParametersStart;
  for (let count = 0; count < PARAMETERS_MAX && at < quicParametersEnd; count += 1) {
    const idOctets = varintOctets(octets, at, quicParametersEnd);
    const lengthOctets = varintOctets(octets, at + idOctets, quicParametersEnd);
    if (idOctets === 0 || lengthOctets === 0) return;
    const start = at + idOctets + lengthOctets;
    const end = start + varint(octets, at + idOctets);
    if (end > quicParametersEnd) return;
    if (varint(octets, at) === PARAMETER_USER_AGENT) flow.text(QUIC_USER_AGENT, octets, start, end);
    at = end;
  }
}

function readGoogleCrypto(state: QuicFlow, flow: FlowContext): Outcome {
  const { octets, contiguous } = state.crypto;
  if (contiguous === 0) return MATCH;
  return readGquicMessage(octets, 0, contiguous, flow) ? DONE : MATCH;
}

/** Q046: first octet 11ttxxnn, version, lengths of both identifiers in one octet, identifiers, packet number. */
function readQ046(octets: Uint8Array, at: number, end: number, flow: FlowContext): Outcome {
  if ((u8(octets, at) & 0x40) === 0) return NO;
  const lengths = u8(octets, at + 5);
  // A length of n is coded as n - 3; Google's identifiers have 8 octets or none.
  if (lengths !== 0x50 && lengths !== 0x05) return NO;
  const numberOctets = (u8(octets, at) & 0x03) + 1;
  const packetAt = at + 6 + CONNECTION_ID_OCTETS + numberOctets;
  if (packetAt >= end) return NO;
  flow.set(QUIC_VERSION, "Q046");
  const isClient = lengths === 0x50;
  if (isClient) flow.hex(QUIC_CONNECTION_ID, octets, at + 6, at + 6 + CONNECTION_ID_OCTETS);
  return readGquicPacket(octets, packetAt, end, GQUIC_LONG_HEADER, flow) && isClient ? DONE : MATCH;
}

/** Google's public header: flags, connection identifier, version (a client's first), packet number. */
function readPublicHeader(octets: Uint8Array, at: number, end: number, flow: FlowContext): Outcome {
  const flags = u8(octets, at);
  if ((flags & PUBLIC_RESERVED) !== 0 || (flags & PUBLIC_CONNECTION_ID) === 0) return NO;
  const identifier = at + 1;
  let position = identifier + CONNECTION_ID_OCTETS;
  const numberOctets = NUMBER_OCTETS[(flags >>> 4) & 0x03]!;
  if ((flags & PUBLIC_VERSION) === 0) {
    // The server's: only its answer in clear is told from noise.
    position += numberOctets;
    return position < end && readGquicPacket(octets, position, end, GQUIC_LAST, flow) ? MATCH : NO;
  }
  if (end - position < 4 + numberOctets) return NO;
  const version = gquicVersion(u32(octets, position));
  // Without packet number it is a version negotiation of the server: versions to the end of the datagram.
  if (version < GQUIC_FIRST || version > GQUIC_LAST) return NO;
  position += 4 + numberOctets;
  flow.set(QUIC_VERSION, `Q${String(version).padStart(3, "0")}`);
  flow.hex(QUIC_CONNECTION_ID, octets, identifier, identifier + CONNECTION_ID_OCTETS);
  return readGquicPacket(octets, position, end, version, flow) ? DONE : MATCH;
}

const NUMBER_OCTETS = [1, 2, 4, 6] as const;
