import { Malformed } from "@palisade/base";
import { u8, u16le, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { CONNECTED_DATA, SEQUENCED_ADDRESS, walkItems } from "./ethernet-ip-items.js";

/** Encapsulation commands: 0x63 list identity, 0x65 register session, 0x6F send request data, 0x70 send unit data … */
export const ETHERNET_IP_COMMAND = attribute("ethernet-ip.command", "number", { many: true });
/** Status of answers other than 0: 1 unsupported command, 0x64 invalid session … */
export const ETHERNET_IP_STATUS = attribute("ethernet-ip.status", "number", { many: true });
/** CIP service codes: 0x0E get attribute single, 0x4C read tag, 0x54 forward open … */
export const CIP_SERVICE = attribute("ethernet-ip.cip-service", "number", { many: true });
/** From an identity item: ODVA's number of the vendor, the device's type, product code, revision "major.minor", serial number, name. */
export const ETHERNET_IP_VENDOR = attribute("ethernet-ip.vendor-id", "number");
export const ETHERNET_IP_DEVICE_TYPE = attribute("ethernet-ip.device-type", "number");
export const ETHERNET_IP_PRODUCT_CODE = attribute("ethernet-ip.product-code", "number");
export const ETHERNET_IP_REVISION = attribute("ethernet-ip.revision", "text");
export const ETHERNET_IP_SERIAL = attribute("ethernet-ip.serial-number", "hex");
export const ETHERNET_IP_PRODUCT = attribute("ethernet-ip.product-name", "text");

/** An encapsulation header of no known command, with options, or of a length that the command cannot have. */
export const ETHERNET_IP_HEADER_INVALID = new Malformed("ethernet-ip.header-invalid");
/** Items that reach beyond the message. */
export const ETHERNET_IP_ITEMS_INVALID = new Malformed("ethernet-ip.items-invalid");

const PORT = 44_818;
const PORT_IO = 2222;
const HEADER_BYTES = 24;
const DATA_BYTES_MAX = 65_511;
const NOP = 0x00;
const LIST_SERVICES = 0x04;
const LIST_IDENTITY = 0x63;
const LIST_INTERFACES = 0x64;
const REGISTER_SESSION = 0x65;
const UNREGISTER_SESSION = 0x66;
const SEND_REQUEST_DATA = 0x6f;
const SEND_UNIT_DATA = 0x70;
const INDICATE_STATUS = 0x72;
const CANCEL = 0x73;
/** Interface handle and timeout in front of the items of the two sending commands. */
const HANDLE_BYTES = 6;
/** Octets of a message that are waited for and read; the rest is skipped. */
const READ_MAX = 512;
const STATUS_MAX = 0x70;

const values = {
  service: CIP_SERVICE,
  vendor: ETHERNET_IP_VENDOR,
  deviceType: ETHERNET_IP_DEVICE_TYPE,
  productCode: ETHERNET_IP_PRODUCT_CODE,
  revision: ETHERNET_IP_REVISION,
  serial: ETHERNET_IP_SERIAL,
  product: ETHERNET_IP_PRODUCT,
} as const;

export const ethernetIp: Protocol = {
  name: "ethernet-ip",
  title: "EtherNet/IP",
  spec: "ODVA CIP Networks Library volume 2, chapter 2",
  category: "industrial",
  attributes: [
    ETHERNET_IP_COMMAND,
    ETHERNET_IP_STATUS,
    CIP_SERVICE,
    ETHERNET_IP_VENDOR,
    ETHERNET_IP_DEVICE_TYPE,
    ETHERNET_IP_PRODUCT_CODE,
    ETHERNET_IP_REVISION,
    ETHERNET_IP_SERIAL,
    ETHERNET_IP_PRODUCT,
  ],
  malformed: [ETHERNET_IP_HEADER_INVALID, ETHERNET_IP_ITEMS_INVALID],
  recognises:
    "An encapsulation header of a known command with fitting length, status and zero options, or a datagram of a sequenced address item and a data item that fill it.",
  omits: "Paths and values of CIP services, and services nested in others.",
  datagram: {
    ports: [PORT, PORT_IO],
    dissect(octets, offset, end, flow) {
      if (isInputOutput(octets, offset, end)) return MATCH;
      if (end - offset < HEADER_BYTES) return NO;
      if (u16le(octets, offset + 2) !== end - offset - HEADER_BYTES) return NO;
      if (!headerValid(octets, offset)) return ETHERNET_IP_HEADER_INVALID;
      return readMessage(octets, offset, end, end, flow) ? MATCH : ETHERNET_IP_ITEMS_INVALID;
    },
  },
  stream: {
    ports: [PORT],
    firstOctets: [
      NOP,
      LIST_SERVICES,
      LIST_IDENTITY,
      LIST_INTERFACES,
      REGISTER_SESSION,
      UNREGISTER_SESSION,
      SEND_REQUEST_DATA,
      SEND_UNIT_DATA,
      INDICATE_STATUS,
      CANCEL,
    ],
    dissect(octets, offset, end, flow) {
      const known = flow.stage === 1;
      if (end - offset >= 2 && u8(octets, offset + 1) !== 0) return ETHERNET_IP_HEADER_INVALID;
      if (end - offset < HEADER_BYTES) return known ? MATCH : MORE;
      if (!headerValid(octets, offset)) return ETHERNET_IP_HEADER_INVALID;
      const messageEnd = offset + HEADER_BYTES + u16le(octets, offset + 2);
      const readEnd = Math.min(messageEnd, offset + READ_MAX);
      if (end < readEnd) return known ? MATCH : MORE;
      // An empty NOP is 24 octets of almost nothing: not enough to decide on.
      if (
        !known &&
        u16le(octets, offset) === NOP &&
        flow.sourcePort !== PORT &&
        flow.destinationPort !== PORT
      ) {
        return NO;
      }
      if (!readMessage(octets, offset, readEnd, messageEnd, flow)) return ETHERNET_IP_ITEMS_INVALID;
      flow.stage = 1;
      flow.consume(messageEnd - offset);
      return MATCH;
    },
  },
};

/** CIP volume 2 §2-3: command 2, length 2, session 4, status 4, context 8, options 4, which are 0. */
function headerValid(octets: Uint8Array, offset: number): boolean {
  if (u32le(octets, offset + 20) !== 0 || u32le(octets, offset + 8) > STATUS_MAX) return false;
  const session = u32le(octets, offset + 4);
  const length = u16le(octets, offset + 2);
  switch (u16le(octets, offset)) {
    case NOP:
      return session === 0 && length <= DATA_BYTES_MAX;
    case LIST_SERVICES:
    case LIST_IDENTITY:
    case LIST_INTERFACES:
      return length === 0 || length >= 2;
    case REGISTER_SESSION:
      return length === 4 || (length === 0 && u32le(octets, offset + 8) !== 0);
    case UNREGISTER_SESSION:
      return length === 0;
    case SEND_REQUEST_DATA:
    case SEND_UNIT_DATA:
      if (length === 0) return u32le(octets, offset + 8) !== 0;
      return length >= HANDLE_BYTES + 2 && length <= DATA_BYTES_MAX && session !== 0;
    case INDICATE_STATUS:
    case CANCEL:
      return length <= DATA_BYTES_MAX && session !== 0;
    default:
      return false;
  }
}

/** Reads the message, of which the octets before `end` are at hand; false where its contents do not hold. */
function readMessage(
  octets: Uint8Array,
  offset: number,
  end: number,
  messageEnd: number,
  flow: FlowContext,
): boolean {
  const command = u16le(octets, offset);
  const body = offset + HEADER_BYTES;
  const sends = command === SEND_REQUEST_DATA || command === SEND_UNIT_DATA;
  if (body < messageEnd) {
    if ((command === REGISTER_SESSION && u32le(octets, body) !== 1) || (sends && u32le(octets, body) !== 0)) {
      return false;
    }
    if (sends || command === LIST_IDENTITY || command === LIST_SERVICES) {
      const items = sends ? body + HANDLE_BYTES : body;
      if (!walkItems(octets, items, end, messageEnd, values, undefined)) return false;
      walkItems(octets, items, end, messageEnd, values, flow);
    }
  }
  flow.set(ETHERNET_IP_COMMAND, command);
  const status = u32le(octets, offset + 8);
  if (status !== 0) flow.set(ETHERNET_IP_STATUS, status);
  return true;
}

/** §2-6.2.1, class 0 and 1 connections: two items, a sequenced address of 8 octets and the data. */
function isInputOutput(octets: Uint8Array, offset: number, end: number): boolean {
  if (end - offset < 18 || u16le(octets, offset) !== 2) return false;
  if (u16le(octets, offset + 2) !== SEQUENCED_ADDRESS || u16le(octets, offset + 4) !== 8) return false;
  return u16le(octets, offset + 14) === CONNECTED_DATA && u16le(octets, offset + 16) === end - offset - 18;
}
