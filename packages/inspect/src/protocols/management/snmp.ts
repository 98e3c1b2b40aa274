import { Malformed } from "@palisade/base";
import { startsWith, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import {
  BER_INTEGER,
  BER_OBJECT_IDENTIFIER,
  BER_OCTET_STRING,
  BER_SEQUENCE,
  BerElement,
  berInteger,
  berObjectIdentifier,
  readBerTag,
} from "../ber.js";

/** `1`, `2c` or `3`. */
export const SNMP_VERSION = attribute("snmp.version", "text");
/** 0 get, 1 get-next, 2 response, 3 set, 4 trap (version 1), 5 get-bulk, 6 inform, 7 trap, 8 report (RFC 3416 §3). */
export const SNMP_PDU_TYPE = attribute("snmp.pdu-type", "number", { many: true });
/** First object named by each PDU, or the enterprise of a version 1 trap. */
export const SNMP_OBJECT = attribute("snmp.object", "text", { many: true });
/** Value of sysObjectID: the vendor's identifier of the device's model. */
export const SNMP_SYSTEM_OBJECT = attribute("snmp.system-object", "text");
/** Value of sysDescr: hardware and software of the device. */
export const SNMP_SYSTEM_DESCRIPTION = attribute("snmp.system-description", "text");
/** Value of sysName. */
export const SNMP_SYSTEM_NAME = attribute("snmp.system-name", "text");
/** User of a version 3 message. */
export const SNMP_USER = attribute("snmp.user", "text", { many: true });
/** Authoritative engine of version 3 messages, RFC 3411 §5. */
export const SNMP_ENGINE = attribute("snmp.engine", "hex");
/** Version 3: 0 neither authenticated nor encrypted, 1 authenticated, 3 both. */
export const SNMP_SECURITY_LEVEL = attribute("snmp.security-level", "number", { many: true });

/** The outermost sequence is longer than the datagram, or none. */
export const SNMP_TRUNCATED = new Malformed("snmp.truncated");
/** A version that was never published. */
export const SNMP_VERSION_UNKNOWN = new Malformed("snmp.version-unknown");
/** A PDU whose fields are not those of its type. */
export const SNMP_PDU_WRONG = new Malformed("snmp.pdu-wrong");

/** The community string is a secret sent in clear text; these two are what devices come with. */
export const SNMP_DEFAULT_COMMUNITY: FindingKind = {
  name: "snmp.default-community",
  severity: "medium",
  title: "An SNMP message uses a community string that devices are delivered with",
};

const PORTS: readonly number[] = [161, 162];
const PDU_FIRST = 0xa0;
const PDU_LAST = 0xa8;
const PDU_TRAP_V1 = 0xa4;
const TYPE_IP_ADDRESS = 0x40;
const TYPE_TIME_TICKS = 0x43;
const COMMUNITY_BYTES_MAX = 255;
const VERSION_1 = 0;
const VERSION_2C = 1;
const VERSION_3 = 3;
/** RFC 3412 §6: security model and message size. */
const SECURITY_USM = 3;
const MESSAGE_SIZE_MIN = 484;

// One element for each level that is read at a time: dissectors run one after the other.
const message = new BerElement();
const field = new BerElement();
const inner = new BerElement();
const binding = new BerElement();
const value = new BerElement();

export const snmp: Protocol = {
  name: "snmp",
  title: "Simple Network Management Protocol",
  spec: "RFC 1157 (v1), RFC 1901 and RFC 3416 (v2c), RFC 3412 and RFC 3414 (v3)",
  category: "management",
  attributes: [
    SNMP_VERSION,
    SNMP_PDU_TYPE,
    SNMP_OBJECT,
    SNMP_SYSTEM_OBJECT,
    SNMP_SYSTEM_DESCRIPTION,
    SNMP_SYSTEM_NAME,
    SNMP_USER,
    SNMP_ENGINE,
    SNMP_SECURITY_LEVEL,
  ],
  malformed: [SNMP_TRUNCATED, SNMP_VERSION_UNKNOWN, SNMP_PDU_WRONG],
  findings: [SNMP_DEFAULT_COMMUNITY],
  recognises:
    "A BER sequence that is the whole datagram: a published version, then a community and a PDU with the fields of its type, or version 3's header and security parameters.",
  omits: "SNMP over TCP, all variable bindings but the first and the system group, and encrypted PDUs.",
  datagram: {
    ports: PORTS,
    firstOctets: [BER_SEQUENCE],
    dissect(octets, offset, end, flow) {
      if (!readBerTag(octets, offset, end, BER_SEQUENCE, message) || message.end !== end) {
        return SNMP_TRUNCATED;
      }
      if (!readBerTag(octets, message.start, end, BER_INTEGER, field)) return NO;
      const version = berInteger(octets, field);
      if (version === VERSION_3) return readVersion3(octets, field.end, end, flow);
      if (version !== VERSION_1 && version !== VERSION_2C) return SNMP_VERSION_UNKNOWN;
      if (!readBerTag(octets, field.end, end, BER_OCTET_STRING, field)) return NO;
      const communityStart = field.start;
      const communityEnd = field.end;
      if (communityEnd - communityStart > COMMUNITY_BYTES_MAX) return NO;
      const outcome = readPdu(octets, communityEnd, end, flow);
      if (outcome !== MATCH) return outcome;
      flow.set(SNMP_VERSION, version === VERSION_1 ? "1" : "2c");
      if (isDefault(octets, communityStart, communityEnd)) flow.report(SNMP_DEFAULT_COMMUNITY);
      return MATCH;
    },
  },
};

function isDefault(octets: Uint8Array, start: number, end: number): boolean {
  const length = end - start;
  return (
    (length === 6 && startsWith(octets, start, end, "public")) ||
    (length === 7 && startsWith(octets, start, end, "private"))
  );
}

/** Reads the PDU at `at`, which ends at `end`; sets attributes only of one that holds. */
function readPdu(octets: Uint8Array, at: number, end: number, flow: FlowContext): Outcome {
  if (at >= end) return SNMP_PDU_WRONG;
  const tag = u8(octets, at);
  if (tag < PDU_FIRST || tag > PDU_LAST) return SNMP_PDU_WRONG;
  if (!readBerTag(octets, at, end, tag, field) || field.end !== end) return SNMP_PDU_WRONG;
  let enterprise = "";
  let next = field.start;
  if (tag === PDU_TRAP_V1) {
    // RFC 1157 §4.1.6: enterprise, agent address, generic and specific trap, time stamp.
    if (!readBerTag(octets, next, end, BER_OBJECT_IDENTIFIER, inner)) return SNMP_PDU_WRONG;
    if (flow.wants(SNMP_OBJECT)) enterprise = berObjectIdentifier(octets, inner);
    if (!readBerTag(octets, inner.end, end, TYPE_IP_ADDRESS, inner)) return SNMP_PDU_WRONG;
    if (!readBerTag(octets, inner.end, end, BER_INTEGER, inner)) return SNMP_PDU_WRONG;
    if (!readBerTag(octets, inner.end, end, BER_INTEGER, inner)) return SNMP_PDU_WRONG;
    if (!readBerTag(octets, inner.end, end, TYPE_TIME_TICKS, inner)) return SNMP_PDU_WRONG;
    next = inner.end;
  } else {
    // Request identifier, error status and index; get-bulk has two counts in their place (RFC 3416 §3).
    for (let integer = 0; integer < 3; integer += 1) {
      if (!readBerTag(octets, next, end, BER_INTEGER, inner)) return SNMP_PDU_WRONG;
      next = inner.end;
    }
  }
  if (!readBerTag(octets, next, end, BER_SEQUENCE, inner)) return SNMP_PDU_WRONG;
  flow.set(SNMP_PDU_TYPE, tag - PDU_FIRST);
  if (enterprise !== "") flow.set(SNMP_OBJECT, enterprise);
  readBindings(octets, inner.start, inner.end, enterprise === "", flow);
  return MATCH;
}

/** The system group of MIB-II (RFC 1213 §3.1): 1.3.6.1.2.1.1, encoded. */
const SYSTEM_GROUP = "\x2b\x06\x01\x02\x01\x01";
const SYSTEM_DESCRIPTION = 1;
const SYSTEM_OBJECT = 2;
const SYSTEM_NAME = 5;

function readBindings(
  octets: Uint8Array,
  start: number,
  end: number,
  wantsFirst: boolean,
  flow: FlowContext,
): void {
  let next = start;
  let isFirst = wantsFirst;
  while (readBerTag(octets, next, end, BER_SEQUENCE, binding)) {
    next = binding.end;
    if (!readBerTag(octets, binding.start, binding.end, BER_OBJECT_IDENTIFIER, value)) return;
    if (isFirst && flow.wants(SNMP_OBJECT)) {
      const name = berObjectIdentifier(octets, value);
      if (name !== "") flow.set(SNMP_OBJECT, name);
    }
    isFirst = false;
    const isSystem =
      value.end - value.start === SYSTEM_GROUP.length + 2 &&
      startsWith(octets, value.start, value.end, SYSTEM_GROUP);
    if (isSystem) readSystem(octets, u8(octets, value.end - 2), flow);
  }
}

/** Reads the value behind the name in `value`, an object of the system group. */
function readSystem(octets: Uint8Array, object: number, flow: FlowContext): void {
  const at = value.end;
  if (object === SYSTEM_OBJECT && readBerTag(octets, at, binding.end, BER_OBJECT_IDENTIFIER, value)) {
    if (flow.wants(SNMP_SYSTEM_OBJECT)) flow.set(SNMP_SYSTEM_OBJECT, berObjectIdentifier(octets, value));
    return;
  }
  if (!readBerTag(octets, at, binding.end, BER_OCTET_STRING, value)) return;
  if (object === SYSTEM_DESCRIPTION) flow.text(SNMP_SYSTEM_DESCRIPTION, octets, value.start, value.end);
  if (object === SYSTEM_NAME) flow.text(SNMP_SYSTEM_NAME, octets, value.start, value.end);
}

/** RFC 3412 §6 from behind the version; RFC 3414 §2.4 for the user-based security model. */
function readVersion3(octets: Uint8Array, at: number, end: number, flow: FlowContext): Outcome {
  if (!readBerTag(octets, at, end, BER_SEQUENCE, field)) return NO;
  const headerEnd = field.end;
  if (!readBerTag(octets, field.start, headerEnd, BER_INTEGER, inner)) return SNMP_PDU_WRONG;
  if (!readBerTag(octets, inner.end, headerEnd, BER_INTEGER, inner)) return SNMP_PDU_WRONG;
  if (!(berInteger(octets, inner) >= MESSAGE_SIZE_MIN)) return SNMP_PDU_WRONG;
  if (!readBerTag(octets, inner.end, headerEnd, BER_OCTET_STRING, inner)) return SNMP_PDU_WRONG;
  if (inner.end - inner.start !== 1) return SNMP_PDU_WRONG;
  const level = u8(octets, inner.start) & 0b11;
  if (!readBerTag(octets, inner.end, headerEnd, BER_INTEGER, inner)) return SNMP_PDU_WRONG;
  const model = berInteger(octets, inner);
  if (!readBerTag(octets, headerEnd, end, BER_OCTET_STRING, field)) return SNMP_PDU_WRONG;
  const scoped = field.end;
  if (scoped >= end) return SNMP_PDU_WRONG;
  const isUsm = model === SECURITY_USM && readBerTag(octets, field.start, field.end, BER_SEQUENCE, inner);
  if (model === SECURITY_USM && !isUsm) return SNMP_PDU_WRONG;
  flow.set(SNMP_VERSION, "3");
  flow.set(SNMP_SECURITY_LEVEL, level);
  if (isUsm) readSecurity(octets, inner.start, inner.end, flow);
  // Encrypted, it is an octet string; else context engine, context name and PDU.
  if (readBerTag(octets, scoped, end, BER_SEQUENCE, field)) {
    if (!readBerTag(octets, field.start, end, BER_OCTET_STRING, inner)) return MATCH;
    if (!readBerTag(octets, inner.end, end, BER_OCTET_STRING, inner)) return MATCH;
    readPdu(octets, inner.end, end, flow);
  }
  return MATCH;
}

function readSecurity(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  if (!readBerTag(octets, start, end, BER_OCTET_STRING, value)) return;
  if (value.end > value.start) flow.hex(SNMP_ENGINE, octets, value.start, value.end);
  if (!readBerTag(octets, value.end, end, BER_INTEGER, value)) return;
  if (!readBerTag(octets, value.end, end, BER_INTEGER, value)) return;
  if (!readBerTag(octets, value.end, end, BER_OCTET_STRING, value)) return;
  if (value.end > value.start) flow.text(SNMP_USER, octets, value.start, value.end);
}
