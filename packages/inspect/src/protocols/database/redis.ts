import { Malformed } from "@palisade/base";
import { startsWith, startsWithNoCase, u8 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import { decodeText, type FlowContext } from "../../flow-context.js";

/** Commands of the client, in upper case: "SET". */
export const REDIS_COMMAND = attribute("redis.command", "text", { many: true });
/** Kinds of errors that the server answers: "ERR", "NOAUTH", "WRONGTYPE". */
export const REDIS_ERROR = attribute("redis.error", "text", { many: true });
/** User name of an AUTH command that has one. */
export const REDIS_USER = attribute("redis.user", "text");

/** After the verdict: a value that does not begin or end as RESP says. */
export const REDIS_VALUE_INVALID = new Malformed("redis.value-invalid");

export const REDIS_CLEARTEXT_CREDENTIALS: FindingKind = {
  name: "redis.cleartext-credentials",
  severity: "medium",
  title: "A Redis client sends its password in clear text",
};

/** Redis's own bounds: 512 MiB a string, a million arguments a command. */
const STRING_OCTETS_MAX = 0x2000_0000;
const ARGUMENTS_MAX = 1_048_576;
/** Octets of a number's line that are looked at: ten digits, a sign, CR and LF. */
const LINE_OCTETS_MAX = 14;
const COMMAND_OCTETS_MAX = 32;
const SIMPLE_OCTETS_MAX = 1024;

// `flow.stage`
const KNOWN = 1;
const PING_SEEN = 2;

const CR = 0x0d;
const LF = 0x0a;
const DOLLAR = 0x24;
const ASTERISK = 0x2a;

/** First octets of values: RESP2 and RESP3. */
const TYPES = new Set([..."+-:$*_#,(!=%~>|"].map((type) => type.charCodeAt(0)));
/** Values whose line counts octets that follow. */
const STRINGS = new Set([..."$!="].map((type) => type.charCodeAt(0)));

/** Where the line that was read last ends, and the number on it. */
const line = { next: 0, number: 0 };

export const redis: Protocol = {
  name: "redis",
  title: "Redis serialization protocol (RESP)",
  spec: "Redis documentation, “Redis serialization protocol specification”",
  category: "database",
  attributes: [REDIS_COMMAND, REDIS_ERROR, REDIS_USER],
  malformed: [REDIS_VALUE_INVALID],
  findings: [REDIS_CLEARTEXT_CREDENTIALS],
  recognises:
    "A command as an array of strings whose name is a word, from either end, or PING on a line that is answered with PONG.",
  omits: "Keys, values, answers, and inline commands other than PING.",
  stream: {
    ports: [6379],
    firstOctets: [ASTERISK, 0x2b, 0x50, 0x70],
    dissect(octets, offset, end, flow) {
      if (flow.stage !== KNOWN) {
        const first = u8(octets, offset);
        if (first === ASTERISK) return readCommand(flow, octets, offset, end);
        return readPing(flow, octets, offset, end);
      }
      if (flow.direction === 0 && u8(octets, offset) === ASTERISK)
        return readCommand(flow, octets, offset, end);
      return readValue(flow, octets, offset, end);
    },
  },
};

/** A line that holds one number between its first octet and CR LF: 1 it does, 0 not, -1 not yet whole. */
function readLine(octets: Uint8Array, at: number, end: number): number {
  if (at >= end) return -1;
  const stop = Math.min(end, at + LINE_OCTETS_MAX);
  let number = 0;
  let index = at + 1;
  for (; index < stop; index += 1) {
    const octet = u8(octets, index);
    if (octet < 0x30 || octet > 0x39) break;
    number = number * 10 + octet - 0x30;
  }
  if (index === end && end - at < LINE_OCTETS_MAX) return -1;
  if (index === at + 1 || index >= stop || u8(octets, index) !== CR) return 0;
  if (index + 1 >= end) return -1;
  if (u8(octets, index + 1) !== LF) return 0;
  line.next = index + 2;
  line.number = number;
  return 1;
}

/** An array of bulk strings: the command's name is the first. */
function readCommand(flow: FlowContext, octets: Uint8Array, offset: number, end: number): Outcome {
  const known = flow.stage === KNOWN;
  const wrong = known ? REDIS_VALUE_INVALID : NO;
  const count = readLine(octets, offset, end);
  if (count < 0) return MORE;
  if (count === 0) return wrong;
  const commandArguments = line.number;
  if (commandArguments < 1 || commandArguments > ARGUMENTS_MAX) return wrong;
  let at = line.next;
  if (at >= end) return MORE;
  if (u8(octets, at) !== DOLLAR) return wrong;
  const length = readLine(octets, at, end);
  if (length < 0) return MORE;
  if (length === 0 || line.number < 1 || line.number > COMMAND_OCTETS_MAX) return wrong;
  const start = line.next;
  const stop = start + line.number;
  for (let index = start; index < Math.min(stop, end); index += 1) {
    // Letters first; modules' commands have dots and other marks after them ("JSON.SET", "CL.THROTTLE").
    const octet = u8(octets, index);
    const letter = (octet | 0x20) >= 0x61 && (octet | 0x20) <= 0x7a;
    const further =
      index > start &&
      (octet === 0x2e || octet === 0x5f || octet === 0x2d || (octet >= 0x30 && octet <= 0x39));
    if (!letter && !further) return wrong;
  }
  if (end < stop + 2) return MORE;
  if (u8(octets, stop) !== CR || u8(octets, stop + 1) !== LF) return wrong;
  const auth = stop - start === 4 && startsWithNoCase(octets, start, stop, "auth");
  const hello = stop - start === 5 && startsWithNoCase(octets, start, stop, "hello") && commandArguments >= 5;
  if (auth || hello) {
    const outcome = readCredentials(flow, octets, stop + 2, end, hello ? 2 : 0, commandArguments);
    if (outcome !== MATCH) return outcome === NO ? wrong : outcome;
  }
  flow.stage = KNOWN;
  if (flow.wants(REDIS_COMMAND)) flow.set(REDIS_COMMAND, decodeText(octets, start, stop).toUpperCase());
  at = stop + 2;
  flow.consume(at - offset);
  return MATCH;
}

/**
 * Credentials from the argument at `at` on: "AUTH password", "AUTH user password", or behind `skipped` arguments of
 * "HELLO 3 AUTH user password". `MATCH`, `MORE` where they are not at hand, `NO` where an argument is none.
 */
function readCredentials(
  flow: FlowContext,
  octets: Uint8Array,
  at: number,
  end: number,
  skipped: number,
  commandArguments: number,
): Outcome {
  let next = at;
  for (let argument = 0; ; argument += 1) {
    const length = readLine(octets, next, end);
    if (length < 0) return MORE;
    if (length === 0 || u8(octets, next) !== DOLLAR || line.number > SIMPLE_OCTETS_MAX) return NO;
    const start = line.next;
    const stop = start + line.number;
    if (end < stop) return MORE;
    // HELLO has its credentials behind the word AUTH.
    if (argument === 1 && skipped === 2 && !startsWithNoCase(octets, start, stop, "auth")) return MATCH;
    if (argument === skipped) {
      flow.report(REDIS_CLEARTEXT_CREDENTIALS);
      if (commandArguments - skipped >= 3) flow.text(REDIS_USER, octets, start, stop);
      return MATCH;
    }
    next = stop + 2;
  }
}

/** One value, or the beginning of an array: what an array holds is read as further values. */
function readValue(flow: FlowContext, octets: Uint8Array, offset: number, end: number): Outcome {
  const type = u8(octets, offset);
  if (!TYPES.has(type)) {
    // Commands on a line of their own end here: nothing marks them.
    return flow.direction === 0 || flow.gap ? DONE : REDIS_VALUE_INVALID;
  }
  let at = offset + 1;
  const limit = Math.min(end, offset + SIMPLE_OCTETS_MAX);
  while (at < limit && u8(octets, at) !== CR) at += 1;
  if (at === end) return end - offset < SIMPLE_OCTETS_MAX ? MATCH : DONE;
  if (at === limit) return DONE;
  if (at + 1 === end) return MATCH;
  if (u8(octets, at + 1) !== LF) return REDIS_VALUE_INVALID;
  let consumed = at + 2 - offset;
  if (STRINGS.has(type) && u8(octets, offset + 1) !== 0x2d && u8(octets, offset + 1) !== 0x3f) {
    if (readLine(octets, offset, end) !== 1 || line.number > STRING_OCTETS_MAX) return REDIS_VALUE_INVALID;
    consumed += line.number + 2;
  } else if (type === 0x2d && flow.wants(REDIS_ERROR)) {
    let stop = offset + 1;
    while (stop < at && u8(octets, stop) >= 0x41 && u8(octets, stop) <= 0x5a) stop += 1;
    if (stop > offset + 1) flow.set(REDIS_ERROR, decodeText(octets, offset + 1, stop));
  }
  flow.consume(consumed);
  return MATCH;
}

/** PING on a line is anybody's until PONG answers it. */
function readPing(flow: FlowContext, octets: Uint8Array, offset: number, end: number): Outcome {
  const length = end - offset;
  if (flow.direction === 0) {
    if (!startsWithNoCase(octets, offset, end, "ping\r\n".slice(0, length))) return NO;
    if (length >= 6) flow.stage = PING_SEEN;
    return MORE;
  }
  if (flow.stage !== PING_SEEN || !startsWith(octets, offset, end, "+PONG\r\n".slice(0, length))) return NO;
  if (length < 7) return MORE;
  flow.stage = KNOWN;
  flow.consume(7);
  return MATCH;
}
