import { Malformed } from "@palisade/base";
import { u8, u16, u24 } from "@palisade/wire";
import { DONE, MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import { malformedKind } from "../../malformed-kind.js";
import { CERTIFICATE_MALFORMED } from "./certificate.js";
import {
  CERTIFICATE,
  CLIENT_HELLO,
  Handshake,
  HELLO_VERIFY_REQUEST,
  isAlert,
  leafOctets,
  readAlert,
  readClientHello,
  readLeaf,
  readServerHello,
  SERVER_HELLO,
} from "./handshake.js";
import { HELLO_MALFORMED } from "./hello.js";
import { HANDSHAKE_OCTETS_MAX } from "./message-reader.js";
import { OffsetAssembler } from "./offset-assembler.js";
import {
  CLIENT_HELLO_ATTRIBUTES,
  CLIENT_HELLO_FINDINGS,
  SERVER_ATTRIBUTES,
  SERVER_FINDINGS,
} from "./tls-attributes.js";

/** A record reaches past the end of its datagram. */
export const DTLS_TRUNCATED = new Malformed("dtls.truncated");
/** A fragment reaches past the end of its message or record. */
export const DTLS_FRAGMENT_IMPOSSIBLE = new Malformed("dtls.fragment-impossible");

/** RFC 6347 §4.2.3: fragments of a message may overlap; all have its message_seq, type and length. */
export const DTLS_FRAGMENT_CONFLICT: FindingKind = {
  name: "dtls.fragment-conflict",
  severity: "high",
  title: "Octets of a DTLS handshake message were sent again and differ, as evasions do",
};

const RECORD_HEADER_OCTETS = 13;
/** RFC 6347 §4.2.2: type, length, message_seq, fragment_offset, fragment_length. */
const MESSAGE_HEADER_OCTETS = 12;
const RECORD_CONTENT_OCTETS_MAX = 16_384 + 2_048;
const CHANGE_CIPHER_SPEC = 20;
const ALERT = 21;
const HANDSHAKE = 22;
const APPLICATION_DATA = 23;
/** RFC 9147 §7. */
const ACK = 26;
/** RFC 7983 §7, RFC 9443 §3: where media and STUN share a flow with DTLS, these first octets are DTLS. */
const DTLS_FIRST_MIN = 20;
const DTLS_FIRST_MAX = 63;
/** Handshakes are few; a record of an epoch beyond this is taken for chance. */
const EPOCH_MAX = 0xff;
/** Of the flow's stage. */
const VERDICT = 0b001;
/** What direction 0, 1 sends is encrypted from here on. */
const ENCRYPTED = [0b010, 0b100] as const;

/**
 * Messages of one direction that are put together at a time: a flight's hello and certificate, and two that only claim to
 * be there.
 */
const MESSAGES_MAX = 4;

class DtlsFlow {
  readonly handshake: Handshake = new Handshake();
  readonly directions: readonly [FragmentedMessages, FragmentedMessages] = [
    new FragmentedMessages(),
    new FragmentedMessages(),
  ];
}

/** A message that comes in fragments, all of which have its number, type and length. */
class FragmentedMessage {
  readonly assembler: OffsetAssembler = new OffsetAssembler(HANDSHAKE_OCTETS_MAX);
  /** message_seq, or -1 where this is none yet. */
  sequence = -1;
  type = 0;
  length = 0;
  /** It was whole, and has been read: what is repeated of it costs nothing. */
  read = false;

  begin(sequence: number, type: number, length: number): void {
    this.sequence = sequence;
    this.type = type;
    this.length = length;
    this.read = false;
    this.assembler.reset();
  }
}

class FragmentedMessages {
  readonly #messages: FragmentedMessage[] = [];

  find(sequence: number): FragmentedMessage | undefined {
    for (const message of this.#messages) if (message.sequence === sequence) return message;
    return undefined;
  }

  /**
   * Room for one more message: that of one that has been read, or of the one with the highest number. Hosts read messages
   * in the order of their numbers, so that higher ones, which anybody may send ahead, are not what matters first.
   * Undefined where only lower ones are being put together.
   */
  begin(sequence: number, type: number, length: number): FragmentedMessage | undefined {
    const messages = this.#messages;
    let message = messages.find(({ read }) => read);
    if (message === undefined && messages.length < MESSAGES_MAX) {
      message = new FragmentedMessage();
      messages.push(message);
    }
    if (message === undefined) {
      message = messages.reduce((one, other) => (one.sequence > other.sequence ? one : other));
      if (message.sequence < sequence) return undefined;
    }
    message.begin(sequence, type, length);
    return message;
  }
}

function createDtlsFlow(): DtlsFlow {
  return new DtlsFlow();
}

export const dtls: Protocol = {
  name: "dtls",
  title: "Datagram Transport Layer Security",
  spec: "RFC 9147, RFC 6347, RFC 4347; version 0x0100 as sent by OpenSSL before 0.9.8f and by AnyConnect",
  category: "security",
  attributes: [...CLIENT_HELLO_ATTRIBUTES, ...SERVER_ATTRIBUTES],
  malformed: [DTLS_TRUNCATED, DTLS_FRAGMENT_IMPOSSIBLE, CERTIFICATE_MALFORMED, ...HELLO_MALFORMED],
  findings: [DTLS_FRAGMENT_CONFLICT, ...CLIENT_HELLO_FINDINGS, ...SERVER_FINDINGS],
  recognises:
    "A datagram filled exactly by records of a published version, the first of which holds a handshake fragment, alert or change of cipher whose lengths agree, or is encrypted.",
  omits:
    "Whatever is encrypted; flows of DTLS 1.3 whose handshake was missed, and records with a connection identifier before the handshake.",
  datagram: {
    ports: [443, 853, 5061, 5349, 5684],
    firstOctets: [CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA],
    dissect(octets, offset, end, flow) {
      if ((flow.stage & VERDICT) === 0) {
        if (!isDtlsDatagram(octets, offset, end)) return NO;
        flow.stage |= VERDICT;
        const outcome = readRecords(octets, offset, end, flow);
        if (!(outcome instanceof Malformed)) return outcome;
        // Returned now it would be taken for a reason to think of something else.
        flow.report(malformedKind(outcome));
        return MATCH;
      }
      const first = u8(octets, offset);
      if (first < DTLS_FIRST_MIN || first > DTLS_FIRST_MAX) return MATCH;
      return readRecords(octets, offset, end, flow);
    },
  },
};

function isVersion(version: number): boolean {
  return version === 0xfefd || version === 0xfeff || version === 0x0100;
}

/** Whether what follows a plain record can be one of DTLS 1.3's encrypted ones (RFC 9147 §4: 001CSLEE). */
function isUnified(octet: number): boolean {
  return octet >>> 5 === 0b001;
}

/** Whether `octets[offset … end)` are records of DTLS and nothing else. */
function isDtlsDatagram(octets: Uint8Array, offset: number, end: number): boolean {
  let at = offset;
  while (at < end) {
    if (at > offset && isUnified(u8(octets, at))) return true;
    if (end - at < RECORD_HEADER_OCTETS) return false;
    const type = u8(octets, at);
    if (type < CHANGE_CIPHER_SPEC || (type > APPLICATION_DATA && type !== ACK)) return false;
    if (!isVersion(u16(octets, at + 1)) || u16(octets, at + 3) > EPOCH_MAX) return false;
    const length = u16(octets, at + 11);
    const content = at + RECORD_HEADER_OCTETS;
    if (length === 0 || length > RECORD_CONTENT_OCTETS_MAX || content + length > end) return false;
    if (at === offset && !recogniseContent(octets, type, u16(octets, at + 3), content, content + length)) {
      return false;
    }
    at = content + length;
  }
  return true;
}

function recogniseContent(
  octets: Uint8Array,
  type: number,
  epoch: number,
  start: number,
  end: number,
): boolean {
  const length = end - start;
  switch (type) {
    case CHANGE_CIPHER_SPEC:
      // The version before 1.0 has a sequence number after it.
      return (length === 1 || length === 3) && u8(octets, start) === 1;
    case ALERT:
      // Encrypted, it has at least an explicit nonce of eight octets.
      return epoch === 0 ? length === 2 && isAlert(u8(octets, start), u8(octets, start + 1)) : length > 8;
    case HANDSHAKE:
      return epoch === 0 ? recogniseFragment(octets, start, end) : length > MESSAGE_HEADER_OCTETS;
    default:
      return epoch > 0 && length > 8;
  }
}

function recogniseFragment(octets: Uint8Array, start: number, end: number): boolean {
  if (end - start < MESSAGE_HEADER_OCTETS) return false;
  const type = u8(octets, start);
  const length = u24(octets, start + 1);
  const offset = u24(octets, start + 6);
  const fragment = u24(octets, start + 9);
  if (offset + fragment > length || fragment > end - start - MESSAGE_HEADER_OCTETS) return false;
  const body = start + MESSAGE_HEADER_OCTETS;
  switch (type) {
    case CLIENT_HELLO:
    case SERVER_HELLO:
    case HELLO_VERIFY_REQUEST:
      return fragment >= 3 && (offset > 0 || isVersion(u16(octets, body)));
    case CERTIFICATE:
      return fragment >= 7 && (offset > 0 || leafOctets(octets, body, length) > 0);
    default:
      // HelloRequest 0, NewSessionTicket 4, ServerKeyExchange 12 … ClientKeyExchange 16, status 22, supplemental data 23.
      return type === 0 || type === 4 || (type >= 12 && type <= 16) || type === 22 || type === 23;
  }
}

function readRecords(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  let at = offset;
  while (at < end) {
    const type = u8(octets, at);
    if (isUnified(type)) {
      flow.stage |= ENCRYPTED[flow.direction];
      break;
    }
    if (end - at < RECORD_HEADER_OCTETS) return DTLS_TRUNCATED;
    // Another version, or a record whose header has a connection identifier (RFC 9146): not to be followed.
    if (!isVersion(u16(octets, at + 1)) || (type > APPLICATION_DATA && type !== ACK)) break;
    const content = at + RECORD_HEADER_OCTETS;
    const stop = content + u16(octets, at + 11);
    if (stop > end) return DTLS_TRUNCATED;
    if (type === CHANGE_CIPHER_SPEC || u16(octets, at + 3) > 0) {
      flow.stage |= ENCRYPTED[flow.direction];
    } else if (type === ALERT && stop - content === 2) {
      readAlert(u8(octets, content), u8(octets, content + 1), flow);
    } else if (type === HANDSHAKE) {
      const problem = readFragments(octets, content, stop, flow);
      if (problem !== undefined) return problem;
    }
    at = stop;
  }
  return isOver(flow) ? DONE : MATCH;
}

function isOver(flow: FlowContext): boolean {
  return (flow.stage & ENCRYPTED[0]) !== 0 && (flow.stage & ENCRYPTED[1]) !== 0;
}

function readFragments(
  octets: Uint8Array,
  start: number,
  end: number,
  flow: FlowContext,
): Malformed | undefined {
  const { directions, handshake } = flow.memo(createDtlsFlow);
  const messages = directions[flow.direction];
  let at = start;
  while (at < end) {
    if (end - at < MESSAGE_HEADER_OCTETS) return DTLS_FRAGMENT_IMPOSSIBLE;
    const body = at + MESSAGE_HEADER_OCTETS;
    const type = u8(octets, at);
    const length = u24(octets, at + 1);
    const sequence = u16(octets, at + 4);
    const offset = u24(octets, at + 6);
    const fragment = u24(octets, at + 9);
    if (offset + fragment > length || fragment > end - body) return DTLS_FRAGMENT_IMPOSSIBLE;
    at = body + fragment;
    let message = messages.find(sequence);
    if (message !== undefined && (message.type !== type || message.length !== length)) {
      // A client that starts again counts from 0 again (RFC 6347 §4.2.8).
      if (!message.read || offset > 0) {
        flow.report(DTLS_FRAGMENT_CONFLICT);
        continue;
      }
      message.begin(sequence, type, length);
    }
    if (type !== CLIENT_HELLO && type !== SERVER_HELLO && type !== CERTIFICATE) continue;
    let problem: Malformed | undefined;
    if (fragment === length && message === undefined) {
      // What comes whole is put together only where parts of it came before.
      problem = readMessage(type, octets, body, at, length, flow, handshake);
    } else {
      message ??= messages.begin(sequence, type, length);
      if (message !== undefined && !message.read)
        problem = readFragment(message, offset, octets, body, at, flow, handshake);
    }
    if (problem !== undefined) return problem;
  }
  return undefined;
}

/** Takes `octets[start … end)` at `offset` of the message, and reads what is then whole. */
function readFragment(
  message: FragmentedMessage,
  offset: number,
  octets: Uint8Array,
  start: number,
  end: number,
  flow: FlowContext,
  handshake: Handshake,
): Malformed | undefined {
  const { assembler, type, length } = message;
  assembler.insert(offset, octets, start, end);
  if (assembler.conflict) {
    assembler.conflict = false;
    flow.report(DTLS_FRAGMENT_CONFLICT);
  }
  const present = assembler.contiguous;
  let wanted = length;
  if (type === CERTIFICATE) {
    if (present < Math.min(length, 6)) return undefined;
    wanted = Math.max(0, leafOctets(assembler.octets, 0, length));
  }
  if (present < wanted) return undefined;
  message.read = true;
  return readMessage(type, assembler.octets, 0, wanted, length, flow, handshake);
}

function readMessage(
  type: number,
  octets: Uint8Array,
  start: number,
  end: number,
  length: number,
  flow: FlowContext,
  handshake: Handshake,
): Malformed | undefined {
  switch (type) {
    case CLIENT_HELLO:
      return readClientHello(octets, start, end, "d", flow, handshake);
    case SERVER_HELLO:
      return readServerHello(octets, start, end, flow, handshake);
    default: {
      if (handshake.certificateSeen[flow.direction]) return undefined;
      handshake.certificateSeen[flow.direction] = true;
      const leaf = leafOctets(octets, start, length);
      return readLeaf(octets, start, leaf > 0 ? start + leaf : start, length, "d", flow, handshake);
    }
  }
}
