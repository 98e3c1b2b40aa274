import { Malformed } from "@palisade/base";
import { startsWithNoCase, u8, u16, u32 } from "@palisade/wire";
import { type Attribute, attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Kinds of packets: "connect", "accept", "data". */
export const ORACLE_PACKET = attribute("oracle.packet", "text", { many: true });
/** Version of the transport that is offered and accepted: 318, 312. */
export const ORACLE_VERSION = attribute("oracle.tns-version", "number", { many: true });
/** Service or SID that the client asks for. */
export const ORACLE_SERVICE = attribute("oracle.service", "text");
/** The client's program, machine and operating system user, as it says. */
export const ORACLE_PROGRAM = attribute("oracle.program", "text");
export const ORACLE_HOST = attribute("oracle.client-host", "text");
export const ORACLE_USER = attribute("oracle.client-user", "text");

/** After the verdict: no packet header where one must begin. */
export const ORACLE_HEADER_INVALID = new Malformed("oracle.header-invalid");

/** Length, checksum, type, flags, header checksum; since version 315 the length takes the checksum's place too. */
const HEADER_BYTES = 8;
const PACKET_OCTETS_READ_MAX = 2048;
const PACKET_OCTETS_MAX = 0x20_0000;
const TYPES: readonly string[] = [
  "",
  "connect",
  "accept",
  "ack",
  "refuse",
  "redirect",
  "data",
  "null",
  "",
  "abort",
  "",
  "resend",
  "marker",
  "attention",
  "control",
];
const CONNECT = 1;
const ACCEPT = 2;
const REFUSE = 4;
const REDIRECT = 5;
const DATA = 6;
/** Versions of the transport that were published: 8i's 308 to 23ai's 319, with room to either side. */
const VERSION_MIN = 300;
const VERSION_MAX = 340;
const CONNECT_BYTES = 34;
const ACCEPT_BYTES = 24;

// `flow.stage`
const KNOWN = 1;
/** The description did not fit into the connect packet: the first data packet has it. */
const DESCRIPTION_FOLLOWS = 2;

const KEYS: readonly (readonly [string, Attribute<"text">])[] = [
  ["(service_name=", ORACLE_SERVICE],
  ["(sid=", ORACLE_SERVICE],
  ["(program=", ORACLE_PROGRAM],
  ["(host=", ORACLE_HOST],
  ["(user=", ORACLE_USER],
];

export const oracle: Protocol = {
  name: "oracle",
  title: "Oracle Transparent Network Substrate",
  spec: "Oracle Net (behaviour of Oracle's own software; the python-oracledb and node-oracledb thin drivers, Apache-2.0)",
  category: "database",
  attributes: [ORACLE_PACKET, ORACLE_VERSION, ORACLE_SERVICE, ORACLE_PROGRAM, ORACLE_HOST, ORACLE_USER],
  malformed: [ORACLE_HEADER_INVALID],
  recognises:
    "A connect, accept, refuse or redirect packet with zero checksums, a published version and a description that fits.",
  omits: "Logins, statements, results, and native encryption.",
  stream: {
    ports: [1521],
    // Connections begin with packets shorter than the reads below, so that the length's upper octet is small.
    firstOctets: [0, 1, 2, 3, 4, 5, 6, 7],
    dissect(octets, offset, end, flow) {
      const atHand = end - offset;
      const known = flow.stage !== 0;
      const wrong: Outcome = !known ? NO : flow.gap ? DONE : ORACLE_HEADER_INVALID;
      if (atHand < HEADER_BYTES) {
        if (!known && atHand >= 5 && !decides(u8(octets, offset + 4))) return NO;
        return MORE;
      }
      const type = u8(octets, offset + 4);
      const name = TYPES[type];
      if (name === undefined || name === "") return wrong;
      const wide = u16(octets, offset) === 0;
      const length = wide ? u32(octets, offset) : u16(octets, offset);
      if (length < HEADER_BYTES || length > PACKET_OCTETS_MAX) return wrong;
      if (!wide && u16(octets, offset + 2) !== 0) return wrong;
      if (u16(octets, offset + 6) !== 0) return wrong;
      if (!known && !decides(type)) return NO;
      const needed = offset + Math.min(length, PACKET_OCTETS_READ_MAX);
      if (end < needed) return MORE;
      if (!known && !beginsPlausibly(octets, type, offset, needed)) return NO;
      const described = type === DATA && flow.stage === DESCRIPTION_FOLLOWS && flow.direction === 0;
      if (!known || described) flow.stage = KNOWN;
      flow.set(ORACLE_PACKET, name);
      if ((type === CONNECT && length >= CONNECT_BYTES) || (type === ACCEPT && length >= ACCEPT_BYTES)) {
        flow.set(ORACLE_VERSION, u16(octets, offset + 8));
        if (type === CONNECT) {
          if (u16(octets, offset + 24) + u16(octets, offset + 26) > length) flow.stage = DESCRIPTION_FOLLOWS;
          readDescription(flow, octets, offset + CONNECT_BYTES, needed);
        }
      } else if (described) {
        readDescription(flow, octets, offset + HEADER_BYTES, needed);
      }
      flow.consume(length);
      return MATCH;
    },
  },
};

function decides(type: number): boolean {
  return type === CONNECT || type === ACCEPT || type === REFUSE || type === REDIRECT;
}

function beginsPlausibly(octets: Uint8Array, type: number, offset: number, end: number): boolean {
  if (type === CONNECT) {
    // Version, least version, …; length and offset of the description, which may come in a packet of its own.
    if (end - offset < CONNECT_BYTES) return false;
    const version = u16(octets, offset + 8);
    const least = u16(octets, offset + 10);
    const descriptionAt = u16(octets, offset + 26);
    return (
      version >= VERSION_MIN && version <= VERSION_MAX && least <= version && descriptionAt >= CONNECT_BYTES
    );
  }
  if (type === ACCEPT) {
    if (end - offset < ACCEPT_BYTES) return false;
    const version = u16(octets, offset + 8);
    return version >= VERSION_MIN && version <= VERSION_MAX;
  }
  // Refusals have two reasons and a length, redirects a length, before text in parentheses.
  const text = type === REFUSE ? offset + 12 : offset + 10;
  const textLength = u16(octets, text - 2);
  return text < end && text + textLength === end && u8(octets, text) === 0x28;
}

/** "(DESCRIPTION=(CONNECT_DATA=(SERVICE_NAME=…)(CID=(PROGRAM=…)(HOST=…)(USER=…)))…)": the first of each key. */
function readDescription(flow: FlowContext, octets: Uint8Array, start: number, end: number): void {
  let cid = false;
  for (let at = start; at < end; at += 1) {
    if (u8(octets, at) !== 0x28) continue;
    if (startsWithNoCase(octets, at, end, "(cid=")) cid = true;
    for (const [key, target] of KEYS) {
      if (!startsWithNoCase(octets, at, end, key)) continue;
      // The address has a HOST of its own: only the client's identification counts.
      if (target !== ORACLE_SERVICE && !cid) break;
      const valueStart = at + key.length;
      let valueEnd = valueStart;
      while (valueEnd < end && u8(octets, valueEnd) !== 0x29 && u8(octets, valueEnd) !== 0x28) valueEnd += 1;
      if (valueEnd < end && valueEnd > valueStart) flow.text(target, octets, valueStart, valueEnd);
      // Goes on behind the value, so that each octet is looked at once.
      at = valueEnd - 1;
      break;
    }
  }
}
