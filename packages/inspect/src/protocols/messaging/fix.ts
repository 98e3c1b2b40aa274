import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWith, u8 } from "@palisade/wire";
import { type Attribute, attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

/** Value of BeginString: "FIX.4.4", "FIXT.1.1". */
export const FIX_VERSION = attribute("fix.version", "text");
/** Values of MsgType: "A" is a logon, "D" a new order. */
export const FIX_MESSAGE_TYPE = attribute("fix.message-type", "text", { many: true });
export const FIX_SENDER = attribute("fix.sender", "text", { many: true });
export const FIX_TARGET = attribute("fix.target", "text", { many: true });

/** After the verdict: a message that does not begin with BeginString, BodyLength and MsgType in this order. */
export const FIX_MESSAGE_INVALID = new Malformed("fix.message-invalid");

export const FIX_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "fix.cleartext-credentials",
  severity: "medium",
  title: "A FIX logon has a password in clear text",
};

const SOH = 0x01;
const VERSION_OCTETS_MAX = 16;
const LENGTH_DIGITS_MAX = 8;
const BODY_OCTETS_READ_MAX = 1024;
const FIELDS_MAX = 32;
/** "10=" and three digits, ended (FIX "Standard Trailer"). */
const TRAILER_BYTES = 7;

export const fix: Protocol = {
  name: "fix",
  title: "Financial Information eXchange, tag=value",
  spec: "FIX Trading Community, FIX 4.0 … 5.0 SP2, FIXT 1.1",
  category: "finance",
  attributes: [FIX_VERSION, FIX_MESSAGE_TYPE, FIX_SENDER, FIX_TARGET],
  malformed: [FIX_MESSAGE_INVALID],
  findings: [FIX_CLEARTEXT_CREDENTIALS],
  recognises: "A message that begins with BeginString, BodyLength and MsgType.",
  omits: "Orders and prices, checksums, and FAST and SBE encodings.",
  stream: {
    ports: [],
    firstOctets: [0x38],
    dissect(octets, offset, end, flow) {
      const known = flow.stage !== 0;
      const wrong: Outcome = !known ? NO : flow.gap ? DONE : FIX_MESSAGE_INVALID;
      const atHand = end - offset;
      if (!startsWith(octets, offset, end, "8=FIX".slice(0, atHand))) return wrong;
      const versionEnd = indexOfOctet(octets, SOH, offset, Math.min(end, offset + VERSION_OCTETS_MAX));
      if (versionEnd < 0) return atHand < VERSION_OCTETS_MAX ? MORE : wrong;
      for (let index = offset + 5; index < versionEnd; index += 1) {
        const octet = u8(octets, index);
        // "T.", digits, dots, and "SP2".
        const fits =
          octet === 0x2e ||
          (octet >= 0x30 && octet <= 0x39) ||
          octet === 0x54 ||
          octet === 0x53 ||
          octet === 0x50;
        if (!fits) return wrong;
      }
      if (!startsWith(octets, versionEnd + 1, end, "9=".slice(0, end - versionEnd - 1))) return wrong;
      const digits = versionEnd + 3;
      let length = 0;
      let at = digits;
      while (
        at < end &&
        at - digits < LENGTH_DIGITS_MAX &&
        u8(octets, at) >= 0x30 &&
        u8(octets, at) <= 0x39
      ) {
        length = length * 10 + u8(octets, at) - 0x30;
        at += 1;
      }
      if (at >= end) return MORE;
      if (at === digits || u8(octets, at) !== SOH || length < 5) return wrong;
      const body = at + 1;
      if (!startsWith(octets, body, end, "35=".slice(0, end - body))) return wrong;
      const needed = body + Math.min(length, BODY_OCTETS_READ_MAX);
      if (end < needed) return MORE;
      flow.stage = 1;
      flow.text(FIX_VERSION, octets, offset + 2, versionEnd);
      readFields(flow, octets, body, needed);
      flow.consume(body + length + TRAILER_BYTES - offset);
      return MATCH;
    },
  },
};

function readFields(flow: FlowContext, octets: Uint8Array, start: number, end: number): void {
  let at = start;
  for (let count = 0; count < FIELDS_MAX && at < end; count += 1) {
    const stop = indexOfOctet(octets, SOH, at, end);
    if (stop < 0) return;
    setField(flow, FIX_MESSAGE_TYPE, octets, at, stop, "35=");
    setField(flow, FIX_SENDER, octets, at, stop, "49=");
    setField(flow, FIX_TARGET, octets, at, stop, "56=");
    // Password, NewPassword (FIX 4.3 and later).
    const password = startsWith(octets, at, stop, "554=") || startsWith(octets, at, stop, "925=");
    if (password) flow.report(FIX_CLEARTEXT_CREDENTIALS);
    at = stop + 1;
  }
}

function setField(
  flow: FlowContext,
  target: Attribute<"text">,
  octets: Uint8Array,
  start: number,
  end: number,
  tag: string,
): void {
  if (startsWith(octets, start, end, tag) && end > start + 3) flow.text(target, octets, start + 3, end);
}
