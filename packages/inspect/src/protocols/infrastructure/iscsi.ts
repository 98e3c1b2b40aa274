import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWith, u8, u16, u24 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Names of initiator and target: "iqn.2001-04.com.example:disk1". */
export const ISCSI_INITIATOR = attribute("iscsi.initiator", "text");
export const ISCSI_TARGET = attribute("iscsi.target", "text", { many: true });
/** Ways of authentication that are offered and chosen: "CHAP,None". */
export const ISCSI_AUTHENTICATION = attribute("iscsi.authentication", "text", { many: true });
/** Status class and detail of login responses other than success: 0x0201 authentication failure … */
export const ISCSI_LOGIN_STATUS = attribute("iscsi.login-status", "number", { many: true });

/** An operation code that is not defined (RFC 7143 §11.2.1.2). */
export const ISCSI_OPCODE_UNKNOWN = new Malformed("iscsi.opcode-unknown");

const HEADER_BYTES = 48;
const OPCODE_MASK = 0x3f;
const LOGIN_REQUEST = 0x03;
const TEXT_REQUEST = 0x04;
const LOGIN_RESPONSE = 0x23;
const TEXT_RESPONSE = 0x24;
/** Octets of keys that are waited for and read; the rest is skipped. */
const TEXT_MAX = 2048;
const KEYS_MAX = 64;
const OPCODES: ReadonlySet<number> = new Set([
  0x00, 0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x10, 0x20, 0x21, 0x22, 0x23, 0x24, 0x25, 0x26, 0x31, 0x32, 0x3f,
]);

export const iscsi: Protocol = {
  name: "iscsi",
  title: "Internet SCSI",
  spec: "RFC 7143",
  category: "file-transfer",
  attributes: [ISCSI_INITIATOR, ISCSI_TARGET, ISCSI_AUTHENTICATION, ISCSI_LOGIN_STATUS],
  malformed: [ISCSI_OPCODE_UNKNOWN],
  recognises: "A login request of version 0 whose keys begin with the initiator's name.",
  omits: "Commands and data, digests, and sessions whose login was not seen.",
  stream: {
    ports: [3260],
    firstOctets: [0x43, 0x03],
    dissect(octets, offset, end, flow) {
      const known = flow.stage === 1;
      const opcode = u8(octets, offset) & OPCODE_MASK;
      if (!known && opcode !== LOGIN_REQUEST) return NO;
      if (!OPCODES.has(opcode)) return ISCSI_OPCODE_UNKNOWN;
      if (end - offset < HEADER_BYTES) return known ? MATCH : MORE;
      // §11.2.1: the fifth octet counts words of additional headers, the next three the data, which are padded.
      const additional = 4 * u8(octets, offset + 4);
      const dataBytes = u24(octets, offset + 5);
      const data = offset + HEADER_BYTES + additional;
      if (!known && (additional !== 0 || u16(octets, offset + 2) !== 0 || dataBytes === 0)) return NO;
      if (hasKeys(opcode)) {
        const textEnd = data + Math.min(dataBytes, TEXT_MAX);
        if (end < textEnd) return known ? MATCH : MORE;
        if (!known && !startsWith(octets, data, textEnd, "InitiatorName=")) return NO;
        readKeys(octets, data, textEnd, flow);
        if (opcode === LOGIN_RESPONSE) readStatus(octets, offset, flow);
      }
      flow.stage = 1;
      flow.consume(HEADER_BYTES + additional + Math.ceil(dataBytes / 4) * 4);
      return MATCH;
    },
  },
};

function hasKeys(opcode: number): boolean {
  return (
    opcode === LOGIN_REQUEST ||
    opcode === LOGIN_RESPONSE ||
    opcode === TEXT_REQUEST ||
    opcode === TEXT_RESPONSE
  );
}

function readStatus(octets: Uint8Array, offset: number, flow: FlowContext): void {
  const status = u16(octets, offset + 36);
  if (status !== 0) flow.set(ISCSI_LOGIN_STATUS, status);
}

/** §6.1: key, equals sign, value, each pair ended by a zero octet. */
function readKeys(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  let at = start;
  for (let count = 0; count < KEYS_MAX && at < end; count += 1) {
    const pairEnd = indexOfOctet(octets, 0, at, end);
    if (pairEnd < 0) return;
    setKey(octets, at, pairEnd, "InitiatorName=", ISCSI_INITIATOR, flow);
    setKey(octets, at, pairEnd, "TargetName=", ISCSI_TARGET, flow);
    setKey(octets, at, pairEnd, "AuthMethod=", ISCSI_AUTHENTICATION, flow);
    at = pairEnd + 1;
  }
}

function setKey(
  octets: Uint8Array,
  at: number,
  end: number,
  key: string,
  target: typeof ISCSI_INITIATOR,
  flow: FlowContext,
): void {
  if (startsWith(octets, at, end, key)) flow.text(target, octets, at + key.length, end);
}
