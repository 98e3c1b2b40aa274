import { Malformed } from "@palisade/base";
import { lineEnd, startsWith, startsWithNoCase, u8 } from "@palisade/wire";
import { type Attribute, attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import { decodeText, type FlowContext } from "../../flow-context.js";
import { lineStop } from "../text-head.js";

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
const OPERATIONS = [
  "INFO ",
  "CONNECT ",
  "PUB ",
  "HPUB ",
  "SUB ",
  "UNSUB ",
  "MSG ",
  "HMSG ",
  "PING",
  "PONG",
  "+OK",
  "-ERR",
] as const;
const PAYLOAD_FOLLOWS = new Set(["PUB", "HPUB", "MSG", "HMSG"]);
const PAYLOAD_OCTETS_MAX = 0x400_0000;

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
      const known = flow.stage !== 0;
      if (!known && !startsMayBe(octets, offset, end)) return NO;
      const newline = lineEnd(octets, offset, Math.min(end, offset + LINE_OCTETS_MAX));
      if (newline < 0) return end - offset < LINE_OCTETS_MAX ? MORE : known ? DONE : NO;
      const stop = lineStop(octets, offset, newline);
      if (known) return readOperation(flow, octets, offset, newline, stop);
      const info = startsWithNoCase(octets, offset, stop, "info ");
      if (u8(octets, stop - 1) !== 0x7d) return NO;
      // A server says who it is; a client says at least whether it wants to be answered.
      const key = info ? '"server_id"' : '"verbose"';
      if (findText(octets, offset, stop, key) < 0) return NO;
      flow.stage = 1;
      return readOperation(flow, octets, offset, newline, stop);
    },
  },
};

function startsMayBe(octets: Uint8Array, offset: number, end: number): boolean {
  const length = end - offset;
  return (
    startsWithNoCase(octets, offset, end, "info {".slice(0, length)) ||
    startsWithNoCase(octets, offset, end, "connect {".slice(0, length))
  );
}

function readOperation(
  flow: FlowContext,
  octets: Uint8Array,
  offset: number,
  newline: number,
  stop: number,
): Outcome {
  for (const operation of OPERATIONS) {
    if (!startsWithNoCase(octets, offset, stop, operation.toLowerCase())) continue;
    const name = operation.trimEnd();
    flow.set(NATS_OPERATION, name);
    let consumed = newline + 1 - offset;
    if (name === "INFO") {
      setValue(flow, NATS_SERVER, octets, offset, stop, '"server_name"');
      setValue(flow, NATS_VERSION, octets, offset, stop, '"version"');
      const required = findText(octets, offset, stop, '"tls_required":true') >= 0;
      if (required && flow.direction === 1) {
        flow.consume(consumed);
        return flow.become("tls");
      }
    } else if (name === "CONNECT") {
      setValue(flow, NATS_CLIENT, octets, offset, stop, '"name"');
      setValue(flow, NATS_LANGUAGE, octets, offset, stop, '"lang"');
      setValue(flow, NATS_USER, octets, offset, stop, '"user"');
      const secret =
        findText(octets, offset, stop, '"pass":"') >= 0 ||
        findText(octets, offset, stop, '"auth_token":"') >= 0;
      if (secret) flow.report(NATS_CLEARTEXT_CREDENTIALS);
    } else if (PAYLOAD_FOLLOWS.has(name)) {
      const payload = lastNumber(octets, offset, stop);
      if (payload < 0 || payload > PAYLOAD_OCTETS_MAX) return NATS_OPERATION_UNKNOWN;
      consumed += payload + 2;
    }
    flow.consume(consumed);
    return MATCH;
  }
  return flow.gap ? DONE : NATS_OPERATION_UNKNOWN;
}

/** Index of `text` in `start … end`, or -1. */
function findText(octets: Uint8Array, start: number, end: number, text: string): number {
  const first = text.charCodeAt(0);
  for (let index = start; index + text.length <= end; index += 1) {
    if (octets[index] === first && startsWith(octets, index, end, text)) return index;
  }
  return -1;
}

/** Sets `target` from the text that is the value of `key` in an object; a text with escapes is cut at the first. */
function setValue(
  flow: FlowContext,
  target: Attribute<"text">,
  octets: Uint8Array,
  start: number,
  end: number,
  key: string,
): void {
  if (!flow.wants(target)) return;
  const at = findText(octets, start, end, key);
  if (at < 0) return;
  let index = at + key.length;
  while (index < end && (u8(octets, index) === 0x3a || u8(octets, index) === 0x20)) index += 1;
  if (index >= end || u8(octets, index) !== 0x22) return;
  let stop = index + 1;
  while (stop < end && u8(octets, stop) !== 0x22 && u8(octets, stop) !== 0x5c) stop += 1;
  if (stop > index + 1) flow.set(target, decodeText(octets, index + 1, stop));
}

/** The number that the line ends with, of at most nine digits; -1 without. */
function lastNumber(octets: Uint8Array, start: number, end: number): number {
  let at = end;
  while (at > start && end - at < 9 && u8(octets, at - 1) >= 0x30 && u8(octets, at - 1) <= 0x39) at -= 1;
  if (at === end) return -1;
  let value = 0;
  for (let index = at; index < end; index += 1) value = value * 10 + u8(octets, index) - 0x30;
  return value;
}
