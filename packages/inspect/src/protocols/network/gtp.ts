import { Malformed } from "@palisade/base";
import { u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { accessPointName, digits, element, readElement } from "./gtp-elements.js";

export const GTP_VERSION = attribute("gtp.version", "number");
/** Message types: 1 echo request, 16 create PDP context request (version 1), 32 create session request (version 2) … */
export const GTP_MESSAGE_TYPE = attribute("gtp.message-type", "number", { many: true });
/** Subscriber identities, as digits. */
export const GTP_IMSI = attribute("gtp.imsi", "text", { many: true });
export const GTP_MSISDN = attribute("gtp.msisdn", "text", { many: true });
export const GTP_APN = attribute("gtp.apn", "text", { many: true });
/** Causes of answers: 16 (version 2) and 128 (version 1) accepted. */
export const GTP_CAUSE = attribute("gtp.cause", "number", { many: true });

/** Reserved bits set, a message type that is not defined, or a header that is cut. */
export const GTP_HEADER_INVALID = new Malformed("gtp.header-invalid");
/** The length is not the datagram's. */
export const GTP_LENGTH_INVALID = new Malformed("gtp.length-invalid");

const PORT_CONTROL = 2123;
const PORT_USER = 2152;
const PORT_PRIME = 3386;
const PROTOCOL_TYPE = 0x10;
const SHORT_HEADER_BYTES = 6;
const HEADER_BYTES = 8;
const OPTIONS_BYTES = 4;
const TUNNEL_PRESENT = 0x08;
const PIGGYBACKED = 0x10;
const ELEMENTS_MAX = 64;

export const gtp: Protocol = {
  name: "gtp",
  title: "GPRS Tunnelling Protocol",
  spec: "3GPP TS 29.060 (GTPv1-C), TS 29.274 (GTPv2-C), TS 29.281 (GTP-U signalling), TS 32.295 (GTP')",
  category: "mobile-core",
  attributes: [GTP_VERSION, GTP_MESSAGE_TYPE, GTP_IMSI, GTP_MSISDN, GTP_APN, GTP_CAUSE],
  malformed: [GTP_HEADER_INVALID, GTP_LENGTH_INVALID],
  recognises:
    "On ports 2123, 2152 and 3386 a header whose version, reserved bits and message type hold, and whose length is the datagram's.",
  omits:
    "Bearers and tunnels, charging records, and elements inside others; packets in GTP-U are read by themselves.",
  datagram: {
    ports: [PORT_CONTROL, PORT_USER, PORT_PRIME],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      if (onPort(flow, PORT_PRIME)) return readPrime(octets, offset, end, flow);
      const control = onPort(flow, PORT_CONTROL);
      if (end - offset < HEADER_BYTES) return GTP_HEADER_INVALID;
      const version = u8(octets, offset) >>> 5;
      if (version === 2 && control) return readVersion2(octets, offset, end, flow);
      return version === 1 ? readVersion1(octets, offset, end, flow, control) : NO;
    },
  },
};

function onPort(flow: FlowContext, port: number): boolean {
  return flow.sourcePort === port || flow.destinationPort === port;
}

/** TS 29.060 §6: flags, type, length of what follows the eighth octet, tunnel; then, if any of three flags is set, options. */
function readVersion1(
  octets: Uint8Array,
  offset: number,
  end: number,
  flow: FlowContext,
  control: boolean,
): typeof MATCH | Malformed {
  const flags = u8(octets, offset);
  const type = u8(octets, offset + 1);
  if ((flags & PROTOCOL_TYPE) === 0 || (flags & 0x08) !== 0) return GTP_HEADER_INVALID;
  if (!(control ? controlType1(type) : userType(type))) return GTP_HEADER_INVALID;
  if (u16(octets, offset + 2) !== end - offset - HEADER_BYTES) return GTP_LENGTH_INVALID;
  const options = (flags & 0x07) !== 0 ? OPTIONS_BYTES : 0;
  if (end - offset < HEADER_BYTES + options) return GTP_LENGTH_INVALID;
  flow.set(GTP_VERSION, 1);
  flow.set(GTP_MESSAGE_TYPE, type);
  // An extension header would come before the elements.
  const extended = (flags & 0x04) !== 0 && u8(octets, offset + HEADER_BYTES + 3) !== 0;
  if (control && !extended) readElements(octets, offset + HEADER_BYTES + options, end, 1, flow);
  return MATCH;
}

/** TS 29.060 §7.1, table 1. */
function controlType1(type: number): boolean {
  if (type <= 37) return (type >= 1 && type <= 7) || (type >= 16 && type <= 23) || type >= 26;
  if (type <= 70) return (type >= 48 && type <= 63) || type === 70;
  return (type >= 96 && type <= 121) || type === 128 || type === 129;
}

/** TS 29.281 §6.1, but for packets. */
function userType(type: number): boolean {
  return type === 1 || type === 2 || type === 26 || type === 31 || type === 253 || type === 254;
}

/** TS 29.274 §5: flags, type, length of what follows the fourth octet, perhaps tunnel 4, sequence 3, spare 1. */
function readVersion2(
  octets: Uint8Array,
  offset: number,
  end: number,
  flow: FlowContext,
): typeof MATCH | Malformed {
  const flags = u8(octets, offset);
  const type = u8(octets, offset + 1);
  const messageEnd = offset + 4 + u16(octets, offset + 2);
  const header = (flags & TUNNEL_PRESENT) !== 0 ? 12 : 8;
  if ((flags & 0x03) !== 0 || type === 0) return GTP_HEADER_INVALID;
  if (messageEnd - offset < header || messageEnd > end) return GTP_LENGTH_INVALID;
  // Only a message that says so has another behind it (§5.5.1).
  if (messageEnd !== end && (flags & PIGGYBACKED) === 0) return GTP_LENGTH_INVALID;
  flow.set(GTP_VERSION, 2);
  flow.set(GTP_MESSAGE_TYPE, type);
  readElements(octets, offset + header, messageEnd, 2, flow);
  return MATCH;
}

/** TS 32.295 §6.1: version, protocol type 0, three ones, header form; type, length, sequence 2; version 0 may have 20 octets. */
function readPrime(
  octets: Uint8Array,
  offset: number,
  end: number,
  flow: FlowContext,
): typeof MATCH | Malformed {
  if (end - offset < SHORT_HEADER_BYTES) return GTP_HEADER_INVALID;
  const flags = u8(octets, offset);
  const version = flags >>> 5;
  const type = u8(octets, offset + 1);
  if (version > 2 || (flags & PROTOCOL_TYPE) !== 0 || (flags & 0x0e) !== 0x0e) return GTP_HEADER_INVALID;
  const management = (type >= 1 && type <= 7) || type === 240 || type === 241;
  if (!management) return GTP_HEADER_INVALID;
  const header = version === 0 && (flags & 1) === 0 ? 20 : SHORT_HEADER_BYTES;
  if (u16(octets, offset + 2) !== end - offset - header) return GTP_LENGTH_INVALID;
  flow.set(GTP_VERSION, version);
  flow.set(GTP_MESSAGE_TYPE, type);
  return MATCH;
}

const CAUSE_1 = 1;
const CAUSE_2 = 2;
const IMSI_1 = 2;
const IMSI_2 = 1;
const APN_1 = 131;
const APN_2 = 71;
const MSISDN_1 = 134;
const MSISDN_2 = 76;

function readElements(
  octets: Uint8Array,
  start: number,
  end: number,
  version: 1 | 2,
  flow: FlowContext,
): void {
  const two = version === 2;
  let at = start;
  for (let count = 0; count < ELEMENTS_MAX && readElement(octets, at, end, version); count += 1) {
    at = element.end;
    if (element.start === element.end) continue;
    const type = element.type;
    if (type === (two ? CAUSE_2 : CAUSE_1)) flow.set(GTP_CAUSE, u8(octets, element.start));
    else if (type === (two ? IMSI_2 : IMSI_1) && flow.wants(GTP_IMSI)) {
      setText(flow, GTP_IMSI, digits(octets, element.start, element.end));
    } else if (type === (two ? MSISDN_2 : MSISDN_1) && flow.wants(GTP_MSISDN)) {
      // Version 1 has an octet of numbering plan before the digits (TS 29.002).
      setText(flow, GTP_MSISDN, digits(octets, element.start + (two ? 0 : 1), element.end));
    } else if (type === (two ? APN_2 : APN_1) && flow.wants(GTP_APN)) {
      setText(flow, GTP_APN, accessPointName(octets, element.start, element.end));
    }
  }
}

function setText(flow: FlowContext, target: typeof GTP_IMSI, text: string): void {
  if (text !== "") flow.set(target, text);
}
