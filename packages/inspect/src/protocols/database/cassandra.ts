import { Malformed } from "@palisade/base";
import { startsWith, u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** Version of the native protocol: 3, 4, 5; 65 and 66 are DataStax Enterprise's. */
export const CASSANDRA_VERSION = attribute("cassandra.version", "number");
/** Kinds of messages: "startup", "query". */
export const CASSANDRA_OPCODE = attribute("cassandra.opcode", "text", { many: true });
/** Driver that the client names. */
export const CASSANDRA_DRIVER = attribute("cassandra.driver", "text");
/** Error codes: 0x0100 is bad credentials. */
export const CASSANDRA_ERROR = attribute("cassandra.error", "number", { many: true });

/** After the verdict: no frame header where one must begin. */
export const CASSANDRA_HEADER_INVALID = new Malformed("cassandra.header-invalid");

/** Version, flags, stream, opcode, length ("CQL binary protocol v4", §2); two octets of stream since version 3. */
const HEADER_BYTES = 9;
const RESPONSE = 0x80;
/** Versions 3 to 6 with two octets of stream, and DataStax Enterprise's own 1 and 2, which have bit 6 set. */
const VERSIONS = new Set([3, 4, 5, 6, 0x41, 0x42]);
/** The newest version whose frames go on bare after the startup; version 5 and DSE's put them into segments or not. */
const BARE_VERSION_MAX = 4;
/** The protocol's own bound: 256 MiB. */
const FRAME_OCTETS_MAX = 0x1000_0000;
const FRAME_OCTETS_READ_MAX = 1024;
const OPCODES: readonly string[] = [
  "error",
  "startup",
  "ready",
  "authenticate",
  "",
  "options",
  "supported",
  "query",
  "result",
  "prepare",
  "execute",
  "register",
  "event",
  "batch",
  "auth-challenge",
  "auth-response",
  "auth-success",
];
const ERROR = 0;
const STARTUP = 1;
const OPTIONS = 5;
const SUPPORTED = 6;
/** Opcodes that only a server sends. */
const FROM_SERVER = new Set([0, 2, 3, 6, 8, 12, 14, 16]);
const OPTIONS_MAX = 16;

// `flow.stage`
const KNOWN = 1;
const OPTIONS_ASKED = 2;

export const cassandra: Protocol = {
  name: "cassandra",
  title: "Cassandra native protocol (CQL)",
  spec: "Apache Cassandra, “CQL binary protocol” v3, v4, v5; DataStax Enterprise v1, v2",
  category: "database",
  attributes: [CASSANDRA_VERSION, CASSANDRA_OPCODE, CASSANDRA_DRIVER, CASSANDRA_ERROR],
  malformed: [CASSANDRA_HEADER_INVALID],
  recognises:
    "A startup frame that names its CQL version, options answered by what is supported, or on port 9042 any frame header.",
  omits: "Statements, results, compressed frames, and version 5's segments behind the startup.",
  stream: {
    ports: [9042],
    firstOctets: [...VERSIONS, ...[...VERSIONS].map((version) => RESPONSE | version)],
    dissect(octets, offset, end, flow) {
      const known = flow.stage === KNOWN;
      const first = u8(octets, offset);
      const version = first & 0x7f;
      const response = (first & RESPONSE) !== 0;
      // From version 5 on, frames after the startup are inside segments (v5 §2), which have no magic number.
      const wrong: Outcome = !known
        ? NO
        : flow.gap || version > BARE_VERSION_MAX
          ? DONE
          : CASSANDRA_HEADER_INVALID;
      if (!VERSIONS.has(version)) return known ? DONE : NO;
      if (end - offset >= 2 && (u8(octets, offset + 1) & ~0x1f) !== 0) return wrong;
      if (end - offset < HEADER_BYTES) return MORE;
      const opcode = u8(octets, offset + 4);
      const name = OPCODES[opcode];
      const length = u32(octets, offset + 5);
      if (
        name === undefined ||
        name === "" ||
        FROM_SERVER.has(opcode) !== response ||
        length > FRAME_OCTETS_MAX
      )
        return wrong;
      const needed = offset + HEADER_BYTES + Math.min(length, FRAME_OCTETS_READ_MAX);
      if (end < needed) return MORE;
      const body = offset + HEADER_BYTES;
      if (!known) {
        if (opcode === OPTIONS && length === 0 && end === needed) {
          flow.stage = OPTIONS_ASKED;
          if (flow.destinationPort !== 9042) return MORE;
        } else if (opcode === STARTUP) {
          if (!namesVersion(octets, body, needed)) return NO;
        } else if (opcode === SUPPORTED) {
          if (flow.stage !== OPTIONS_ASKED && flow.sourcePort !== 9042) return NO;
        } else if (flow.sourcePort !== 9042 && flow.destinationPort !== 9042) {
          return NO;
        }
      }
      flow.stage = KNOWN;
      flow.set(CASSANDRA_VERSION, version);
      flow.set(CASSANDRA_OPCODE, name);
      if (opcode === STARTUP) readStartup(flow, octets, body, needed);
      else if (opcode === ERROR && length >= 4) flow.set(CASSANDRA_ERROR, u32(octets, body));
      flow.consume(HEADER_BYTES + length);
      return MATCH;
    },
  },
};

/** A startup's map of texts has CQL_VERSION (§4.1.1), wherever it stands. */
function namesVersion(octets: Uint8Array, start: number, end: number): boolean {
  if (end - start < 2) return false;
  let at = start + 2;
  const count = Math.min(u16(octets, start), OPTIONS_MAX);
  for (let option = 0; option < count && at + 2 <= end; option += 1) {
    const keyEnd = at + 2 + u16(octets, at);
    if (keyEnd + 2 > end) return false;
    if (startsWith(octets, at + 2, keyEnd, "CQL_VERSION")) return true;
    at = keyEnd + 2 + u16(octets, keyEnd);
  }
  return false;
}

function readStartup(flow: FlowContext, octets: Uint8Array, start: number, end: number): void {
  let at = start + 2;
  const count = Math.min(u16(octets, start), OPTIONS_MAX);
  for (let option = 0; option < count && at + 2 <= end; option += 1) {
    const keyEnd = at + 2 + u16(octets, at);
    if (keyEnd + 2 > end) return;
    const valueEnd = keyEnd + 2 + u16(octets, keyEnd);
    if (valueEnd > end) return;
    if (startsWith(octets, at + 2, keyEnd, "DRIVER_NAME")) {
      flow.text(CASSANDRA_DRIVER, octets, keyEnd + 2, valueEnd);
    }
    at = valueEnd;
  }
}
