import { Malformed } from "@palisade/base";
import { startsWith, u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import { VARINT_CUT, varintEnd, varintValue } from "../varint.js";

/** "3.1", "3.1.1" or "5.0". */
export const MQTT_VERSION = attribute("mqtt.version", "text");
export const MQTT_CLIENT_ID = attribute("mqtt.client-id", "text");
export const MQTT_USER = attribute("mqtt.user", "text");
/** Return or reason code of the server's answer: 0 is accepted. */
export const MQTT_CONNECT_CODE = attribute("mqtt.connect-code", "number");
/** Topics that are published to. */
export const MQTT_TOPIC = attribute("mqtt.topic", "text", { many: true });
/** Topic filters that are subscribed to. */
export const MQTT_FILTER = attribute("mqtt.topic-filter", "text", { many: true });

/** A reserved packet type or flag bits other than the type's own (MQTT 5.0 §2.1.3). */
export const MQTT_HEADER_INVALID = new Malformed("mqtt.header-invalid");
/** A remaining length of more than four octets (§1.5.5). */
export const MQTT_LENGTH_INVALID = new Malformed("mqtt.length-invalid");
/** A CONNECT whose fields reach beyond it, or with reserved flags (§3.1.2.3). */
export const MQTT_CONNECT_INVALID = new Malformed("mqtt.connect-invalid");

export const MQTT_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "mqtt.cleartext-credentials",
  severity: "medium",
  title: "An MQTT client sends its password in clear text",
};

const CONNECT = 1;
const CONNACK = 2;
const PUBLISH = 3;
const SUBSCRIBE = 8;
const PINGREQ = 12;
const PINGRESP = 13;
/** Octets of a packet that are waited for and read; the rest (payload) is skipped. */
const PACKET_OCTETS_READ_MAX = 2048;
const FILTERS_MAX = 16;
/** Of a Variable Byte Integer (§1.5.5). */
const LENGTH_OCTETS_MAX = 4;
/** Longest topic that decides midstream. */
const TOPIC_OCTETS_MAX = 512;

// `flow.stage`: bits.
const KNOWN = 1;
const PING_ASKED = 2;
const LEVEL_5 = 4;

export const mqtt: Protocol = {
  name: "mqtt",
  title: "MQTT",
  spec: "OASIS MQTT 3.1.1 and 5.0; MQTT 3.1 (IBM)",
  category: "messaging",
  attributes: [MQTT_VERSION, MQTT_CLIENT_ID, MQTT_USER, MQTT_CONNECT_CODE, MQTT_TOPIC, MQTT_FILTER],
  malformed: [MQTT_HEADER_INVALID, MQTT_LENGTH_INVALID, MQTT_CONNECT_INVALID],
  findings: [MQTT_CLEARTEXT_CREDENTIALS],
  recognises:
    "A CONNECT with a published protocol name and level; midstream a PINGREQ that the other end answers with a PINGRESP, or on port 1883 a PUBLISH with a topic.",
  omits: "Payloads, wills, properties, MQTT-SN, and MQTT inside WebSocket.",
  stream: {
    ports: [1883],
    firstOctets: [CONNECT << 4, PINGREQ << 4, PINGRESP << 4],
    dissect(octets, offset, end, flow) {
      const known = (flow.stage & KNOWN) !== 0;
      const first = u8(octets, offset);
      const type = first >>> 4;
      if (!known && type === PUBLISH && (flow.sourcePort === 1883 || flow.destinationPort === 1883)) {
        return readMidstream(flow, octets, offset, end);
      }
      if (!known && type !== CONNECT) return readPing(flow, octets, offset, end);
      if (!headerValid(first)) return known && flow.gap ? DONE : MQTT_HEADER_INVALID;
      const start = varintEnd(octets, offset + 1, end, LENGTH_OCTETS_MAX);
      if (start < 0) return start === VARINT_CUT ? MORE : MQTT_LENGTH_INVALID;
      const packetEnd = start + varintValue(octets, offset + 1, start);
      const needed = Math.min(packetEnd, start + PACKET_OCTETS_READ_MAX);
      if (type === CONNECT && !nameMayBe(octets, start, Math.min(end, packetEnd))) {
        return known ? MQTT_CONNECT_INVALID : NO;
      }
      if (end < needed) return MORE;
      const outcome = readPacket(flow, octets, type, start, needed, packetEnd);
      flow.consume(packetEnd - offset);
      return outcome;
    },
  },
};

/** MQTT 5.0 §2.1.3, table 2-2: only PUBLISH has flags of its own. */
function headerValid(first: number): boolean {
  const type = first >>> 4;
  const flags = first & 0xf;
  if (type === PUBLISH) return (flags & 0x6) !== 0x6;
  // MQTT 3.1 lets DUP and QoS 1 stand with the types that are answered.
  if (type === 6 || type === SUBSCRIBE || type === 10) return flags === 0x2 || flags === 0xa;
  return type !== 0 && flags === 0;
}

const NAMES = ["\0\x04MQTT\x04", "\0\x04MQTT\x05", "\0\x06MQIsdp\x03"] as const;
const VERSIONS = ["3.1.1", "5.0", "3.1"] as const;

/** Whether the octets at hand begin one of the protocol names with its level. Bit 7 of the level marks a bridge. */
function nameMayBe(octets: Uint8Array, start: number, end: number): boolean {
  return nameAt(octets, start, end) >= 0;
}

function nameAt(octets: Uint8Array, start: number, end: number): number {
  for (let which = 0; which < NAMES.length; which += 1) {
    const name = NAMES[which]!;
    let index = 0;
    while (index < name.length && start + index < end) {
      const octet = u8(octets, start + index) & (index === name.length - 1 ? 0x7f : 0xff);
      if (octet !== name.charCodeAt(index)) break;
      index += 1;
    }
    if (index === name.length || start + index >= end) return which;
  }
  return -1;
}

function readPacket(
  flow: FlowContext,
  octets: Uint8Array,
  type: number,
  start: number,
  end: number,
  packetEnd: number,
): Outcome {
  if (type === CONNECT) return readConnect(flow, octets, start, end, packetEnd);
  if (type === CONNACK && end - start >= 2) {
    flow.set(MQTT_CONNECT_CODE, u8(octets, start + 1));
  } else if (type === PUBLISH && end - start >= 2) {
    const topicEnd = start + 2 + u16(octets, start);
    // An empty topic stands for an alias (MQTT 5.0 §3.3.2.3.4).
    if (topicEnd > packetEnd) return MQTT_HEADER_INVALID;
    if (topicEnd > start + 2 && topicEnd <= end) flow.text(MQTT_TOPIC, octets, start + 2, topicEnd);
  } else if (type === SUBSCRIBE) {
    readFilters(flow, octets, start, end);
  }
  return MATCH;
}

/** §3.1: name, level, flags, keep alive; in 5.0 properties; client identifier, will, user name, password. */
function readConnect(
  flow: FlowContext,
  octets: Uint8Array,
  start: number,
  end: number,
  packetEnd: number,
): Outcome {
  const wrong = (flow.stage & KNOWN) === 0 ? NO : MQTT_CONNECT_INVALID;
  const which = nameAt(octets, start, end);
  if (which < 0) return wrong;
  const flagsAt = start + NAMES[which]!.length;
  if (flagsAt + 3 > end) return wrong;
  const flags = u8(octets, flagsAt);
  // Bit 0 is reserved; QoS 3 does not exist; a will's QoS and retain need a will.
  if ((flags & 0x01) !== 0 || (flags & 0x18) === 0x18 || ((flags & 0x04) === 0 && (flags & 0x38) !== 0)) {
    return MQTT_CONNECT_INVALID;
  }
  const level5 = which === 1;
  let at = flagsAt + 3;
  if (level5) at = afterProperties(octets, at, end);
  if (at + 2 > packetEnd) return MQTT_CONNECT_INVALID;
  const clientEnd = afterField(octets, at, end);
  if (clientEnd > packetEnd) return MQTT_CONNECT_INVALID;
  flow.stage |= KNOWN | (level5 ? LEVEL_5 : 0);
  flow.set(MQTT_VERSION, VERSIONS[which]!);
  if (clientEnd > at + 2 && clientEnd <= end) flow.text(MQTT_CLIENT_ID, octets, at + 2, clientEnd);
  at = clientEnd;
  if ((flags & 0x04) !== 0) {
    if (level5) at = afterProperties(octets, at, end);
    at = afterField(octets, afterField(octets, at, end), end);
  }
  if ((flags & 0x80) !== 0) {
    const userEnd = afterField(octets, at, end);
    if (userEnd > at + 2 && userEnd <= end) flow.text(MQTT_USER, octets, at + 2, userEnd);
  }
  if ((flags & 0x40) !== 0) flow.report(MQTT_CLEARTEXT_CREDENTIALS);
  return MATCH;
}

/** Index after a field of a two-octet length; beyond `end` where it does not fit. */
function afterField(octets: Uint8Array, at: number, end: number): number {
  return at + 2 > end ? end + 1 : at + 2 + u16(octets, at);
}

/** Index after the properties that 5.0 has at `at` (§2.2.2); beyond `end` where their length does not fit. */
function afterProperties(octets: Uint8Array, at: number, end: number): number {
  const start = varintEnd(octets, at, end, LENGTH_OCTETS_MAX);
  return start < 0 ? end + 1 : start + varintValue(octets, at, start);
}

/** §3.8: packet identifier, in 5.0 properties, then filters each with an octet of options. */
function readFilters(flow: FlowContext, octets: Uint8Array, start: number, end: number): void {
  let at = start + 2;
  if ((flow.stage & LEVEL_5) !== 0) at = afterProperties(octets, at, end);
  for (let count = 0; count < FILTERS_MAX && at + 3 <= end; count += 1) {
    const filterEnd = afterField(octets, at, end);
    if (filterEnd + 1 > end) return;
    flow.text(MQTT_FILTER, octets, at + 2, filterEnd);
    at = filterEnd + 1;
  }
}

/** Midstream on the port: a PUBLISH whose topic is printable, without the wildcards of filters (§4.7.1), and fits. */
function readMidstream(flow: FlowContext, octets: Uint8Array, offset: number, end: number): Outcome {
  if (!headerValid(u8(octets, offset))) return NO;
  const start = varintEnd(octets, offset + 1, end, LENGTH_OCTETS_MAX);
  if (start < 0) return start === VARINT_CUT ? MORE : NO;
  const length = varintValue(octets, offset + 1, start);
  if (length < 3) return NO;
  if (end - start < 2) return MORE;
  const topicEnd = start + 2 + u16(octets, start);
  if (topicEnd === start + 2 || topicEnd > start + length || topicEnd > start + TOPIC_OCTETS_MAX) return NO;
  for (let index = start + 2; index < Math.min(topicEnd, end); index += 1) {
    const octet = u8(octets, index);
    if (octet < 0x20 || octet === 0x23 || octet === 0x2b || octet === 0x7f) return NO;
  }
  if (end < topicEnd) return MORE;
  flow.stage |= KNOWN;
  return MATCH;
}

/** Midstream, two octets each way: C0 00, answered by D0 00. */
function readPing(flow: FlowContext, octets: Uint8Array, offset: number, end: number): Outcome {
  const answer = (flow.stage & PING_ASKED) !== 0;
  const expected = answer ? "\xd0\0" : "\xc0\0";
  if (!startsWith(octets, offset, end, expected.slice(0, end - offset))) {
    // Octets of the asking end are asked for again until the answer comes.
    return answer && startsWith(octets, offset, end, "\xc0\0".slice(0, end - offset)) ? MORE : NO;
  }
  if (end - offset < 2) return MORE;
  if (!answer) {
    // Alone in its segment: PINGREQ is sent when nothing else is.
    if (end - offset !== 2) return NO;
    flow.stage |= PING_ASKED;
    return MORE;
  }
  flow.stage |= KNOWN;
  flow.consume(2);
  return MATCH;
}
