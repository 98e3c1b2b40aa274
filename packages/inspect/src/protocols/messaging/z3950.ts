import { Malformed } from "@palisade/base";
import { u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { BER_OK, BER_SHORT, BerElement, readBer, readBerTag } from "../ber.js";

/** Kinds of protocol data units: "init-request", "search-response". */
export const Z3950_UNIT = attribute("z3950.unit", "text", { many: true });
/** Names and versions of the implementations at both ends. */
export const Z3950_IMPLEMENTATION = attribute("z3950.implementation", "text", { many: true });
export const Z3950_IMPLEMENTATION_VERSION = attribute("z3950.implementation-version", "text", { many: true });

/** After the verdict: no protocol data unit where one must begin. */
export const Z3950_UNIT_INVALID = new Malformed("z3950.unit-invalid");

const UNIT_OCTETS_MAX = 0x100_0000;
const UNIT_OCTETS_READ_MAX = 1024;
const FIELDS_MAX = 32;
const INIT_REQUEST = 20;
const INIT_RESPONSE = 21;
/** ANSI/NISO Z39.50 §4.1, "PDU": context tags. */
const UNITS: ReadonlyMap<number, string> = new Map([
  [INIT_REQUEST, "init-request"],
  [INIT_RESPONSE, "init-response"],
  [22, "search-request"],
  [23, "search-response"],
  [24, "present-request"],
  [25, "present-response"],
  [26, "delete-result-set-request"],
  [27, "delete-result-set-response"],
  [28, "access-control-request"],
  [29, "access-control-response"],
  [30, "resource-control-request"],
  [31, "resource-control-response"],
  [32, "trigger-resource-control-request"],
  [33, "resource-report-request"],
  [34, "resource-report-response"],
  [35, "scan-request"],
  [36, "scan-response"],
  [43, "sort-request"],
  [44, "sort-response"],
  [45, "segment-request"],
  [46, "extended-services-request"],
  [47, "extended-services-response"],
  [48, "close"],
]);
const INDEFINITE = 0x80;
const PROTOCOL_VERSION = 0x83;
const OPTIONS = 0x84;
const IMPLEMENTATION_NAME = 111;
const IMPLEMENTATION_VERSION = 112;

const unit = new BerElement();
const field = new BerElement();

export const z3950: Protocol = {
  name: "z3950",
  title: "Z39.50 information retrieval",
  spec: "ANSI/NISO Z39.50, ISO 23950",
  category: "management",
  attributes: [Z3950_UNIT, Z3950_IMPLEMENTATION, Z3950_IMPLEMENTATION_VERSION],
  malformed: [Z3950_UNIT_INVALID],
  recognises:
    "An initialize request or response: its context tag, then protocol version and options as bit strings.",
  omits: "Queries and records.",
  stream: {
    ports: [210],
    firstOctets: [0xa0 | INIT_REQUEST, 0xa0 | INIT_RESPONSE],
    dissect(octets, offset, end, flow) {
      const known = flow.stage !== 0;
      const wrong: Outcome = !known ? NO : flow.gap ? DONE : Z3950_UNIT_INVALID;
      // Context-specific and constructed.
      if (u8(octets, offset) >>> 5 !== 5) return wrong;
      const result = readBer(octets, offset, end, unit);
      // Servers send long units without saying how long they are (X.690 §8.1.3.6): their end is not looked for.
      if (known && end - offset >= 2 && u8(octets, offset + 1) === INDEFINITE) return DONE;
      if (unit.start === 0) return result === BER_SHORT ? MORE : wrong;
      const name = UNITS.get(unit.number);
      if (name === undefined || unit.end - offset > UNIT_OCTETS_MAX) return wrong;
      const needed = Math.min(unit.end, offset + UNIT_OCTETS_READ_MAX);
      if (end < needed) return MORE;
      const initial = unit.number === INIT_REQUEST || unit.number === INIT_RESPONSE;
      if (!known && !(initial && initialValid(octets, needed))) return NO;
      flow.stage = 1;
      flow.set(Z3950_UNIT, name);
      if (initial) readInitial(flow, octets, needed);
      flow.consume(unit.end - offset);
      return MATCH;
    },
  },
};

/** §3.2.1: an optional reference, then version and options as bit strings of whole octets and an octet of unused bits. */
function initialValid(octets: Uint8Array, end: number): boolean {
  let at = unit.start;
  if (readBer(octets, at, end, field) !== BER_OK) return false;
  if (field.tag === 0x82) {
    at = field.end;
    if (readBer(octets, at, end, field) !== BER_OK) return false;
  }
  if (field.tag !== PROTOCOL_VERSION || field.end - field.start < 2 || u8(octets, field.start) > 7)
    return false;
  if (!readBerTag(octets, field.end, end, OPTIONS, field)) return false;
  return field.end - field.start >= 2 && u8(octets, field.start) <= 7;
}

function readInitial(flow: FlowContext, octets: Uint8Array, end: number): void {
  let at = unit.start;
  for (let count = 0; count < FIELDS_MAX && at < end; count += 1) {
    if (readBer(octets, at, end, field) !== BER_OK) return;
    if (field.tag === 0x9f && field.number === IMPLEMENTATION_NAME) {
      flow.text(Z3950_IMPLEMENTATION, octets, field.start, field.end);
    } else if (field.tag === 0x9f && field.number === IMPLEMENTATION_VERSION) {
      flow.text(Z3950_IMPLEMENTATION_VERSION, octets, field.start, field.end);
    }
    at = field.end;
  }
}
