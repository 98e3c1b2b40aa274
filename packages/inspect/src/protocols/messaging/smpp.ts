import { Malformed } from "@palisade/base";
import { indexOfOctet, u8, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";

/** Commands, as SMPP 3.4 §5.1.2.1 names them. */
export const SMPP_COMMAND = attribute("smpp.command", "text", { many: true });
/** Name of the client that binds, and of the message centre that answers. */
export const SMPP_SYSTEM_ID = attribute("smpp.system-id", "text", { many: true });
/** Status of the answers that are not success (SMPP 3.4 §5.1.3). */
export const SMPP_STATUS = attribute("smpp.status", "number", { many: true });
/** Version that the client offers: 52 is 3.4. */
export const SMPP_VERSION = attribute("smpp.interface-version", "number");

/** After the verdict: a command that was never published, or a length that it cannot have. */
export const SMPP_HEADER_INVALID = new Malformed("smpp.header-invalid");

export const SMPP_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "smpp.cleartext-credentials",
  severity: "low",
  title: "An SMPP client sends its password in clear text",
};

/** Length, command, status, sequence number: SMPP 3.4 §3.2. */
const HEADER_BYTES = 16;
const MESSAGE_OCTETS_MAX = 0x1_0000;
const MESSAGE_OCTETS_READ_MAX = 512;
const RESPONSE = 0x8000_0000;
/** SMPP 3.4 §4.1.1: C-octet strings with their zero octets. */
const SYSTEM_ID_OCTETS_MAX = 16;
const PASSWORD_OCTETS_MAX = 9;
/** Command, fewest octets of the request, most octets of the request. */
const COMMANDS: ReadonlyMap<number, readonly [string, number, number]> = new Map([
  [0x01, ["bind-receiver", 23, 256]],
  [0x02, ["bind-transmitter", 23, 256]],
  [0x03, ["query-sm", 20, 128]],
  [0x04, ["submit-sm", 33, MESSAGE_OCTETS_MAX]],
  [0x05, ["deliver-sm", 33, MESSAGE_OCTETS_MAX]],
  [0x06, ["unbind", 16, 16]],
  [0x07, ["replace-sm", 24, 512]],
  [0x08, ["cancel-sm", 24, 256]],
  [0x09, ["bind-transceiver", 23, 256]],
  [0x0b, ["outbind", 18, 64]],
  [0x15, ["enquire-link", 16, 16]],
  [0x21, ["submit-multi", 33, MESSAGE_OCTETS_MAX]],
  [0x102, ["alert-notification", 20, 512]],
  [0x103, ["data-sm", 24, MESSAGE_OCTETS_MAX]],
]);
const GENERIC_NACK = 0x8000_0000;
const BINDS = new Set([0x01, 0x02, 0x09]);

export const smpp: Protocol = {
  name: "smpp",
  title: "Short Message Peer-to-Peer",
  spec: "SMPP 3.4, SMPP 5.0 (SMS Forum)",
  category: "messaging",
  attributes: [SMPP_COMMAND, SMPP_SYSTEM_ID, SMPP_STATUS, SMPP_VERSION],
  malformed: [SMPP_HEADER_INVALID],
  findings: [SMPP_CLEARTEXT_CREDENTIALS],
  recognises:
    "A header with a published command, a length that the command can have, and in requests no status.",
  omits: "Addresses and texts of messages, and optional parameters.",
  stream: {
    ports: [2775],
    firstOctets: [0x00],
    dissect(octets, offset, end, flow) {
      const known = flow.stage !== 0;
      const wrong: Outcome = !known ? NO : flow.gap ? DONE : SMPP_HEADER_INVALID;
      if (u8(octets, offset) !== 0) return wrong;
      if (end - offset < HEADER_BYTES) {
        if (end - offset >= 8 && !headerMayBe(u32(octets, offset), u32(octets, offset + 4))) return wrong;
        return MORE;
      }
      const length = u32(octets, offset);
      const id = u32(octets, offset + 4);
      if (!headerMayBe(length, id)) return wrong;
      const status = u32(octets, offset + 8);
      const sequence = u32(octets, offset + 12);
      // Sequence numbers are 1 … 0x7fffffff (§3.2); vendors' errors end at 0x4ff.
      if (sequence === 0 || sequence > 0x7fff_ffff || status > 0x4ff || (id < RESPONSE && status !== 0))
        return wrong;
      const needed = offset + Math.min(length, MESSAGE_OCTETS_READ_MAX);
      if (end < needed) return MORE;
      const request = id & 0x7fff_ffff;
      const body = offset + HEADER_BYTES;
      if (BINDS.has(request)) {
        const nameEnd =
          length === HEADER_BYTES
            ? -1
            : indexOfOctet(octets, 0, body, Math.min(needed, body + SYSTEM_ID_OCTETS_MAX));
        if (nameEnd < 0 && !(id >= RESPONSE && (length === HEADER_BYTES || status !== 0))) return wrong;
        if (id < RESPONSE && !bindValid(octets, nameEnd + 1, needed)) return wrong;
        flow.stage = 1;
        if (nameEnd > body) flow.text(SMPP_SYSTEM_ID, octets, body, nameEnd);
        if (id < RESPONSE) readBind(flow, octets, nameEnd + 1, needed);
      } else if (
        !known &&
        length > HEADER_BYTES &&
        id < RESPONSE &&
        !serviceTypeMayBe(octets, body, needed)
      ) {
        return NO;
      }
      flow.stage = 1;
      if (flow.wants(SMPP_COMMAND)) flow.set(SMPP_COMMAND, nameOf(id));
      if (status !== 0) flow.set(SMPP_STATUS, status);
      flow.consume(length);
      return MATCH;
    },
  },
};

function headerMayBe(length: number, id: number): boolean {
  if (length < HEADER_BYTES || length > MESSAGE_OCTETS_MAX) return false;
  if (id === GENERIC_NACK) return length === HEADER_BYTES;
  const command = COMMANDS.get(id >= RESPONSE ? id - RESPONSE : id);
  if (command === undefined) return false;
  // Answers hold at most a message identifier of 65 octets, or optional parameters.
  if (id >= RESPONSE) return length <= 1024;
  return length >= command[1] && length <= command[2];
}

/** Most bodies begin with a service type: a C-octet string of at most six octets (§5.2.11). */
function serviceTypeMayBe(octets: Uint8Array, start: number, end: number): boolean {
  for (let index = start; index < Math.min(end, start + 6); index += 1) {
    const octet = u8(octets, index);
    if (octet === 0) return true;
    if (octet < 0x20 || octet > 0x7e) return false;
  }
  return true;
}

function nameOf(id: number): string {
  if (id === GENERIC_NACK) return "generic-nack";
  const [name] = COMMANDS.get(id >= RESPONSE ? id - RESPONSE : id)!;
  return id >= RESPONSE ? `${name}-resp` : name;
}

/** Password, system type, version, type and number of the address, address range: §4.1.1. */
function bindValid(octets: Uint8Array, start: number, end: number): boolean {
  const passwordEnd = indexOfOctet(octets, 0, start, Math.min(end, start + PASSWORD_OCTETS_MAX + 8));
  if (passwordEnd < 0) return false;
  const typeEnd = indexOfOctet(octets, 0, passwordEnd + 1, Math.min(end, passwordEnd + 14));
  return typeEnd >= 0 && typeEnd + 4 <= end;
}

function readBind(flow: FlowContext, octets: Uint8Array, start: number, end: number): void {
  const passwordEnd = indexOfOctet(octets, 0, start, end);
  const typeEnd = indexOfOctet(octets, 0, passwordEnd + 1, end);
  if (passwordEnd > start) flow.report(SMPP_CLEARTEXT_CREDENTIALS);
  flow.set(SMPP_VERSION, u8(octets, typeEnd + 1));
}
