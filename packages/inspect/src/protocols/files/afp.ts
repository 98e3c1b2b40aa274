import { Malformed } from "@palisade/base";
import { u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Commands of the session layer: "open-session", "get-status". */
export const AFP_COMMAND = attribute("afp.command", "text", { many: true });
/** Name of the server, from its answer to get-status. */
export const AFP_SERVER = attribute("afp.server-name", "text");
/** Kind of machine that the server is. */
export const AFP_MACHINE = attribute("afp.machine-type", "text");
/** Result codes other than 0. */
export const AFP_RESULT = attribute("afp.result", "number", { many: true });

/** After the verdict: no DSI header where one must begin. */
export const AFP_HEADER_INVALID = new Malformed("afp.header-invalid");

/** Data Stream Interface ("AFP over TCP/IP", Apple Filing Protocol Programming Guide): flags, command, identifier, code, length, reserved. */
const HEADER_BYTES = 16;
const MESSAGE_OCTETS_MAX = 0x400_0000;
const MESSAGE_OCTETS_READ_MAX = 1024;
const COMMANDS = [
  "",
  "close-session",
  "command",
  "get-status",
  "open-session",
  "tickle",
  "write",
  "",
  "attention",
] as const;
const GET_STATUS = 3;
const OPEN_SESSION = 4;
const WRITE = 6;

// `flow.stage`: bits.
const KNOWN = 1;

export const afp: Protocol = {
  name: "afp",
  title: "Apple Filing Protocol over the Data Stream Interface",
  spec: "Apple Filing Protocol Programming Guide, “AFP over TCP/IP”",
  category: "file-transfer",
  attributes: [AFP_COMMAND, AFP_SERVER, AFP_MACHINE, AFP_RESULT],
  malformed: [AFP_HEADER_INVALID],
  recognises:
    "A get-status or open-session request of the Data Stream Interface with code and reserved octets zero, or on port 548 any of its headers.",
  omits: "The commands of AFP itself, and AFP over AppleTalk.",
  stream: {
    ports: [548],
    firstOctets: [0, 1],
    dissect(octets, offset, end, flow) {
      const known = (flow.stage & KNOWN) !== 0;
      const wrong: Outcome = !known ? NO : flow.gap ? DONE : AFP_HEADER_INVALID;
      const flags = u8(octets, offset);
      if (flags > 1) return wrong;
      if (end - offset < 2) return MORE;
      const command = u8(octets, offset + 1);
      const name = COMMANDS[command];
      if (name === undefined || name === "") return wrong;
      if (end - offset < HEADER_BYTES) return MORE;
      const length = u32(octets, offset + 8);
      if (length > MESSAGE_OCTETS_MAX || u32(octets, offset + 12) !== 0) return wrong;
      if (!known && !beginsPlausibly(octets, offset, flags, command, length, flow)) return NO;
      const needed = offset + HEADER_BYTES + Math.min(length, MESSAGE_OCTETS_READ_MAX);
      // Data in an open-session decides whether it is one: its first option's type and length.
      if (command === OPEN_SESSION && length >= 2) {
        if (end < offset + HEADER_BYTES + 2) return MORE;
        const optionFits = u8(octets, offset + 17) + 2 <= length && u8(octets, offset + 16) <= 2;
        if (!known && !optionFits) return NO;
      }
      flow.stage |= KNOWN;
      if (end < needed) return MATCH;
      flow.set(AFP_COMMAND, name);
      if (flags === 1) {
        const result = u32(octets, offset + 4) | 0;
        // In a write's request this is an offset; in answers it is a code.
        if (result !== 0) flow.set(AFP_RESULT, result);
        if (command === GET_STATUS) readStatus(flow, octets, offset + HEADER_BYTES, needed);
      }
      flow.consume(HEADER_BYTES + length);
      return MATCH;
    },
  },
};

function beginsPlausibly(
  octets: Uint8Array,
  offset: number,
  flags: number,
  command: number,
  length: number,
  flow: FlowContext,
): boolean {
  const code = u32(octets, offset + 4);
  if (flow.sourcePort === 548 || flow.destinationPort === 548) {
    return flags === 1 || command === WRITE || code === 0;
  }
  // Away from its port a session begins with one of these, and with an identifier of its own.
  if (flags !== 0 || code !== 0 || u16(octets, offset + 2) === 0) return false;
  if (command === OPEN_SESSION) return length >= 6 && length <= 64;
  return command === GET_STATUS && length === 0;
}

/** FPGetSrvrInfo's answer: offsets to the machine's type and three tables, flags, then the server's name. */
function readStatus(flow: FlowContext, octets: Uint8Array, start: number, end: number): void {
  if (end - start < 11) return;
  const nameEnd = start + 11 + u8(octets, start + 10);
  if (nameEnd <= end && nameEnd > start + 11) flow.text(AFP_SERVER, octets, start + 11, nameEnd);
  const machine = start + u16(octets, start);
  if (machine < start + 11 || machine >= end) return;
  const machineEnd = machine + 1 + u8(octets, machine);
  if (machineEnd <= end && machineEnd > machine + 1) flow.text(AFP_MACHINE, octets, machine + 1, machineEnd);
}
