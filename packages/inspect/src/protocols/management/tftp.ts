import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWithNoCase, u8, u16 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";

/** `read` or `write`, as the client asks. */
export const TFTP_REQUEST = attribute("tftp.request", "text", { many: true });
export const TFTP_FILE = attribute("tftp.file", "text", { many: true });
/** `netascii`, `octet` or `mail`. */
export const TFTP_MODE = attribute("tftp.mode", "text");
/** Block size asked for or agreed on, octets (RFC 2348). */
export const TFTP_BLOCK_BYTES = attribute("tftp.block-bytes", "number");
/** Size of the file, octets (RFC 2349); 0 where the client asks for it. */
export const TFTP_FILE_BYTES = attribute("tftp.file-bytes", "number", { many: true });
/** 0 see message, 1 file not found, 2 access violation … 8 option refused (RFC 1350, RFC 2347). */
export const TFTP_ERROR = attribute("tftp.error", "number");
export const TFTP_ERROR_MESSAGE = attribute("tftp.error-message", "text");

/** An operation outside RFC 1350 and RFC 2347. */
export const TFTP_OPERATION_UNKNOWN = new Malformed("tftp.operation-unknown");
/** A text without its NUL, or a message of a wrong length. */
export const TFTP_TRUNCATED = new Malformed("tftp.truncated");
/** A transfer mode that does not exist. */
export const TFTP_MODE_UNKNOWN = new Malformed("tftp.mode-unknown");

const PORT_TFTP = 69;
const UDP = 17;
const READ_REQUEST = 1;
const WRITE_REQUEST = 2;
const DATA = 3;
const ACKNOWLEDGEMENT = 4;
const ERROR = 5;
const OPTIONS = 6;
const HEADER_BYTES = 4;
/** RFC 2348: block sizes are 8 … 65,464. */
const BLOCK_BYTES_MAX = 65_464;
const ERROR_LAST = 8;
const MODES: readonly string[] = ["octet", "netascii", "mail"];
const OPTIONS_MAX = 16;
/** Verdict given; before it, `stage` holds block number and direction of the last DATA seen. */
const STAGE_DECIDED = -1;
const STAGE_SEEN = 0x10_0000;
const STAGE_DIRECTION = 0x2_0000;
const STAGE_AGREED = 0x4_0000;

export const tftp: Protocol = {
  name: "tftp",
  title: "Trivial File Transfer Protocol",
  spec: "RFC 1350, RFC 2347 to RFC 2349 (options)",
  category: "file-transfer",
  attributes: [
    TFTP_REQUEST,
    TFTP_FILE,
    TFTP_MODE,
    TFTP_BLOCK_BYTES,
    TFTP_FILE_BYTES,
    TFTP_ERROR,
    TFTP_ERROR_MESSAGE,
  ],
  malformed: [TFTP_OPERATION_UNKNOWN, TFTP_TRUNCATED, TFTP_MODE_UNKNOWN],
  recognises:
    "A request with file name and mode, an acknowledgement of options known by name, or two blocks of data that the other end acknowledges one after the other.",
  omits: "The contents of files.",
  datagram: {
    ports: [PORT_TFTP],
    firstOctets: [0],
    dissect(octets, offset, end, flow) {
      if (end - offset < HEADER_BYTES) return TFTP_TRUNCATED;
      const operation = u16(octets, offset);
      if (operation === READ_REQUEST || operation === WRITE_REQUEST) {
        return readRequest(octets, offset, end, flow);
      }
      if (operation === OPTIONS) {
        const outcome = readOptions(octets, offset + 2, end, flow);
        if (outcome === MATCH) flow.stage = STAGE_DECIDED;
        return outcome;
      }
      if (operation === ERROR) return readError(octets, offset, end, flow);
      if (operation !== DATA && operation !== ACKNOWLEDGEMENT) return TFTP_OPERATION_UNKNOWN;
      if (operation === ACKNOWLEDGEMENT && end - offset !== HEADER_BYTES) return TFTP_TRUNCATED;
      if (end - offset > HEADER_BYTES + BLOCK_BYTES_MAX) return TFTP_TRUNCATED;
      return flow.stage === STAGE_DECIDED ? MATCH : agree(octets, offset, operation, flow);
    },
  },
};

function readRequest(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const file = offset + 2;
  const fileEnd = indexOfOctet(octets, 0, file, end);
  if (fileEnd <= file) return TFTP_TRUNCATED;
  for (let index = file; index < fileEnd; index += 1) {
    if (u8(octets, index) < 0x20) return NO;
  }
  const mode = fileEnd + 1;
  const modeEnd = indexOfOctet(octets, 0, mode, end);
  if (modeEnd === -1) return TFTP_TRUNCATED;
  const name = modeOf(octets, mode, modeEnd);
  if (name === undefined) return TFTP_MODE_UNKNOWN;
  flow.stage = STAGE_DECIDED;
  flow.set(TFTP_REQUEST, u16(octets, offset) === READ_REQUEST ? "read" : "write");
  flow.text(TFTP_FILE, octets, file, fileEnd);
  flow.set(TFTP_MODE, name);
  readOptions(octets, modeEnd + 1, end, flow);
  // RFC 1350 §4: the server answers to this port from one of its own.
  flow.expect(flow.sourcePort, UDP, "tftp");
  return MATCH;
}

function modeOf(octets: Uint8Array, start: number, end: number): string | undefined {
  for (const mode of MODES) {
    if (end - start === mode.length && startsWithNoCase(octets, start, end, mode)) return mode;
  }
  return undefined;
}

/** Pairs of texts that end with NUL (RFC 2347); `NO` where the first is none that is known. */
function readOptions(octets: Uint8Array, start: number, end: number, flow: FlowContext): Outcome {
  let at = start;
  let outcome: Outcome = NO;
  for (let option = 0; option < OPTIONS_MAX && at < end; option += 1) {
    const value = indexOfOctet(octets, 0, at, end) + 1;
    if (value === 0) return outcome;
    const valueEnd = indexOfOctet(octets, 0, value, end);
    if (valueEnd === -1) return outcome;
    const isNumber = valueEnd > value && valueEnd - value < 16;
    if (startsWithNoCase(octets, at, value, "blksize\0")) {
      if (isNumber) flow.set(TFTP_BLOCK_BYTES, numberOf(octets, value, valueEnd));
      outcome = MATCH;
    } else if (startsWithNoCase(octets, at, value, "tsize\0")) {
      if (isNumber) flow.set(TFTP_FILE_BYTES, numberOf(octets, value, valueEnd));
      outcome = MATCH;
    } else if (
      startsWithNoCase(octets, at, value, "timeout\0") ||
      startsWithNoCase(octets, at, value, "windowsize\0")
    ) {
      outcome = MATCH;
    }
    if (outcome === NO) return NO;
    at = valueEnd + 1;
  }
  return outcome;
}

function numberOf(octets: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let index = start; index < end; index += 1) value = value * 10 + (u8(octets, index) & 0b1111);
  return value;
}

function readError(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const code = u16(octets, offset + 2);
  const messageEnd = indexOfOctet(octets, 0, offset + HEADER_BYTES, end);
  if (code > ERROR_LAST || messageEnd !== end - 1) return TFTP_TRUNCATED;
  // Too little to decide by, in a flow that nobody announced.
  if (flow.stage === 0) return NO;
  flow.set(TFTP_ERROR, code);
  flow.text(TFTP_ERROR_MESSAGE, octets, offset + HEADER_BYTES, messageEnd);
  return flow.stage === STAGE_DECIDED ? MATCH : MORE;
}

/** Data and its acknowledgement have nothing but numbers that must agree: asked for twice. */
function agree(octets: Uint8Array, offset: number, operation: number, flow: FlowContext): Outcome {
  const block = u16(octets, offset + 2);
  const direction = flow.direction === 1 ? STAGE_DIRECTION : 0;
  const stage = flow.stage;
  if (operation === DATA) {
    if (stage !== 0 && (stage & STAGE_DIRECTION) !== direction) return NO;
    const before = stage & 0xffff;
    const isNext = stage === 0 ? block <= 1 : block === before || block === ((before + 1) & 0xffff);
    if (!isNext) return NO;
    flow.stage = STAGE_SEEN | direction | block | (stage & STAGE_AGREED);
    return MORE;
  }
  if (stage === 0) return block === 0 ? MORE : NO;
  if ((stage & STAGE_DIRECTION) === direction || block !== (stage & 0xffff)) return NO;
  if ((stage & STAGE_AGREED) === 0 || block < 2) {
    flow.stage = stage | STAGE_AGREED;
    return MORE;
  }
  flow.stage = STAGE_DECIDED;
  return MATCH;
}
