import { u8, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, NO, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { incomplete } from "../incomplete.js";

/** Commands seen, as numbers: 7 control, 8 status, 9 heart beat, 10 query, 18 update, 19 and 35 broadcasts. */
export const TUYA_COMMAND = attribute("tuya.command", "number", { many: true });
/** Protocol version in front of the sealed data of a message, where it is written there: "3.3". */
export const TUYA_VERSION = attribute("tuya.version", "text");

// Messages of versions 3.1 … 3.4: prefix, sequence, command, length of what follows, data, check sum, suffix.
const PREFIX = 0x0000_55aa;
const SUFFIX = 0x0000_aa55;
const HEADER_BYTES = 16;
/** Version 3.5: prefix, two octets of zeros, sequence, command, length, sealed data with nonce and tag, suffix. */
const PREFIX_SEALED = 0x0000_6699;
const SUFFIX_SEALED = 0x0000_9966;
const SEALED_HEADER_BYTES = 18;
const SUFFIX_BYTES = 4;
/** Check sum and suffix. */
const TRAILER_BYTES = 8;
const DATA_BYTES_MAX = 4_096;
const COMMAND_MAX = 0xff;
/** From the header to the version text: at once, or after a return code. */
const VERSION_AT: readonly number[] = [0, 4];

// What `messageBytes` says instead of a length.
const CUT = 0;
const NONE = -1;
// `flow.stage` after the verdict.
const KNOWN = 1;

export const tuya: Protocol = {
  name: "tuya",
  title: "Tuya local protocol",
  spec: "behaviour of Tuya devices, as the open tools TinyTuya and tuyapi document it",
  category: "iot",
  attributes: [TUYA_COMMAND, TUYA_VERSION],
  malformed: [],
  recognises:
    "A message between its prefix and suffix, 000055aa … 0000aa55 or 00006699 … 00009966, of the length that it names.",
  omits: "The data, which are encrypted with a key of the device.",
  datagram: {
    ports: [6666, 6667, 7000],
    firstOctets: [0],
    dissect(octets, offset, end, flow) {
      const bytes = messageBytes(octets, offset, end);
      if (bytes !== end - offset) return NO;
      describe(octets, offset, bytes, flow);
      return MATCH;
    },
  },
  stream: {
    ports: [6668],
    firstOctets: [0],
    dissect(octets, offset, end, flow) {
      const bytes = messageBytes(octets, offset, end);
      if (bytes === NONE) return NO;
      if (bytes === CUT) return incomplete(flow);
      flow.stage = KNOWN;
      describe(octets, offset, bytes, flow);
      flow.consume(bytes);
      return MATCH;
    },
  },
};

/** Length of the message at `offset`, prefix and suffix included; `CUT` where it is not whole, `NONE` where it is none. */
function messageBytes(octets: Uint8Array, offset: number, end: number): number {
  const length = end - offset;
  if (length >= 2 && u8(octets, offset + 1) !== 0) return NONE;
  if (length < 4) return CUT;
  const prefix = u32(octets, offset);
  if (prefix !== PREFIX && prefix !== PREFIX_SEALED) return NONE;
  const sealed = prefix === PREFIX_SEALED;
  const headerBytes = sealed ? SEALED_HEADER_BYTES : HEADER_BYTES;
  if (length < headerBytes) return CUT;
  const dataBytes = u32(octets, offset + headerBytes - 4);
  if (u32(octets, offset + headerBytes - 8) > COMMAND_MAX) return NONE;
  if (dataBytes < TRAILER_BYTES || dataBytes > DATA_BYTES_MAX) return NONE;
  // The length counts the check sum and the suffix, but for version 3.5 not the suffix.
  const total = headerBytes + dataBytes + (sealed ? SUFFIX_BYTES : 0);
  if (length < total) return CUT;
  return u32(octets, offset + total - SUFFIX_BYTES) === (sealed ? SUFFIX_SEALED : SUFFIX) ? total : NONE;
}

function describe(octets: Uint8Array, offset: number, bytes: number, flow: FlowContext): void {
  const sealed = u32(octets, offset) === PREFIX_SEALED;
  const data = offset + (sealed ? SEALED_HEADER_BYTES : HEADER_BYTES);
  flow.set(TUYA_COMMAND, u32(octets, data - 8));
  if (!sealed && flow.wants(TUYA_VERSION)) version(octets, data, offset + bytes - TRAILER_BYTES, flow);
}

/** The version's three characters, `3.x`, in front of the data in `start … end`. */
function version(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  for (const skip of VERSION_AT) {
    const at = start + skip;
    if (end - at < 3 || u8(octets, at) !== 0x33 || u8(octets, at + 1) !== 0x2e) continue;
    const minor = u8(octets, at + 2);
    if (minor >= 0x30 && minor <= 0x39) flow.text(TUYA_VERSION, octets, at, at + 3);
  }
}
