import { Malformed } from "@palisade/base";
import { startsWith, u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { skipName } from "./dns-message.js";
import { isNetbiosLabel, netbiosLabelText } from "./netbios-name.js";

/** Name of the service that is called, with its suffix: `*SMBSERVER<20>`. */
export const NBSS_CALLED = attribute("nbss.called-name", "text");
/** Name of the caller. */
export const NBSS_CALLING = attribute("nbss.calling-name", "text");
/** Why a session was refused (RFC 1002 §4.3.4): 128 not listening on called name … 143 unspecified. */
export const NBSS_ERROR = attribute("nbss.error", "number");

/** A packet type outside RFC 1002 §4.3.1. */
export const NBSS_TYPE_UNKNOWN = new Malformed("nbss.type-unknown");
/** A length that the packet type cannot have, or reserved flags. */
export const NBSS_LENGTH_IMPOSSIBLE = new Malformed("nbss.length-impossible");
/** A name that is not first-level encoded. */
export const NBSS_NAME_WRONG = new Malformed("nbss.name-wrong");

const PORT_NBSS = 139;
const HEADER_BYTES = 4;
const MAGIC_BYTES = 4;
const TYPE_MESSAGE = 0x00;
const TYPE_REQUEST = 0x81;
const TYPE_POSITIVE = 0x82;
const TYPE_NEGATIVE = 0x83;
const TYPE_RETARGET = 0x84;
const TYPE_KEEPALIVE = 0x85;
/** Two names without scope; a scope adds at most 221 octets to each. */
const REQUEST_BYTES_MIN = 68;
const REQUEST_BYTES_MAX = 510;
const RETARGET_BYTES = 6;

export const nbss: Protocol = {
  name: "nbss",
  title: "NetBIOS Session Service",
  spec: "RFC 1002 §4.3",
  category: "network",
  attributes: [NBSS_CALLED, NBSS_CALLING, NBSS_ERROR],
  malformed: [NBSS_TYPE_UNKNOWN, NBSS_LENGTH_IMPOSSIBLE, NBSS_NAME_WRONG],
  recognises:
    "A session request with two first-level encoded names, or on port 139 a response to one; SMB messages in the session are handed over.",
  omits: "The contents of session messages other than SMB.",
  stream: {
    ports: [PORT_NBSS],
    firstOctets: [TYPE_REQUEST, TYPE_POSITIVE, TYPE_NEGATIVE, TYPE_RETARGET],
    dissect(octets, offset, end, flow) {
      const again = flow.stage === 0 ? MORE : MATCH;
      const type = u8(octets, offset);
      if (type === TYPE_REQUEST) return readRequest(octets, offset, end, flow, again);
      if (type === TYPE_MESSAGE && flow.stage !== 0) return readMessage(octets, offset, end, flow);
      if (type === TYPE_MESSAGE) return NO; // Before the verdict: SMB without a session request, and SMB's own to claim.
      if (type < TYPE_POSITIVE || type > TYPE_KEEPALIVE) return NBSS_TYPE_UNKNOWN;
      // A response has nothing but its type and length to tell it by.
      if (flow.stage === 0 && flow.sourcePort !== PORT_NBSS) return NO;
      if (end - offset < HEADER_BYTES) return again;
      const length = lengthOf(octets, offset);
      if (length !== expectedLength(type)) return NBSS_LENGTH_IMPOSSIBLE;
      if (end - offset < HEADER_BYTES + length) return again;
      if (type === TYPE_NEGATIVE) flow.set(NBSS_ERROR, u8(octets, offset + HEADER_BYTES));
      flow.stage = 1;
      flow.consume(HEADER_BYTES + length);
      return MATCH;
    },
  },
};

/** Seven reserved flags, then 17 bits of length; -1 where a reserved flag is set (RFC 1002 §4.3.1). */
function lengthOf(octets: Uint8Array, offset: number): number {
  const flags = u8(octets, offset + 1);
  return flags > 1 ? -1 : (flags << 16) | u16(octets, offset + 2);
}

function expectedLength(type: number): number {
  if (type === TYPE_NEGATIVE) return 1;
  return type === TYPE_RETARGET ? RETARGET_BYTES : 0;
}

function readRequest(
  octets: Uint8Array,
  offset: number,
  end: number,
  flow: FlowContext,
  again: Outcome,
): Outcome {
  if (end - offset < HEADER_BYTES) return again;
  const length = lengthOf(octets, offset);
  if (length < REQUEST_BYTES_MIN || length > REQUEST_BYTES_MAX) return NBSS_LENGTH_IMPOSSIBLE;
  const after = offset + HEADER_BYTES + length;
  if (end < after) return again;
  const called = offset + HEADER_BYTES;
  if (!isNetbiosLabel(octets, called, after)) return NBSS_NAME_WRONG;
  const calling = skipName(octets, called, called, after);
  if (calling < 0 || !isNetbiosLabel(octets, calling, after)) return NBSS_NAME_WRONG;
  flow.stage = 1;
  if (flow.wants(NBSS_CALLED)) flow.set(NBSS_CALLED, netbiosLabelText(octets, called));
  if (flow.wants(NBSS_CALLING)) flow.set(NBSS_CALLING, netbiosLabelText(octets, calling));
  flow.consume(HEADER_BYTES + length);
  return MATCH;
}

/** A session message: SMB's dissectors begin at its header, which they know from port 445 too. */
function readMessage(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset < HEADER_BYTES + MAGIC_BYTES) {
    const length = end - offset < HEADER_BYTES ? MAGIC_BYTES : lengthOf(octets, offset);
    if (length >= MAGIC_BYTES || length < 0) return MATCH;
  }
  const message = offset + HEADER_BYTES;
  if (startsWith(octets, message, end, "\xffSMB")) return flow.become("smb1");
  if (startsWith(octets, message, end, "\xfeSMB")) return flow.become("smb2");
  const length = lengthOf(octets, offset);
  if (length < 0) return NBSS_LENGTH_IMPOSSIBLE;
  flow.consume(HEADER_BYTES + length);
  return MATCH;
}
