import { Malformed } from "@palisade/base";
import { formatIpv4, formatIpv6, startsWith, u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

export const HSRP_VERSION = attribute("hsrp.version", "number");
/** 0 hello, 1 coup, 2 resign, 3 advertise. */
export const HSRP_OPCODE = attribute("hsrp.opcode", "number", { many: true });
/** Version 1: 0 initial, 1 learn, 2 listen, 4 speak, 8 standby, 16 active. Version 2: 0 … 6, 5 standby, 6 active. */
export const HSRP_STATE = attribute("hsrp.state", "number", { many: true });
export const HSRP_GROUP = attribute("hsrp.group", "number", { many: true });
export const HSRP_PRIORITY = attribute("hsrp.priority", "number", { many: true });
/** Address that the routers share. */
export const HSRP_VIRTUAL_ADDRESS = attribute("hsrp.virtual-address", "address", { many: true });

/** Fewer octets than the message has, or a TLV that runs past it. */
export const HSRP_TRUNCATED = new Malformed("hsrp.truncated");
/** A version, operation or state that does not exist. */
export const HSRP_FIELD_WRONG = new Malformed("hsrp.field-wrong");

/** RFC 2281 §5.8: the default, which protects nothing. */
export const HSRP_DEFAULT_AUTHENTICATION: FindingKind = {
  name: "hsrp.default-authentication",
  severity: "low",
  title: "Routers share an address with the authentication text that they are delivered with",
};

const PORT_IPV4 = 1985;
const PORT_IPV6 = 2029;
const VERSION_1_BYTES = 20;
const OPCODE_ADVERTISE = 3;
const ADVERTISE_BYTES = 8;
const STATES_1: readonly number[] = [0, 1, 2, 4, 8, 16];
const TLV_GROUP = 1;
const TLV_INTERFACE = 2;
const TLV_TEXT = 3;
const TLV_MD5 = 4;
const GROUP_BYTES = 40;
const INTERFACE_BYTES = 4;
const TEXT_BYTES = 8;
const STATE_2_LAST = 6;
const OPCODE_2_LAST = 2;
const DEFAULT_TEXT = "cisco\0\0\0";

export const hsrp: Protocol = {
  name: "hsrp",
  title: "Hot Standby Router Protocol",
  spec: "RFC 2281 (version 1), Cisco's configuration guides (version 2)",
  category: "network",
  attributes: [HSRP_VERSION, HSRP_OPCODE, HSRP_STATE, HSRP_GROUP, HSRP_PRIORITY, HSRP_VIRTUAL_ADDRESS],
  malformed: [HSRP_TRUNCATED, HSRP_FIELD_WRONG],
  findings: [HSRP_DEFAULT_AUTHENTICATION],
  recognises:
    "A datagram from or to port 1985 or 2029: of version 1 with a known operation and state, or of version 2 with TLVs of known types and lengths.",
  omits: "Timers and MD5 digests.",
  datagram: {
    ports: [PORT_IPV4, PORT_IPV6],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      if (end - offset < 2) return HSRP_TRUNCATED;
      return u8(octets, offset) === 0
        ? readVersion1(octets, offset, end, flow)
        : readVersion2(octets, offset, end, flow);
    },
  },
};

function readVersion1(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const opcode = u8(octets, offset + 1);
  if (opcode > OPCODE_ADVERTISE) return HSRP_FIELD_WRONG;
  if (opcode === OPCODE_ADVERTISE) {
    // Type 1 and a length that counts what follows, of Cisco's interface state advertisement.
    if (end - offset < ADVERTISE_BYTES) return HSRP_TRUNCATED;
    if (u16(octets, offset + 2) !== 1) return HSRP_FIELD_WRONG;
    flow.set(HSRP_VERSION, 1);
    flow.set(HSRP_OPCODE, opcode);
    return MATCH;
  }
  if (end - offset < VERSION_1_BYTES) return HSRP_TRUNCATED;
  const state = u8(octets, offset + 2);
  if (!STATES_1.includes(state)) return HSRP_FIELD_WRONG;
  flow.set(HSRP_VERSION, 1);
  flow.set(HSRP_OPCODE, opcode);
  flow.set(HSRP_STATE, state);
  flow.set(HSRP_PRIORITY, u8(octets, offset + 5));
  flow.set(HSRP_GROUP, u8(octets, offset + 6));
  if (startsWith(octets, offset + 8, end, DEFAULT_TEXT)) flow.report(HSRP_DEFAULT_AUTHENTICATION);
  if (flow.wants(HSRP_VIRTUAL_ADDRESS)) flow.set(HSRP_VIRTUAL_ADDRESS, formatIpv4(octets, offset + 16));
  return MATCH;
}

function readVersion2(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  for (let index = offset; index < end; ) {
    const wrong = checkTlv(octets, index, end);
    if (wrong !== undefined) return wrong;
    index += 2 + u8(octets, index + 1);
  }
  flow.set(HSRP_VERSION, 2);
  for (let index = offset; index < end; index += 2 + u8(octets, index + 1)) {
    const type = u8(octets, index);
    if (type === TLV_GROUP) readGroup(octets, index + 2, flow);
    if (type === TLV_TEXT && startsWith(octets, index + 2, end, DEFAULT_TEXT)) {
      flow.report(HSRP_DEFAULT_AUTHENTICATION);
    }
  }
  return MATCH;
}

function checkTlv(octets: Uint8Array, at: number, end: number): Malformed | undefined {
  if (end - at < 2) return HSRP_TRUNCATED;
  const length = u8(octets, at + 1);
  if (at + 2 + length > end) return HSRP_TRUNCATED;
  const type = u8(octets, at);
  if (type === TLV_INTERFACE) return length === INTERFACE_BYTES ? undefined : HSRP_FIELD_WRONG;
  if (type === TLV_TEXT) return length === TEXT_BYTES ? undefined : HSRP_FIELD_WRONG;
  if (type === TLV_MD5) return length > 0 ? undefined : HSRP_FIELD_WRONG;
  if (type !== TLV_GROUP || length !== GROUP_BYTES) return HSRP_FIELD_WRONG;
  const group = at + 2;
  const family = u8(octets, group + 3);
  const isSound =
    u8(octets, group) === 2 &&
    u8(octets, group + 1) <= OPCODE_2_LAST &&
    u8(octets, group + 2) <= STATE_2_LAST &&
    (family === 4 || family === 6);
  return isSound ? undefined : HSRP_FIELD_WRONG;
}

/** Version, operation, state, address family, group, identifier 6, priority, hello and hold time, address. */
function readGroup(octets: Uint8Array, group: number, flow: FlowContext): void {
  flow.set(HSRP_OPCODE, u8(octets, group + 1));
  flow.set(HSRP_STATE, u8(octets, group + 2));
  flow.set(HSRP_GROUP, u16(octets, group + 4));
  flow.set(HSRP_PRIORITY, u32(octets, group + 12));
  if (!flow.wants(HSRP_VIRTUAL_ADDRESS)) return;
  const address = group + 24;
  const isIpv4 = u8(octets, group + 3) === 4;
  flow.set(HSRP_VIRTUAL_ADDRESS, isIpv4 ? formatIpv4(octets, address) : formatIpv6(octets, address));
}
