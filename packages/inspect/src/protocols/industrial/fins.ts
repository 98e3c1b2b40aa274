import { Malformed } from "@palisade/base";
import { startsWith, u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Commands, main and sub code as four hexadecimal digits: "0101" memory area read, "0402" stop, "0501" controller data … */
export const FINS_COMMAND = attribute("fins.command", "hex", { many: true });
/** End codes of responses other than 0. */
export const FINS_END_CODE = attribute("fins.end-code", "hex", { many: true });
/** Model and version of the controller, from the response to 0501. */
export const FINS_MODEL = attribute("fins.model", "text");
export const FINS_VERSION = attribute("fins.version", "text");

/** A header whose fixed bits or command are not defined. */
export const FINS_HEADER_INVALID = new Malformed("fins.header-invalid");
/** A FINS/TCP header with a length or command that is not defined. */
export const FINS_TCP_INVALID = new Malformed("fins.tcp-invalid");

const PORT = 9600;
const HEADER_BYTES = 10;
const COMMAND_BYTES = 2;
const DATAGRAM_MAX = 2012;
const RESPONSE = 0x40;
/** Gateway in use, response, and response not required: the other bits are 0. */
const CONTROL_FIXED = 0x3e;
const GATEWAYS_MAX = 7;
const NETWORK_MAX = 127;
const CONTROLLER_DATA = 0x0501;
const MODEL_BYTES = 20;
/** Main codes with their highest sub code (W342, section 5-1-1; W421). */
const SUB_MAX: ReadonlyMap<number, number> = new Map([
  [0x01, 0x05],
  [0x02, 0x20],
  [0x03, 0x07],
  [0x04, 0x03],
  [0x05, 0x02],
  [0x06, 0x20],
  [0x07, 0x02],
  [0x08, 0x02],
  [0x09, 0x20],
  [0x0c, 0x03],
  [0x21, 0x40],
  [0x22, 0x20],
  [0x23, 0x0a],
  [0x26, 0x21],
  [0x27, 0xff],
]);

const MAGIC = "FINS";
const TCP_HEADER_BYTES = 16;
const TCP_LENGTH_MAX = 4096;
const TCP_FRAME = 2;
const TCP_COMMAND_MAX = 6;

export const fins: Protocol = {
  name: "fins",
  title: "Factory Interface Network Service",
  spec: "Omron W342 (communications commands), W421 (FINS/TCP and FINS/UDP)",
  category: "industrial",
  attributes: [FINS_COMMAND, FINS_END_CODE, FINS_MODEL, FINS_VERSION],
  malformed: [FINS_HEADER_INVALID, FINS_TCP_INVALID],
  recognises:
    "In a stream the header FINS with a defined command; in datagrams on port 9600 a header whose fixed bits, addresses and command are defined.",
  omits: "Memory areas and their values, and routing.",
  datagram: {
    ports: [PORT],
    portsOnly: true,
    dissect(octets, offset, end, flow) {
      if (end - offset > DATAGRAM_MAX || !frameValid(octets, offset, end)) return FINS_HEADER_INVALID;
      readFrame(octets, offset, end, flow);
      return MATCH;
    },
  },
  stream: {
    ports: [PORT],
    firstOctets: [0x46],
    dissect(octets, offset, end, flow) {
      const known = flow.stage === 1;
      const size = end - offset;
      if (!startsWith(octets, offset, end, size < 4 ? MAGIC.slice(0, size) : MAGIC)) return FINS_TCP_INVALID;
      if (size < TCP_HEADER_BYTES) return known ? MATCH : MORE;
      const length = u32(octets, offset + 4);
      const command = u32(octets, offset + 8);
      // The length counts from the command on.
      if (length < 8 || length > TCP_LENGTH_MAX || command > TCP_COMMAND_MAX) return FINS_TCP_INVALID;
      const messageEnd = offset + 8 + length;
      if (end < messageEnd) return known ? MATCH : MORE;
      if (command === TCP_FRAME) {
        if (!frameValid(octets, offset + TCP_HEADER_BYTES, messageEnd)) return FINS_HEADER_INVALID;
        readFrame(octets, offset + TCP_HEADER_BYTES, messageEnd, flow);
      }
      flow.stage = 1;
      flow.consume(messageEnd - offset);
      return MATCH;
    },
  },
};

/** ICF, RSV, GCT; network, node and unit of destination and source; SID; main and sub code. */
function frameValid(octets: Uint8Array, at: number, end: number): boolean {
  if (end - at < HEADER_BYTES + COMMAND_BYTES) return false;
  const control = u8(octets, at);
  if ((control & 0x80) === 0 || (control & CONTROL_FIXED) !== 0 || u8(octets, at + 1) !== 0) return false;
  if (u8(octets, at + 2) > GATEWAYS_MAX) return false;
  if (u8(octets, at + 3) > NETWORK_MAX || u8(octets, at + 6) > NETWORK_MAX) return false;
  const highest = SUB_MAX.get(u8(octets, at + 10));
  if (highest === undefined || u8(octets, at + 11) > highest) return false;
  return (control & RESPONSE) === 0 || end - at >= HEADER_BYTES + COMMAND_BYTES + 2;
}

function readFrame(octets: Uint8Array, at: number, end: number, flow: FlowContext): void {
  const command = at + HEADER_BYTES;
  flow.hex(FINS_COMMAND, octets, command, command + COMMAND_BYTES);
  if ((u8(octets, at) & RESPONSE) === 0) return;
  const endCode = command + COMMAND_BYTES;
  if (u16(octets, endCode) !== 0) flow.hex(FINS_END_CODE, octets, endCode, endCode + 2);
  const data = endCode + 2;
  if (u16(octets, command) === CONTROLLER_DATA && end - data >= 2 * MODEL_BYTES) {
    setPadded(flow, FINS_MODEL, octets, data);
    setPadded(flow, FINS_VERSION, octets, data + MODEL_BYTES);
  }
}

/** Twenty characters, filled up with blanks or zero octets. */
function setPadded(flow: FlowContext, target: typeof FINS_MODEL, octets: Uint8Array, start: number): void {
  let end = start;
  for (let at = start; at < start + MODEL_BYTES && u8(octets, at) !== 0; at += 1) {
    if (u8(octets, at) !== 0x20) end = at + 1;
  }
  if (end > start) flow.text(target, octets, start, end);
}
