import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWith, u8, u16, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import { decodeText, type FlowContext } from "../../flow-context.js";
import { lineStop } from "../text-line.js";

/** Commands of the client: "get", "set"; of the binary protocol "opcode 0". */
export const MEMCACHED_COMMAND = attribute("memcached.command", "text", { many: true });
/** Version that the server answers. */
export const MEMCACHED_VERSION = attribute("memcached.server-version", "text");

/** After the verdict: a binary header where the lengths contradict each other. */
export const MEMCACHED_HEADER_INVALID = new Malformed("memcached.header-invalid");

export const MEMCACHED_UDP_ANSWER: FindingKind = {
  name: "memcached.udp-answer",
  severity: "medium",
  title: "A Memcached server answers over UDP, which serves to amplify attacks",
};

const LINE_OCTETS_MAX = 2048;
const KEY_OCTETS_MAX = 250;
const DATAGRAM_HEADER_BYTES = 8;
const BINARY_HEADER_BYTES = 24;
const BINARY_REQUEST = 0x80;
const BINARY_RESPONSE = 0x81;
const BINARY_OPCODE_MAX = 0x51;
const BODY_OCTETS_MAX = 0x800_0000;
const SPACE = 0x20;

/** Commands with a key and numbers behind it (protocol.txt, "Storage commands", "Increment/Decrement", "Touch"): fewest and most numbers. */
const WITH_NUMBERS: ReadonlyMap<string, readonly [number, number]> = new Map([
  ["set", [3, 3]],
  ["add", [3, 3]],
  ["replace", [3, 3]],
  ["append", [3, 3]],
  ["prepend", [3, 3]],
  ["cas", [4, 4]],
  ["incr", [1, 1]],
  ["decr", [1, 1]],
  ["touch", [1, 1]],
]);
const STORAGE = new Set(["set", "add", "replace", "append", "prepend", "cas"]);
/** Lines that decide only together with what the server answers. */
const PLAIN = new Set([
  "get",
  "gets",
  "delete",
  "stats",
  "version",
  "flush_all",
  "verbosity",
  "gat",
  "gats",
  "mn",
]);
const ANSWERS = [
  "STAT ",
  "VALUE ",
  "VERSION ",
  "STORED\r\n",
  "NOT_STORED\r\n",
  "NOT_FOUND\r\n",
  "DELETED\r\n",
  "TOUCHED\r\n",
  "EXISTS\r\n",
  "END\r\n",
] as const;

// `flow.stage`
const KNOWN = 1;
const PLAIN_ASKED = 2;
const BINARY = 3;

export const memcached: Protocol = {
  name: "memcached",
  title: "Memcached",
  spec: "memcached doc/protocol.txt and doc/protocol-binary.txt",
  category: "database",
  attributes: [MEMCACHED_COMMAND, MEMCACHED_VERSION],
  malformed: [MEMCACHED_HEADER_INVALID],
  findings: [MEMCACHED_UDP_ANSWER],
  recognises:
    "A storage or counting command with its numbers, STAT or VALUE lines of a server, another command with its answer, or a binary header whose lengths agree.",
  omits: "Keys and values, and the meta commands.",
  datagram: {
    ports: [11211],
    dissect(octets, offset, end, flow) {
      // Request number, sequence number, datagrams in the message, reserved (protocol.txt, "UDP protocol").
      if (end - offset < DATAGRAM_HEADER_BYTES + 4) return NO;
      const total = u16(octets, offset + 4);
      if (total === 0 || u16(octets, offset + 2) >= total || u16(octets, offset + 6) !== 0) return NO;
      const start = offset + DATAGRAM_HEADER_BYTES;
      if (answers(octets, start, end)) {
        flow.stage = KNOWN;
        if (flow.sourcePort === 11_211) flow.report(MEMCACHED_UDP_ANSWER);
        readAnswer(flow, octets, start, end);
        return MATCH;
      }
      // Further datagrams of one answer begin anywhere in it.
      if (flow.stage === KNOWN && u16(octets, offset + 2) > 0) return MATCH;
      const lineEnd = indexOfOctet(octets, 0x0a, start, end);
      if (lineEnd < 0) return NO;
      const kind = commandKind(octets, start, lineEnd);
      if (kind === 0 || (kind === 2 && flow.destinationPort !== 11_211)) return NO;
      flow.stage = KNOWN;
      setCommand(flow, octets, start, lineEnd);
      return MATCH;
    },
  },
  stream: {
    ports: [11211],
    firstOctets: [
      ...new Set([..."sarpcidtgfvmSVNDTEX"].map((letter) => letter.charCodeAt(0))),
      BINARY_REQUEST,
      BINARY_RESPONSE,
    ],
    dissect(octets, offset, end, flow) {
      const first = u8(octets, offset);
      if (
        flow.stage === BINARY ||
        (flow.stage === 0 && (first === BINARY_REQUEST || first === BINARY_RESPONSE))
      ) {
        return readBinary(flow, octets, offset, end);
      }
      const known = flow.stage === KNOWN;
      const lineEnd = indexOfOctet(octets, 0x0a, offset, Math.min(end, offset + LINE_OCTETS_MAX));
      if (lineEnd < 0) {
        if (end - offset >= LINE_OCTETS_MAX) return known ? DONE : NO;
        // A first word of lower-case letters, or of the server's capitals.
        return known || wordMayBe(octets, offset, end) ? MORE : NO;
      }
      if (answers(octets, offset, lineEnd + 1)) {
        if (!known && flow.stage !== PLAIN_ASKED && !decidesAlone(octets, offset, end)) return NO;
        flow.stage = KNOWN;
        readAnswer(flow, octets, offset, lineEnd);
        flow.consume(lineEnd + 1 - offset + valueOctets(octets, offset, lineEnd));
        return MATCH;
      }
      if (known && flow.direction === 1) return DONE;
      const kind = commandKind(octets, offset, lineEnd);
      if (kind === 0) return known ? DONE : NO;
      if (kind === 2 && !known) {
        flow.stage = PLAIN_ASKED;
        return MORE;
      }
      flow.stage = KNOWN;
      setCommand(flow, octets, offset, lineEnd);
      flow.consume(lineEnd + 1 - offset + storedOctets(octets, offset, lineEnd));
      return MATCH;
    },
  },
};

function wordMayBe(octets: Uint8Array, offset: number, end: number): boolean {
  for (let index = offset; index < Math.min(end, offset + 8); index += 1) {
    const octet = u8(octets, index);
    if (octet === SPACE || octet === 0x0d || octet === 0x5f) return index > offset;
    if ((octet | 0x20) < 0x61 || (octet | 0x20) > 0x7a) return false;
  }
  return true;
}

function answers(octets: Uint8Array, offset: number, end: number): boolean {
  for (const answer of ANSWERS) if (startsWith(octets, offset, end, answer)) return true;
  return false;
}

/** "STAT name value" or "VALUE key flags octets": the others are words that anybody might send. */
function decidesAlone(octets: Uint8Array, offset: number, end: number): boolean {
  return startsWith(octets, offset, end, "STAT pid ") || startsWith(octets, offset, end, "VALUE ");
}

/** What the line `offset … lineEnd` is: 0 no command, 1 one that decides alone, 2 one that needs an answer. */
function commandKind(octets: Uint8Array, offset: number, lineEnd: number): 0 | 1 | 2 {
  const stop = lineStop(octets, offset, lineEnd);
  let wordEnd = offset;
  while (wordEnd < stop && u8(octets, wordEnd) !== SPACE && wordEnd - offset < 12) wordEnd += 1;
  if (wordEnd - offset < 2 || wordEnd - offset >= 12) return 0;
  const first = u8(octets, offset);
  if (first < 0x61 || first > 0x7a) return 0;
  const word = decodeText(octets, offset, wordEnd);
  const numbers = WITH_NUMBERS.get(word);
  if (numbers === undefined) {
    if (!PLAIN.has(word)) return 0;
    for (let index = wordEnd; index < stop; index += 1) if (u8(octets, index) < SPACE) return 0;
    return 2;
  }
  let at = wordEnd + 1;
  const keyEnd = indexOfOctet(octets, SPACE, at, stop);
  if (keyEnd <= at || keyEnd - at > KEY_OCTETS_MAX) return 0;
  at = keyEnd;
  let count = 0;
  while (at < stop && count < numbers[1]) {
    let digits = 0;
    at += 1;
    if (at < stop && u8(octets, at) === 0x2d) at += 1;
    while (at < stop && u8(octets, at) >= 0x30 && u8(octets, at) <= 0x39) {
      at += 1;
      digits += 1;
    }
    if (digits === 0 || (at < stop && u8(octets, at) !== SPACE)) return 0;
    count += 1;
  }
  if (count < numbers[0]) return 0;
  if (at < stop && !startsWith(octets, at, stop, " noreply")) return 0;
  // "incr x 1" could be a person's words; storage commands could not.
  return STORAGE.has(word) ? 1 : 2;
}

/** The line's first word, which `commandKind` has found to be a command. */
function setCommand(flow: FlowContext, octets: Uint8Array, offset: number, lineEnd: number): void {
  let wordEnd = offset;
  while (wordEnd < lineEnd && u8(octets, wordEnd) > SPACE) wordEnd += 1;
  flow.text(MEMCACHED_COMMAND, octets, offset, wordEnd);
}

/** Octets of the value behind a storage command's line, CR LF included. */
function storedOctets(octets: Uint8Array, offset: number, lineEnd: number): number {
  const wordEnd = indexOfOctet(octets, SPACE, offset, lineEnd);
  if (wordEnd < 0 || !STORAGE.has(decodeText(octets, offset, Math.min(wordEnd, offset + 12)))) return 0;
  return numberAt(octets, offset, lineEnd, 4);
}

/** Octets of the value behind "VALUE key flags octets", CR LF included. */
function valueOctets(octets: Uint8Array, offset: number, lineEnd: number): number {
  return startsWith(octets, offset, lineEnd, "VALUE ") ? numberAt(octets, offset, lineEnd, 3) : 0;
}

/** The number in the line's field `field` (the first is 0) and two octets more; 0 where it is none. */
function numberAt(octets: Uint8Array, offset: number, lineEnd: number, field: number): number {
  let at = offset;
  for (let count = 0; count < field; count += 1) {
    const space = indexOfOctet(octets, SPACE, at, lineEnd);
    if (space < 0) return 0;
    at = space + 1;
  }
  let value = 0;
  let digits = 0;
  while (at < lineEnd && u8(octets, at) >= 0x30 && u8(octets, at) <= 0x39 && digits < 9) {
    value = value * 10 + u8(octets, at) - 0x30;
    at += 1;
    digits += 1;
  }
  return digits === 0 ? 0 : value + 2;
}

function readAnswer(flow: FlowContext, octets: Uint8Array, offset: number, end: number): void {
  const lineEnd = indexOfOctet(octets, 0x0d, offset, end);
  const stop = lineEnd < 0 ? end : lineEnd;
  if (startsWith(octets, offset, stop, "VERSION ")) {
    flow.text(MEMCACHED_VERSION, octets, offset + 8, stop);
  } else if (startsWith(octets, offset, stop, "STAT version ")) {
    flow.text(MEMCACHED_VERSION, octets, offset + 13, stop);
  }
}

/** protocol-binary.txt, "Packet Structure": magic, opcode, key length, extras length, type, status, body length. */
function readBinary(flow: FlowContext, octets: Uint8Array, offset: number, end: number): Outcome {
  const wrong: Outcome = flow.stage === 0 ? NO : flow.gap ? DONE : MEMCACHED_HEADER_INVALID;
  const magic = u8(octets, offset);
  if (magic !== BINARY_REQUEST && magic !== BINARY_RESPONSE) return wrong;
  if (end - offset < BINARY_HEADER_BYTES) return MORE;
  const opcode = u8(octets, offset + 1);
  const key = u16(octets, offset + 2);
  const extras = u8(octets, offset + 4);
  const body = u32(octets, offset + 8);
  if (opcode > BINARY_OPCODE_MAX || u8(octets, offset + 5) !== 0 || key > KEY_OCTETS_MAX || extras > 20)
    return wrong;
  if (body > BODY_OCTETS_MAX || key + extras > body) return wrong;
  // Status of answers; the virtual bucket of requests, which only Couchbase uses.
  const status = u16(octets, offset + 6);
  if (magic === BINARY_RESPONSE && status > 0x0086) return wrong;
  if (flow.stage === 0) {
    const onPort = flow.sourcePort === 11_211 || flow.destinationPort === 11_211;
    // Elsewhere the kinds with fixed fields decide: keys for get and delete, extras of eight for set.
    const fixed =
      magic === BINARY_REQUEST &&
      status === 0 &&
      ((opcode === 0 && extras === 0 && key > 0 && body === key) ||
        (opcode === 1 && extras === 8 && key > 0));
    if (!onPort && !fixed) return NO;
  }
  flow.stage = BINARY;
  if (magic === BINARY_REQUEST && flow.wants(MEMCACHED_COMMAND))
    flow.set(MEMCACHED_COMMAND, `opcode ${opcode}`);
  flow.consume(BINARY_HEADER_BYTES + body);
  return MATCH;
}
