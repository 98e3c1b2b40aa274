import { Malformed } from "@palisade/base";
import { formatIpAddress, u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { MAGIC_OTHER, magicAt } from "../text-line.js";

/** 1 (text) or 2 (binary). */
export const HAPROXY_VERSION = attribute("haproxy.version", "number");
/** Address of the client on whose behalf the proxy connects. */
export const HAPROXY_SOURCE = attribute("haproxy.source", "address");
export const HAPROXY_SOURCE_PORT = attribute("haproxy.source-port", "number");
/** Address that the client connected to. */
export const HAPROXY_DESTINATION = attribute("haproxy.destination", "address");
export const HAPROXY_DESTINATION_PORT = attribute("haproxy.destination-port", "number");
/** Host name that the client asked for (TLV `PP2_TYPE_AUTHORITY`). */
export const HAPROXY_AUTHORITY = attribute("haproxy.authority", "text");

/** A header of version 1 that is none of those of §2.1. */
export const HAPROXY_HEADER_INVALID = new Malformed("haproxy.header-invalid");
/** Addresses or TLVs that reach past the length of the header (§2.2). */
export const HAPROXY_LENGTH_INVALID = new Malformed("haproxy.length-invalid");

const TEXT_SIGNATURE = "PROXY ";
const BINARY_SIGNATURE = "\r\n\r\n\0\r\nQUIT\n";
/** §2.1: the longest header of version 1, line end included. */
const TEXT_OCTETS_MAX = 107;
const BINARY_HEADER_OCTETS = 16;
/** A longer header is skipped unread; the specification has senders stay below 536 octets. */
const BINARY_OCTETS_MAX = 4_096;
const TYPE_AUTHORITY = 2;

export const haproxy: Protocol = {
  name: "haproxy",
  title: "PROXY protocol",
  spec: "The PROXY protocol, versions 1 & 2 (HAProxy Technologies, 2020)",
  category: "web",
  attributes: [
    HAPROXY_VERSION,
    HAPROXY_SOURCE,
    HAPROXY_SOURCE_PORT,
    HAPROXY_DESTINATION,
    HAPROXY_DESTINATION_PORT,
    HAPROXY_AUTHORITY,
  ],
  malformed: [HAPROXY_HEADER_INVALID, HAPROXY_LENGTH_INVALID],
  recognises:
    'A line "PROXY" with TCP4, TCP6 or UNKNOWN, or the twelve octets of the binary signature, at the start of a connection.',
  omits: "TLVs other than the authority; what follows the header is read as a flow of its own kind.",
  stream: {
    ports: [],
    firstOctets: [0x50, 0x0d],
    dissect(octets, offset, end, flow): Outcome {
      return u8(octets, offset) === 0x0d
        ? readBinary(octets, offset, end, flow)
        : readText(octets, offset, end, flow);
    },
  },
};

/** §2.1: `PROXY TCP4 192.0.2.1 198.51.100.7 56324 443` CR LF. */
function readText(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (magicAt(octets, offset, end, TEXT_SIGNATURE) === MAGIC_OTHER) return NO;
  let lineFeed = -1;
  const limit = Math.min(end, offset + TEXT_OCTETS_MAX);
  for (let index = offset; index < limit; index += 1) {
    const octet = u8(octets, index);
    if (octet === 0x0a) {
      lineFeed = index;
      break;
    }
    if ((octet < 0x20 && octet !== 0x0d) || octet > 0x7e) return NO;
  }
  if (lineFeed < 0) return limit === end && end - offset < TEXT_OCTETS_MAX ? MORE : HAPROXY_HEADER_INVALID;
  if (u8(octets, lineFeed - 1) !== 0x0d) return HAPROXY_HEADER_INVALID;
  const line = Buffer.from(octets.buffer, octets.byteOffset + offset, lineFeed - 1 - offset).toString(
    "latin1",
  );
  const fields = line.split(" ");
  const family = fields[1];
  if (family !== "UNKNOWN") {
    const sourcePort = Number(fields[4]);
    const destinationPort = Number(fields[5]);
    const address = family === "TCP4" ? /^[0-9.]{7,15}$/ : /^[0-9a-fA-F:.]{2,45}$/;
    if ((family !== "TCP4" && family !== "TCP6") || fields.length !== 6) return HAPROXY_HEADER_INVALID;
    if (!address.test(fields[2]!) || !address.test(fields[3]!)) return HAPROXY_HEADER_INVALID;
    if (!isPort(sourcePort) || !isPort(destinationPort)) return HAPROXY_HEADER_INVALID;
    flow.set(HAPROXY_SOURCE, fields[2]!.toLowerCase());
    flow.set(HAPROXY_SOURCE_PORT, sourcePort);
    flow.set(HAPROXY_DESTINATION, fields[3]!.toLowerCase());
    flow.set(HAPROXY_DESTINATION_PORT, destinationPort);
  }
  flow.set(HAPROXY_VERSION, 1);
  flow.consume(lineFeed + 1 - offset);
  return flow.reclassify();
}

/** §2.2: signature, version and command, family, length, addresses, TLVs. */
function readBinary(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (magicAt(octets, offset, end, BINARY_SIGNATURE) === MAGIC_OTHER) return NO;
  if (end - offset < BINARY_HEADER_OCTETS) return MORE;
  const command = u8(octets, offset + 12);
  const family = u8(octets, offset + 13);
  const length = u16(octets, offset + 14);
  if (command !== 0x20 && command !== 0x21) return HAPROXY_HEADER_INVALID;
  if (family >>> 4 > 3 || (family & 0x0f) > 2) return HAPROXY_HEADER_INVALID;
  const addressOctets = ADDRESS_OCTETS[family >>> 4]!;
  const isSpoken = command === 0x21;
  if (isSpoken && length < addressOctets) return HAPROXY_LENGTH_INVALID;
  const whole = BINARY_HEADER_OCTETS + length;
  if (whole <= BINARY_OCTETS_MAX && end - offset < whole) return MORE;
  if (whole <= BINARY_OCTETS_MAX && isSpoken) {
    const start = offset + BINARY_HEADER_OCTETS;
    const size = family >>> 4 === 1 ? 4 : 16;
    if (family >>> 4 === 1 || family >>> 4 === 2) {
      flow.set(HAPROXY_SOURCE, formatIpAddress(octets, start, size));
      flow.set(HAPROXY_SOURCE_PORT, u16(octets, start + 2 * size));
      flow.set(HAPROXY_DESTINATION, formatIpAddress(octets, start + size, size));
      flow.set(HAPROXY_DESTINATION_PORT, u16(octets, start + 2 * size + 2));
    }
    if (!readTlvs(octets, start + addressOctets, offset + whole, flow)) return HAPROXY_LENGTH_INVALID;
  }
  flow.set(HAPROXY_VERSION, 2);
  flow.consume(whole);
  return flow.reclassify();
}

/** Octets of the address block by family: unspecified, IPv4, IPv6, Unix. */
const ADDRESS_OCTETS: readonly number[] = [0, 12, 36, 216];

function readTlvs(octets: Uint8Array, start: number, end: number, flow: FlowContext): boolean {
  let at = start;
  while (at < end) {
    if (end - at < 3) return false;
    const length = u16(octets, at + 1);
    if (length > end - at - 3) return false;
    if (u8(octets, at) === TYPE_AUTHORITY) flow.host(HAPROXY_AUTHORITY, octets, at + 3, at + 3 + length);
    at += 3 + length;
  }
  return true;
}

function isPort(value: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= 0xffff;
}
