import { Malformed } from "@palisade/base";
import { u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** 1, 5, 7, 9; IPFIX is 10. */
export const NETFLOW_VERSION = attribute("netflow.version", "number");
/** Observation domain (IPFIX) or source (version 9). */
export const NETFLOW_DOMAIN = attribute("netflow.domain", "number", { many: true });
/** Templates, by their identifiers of 256 and above, that describe the records that follow. */
export const NETFLOW_TEMPLATE = attribute("netflow.template", "number", { many: true });
/** Records that the first message counts; IPFIX counts none. */
export const NETFLOW_RECORDS = attribute("netflow.records", "number");

/** Fewer octets than the header and its count of records have, or more. */
export const NETFLOW_LENGTH_WRONG = new Malformed("netflow.length-wrong");
/** A set that is shorter than its own header or runs past the message. */
export const NETFLOW_SET_WRONG = new Malformed("netflow.set-wrong");
/** A version that was never published. */
export const NETFLOW_VERSION_UNKNOWN = new Malformed("netflow.version-unknown");

const PORTS: readonly number[] = [2055, 4739, 9995, 9996];
const VERSION_9 = 9;
const VERSION_IPFIX = 10;
const HEADER_BYTES_9 = 20;
const HEADER_BYTES_IPFIX = 16;
const SET_HEADER_BYTES = 4;
const SET_DATA_FIRST = 256;
const SET_TEMPLATE_9 = 0;
const SET_OPTIONS_9 = 1;
const SET_TEMPLATE_IPFIX = 2;
const SET_OPTIONS_IPFIX = 3;
/** RFC 7011 §3.1 and Cisco's export format: times of export before 1993 come from no exporter. */
const EXPORT_SECONDS_MIN = 725_846_400;
/** Export devices that do not know the time count from their start. */
const UPTIME_SECONDS_MAX = 126_230_400;

export const netflow: Protocol = {
  name: "netflow",
  title: "NetFlow and IP Flow Information Export",
  spec: "RFC 3954 (version 9), RFC 7011 (IPFIX), Cisco's NetFlow export formats (versions 1, 5, 7)",
  category: "management",
  attributes: [NETFLOW_VERSION, NETFLOW_DOMAIN, NETFLOW_TEMPLATE, NETFLOW_RECORDS],
  malformed: [NETFLOW_LENGTH_WRONG, NETFLOW_SET_WRONG, NETFLOW_VERSION_UNKNOWN],
  recognises:
    "A published version with a time of export that can be, and records (1, 5, 7) or sets (9, IPFIX) that fill the datagram exactly.",
  omits: "The flow records themselves, and IPFIX over TCP or SCTP.",
  datagram: {
    ports: PORTS,
    firstOctets: [0],
    dissect(octets, offset, end, flow) {
      const length = end - offset;
      if (length < HEADER_BYTES_IPFIX + SET_HEADER_BYTES) return NETFLOW_LENGTH_WRONG;
      const version = u16(octets, offset);
      if (version === 1) return readFixed(octets, offset, end, 16, 52, 24, flow);
      if (version === 5) return readFixed(octets, offset, end, 24, 48, 30, flow);
      if (version === 7) return readFixed(octets, offset, end, 24, 52, 28, flow);
      if (version === VERSION_9) return readVersion9(octets, offset, end, flow);
      if (version !== VERSION_IPFIX) return NETFLOW_VERSION_UNKNOWN;
      if (u16(octets, offset + 2) !== length) return NETFLOW_LENGTH_WRONG;
      if (!isExportTime(u32(octets, offset + 4))) return NO;
      return readSets(octets, offset, offset + HEADER_BYTES_IPFIX, end, flow);
    },
  },
};

function isExportTime(seconds: number): boolean {
  return seconds >= EXPORT_SECONDS_MIN || seconds <= UPTIME_SECONDS_MAX;
}

/** Versions whose records have one length. */
function readFixed(
  octets: Uint8Array,
  offset: number,
  end: number,
  headerBytes: number,
  recordBytes: number,
  recordsMax: number,
  flow: FlowContext,
): Outcome {
  const count = u16(octets, offset + 2);
  if (count === 0 || count > recordsMax) return NETFLOW_LENGTH_WRONG;
  if (end - offset !== headerBytes + count * recordBytes) return NETFLOW_LENGTH_WRONG;
  if (!isExportTime(u32(octets, offset + 8))) return NO;
  flow.set(NETFLOW_VERSION, u16(octets, offset));
  flow.set(NETFLOW_RECORDS, count);
  return MATCH;
}

function readVersion9(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset < HEADER_BYTES_9 + SET_HEADER_BYTES) return NETFLOW_LENGTH_WRONG;
  if (u16(octets, offset + 2) === 0) return NETFLOW_LENGTH_WRONG;
  if (!isExportTime(u32(octets, offset + 8))) return NO;
  const outcome = readSets(octets, offset, offset + HEADER_BYTES_9, end, flow);
  if (outcome === MATCH) flow.set(NETFLOW_RECORDS, u16(octets, offset + 2));
  return outcome;
}

/** Sets one after the other up to the end; the domain is the last field of either header. */
function readSets(
  octets: Uint8Array,
  offset: number,
  start: number,
  end: number,
  flow: FlowContext,
): Outcome {
  const isIpfix = u16(octets, offset) === VERSION_IPFIX;
  for (let set = start; set < end; set += u16(octets, set + 2)) {
    if (end - set < SET_HEADER_BYTES) return NETFLOW_SET_WRONG;
    const length = u16(octets, set + 2);
    if (length <= SET_HEADER_BYTES || set + length > end) return NETFLOW_SET_WRONG;
    const id = u16(octets, set);
    const isTemplate = isIpfix
      ? id === SET_TEMPLATE_IPFIX || id === SET_OPTIONS_IPFIX
      : id === SET_TEMPLATE_9 || id === SET_OPTIONS_9;
    if (!isTemplate && id < SET_DATA_FIRST) return NETFLOW_SET_WRONG;
  }
  flow.set(NETFLOW_VERSION, u16(octets, offset));
  flow.set(NETFLOW_DOMAIN, u32(octets, start - 4));
  for (let set = start; set < end; set += u16(octets, set + 2)) {
    const id = u16(octets, set);
    // A data set has its template's identifier; a template set names its first template.
    const template = id >= SET_DATA_FIRST ? id : end - set >= 6 ? u16(octets, set + SET_HEADER_BYTES) : 0;
    if (template >= SET_DATA_FIRST) flow.set(NETFLOW_TEMPLATE, template);
  }
  return MATCH;
}
