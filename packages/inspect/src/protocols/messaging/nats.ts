import { Malformed } from "@palisade/base";
import { lineEnd, startsWith, startsWithNoCase, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import { hasFilledString, memberValue, setMember } from "../json-member.js";
import { startTls } from "../starttls.js";
import { decimal, skipBlanks, trimEnd } from "../text-head.js";
import { lineStop } from "../text-line.js";

export const NATS_SERVER = attribute("nats.server-name", "text");
export const NATS_VERSION = attribute("nats.server-version", "text");
/** Name and language that a client gives itself. */
export const NATS_CLIENT = attribute("nats.client-name", "text");
export const NATS_LANGUAGE = attribute("nats.client-language", "text");
export const NATS_USER = attribute("nats.user", "text");
/** Operations: "PUB", "SUB". */
export const NATS_OPERATION = attribute("nats.operation", "text", { many: true });

/** After the verdict: a line that begins with no operation of NATS. */
export const NATS_OPERATION_UNKNOWN = new Malformed("nats.operation-unknown");

export const NATS_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "nats.cleartext-credentials",
  severity: "medium",
  title: "A NATS client sends its password or token in clear text",
};

const LINE_OCTETS_MAX = 8192;
const LINE_END_OCTETS = 2;
const BRACE = 0x7b;
const BRACE_END = 0x7d;
/** Names of operations in lower case, and whether octets of payload follow the line, as many as its last number says. */
const OPERATIONS: readonly (readonly [lower: string, name: string, payload: boolean])[] = [
  ["info", "INFO", false],
  ["connect", "CONNECT", false],
  ["pub", "PUB", true],
  ["hpub", "HPUB", true],
  ["sub", "SUB", false],
  ["unsub", "UNSUB", false],
  ["msg", "MSG", true],
  ["hmsg", "HMSG", true],
  ["ping", "PING", false],
  ["pong", "PONG", false],
  ["+ok", "+OK", false],
  ["-err", "-ERR", false],
];
const PAYLOAD_OCTETS_MAX = 0x400_0000;

// Bits of `stage`.
const KNOWN = 1;
/** The server lets the client begin TLS. */
const TLS_OFFERED = 2;

export const nats: Protocol = {
  name: "nats",
  title: "NATS",
  spec: "NATS documentation, “Client Protocol”",
  category: "messaging",
  attributes: [NATS_SERVER, NATS_VERSION, NATS_CLIENT, NATS_LANGUAGE, NATS_USER, NATS_OPERATION],
  malformed: [NATS_OPERATION_UNKNOWN],
  findings: [NATS_CLEARTEXT_CREDENTIALS],
  recognises: "A line of INFO with a server_id, or of CONNECT with an object of options.",
  omits: "Subjects, headers and payloads.",
  stream: {
    ports: [4222],
    firstOctets: [0x49, 0x69, 0x43, 0x63],
    dissect(octets, offset, end, flow) {
      const known = (flow.stage & KNOWN) !== 0;
      if (!known && !beginsMaybe(octets, offset, end)) return NO;
      const tls = known ? startTls(octets, offset, end, flow, TLS_OFFERED) : undefined;
      if (tls !== undefined) return tls;
      const lineFeed = lineEnd(octets, offset, Math.min(end, offset + LINE_OCTETS_MAX));
      if (lineFeed < 0) {
        if (end - offset >= LINE_OCTETS_MAX) return known ? DONE : NO;
        return known ? MATCH : MORE;
      }
      // The server sets a blank between the object of INFO and the line's end.
      const stop = trimEnd(octets, offset, lineStop(octets, offset, lineFeed));
      if (!known && !isGreeting(octets, offset, stop)) return NO;
      flow.stage |= KNOWN;
      return readOperation(flow, octets, offset, lineFeed, stop);
    },
  },
};

/** Whether the octets, as far as they go, are INFO or CONNECT with an object. */
function beginsMaybe(octets: Uint8Array, offset: number, end: number): boolean {
  for (const word of ["info", "connect"]) {
    const known = Math.min(end - offset, word.length);
    if (!startsWithNoCase(octets, offset, end, word.slice(0, known))) continue;
    const object = skipBlanks(octets, offset + known, end);
    return object === end || (object > offset + known && u8(octets, object) === BRACE);
  }
  return false;
}

/** A server says who it is; a client says at least whether it wants to be answered. */
function isGreeting(octets: Uint8Array, offset: number, stop: number): boolean {
  const key = startsWithNoCase(octets, offset, stop, "info") ? '"server_id"' : '"verbose"';
  return u8(octets, stop - 1) === BRACE_END && memberValue(octets, offset, stop, key) >= 0;
}

function readOperation(
  flow: FlowContext,
  octets: Uint8Array,
  offset: number,
  lineFeed: number,
  stop: number,
): Outcome {
  let word = offset;
  while (word < stop && skipBlanks(octets, word, stop) === word) word += 1;
  for (const [lower, name, hasPayload] of OPERATIONS) {
    if (word - offset !== lower.length || !startsWithNoCase(octets, offset, stop, lower)) continue;
    flow.set(NATS_OPERATION, name);
    const payload = hasPayload ? lastNumber(octets, offset, stop) : 0;
    if (payload < 0 || payload > PAYLOAD_OCTETS_MAX) return NATS_OPERATION_UNKNOWN;
    flow.consume(lineFeed + 1 - offset + (hasPayload ? payload + LINE_END_OCTETS : 0));
    if (name === "INFO") return readInfo(flow, octets, word, stop);
    if (name === "CONNECT") readConnect(flow, octets, word, stop);
    return MATCH;
  }
  return flow.gap ? DONE : NATS_OPERATION_UNKNOWN;
}

function readInfo(flow: FlowContext, octets: Uint8Array, start: number, stop: number): Outcome {
  setMember(flow, NATS_SERVER, octets, start, stop, '"server_name"');
  setMember(flow, NATS_VERSION, octets, start, stop, '"version"');
  if (flow.direction === 0) return MATCH;
  if (isTrue(octets, start, stop, '"tls_required"')) return flow.become("tls");
  if (isTrue(octets, start, stop, '"tls_available"')) flow.stage |= TLS_OFFERED;
  return MATCH;
}

function readConnect(flow: FlowContext, octets: Uint8Array, start: number, stop: number): void {
  setMember(flow, NATS_CLIENT, octets, start, stop, '"name"');
  setMember(flow, NATS_LANGUAGE, octets, start, stop, '"lang"');
  setMember(flow, NATS_USER, octets, start, stop, '"user"');
  flow.stage &= ~TLS_OFFERED;
  if (
    hasFilledString(octets, start, stop, '"pass"') ||
    hasFilledString(octets, start, stop, '"auth_token"')
  ) {
    flow.report(NATS_CLEARTEXT_CREDENTIALS);
  }
}

function isTrue(octets: Uint8Array, start: number, stop: number, quotedName: string): boolean {
  const value = memberValue(octets, start, stop, quotedName);
  return value >= 0 && startsWith(octets, value, stop, "true");
}

/** The number that is the line's last word, of at most nine digits; -1 where it is none. */
function lastNumber(octets: Uint8Array, start: number, stop: number): number {
  let at = stop;
  while (at > start && u8(octets, at - 1) > 0x20) at -= 1;
  return decimal(octets, at, stop);
}
