import { Malformed } from "@palisade/base";
import { u8, u16le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Type identifications of the ASDUs: 1 single-point information … 45 single command, 100 interrogation … */
export const IEC60870_TYPE = attribute("iec60870.type", "number", { many: true });
/** Causes of transmission: 1 periodic, 3 spontaneous, 6 activation, 20 interrogated by station … */
export const IEC60870_CAUSE = attribute("iec60870.cause", "number", { many: true });
/** Common addresses: the stations. */
export const IEC60870_COMMON_ADDRESS = attribute("iec60870.common-address", "number", { many: true });
/** Unnumbered control functions that were sent: "STARTDT act", "TESTFR con" … */
export const IEC60870_CONTROL = attribute("iec60870.control", "text", { many: true });

/** The start octet is not there, or the length is not one that an APDU can have. */
export const IEC60870_FRAME_INVALID = new Malformed("iec60870.frame-invalid");
/** Control octets of none of the three formats. */
export const IEC60870_CONTROL_INVALID = new Malformed("iec60870.control-invalid");
/** A type identification or cause that is not assigned. */
export const IEC60870_ASDU_INVALID = new Malformed("iec60870.asdu-invalid");

const PORT = 2404;
const START = 0x68;
const CONTROL_BYTES = 4;
const APDU_MAX = 253;
/** Type, variable structure qualifier, cause 2, common address 2; then an object address of 3. */
const ASDU_MIN = 9;
/** Cause of transmission: 0 is not used, 14 … 19 and 48 up are reserved (IEC 60870-5-101 §7.2.3). */
const CAUSE_MAX = 47;

const FUNCTIONS: ReadonlyMap<number, string> = new Map([
  [0x07, "STARTDT act"],
  [0x0b, "STARTDT con"],
  [0x13, "STOPDT act"],
  [0x23, "STOPDT con"],
  [0x43, "TESTFR act"],
  [0x83, "TESTFR con"],
]);

export const iec60870: Protocol = {
  name: "iec60870",
  title: "IEC 60870-5-104",
  spec: "IEC 60870-5-104, IEC 60870-5-101 (ASDUs)",
  category: "industrial",
  attributes: [IEC60870_TYPE, IEC60870_CAUSE, IEC60870_COMMON_ADDRESS, IEC60870_CONTROL],
  malformed: [IEC60870_FRAME_INVALID, IEC60870_CONTROL_INVALID, IEC60870_ASDU_INVALID],
  recognises:
    "An unnumbered frame (STARTDT, STOPDT, TESTFR), or on port 2404 a numbered one with an assigned type and cause.",
  omits: "Information objects and their values.",
  stream: {
    ports: [PORT],
    firstOctets: [START],
    dissect(octets, offset, end, flow) {
      const known = flow.stage === 1;
      const size = end - offset;
      if (u8(octets, offset) !== START) return IEC60870_FRAME_INVALID;
      if (size < 2) return known ? MATCH : MORE;
      const length = u8(octets, offset + 1);
      if (length < CONTROL_BYTES || length > APDU_MAX) return IEC60870_FRAME_INVALID;
      if (size < 2 + CONTROL_BYTES) return known ? MATCH : MORE;
      const unnumbered = (u8(octets, offset + 2) & 3) === 3;
      // Elsewhere than on its port numbered frames have too few fixed bits.
      if (!known && !unnumbered && flow.sourcePort !== PORT && flow.destinationPort !== PORT) return NO;
      const apduEnd = offset + 2 + length;
      if (!controlValid(octets, offset + 2, length)) return IEC60870_CONTROL_INVALID;
      if (length > CONTROL_BYTES) {
        if (size < 2 + CONTROL_BYTES + 3) return known ? MATCH : MORE;
        if (!asduValid(octets, offset + 6)) return IEC60870_ASDU_INVALID;
      }
      if (end < apduEnd) return known ? MATCH : MORE;
      flow.stage = 1;
      readApdu(octets, offset + 2, apduEnd, flow);
      flow.consume(apduEnd - offset);
      return MATCH;
    },
  },
};

/** IEC 60870-5-104 §5.1: the formats I (bit 1 clear), S (01) and U (11). */
function controlValid(octets: Uint8Array, at: number, length: number): boolean {
  const first = u8(octets, at);
  const third = u8(octets, at + 2);
  if ((first & 1) === 0) return length >= CONTROL_BYTES + ASDU_MIN && (third & 1) === 0;
  if (length !== CONTROL_BYTES || u8(octets, at + 1) !== 0 || (third & 1) !== 0) return false;
  if ((first & 3) === 1) return first === 1;
  return FUNCTIONS.has(first) && third === 0 && u8(octets, at + 3) === 0;
}

function asduValid(octets: Uint8Array, at: number): boolean {
  const cause = u8(octets, at + 2) & 0x3f;
  return typeAssigned(u8(octets, at)) && cause >= 1 && cause <= CAUSE_MAX && (cause < 14 || cause > 19);
}

/** IEC 60870-5-101 §7.2.1 and IEC 60870-5-104 §6: types that are defined; 128 up are for special use. */
function typeAssigned(type: number): boolean {
  if (type <= 40) return (type >= 1 && type <= 21) || type >= 30;
  if (type <= 70) return (type >= 45 && type <= 51) || (type >= 58 && type <= 64) || type === 70;
  return (type >= 100 && type <= 107) || (type >= 110 && type <= 113) || (type >= 120 && type <= 127);
}

function readApdu(octets: Uint8Array, at: number, end: number, flow: FlowContext): void {
  const first = u8(octets, at);
  if ((first & 3) === 3) {
    if (flow.wants(IEC60870_CONTROL)) flow.set(IEC60870_CONTROL, FUNCTIONS.get(first)!);
  } else if ((first & 1) === 0 && end - at >= CONTROL_BYTES + ASDU_MIN) {
    flow.set(IEC60870_TYPE, u8(octets, at + 4));
    flow.set(IEC60870_CAUSE, u8(octets, at + 6) & 0x3f);
    flow.set(IEC60870_COMMON_ADDRESS, u16le(octets, at + 8));
  }
}
