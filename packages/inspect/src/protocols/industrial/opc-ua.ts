import { Malformed } from "@palisade/base";
import { startsWith, u8, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

export const OPC_UA_ENDPOINT = attribute("opc-ua.endpoint-url", "text");
/** URIs of the security policies of secure channels: what follows "SecurityPolicy#" says which. */
export const OPC_UA_SECURITY_POLICY = attribute("opc-ua.security-policy", "text", { many: true });
/** Status codes of ERR messages, as in Part 4: 0x80830000 "endpoint unknown" … */
export const OPC_UA_ERROR = attribute("opc-ua.error", "hex", { many: true });

/** A message type or chunk type that is not defined (Part 6 §7.1.2.2, §6.7.2.2). */
export const OPC_UA_TYPE_UNKNOWN = new Malformed("opc-ua.type-unknown");
/** A size that the message type cannot have. */
export const OPC_UA_SIZE_INVALID = new Malformed("opc-ua.size-invalid");

export const OPC_UA_UNPROTECTED: FindingKind = {
  name: "opc-ua.unprotected",
  severity: "low",
  title: "An OPC UA secure channel is opened with security policy None: nothing is signed or encrypted",
};

const PORT = 4840;
const HEADER_BYTES = 8;
/** Version 4, receive and send buffer 4 each, message and chunk limits 4 each. */
const ACKNOWLEDGE_BYTES = HEADER_BYTES + 20;
const ENDPOINT_URL_MAX = 4096;
/** Buffers are of at least 8,192 octets (Part 6 §7.1.2.3). */
const BUFFER_MIN = 8192;
const MESSAGE_MIN = HEADER_BYTES + 16;
const MESSAGE_MAX = 0x1000_0000;
const POLICY_PREFIX = "http://opcfoundation.org/UA/SecurityPolicy#";
const POLICY_MAX = 255;
const TYPES = ["HEL", "ACK", "ERR", "RHE", "OPN", "CLO", "MSG"] as const;
type Type = (typeof TYPES)[number];

export const opcUa: Protocol = {
  name: "opc-ua",
  title: "OPC Unified Architecture",
  spec: "OPC 10000-6 §6.7 (secure conversation), §7.1 (connection protocol)",
  category: "industrial",
  attributes: [OPC_UA_ENDPOINT, OPC_UA_SECURITY_POLICY, OPC_UA_ERROR],
  malformed: [OPC_UA_TYPE_UNKNOWN, OPC_UA_SIZE_INVALID],
  findings: [OPC_UA_UNPROTECTED],
  recognises:
    "A Hello, Acknowledge or Reverse Hello whose size and buffer sizes hold, an OpenSecureChannel with a policy of the OPC Foundation, or on port 4840 any message.",
  omits: "Services and values, certificates, and OPC UA over HTTPS, WebSocket and publish-subscribe.",
  stream: {
    ports: [PORT],
    firstOctets: [0x48, 0x41, 0x45, 0x52, 0x4f, 0x43, 0x4d],
    dissect(octets, offset, end, flow) {
      const known = flow.stage === 1;
      const short = known ? MATCH : MORE;
      const type = typeAt(octets, offset, end);
      if (type === undefined) return OPC_UA_TYPE_UNKNOWN;
      if (end - offset < HEADER_BYTES) return short;
      const size = u32le(octets, offset + 4);
      if (!sizePossible(type, size)) return OPC_UA_SIZE_INVALID;
      if (type === "MSG" || type === "CLO") {
        if (!known && flow.sourcePort !== PORT && flow.destinationPort !== PORT) return NO;
      } else {
        if (end - offset < bytesNeeded(type, size)) return short;
        const outcome = readMessage(octets, offset, type, size, flow, known);
        if (outcome !== MATCH) return outcome;
      }
      flow.stage = 1;
      flow.consume(size);
      return MATCH;
    },
  },
};

/** The message type that the octets at hand are or begin; the fourth is F, C or A in chunked types, else F. */
function typeAt(octets: Uint8Array, offset: number, end: number): Type | undefined {
  const size = end - offset;
  for (const type of TYPES) {
    if (!startsWith(octets, offset, end, size < 3 ? type.slice(0, size) : type)) continue;
    if (size < 4) return type;
    const chunk = u8(octets, offset + 3);
    return chunk === 0x46 || (type === "MSG" && (chunk === 0x43 || chunk === 0x41)) ? type : undefined;
  }
  return undefined;
}

function sizePossible(type: Type, size: number): boolean {
  if (type === "ACK") return size === ACKNOWLEDGE_BYTES;
  if (type === "HEL")
    return size >= ACKNOWLEDGE_BYTES + 4 && size <= ACKNOWLEDGE_BYTES + 4 + ENDPOINT_URL_MAX;
  if (type === "RHE") return size >= HEADER_BYTES + 8 && size <= HEADER_BYTES + 8 + 2 * ENDPOINT_URL_MAX;
  if (type === "ERR") return size >= HEADER_BYTES + 8 && size <= HEADER_BYTES + 8 + ENDPOINT_URL_MAX;
  return size >= MESSAGE_MIN && size <= MESSAGE_MAX;
}

/** Octets of the message that are read: all, but for a channel's opening, of which the policy's name is enough. */
function bytesNeeded(type: Type, size: number): number {
  return type === "OPN" ? Math.min(size, HEADER_BYTES + 8 + POLICY_MAX) : size;
}

function readMessage(
  octets: Uint8Array,
  offset: number,
  type: Type,
  size: number,
  flow: FlowContext,
  known: boolean,
): Outcome {
  const body = offset + HEADER_BYTES;
  const wrong = known ? OPC_UA_SIZE_INVALID : NO;
  if (type === "OPN") {
    // Secure channel identifier 4, length of the policy's URI 4, URI.
    const length = u32le(octets, body + 4);
    if (length > POLICY_MAX || body + 8 + length > offset + size) return wrong;
    if (!startsWith(octets, body + 8, body + 8 + length, POLICY_PREFIX)) return wrong;
    flow.text(OPC_UA_SECURITY_POLICY, octets, body + 8, body + 8 + length);
    const name = body + 8 + POLICY_PREFIX.length;
    if (body + 8 + length - name === 4 && startsWith(octets, name, name + 4, "None")) {
      flow.report(OPC_UA_UNPROTECTED);
    }
  } else if (type === "ERR") {
    if (!stringFits(octets, body + 4, offset + size)) return wrong;
    // The two high bits of a bad status are 10 (Part 4 §7.39).
    if (u8(octets, body + 3) >>> 6 !== 2) return wrong;
    if (flow.wants(OPC_UA_ERROR)) {
      flow.set(OPC_UA_ERROR, u32le(octets, body).toString(16).padStart(8, "0"));
    }
  } else if (type === "RHE") {
    if (!stringFits(octets, body, offset + size, true)) return wrong;
    const endpoint = body + 4 + stringBytes(octets, body);
    if (!stringFits(octets, endpoint, offset + size)) return wrong;
    flow.text(OPC_UA_ENDPOINT, octets, endpoint + 4, offset + size);
  } else {
    if (u32le(octets, body + 4) < BUFFER_MIN || u32le(octets, body + 8) < BUFFER_MIN) return wrong;
    if (type === "HEL") {
      if (!stringFits(octets, body + 20, offset + size)) return wrong;
      if (stringBytes(octets, body + 20) > 0) flow.text(OPC_UA_ENDPOINT, octets, body + 24, offset + size);
    }
  }
  return MATCH;
}

/** Octets of the string at `at`: a length of -1 stands for none (Part 6 §5.2.2.4). */
function stringBytes(octets: Uint8Array, at: number): number {
  const length = u32le(octets, at);
  return length === 0xffff_ffff ? 0 : length;
}

/** Whether the string at `at` ends exactly at `end`, or, where more may follow, before it. */
function stringFits(octets: Uint8Array, at: number, end: number, more = false): boolean {
  if (at + 4 > end) return false;
  const stringEnd = at + 4 + stringBytes(octets, at);
  return more ? stringEnd <= end : stringEnd === end;
}
