import { Malformed } from "@palisade/base";
import { startsWith, u8, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { decimal } from "../text-head.js";

/** What is asked of the server that helps through translators: `nat_t_register`. */
export const SOFTETHER_OPERATION = attribute("softether.operation", "text", { many: true });
export const SOFTETHER_HOST_NAME = attribute("softether.host-name", "text");
export const SOFTETHER_PRODUCT = attribute("softether.product", "text");
/** Address from which the helping server sees the asker: `IP=192.0.2.1,PORT=51381` in its answer. */
export const SOFTETHER_ADDRESS = attribute("softether.address", "address");

/** After the verdict: a pack whose elements do not fill the datagram. */
export const SOFTETHER_PACK_IMPOSSIBLE = new Malformed("softether.pack-impossible");

const QUESTION = 0x41;
const ELEMENTS_MAX = 128;
const VALUES_MAX = 64;
const NAME_OCTETS_MAX = 63;
const TYPE_INTEGER = 0;
const TYPE_DATA = 1;
const TYPE_TEXT = 2;
const TYPE_WIDE_TEXT = 3;
const TYPE_LONG = 4;

export const softether: Protocol = {
  name: "softether",
  title: "SoftEther VPN: traversal of translators",
  spec: "SoftEther VPN's open source: packs (Mayaqua), UDP NAT traversal (Cedar)",
  category: "vpn",
  attributes: [SOFTETHER_OPERATION, SOFTETHER_HOST_NAME, SOFTETHER_PRODUCT, SOFTETHER_ADDRESS],
  malformed: [SOFTETHER_PACK_IMPOSSIBLE],
  recognises:
    "An answer IP=…,PORT=…, or a pack of named, typed values that fill the datagram and hold an operation code.",
  omits: "The tunnel, which is TLS, and its acceleration over UDP, which is encrypted.",
  datagram: {
    ports: [5004],
    firstOctets: [0, QUESTION, 0x49],
    dissect(octets, offset, end, flow) {
      const decided = flow.stage !== 0;
      if (end - offset === 1) return decided ? MATCH : u8(octets, offset) === QUESTION ? MORE : NO;
      if (u8(octets, offset) === 0x49) return answer(octets, offset, end, flow);
      if (u8(octets, offset) !== 0) return decided ? MATCH : NO;
      return pack(octets, offset, end, flow);
    },
  },
};

/** `IP=192.0.2.1,PORT=51381`. */
function answer(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (!startsWith(octets, offset, end, "IP=")) return NO;
  let comma = offset + 3;
  while (comma < end && comma - offset < 18 && u8(octets, comma) !== 0x2c) comma += 1;
  if (!startsWith(octets, comma, end, ",PORT=")) return NO;
  let numbers = 0;
  let from = offset + 3;
  for (let at = from; at <= comma; at += 1) {
    if (at < comma && u8(octets, at) !== 0x2e) continue;
    const number = decimal(octets, from, at);
    if (number < 0 || number > 255) return NO;
    numbers += 1;
    from = at + 1;
  }
  const port = decimal(octets, comma + 6, end);
  if (numbers !== 4 || port <= 0 || port > 0xffff) return NO;
  flow.stage = 1;
  if (flow.wants(SOFTETHER_ADDRESS)) {
    flow.set(SOFTETHER_ADDRESS, String.fromCharCode(...octets.subarray(offset + 3, comma)));
  }
  return MATCH;
}

/** A count, then elements: name (its length counts one more), type, number of values, values. All numbers are 32 bits. */
function pack(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const wrong = flow.stage === 0 ? NO : SOFTETHER_PACK_IMPOSSIBLE;
  if (end - offset < 24) return wrong;
  const count = u32(octets, offset);
  if (count === 0 || count > ELEMENTS_MAX) return wrong;
  let at = offset + 4;
  let known = false;
  for (let element = 0; element < count; element += 1) {
    const next = elementEnd(octets, at, end);
    if (next < 0) return wrong;
    known ||= isNamed(octets, at, "opcode");
    at = next;
  }
  if (at !== end || (!known && flow.stage === 0)) return wrong;
  flow.stage = 1;
  at = offset + 4;
  for (let element = 0; element < count; element += 1) {
    if (isNamed(octets, at, "opcode")) text(octets, at, flow, SOFTETHER_OPERATION);
    else if (isNamed(octets, at, "host_name")) text(octets, at, flow, SOFTETHER_HOST_NAME);
    else if (isNamed(octets, at, "product_str")) text(octets, at, flow, SOFTETHER_PRODUCT);
    at = elementEnd(octets, at, end);
  }
  return MATCH;
}

/** Index past the element at `at`, or -1 where it is none. */
function elementEnd(octets: Uint8Array, at: number, end: number): number {
  if (end - at < 4) return -1;
  const length = u32(octets, at) - 1;
  if (length < 1 || length > NAME_OCTETS_MAX || end - at - 4 < length + 8) return -1;
  const type = u32(octets, at + 4 + length);
  const values = u32(octets, at + 8 + length);
  if (type > TYPE_LONG || values > VALUES_MAX) return -1;
  let index = at + 12 + length;
  for (let value = 0; value < values; value += 1) {
    if (type === TYPE_INTEGER) index += 4;
    else if (type === TYPE_LONG) index += 8;
    else if (type === TYPE_DATA || type === TYPE_TEXT || type === TYPE_WIDE_TEXT) {
      if (end - index < 4) return -1;
      const size = u32(octets, index);
      if (size > end - index - 4) return -1;
      index += 4 + size;
    }
    if (index > end) return -1;
  }
  return index;
}

function isNamed(octets: Uint8Array, at: number, name: string): boolean {
  return u32(octets, at) === name.length + 1 && startsWith(octets, at + 4, at + 4 + name.length, name);
}

/** The first value of a text element. */
function text(octets: Uint8Array, at: number, flow: FlowContext, field: typeof SOFTETHER_HOST_NAME): void {
  const type = at + 3 + u32(octets, at);
  if (u32(octets, type) !== TYPE_TEXT || u32(octets, type + 4) === 0) return;
  const value = type + 12;
  flow.text(field, octets, value, value + u32(octets, type + 8));
}
