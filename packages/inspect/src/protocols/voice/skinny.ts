import { Malformed } from "@palisade/base";
import { u8, u32le } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Identifiers of messages seen: 1 register, 0x81 register acknowledged, 0x111 call state. */
export const SKINNY_MESSAGE = attribute("skinny.message", "number", { many: true });
/** Name by which a telephone registers: `SEP` and its hardware address. */
export const SKINNY_DEVICE = attribute("skinny.device", "text");

/** After the verdict: a length that no message has. */
export const SKINNY_LENGTH_IMPOSSIBLE = new Malformed("skinny.length-impossible");

const PORT = 2000;
/** Length and version; the length counts from the message identifier on. */
const PREFIX_BYTES = 8;
const MESSAGE_BYTES_MAX = 2_048;
const VERSION_LAST = 0x20;
const MESSAGE_LAST = 0x0160;
const REGISTER = 0x0001;
const KEEPALIVE = 0x0000;
const KEEPALIVE_ACK = 0x0100;
const DEVICE_BYTES = 16;

export const skinny: Protocol = {
  name: "cisco-skinny",
  title: "Skinny Client Control Protocol",
  spec: "Cisco's telephones and Unified Communications Manager, as their published message lists describe it",
  category: "voice-video",
  attributes: [SKINNY_MESSAGE, SKINNY_DEVICE],
  malformed: [SKINNY_LENGTH_IMPOSSIBLE],
  recognises:
    "A registration with a printable device name, or on port 2000 a message with published length, version and identifier.",
  omits: "Contents of messages, and the encrypted variant.",
  stream: {
    ports: [PORT],
    dissect(octets, offset, end, flow) {
      const short = flow.stage === 0 ? MORE : MATCH;
      if (end - offset < 12)
        return end - offset >= 4 && u32le(octets, offset) > MESSAGE_BYTES_MAX ? wrong(flow) : short;
      const length = u32le(octets, offset);
      const version = u32le(octets, offset + 4);
      const message = u32le(octets, offset + 8);
      if (length < 4 || length > MESSAGE_BYTES_MAX || version > VERSION_LAST || message > MESSAGE_LAST)
        return wrong(flow);
      if (flow.stage === 0) {
        const sure = recognised(octets, offset, end, length, message, flow);
        if (sure !== MATCH) return sure;
      }
      const stop = offset + PREFIX_BYTES + length;
      if (stop > end) return short;
      flow.stage = 1;
      flow.set(SKINNY_MESSAGE, message);
      if (message === REGISTER) device(octets, offset + 12, Math.min(stop, offset + 12 + DEVICE_BYTES), flow);
      flow.consume(PREFIX_BYTES + length);
      return MATCH;
    },
  },
};

function wrong(flow: FlowContext): Outcome {
  return flow.stage === 0 ? NO : SKINNY_LENGTH_IMPOSSIBLE;
}

function recognised(
  octets: Uint8Array,
  offset: number,
  end: number,
  length: number,
  message: number,
  flow: FlowContext,
): Outcome {
  const onPort = flow.sourcePort === PORT || flow.destinationPort === PORT;
  if (message === REGISTER) {
    if (length < 4 + DEVICE_BYTES + 20) return NO;
    if (end - offset < 12 + DEVICE_BYTES) return MORE;
    return isName(octets, offset + 12, offset + 12 + DEVICE_BYTES) ? MATCH : NO;
  }
  if (!onPort) return NO;
  if (message === KEEPALIVE || message === KEEPALIVE_ACK) return length === 4 ? MATCH : NO;
  return length >= 8 || message < 0x100 ? MATCH : NO;
}

/** Printable characters, then zeros to the end. */
function isName(octets: Uint8Array, start: number, stop: number): boolean {
  let index = start;
  while (index < stop && u8(octets, index) > 0x20 && u8(octets, index) < 0x7f) index += 1;
  if (index - start < 3) return false;
  while (index < stop && u8(octets, index) === 0) index += 1;
  return index === stop;
}

function device(octets: Uint8Array, start: number, stop: number, flow: FlowContext): void {
  let index = start;
  while (index < stop && u8(octets, index) !== 0) index += 1;
  flow.text(SKINNY_DEVICE, octets, start, index);
}
