import { Malformed } from "@palisade/base";
import { u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { malformedKind } from "../../malformed-kind.js";

/** Hosts whose values are sent. */
export const COLLECTD_HOST = attribute("collectd.host", "text", { many: true });
/** Plugins that read the values: `cpu`, `memory`, `interface`. */
export const COLLECTD_PLUGIN = attribute("collectd.plugin", "text", { many: true });
/** User whose key signs or encrypts. */
export const COLLECTD_USER = attribute("collectd.user", "text", { many: true });
/** `signed` or `encrypted`; absent for plain values. */
export const COLLECTD_SECURITY = attribute("collectd.security", "text");

/** A part of a length that its type cannot have, or that runs past the datagram. */
export const COLLECTD_PART_WRONG = new Malformed("collectd.part-wrong");

const PORT_COLLECTD = 25_826;
const PART_HEADER_BYTES = 4;
const NUMBER_PART_BYTES = 12;
const TYPE_HOST = 0x0000;
const TYPE_PLUGIN = 0x0002;
const TYPE_VALUES = 0x0006;
const TYPE_SIGNATURE = 0x0200;
const TYPE_ENCRYPTION = 0x0210;
/** Digest in front of the user of a signature. */
const SIGNATURE_BYTES = 32;
/** Initialisation vector and checksum of an encrypted part. */
const ENCRYPTION_BYTES = 16 + 20;
/** A first part that is alone decides on the port of collectd only; two that agree decide anywhere. */
const PARTS_MIN = 2;

export const collectd: Protocol = {
  name: "collectd",
  title: "collectd network protocol",
  spec: "collectd's binary protocol (wiki page and networking(5) of collectd.org)",
  category: "management",
  attributes: [COLLECTD_HOST, COLLECTD_PLUGIN, COLLECTD_USER, COLLECTD_SECURITY],
  malformed: [COLLECTD_PART_WRONG],
  recognises:
    "A first part that names a host, signs, or encrypts, then parts of known types whose lengths fill the datagram; on port 25826 the first part and one more are enough.",
  omits: "The values themselves and notifications.",
  datagram: {
    ports: [PORT_COLLECTD],
    firstOctets: [0x00, 0x02],
    dissect(octets, offset, end, flow) {
      if (end - offset < PART_HEADER_BYTES) return COLLECTD_PART_WRONG;
      const type = u16(octets, offset);
      if (type === TYPE_ENCRYPTION) return readEncrypted(octets, offset, end, flow);
      if (type !== TYPE_HOST && type !== TYPE_SIGNATURE) return NO;
      const sound = soundParts(octets, offset, end);
      const isWhole = sound >= PARTS_MIN && soundEnd === end;
      if (!isWhole && flow.stage !== 0) return COLLECTD_PART_WRONG;
      const onPort = flow.sourcePort === PORT_COLLECTD || flow.destinationPort === PORT_COLLECTD;
      if (!isWhole && !(onPort && sound >= PARTS_MIN)) return COLLECTD_PART_WRONG;
      flow.stage = 1;
      readParts(octets, offset, soundEnd, flow);
      if (!isWhole) flow.report(malformedKind(COLLECTD_PART_WRONG));
      return MATCH;
    },
  },
};

/** Index after the last part that `soundParts` found to hold. */
let soundEnd = 0;

/** How many parts from `start` hold, up to `end` or the first that does not; leaves its index in `soundEnd`. */
function soundParts(octets: Uint8Array, start: number, end: number): number {
  let count = 0;
  soundEnd = start;
  while (soundEnd < end) {
    if (end - soundEnd < PART_HEADER_BYTES) return count;
    const length = u16(octets, soundEnd + 2);
    const after = soundEnd + length;
    if (length <= PART_HEADER_BYTES || after > end || !isPart(octets, soundEnd, after)) return count;
    soundEnd = after;
    count += 1;
  }
  return count;
}

function isPart(octets: Uint8Array, at: number, after: number): boolean {
  const type = u16(octets, at);
  switch (type) {
    case TYPE_HOST:
    case TYPE_PLUGIN:
    case 0x0003: // plugin instance
    case 0x0004: // type
    case 0x0005: // type instance
    case 0x0100: // message
      return u8(octets, after - 1) === 0;
    case 0x0001: // time
    case 0x0007: // interval
    case 0x0008: // time, high resolution
    case 0x0009: // interval, high resolution
    case 0x0101: // severity
      return after - at === NUMBER_PART_BYTES;
    case TYPE_VALUES:
      // A count, then for each value a kind (one octet) and eight octets.
      return after - at === 6 + u16(octets, at + 4) * 9;
    case TYPE_SIGNATURE:
      return after - at > PART_HEADER_BYTES + SIGNATURE_BYTES;
    default:
      return false;
  }
}

function readParts(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  for (let at = start; at < end; at += u16(octets, at + 2)) {
    const type = u16(octets, at);
    const after = at + u16(octets, at + 2);
    const value = at + PART_HEADER_BYTES;
    if (type === TYPE_HOST && after - 1 > value) flow.text(COLLECTD_HOST, octets, value, after - 1);
    else if (type === TYPE_PLUGIN && after - 1 > value) flow.text(COLLECTD_PLUGIN, octets, value, after - 1);
    else if (type === TYPE_SIGNATURE) {
      flow.set(COLLECTD_SECURITY, "signed");
      flow.text(COLLECTD_USER, octets, value + SIGNATURE_BYTES, after);
    }
  }
}

/** One part that is the whole datagram: length and text of the user, vector, checksum, and what is encrypted. */
function readEncrypted(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const user = offset + PART_HEADER_BYTES + 2;
  if (user > end || u16(octets, offset + 2) !== end - offset) return COLLECTD_PART_WRONG;
  const length = u16(octets, user - 2);
  if (length === 0 || user + length + ENCRYPTION_BYTES > end) return COLLECTD_PART_WRONG;
  for (let index = user; index < user + length; index += 1) {
    if (u8(octets, index) < 0x20) return COLLECTD_PART_WRONG;
  }
  flow.stage = 1;
  flow.set(COLLECTD_SECURITY, "encrypted");
  flow.text(COLLECTD_USER, octets, user, user + length);
  return MATCH;
}
