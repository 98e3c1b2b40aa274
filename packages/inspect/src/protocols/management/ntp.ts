import { Malformed } from "@palisade/base";
import { u8, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

export const NTP_VERSION = attribute("ntp.version", "number");
/** Association mode, RFC 5905 §7.3: 1 symmetric active … 5 broadcast, 6 control, 7 private. */
export const NTP_MODE = attribute("ntp.mode", "number");
export const NTP_STRATUM = attribute("ntp.stratum", "number");
/** Clock that a server of stratum 1 takes its time from (`GPS`, `PPS`), or the reason to stay away (`RATE`), RFC 5905 §7.3, §7.4. */
export const NTP_REFERENCE = attribute("ntp.reference", "text", { many: true });
/** Request code of a mode 7 message (implementation-specific; ntpd's `ntpdc` protocol). */
export const NTP_REQUEST_CODE = attribute("ntp.request-code", "number");
/** Opcode of a mode 6 control message, RFC 9327 §2. */
export const NTP_OPCODE = attribute("ntp.opcode", "number");

/** Fewer octets than the mode's header. */
export const NTP_TRUNCATED = new Malformed("ntp.truncated");
/** A version that was never published. */
export const NTP_VERSION_UNKNOWN = new Malformed("ntp.version-unknown");
/** Mode 0 is reserved (RFC 5905 §7.3), but for version 1, which had no modes. */
export const NTP_MODE_RESERVED = new Malformed("ntp.mode-reserved");
/** A stratum above 16 (RFC 5905 §7.3: 17 … 255 reserved). */
export const NTP_STRATUM_RESERVED = new Malformed("ntp.stratum-reserved");

/** Requests for ntpd's list of last clients: answered with up to 600 addresses, and so used to amplify attacks. */
export const NTP_MONLIST_REQUEST: FindingKind = {
  name: "ntp.monlist-request",
  severity: "medium",
  title: "A client asks an NTP server for its list of clients, which serves to amplify attacks",
};

const PORT_NTP = 123;
const TIME_BYTES = 48;
const MODE_CLIENT = 3;
const MODE_SERVER = 4;
const REFERENCE_AT = 12;
const ORIGIN_AT = 24;
const TRANSMIT_AT = 40;
/** In `stage`: a response has repeated its request's time stamp; any other value but 0 is drawn from that of the request. */
const AGREED = -1;
const CONTROL_BYTES = 12;
const PRIVATE_BYTES = 8;
const MODE_CONTROL = 6;
const MODE_PRIVATE = 7;
const STRATUM_MAX = 16;
const MON_GETLIST = 20;
const MON_GETLIST_1 = 42;

export const ntp: Protocol = {
  name: "ntp",
  title: "Network Time Protocol",
  spec: "RFC 5905, RFC 9327 (mode 6)",
  category: "management",
  attributes: [NTP_VERSION, NTP_MODE, NTP_STRATUM, NTP_REFERENCE, NTP_REQUEST_CODE, NTP_OPCODE],
  malformed: [NTP_TRUNCATED, NTP_VERSION_UNKNOWN, NTP_MODE_RESERVED, NTP_STRATUM_RESERVED],
  findings: [NTP_MONLIST_REQUEST],
  recognises:
    "A datagram from or to port 123 whose first octet holds a published version and mode, as long as the mode's header; on other ports a request and a response that repeats its time stamp.",
  omits: "Timestamps, extension fields, and the contents of mode 6 and 7 messages.",
  datagram: {
    ports: [123],
    dissect(octets, offset, end, flow) {
      // The header has no magic number: octets alone would claim much that is not NTP.
      const isOnPort = flow.sourcePort === PORT_NTP || flow.destinationPort === PORT_NTP;
      if (!isOnPort && flow.stage !== AGREED) {
        const outcome = agree(octets, offset, end, flow);
        if (outcome !== MATCH) return outcome;
      }
      const length = end - offset;
      if (length < PRIVATE_BYTES) return NTP_TRUNCATED;
      const version = (u8(octets, offset) >>> 3) & 0b111;
      const mode = u8(octets, offset) & 0b111;
      if (version < 1 || version > 4) return NTP_VERSION_UNKNOWN;
      if (mode === 0 && version !== 1) return NTP_MODE_RESERVED;
      if (mode === MODE_PRIVATE) {
        const request = u8(octets, offset + 3);
        flow.set(NTP_REQUEST_CODE, request);
        if (request === MON_GETLIST || request === MON_GETLIST_1) flow.report(NTP_MONLIST_REQUEST);
      } else if (mode === MODE_CONTROL) {
        if (length < CONTROL_BYTES) return NTP_TRUNCATED;
        flow.set(NTP_OPCODE, u8(octets, offset + 1) & 0b1_1111);
      } else {
        if (length < TIME_BYTES) return NTP_TRUNCATED;
        const stratum = u8(octets, offset + 1);
        if (stratum > STRATUM_MAX) return NTP_STRATUM_RESERVED;
        flow.set(NTP_STRATUM, stratum);
        if (stratum <= 1 && mode === MODE_SERVER) readReference(octets, offset + REFERENCE_AT, flow);
      }
      flow.set(NTP_VERSION, version);
      flow.set(NTP_MODE, mode);
      return MATCH;
    },
  },
};

/** RFC 5905 §8: a server puts the transmit time stamp of the request into the origin time stamp of its response. */
function agree(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset < TIME_BYTES) return NO;
  const version = (u8(octets, offset) >>> 3) & 0b111;
  const mode = u8(octets, offset) & 0b111;
  if (version < 1 || version > 4 || u8(octets, offset + 1) > STRATUM_MAX) return NO;
  if (mode === MODE_CLIENT && flow.direction === 0) {
    flow.stage = timestampMark(octets, offset + TRANSMIT_AT);
    return flow.stage === 0 ? NO : MORE;
  }
  if (mode !== MODE_SERVER || flow.direction !== 1 || flow.stage === 0) return NO;
  if (flow.stage !== timestampMark(octets, offset + ORIGIN_AT)) return NO;
  flow.stage = AGREED;
  return MATCH;
}

/** 31 bits of a time stamp, the seconds and the fraction folded; 0 where either is 0, which clients that do not know the time send. */
function timestampMark(octets: Uint8Array, at: number): number {
  const seconds = u32(octets, at);
  const fraction = u32(octets, at + 4);
  return seconds === 0 || fraction === 0 ? 0 : (seconds ^ fraction) >>> 1;
}

/** Up to four letters, padded with NULs. */
function readReference(octets: Uint8Array, at: number, flow: FlowContext): void {
  let end = at;
  while (end < at + 4 && u8(octets, end) > 0x20 && u8(octets, end) < 0x7f) end += 1;
  if (end > at) flow.text(NTP_REFERENCE, octets, at, end);
}
