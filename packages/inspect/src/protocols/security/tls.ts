import { Malformed } from "@palisade/base";
import { u8, u16 } from "@palisade/wire";
import { DONE, MATCH, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { CERTIFICATE_MALFORMED } from "./certificate.js";
import {
  CERTIFICATE,
  CLIENT_HELLO,
  Handshake,
  readAlert,
  readClientHello,
  readLeaf,
  readServerHello,
  SERVER_HELLO,
  versionName,
} from "./handshake.js";
import { HELLO_MALFORMED } from "./hello.js";
import { MessageReader } from "./message-reader.js";
import {
  CLIENT_HELLO_ATTRIBUTES,
  CLIENT_HELLO_FINDINGS,
  SERVER_ATTRIBUTES,
  SERVER_FINDINGS,
  TLS_SNI_ABSENT,
  TLS_VERSION,
  TLS_VERSION_OBSOLETE,
} from "./tls-attributes.js";
import {
  RECORD_ALERT,
  RECORD_CHANGE_CIPHER_SPEC,
  RECORD_HANDSHAKE,
  RECORD_HEADER_OCTETS,
  recogniseTls,
  recordOctets,
  SSL2_FIRST_OCTET,
  ssl2HelloOctets,
  ssl2ServerHelloOctets,
} from "./tls-records.js";

/** Where a record has to begin is something that is none: another content type, version or length. */
export const TLS_RECORD_MALFORMED = new Malformed("tls.record-malformed");

/** More than any flow has: nothing of the direction is wanted any more. */
const ALL_OCTETS = 2 ** 48;
const VERDICT = 1;
const SSL_2_0 = 0x0002;

class TlsDirection {
  /** A record has been read: what comes after a gap can no longer be told apart. */
  started = false;
  /** Octets of the handshake record under way that are still to come. */
  recordLeft = 0;
  /** What follows is encrypted, or lost. */
  finished = false;
  readonly messages: MessageReader = new MessageReader();
}

class TlsFlow {
  readonly handshake: Handshake = new Handshake();
  readonly directions: readonly [TlsDirection, TlsDirection] = [new TlsDirection(), new TlsDirection()];
}

function createTlsFlow(): TlsFlow {
  return new TlsFlow();
}

export const tls: Protocol = {
  name: "tls",
  title: "Transport Layer Security",
  spec: "RFC 8446, RFC 5246, RFC 4346, RFC 2246, RFC 6101 (SSL 3.0); RFC 6066, RFC 7301, RFC 9849",
  category: "security",
  attributes: [...CLIENT_HELLO_ATTRIBUTES, ...SERVER_ATTRIBUTES],
  malformed: [TLS_RECORD_MALFORMED, CERTIFICATE_MALFORMED, ...HELLO_MALFORMED],
  findings: [...CLIENT_HELLO_FINDINGS, ...SERVER_FINDINGS],
  recognises:
    "A record with a ClientHello, ServerHello, Certificate or alert whose lengths agree, an SSL 2.0 compatible ClientHello, or midstream a whole encrypted record, or the headers of two: in a row, or from both ends.",
  omits:
    "Whatever is encrypted (so the certificates of TLS 1.3), certificates but the first of a chain and their signatures, and the fingerprints JA4S and JA4X, whose licence forbids some uses.",
  stream: {
    ports: [443, 465, 563, 636, 853, 989, 990, 992, 993, 994, 995, 5061, 5223, 6697, 8443],
    firstOctets: [20, 21, 22, 23, SSL2_FIRST_OCTET],
    dissect(octets, offset, end, flow) {
      if ((flow.stage & VERDICT) === 0) {
        const outcome = recogniseTls(octets, offset, end, flow);
        if (outcome !== MATCH) return outcome;
        flow.stage |= VERDICT;
        return readFirst(octets, offset, end, flow);
      }
      const state = flow.memo(createTlsFlow);
      const mine = state.directions[flow.direction];
      if (mine.finished || (flow.gap && mine.started)) return finish(state, mine, flow);
      return mine.recordLeft > 0
        ? readFragment(octets, offset, end, 0, state, mine, flow)
        : readRecord(octets, offset, end, state, mine, flow);
    },
  },
};

/**
 * The call that decides reads no further than the header of a handshake record: what is wrong in the message is then a
 * finding of a flow that is TLS, not a reason to take it for something else.
 */
function readFirst(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const state = flow.memo(createTlsFlow);
  const mine = state.directions[flow.direction];
  if (u8(octets, offset) !== RECORD_HANDSHAKE) return readRecord(octets, offset, end, state, mine, flow);
  mine.started = true;
  mine.recordLeft = recordOctets(octets, offset, end) - RECORD_HEADER_OCTETS;
  flow.consume(RECORD_HEADER_OCTETS);
  return MATCH;
}

function readRecord(
  octets: Uint8Array,
  offset: number,
  end: number,
  state: TlsFlow,
  mine: TlsDirection,
  flow: FlowContext,
): Outcome {
  if (!mine.started && u8(octets, offset) >= SSL2_FIRST_OCTET) {
    return readSsl2(octets, offset, end, state, mine, flow);
  }
  const length = recordOctets(octets, offset, end);
  if (length < 0) return TLS_RECORD_MALFORMED;
  if (length === 0) return MATCH;
  switch (u8(octets, offset)) {
    case RECORD_HANDSHAKE:
      mine.started = true;
      mine.recordLeft = length - RECORD_HEADER_OCTETS;
      return readFragment(octets, offset, end, RECORD_HEADER_OCTETS, state, mine, flow);
    case RECORD_ALERT:
      // Longer than two octets, it is encrypted.
      if (length > RECORD_HEADER_OCTETS + 2) return finish(state, mine, flow);
      if (end - offset < RECORD_HEADER_OCTETS + 2) return MATCH;
      mine.started = true;
      readAlert(u8(octets, offset + 5), u8(octets, offset + 6), flow);
      flow.consume(length);
      return MATCH;
    case RECORD_CHANGE_CIPHER_SPEC:
      // Between two hellos of the same end it is TLS 1.3's imitation of one (RFC 8446 §D.4).
      if (state.handshake.client >= 0 && !state.handshake.serverHelloSeen) {
        mine.started = true;
        flow.consume(length);
        return MATCH;
      }
      return finish(state, mine, flow);
    default:
      return finish(state, mine, flow);
  }
}

/** Reads what there is of a handshake record, of which `headerOctets` at `offset` are its header. */
function readFragment(
  octets: Uint8Array,
  offset: number,
  end: number,
  headerOctets: number,
  state: TlsFlow,
  mine: TlsDirection,
  flow: FlowContext,
): Outcome {
  const messages = mine.messages;
  const stop = Math.min(end, offset + headerOctets + mine.recordLeft);
  let at = offset + headerOctets;
  mine.recordLeft -= stop - at;
  while (at < stop) {
    at = messages.read(octets, at, stop);
    if (!messages.ready) break;
    const problem = readMessage(messages, state.handshake, flow);
    if (problem !== undefined) return problem;
    if (state.handshake.encrypted && messages.type === SERVER_HELLO) return finish(state, mine, flow);
  }
  flow.consume(stop - offset);
  return MATCH;
}

function readMessage(
  messages: MessageReader,
  handshake: Handshake,
  flow: FlowContext,
): Malformed | undefined {
  const { octets, start, end, length } = messages;
  // Too long to be collected: passed over.
  if (end - start < length && messages.type !== CERTIFICATE) return undefined;
  switch (messages.type) {
    case CLIENT_HELLO:
      return readClientHello(octets, start, end, "t", flow, handshake);
    case SERVER_HELLO:
      return readServerHello(octets, start, end, flow, handshake);
    case CERTIFICATE:
      return readLeaf(octets, start, end, length, "t", flow, handshake);
    default:
      return undefined;
  }
}

/** An SSL 2.0 ClientHello (which names the highest version, so may lead to SSL 3.0 or TLS), or its ServerHello. */
function readSsl2(
  octets: Uint8Array,
  offset: number,
  end: number,
  state: TlsFlow,
  mine: TlsDirection,
  flow: FlowContext,
): Outcome {
  const { handshake } = state;
  if (handshake.client >= 0 && handshake.client !== flow.direction) {
    const length = ssl2ServerHelloOctets(octets, offset, end);
    if (length < 0) return TLS_RECORD_MALFORMED;
    if (length === 0) return MATCH;
    flow.set(TLS_VERSION, versionName(SSL_2_0));
    flow.report(TLS_VERSION_OBSOLETE);
    return DONE;
  }
  const length = ssl2HelloOctets(octets, offset, end);
  if (length < 0) return TLS_RECORD_MALFORMED;
  if (length === 0) return MATCH;
  mine.started = true;
  handshake.client = flow.direction;
  handshake.clientHelloSeen = true;
  // It has no extensions, so no name either.
  flow.report(TLS_SNI_ABSENT);
  if (u16(octets, offset + 3) < 0x0303) flow.report(TLS_VERSION_OBSOLETE);
  flow.consume(length);
  return MATCH;
}

/** Nothing more of this direction is wanted. */
function finish(state: TlsFlow, mine: TlsDirection, flow: FlowContext): Outcome {
  mine.finished = true;
  flow.consume(ALL_OCTETS);
  const [one, other] = state.directions;
  const { handshake } = state;
  if (one.finished && other.finished) return DONE;
  return handshake.encrypted && handshake.clientHelloSeen ? DONE : MATCH;
}
