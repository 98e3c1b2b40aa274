import { Malformed } from "@palisade/base";
import { indexOfOctet, startsWith, u8, u16le, u32le } from "@palisade/wire";
import type { Attribute } from "../../attribute.js";
import { DONE, MATCH, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import { incomplete } from "../incomplete.js";
import { setUtf16 } from "../utf16.js";
import { readNtlm } from "./ntlm.js";
import {
  FRAME_BYTES,
  FRAME_KEEP_ALIVE,
  frameLength,
  MESSAGE_OCTETS_READ_MAX,
  SMB_ACCOUNT,
  SMB_COMMAND,
  SMB_DIALECT,
  SMB_FILE,
  SMB_NATIVE_OS,
  SMB_OFFERED,
  SMB_STATUS,
  SMB_TREE,
  SMB_VERSION_OBSOLETE,
  smb1Attributes,
  statusText,
} from "./smb-common.js";

/** After the verdict: no frame with an SMB header where one must begin. */
export const SMB1_FRAME_INVALID = new Malformed("smb1.frame-invalid");
/** A command that was never published (MS-CIFS §2.2.2.1). */
export const SMB1_COMMAND_UNKNOWN = new Malformed("smb1.command-unknown");
/** The words or octets of a message reach beyond its frame. */
export const SMB1_TRUNCATED = new Malformed("smb1.truncated");

/** MS-CIFS §2.2.3.1. */
const HEADER_BYTES = 32;
const FLAG_REPLY = 0x80;
const FLAG2_UNICODE = 0x8000;
const DIALECTS_MAX = 16;
/** Messages of an AndX chain that are read: a session setup, a tree connect, an open, and one more. */
const CHAIN_MAX = 4;
const CHAIN_END = 0xff;

const NEGOTIATE = 0x72;
const SESSION_SETUP_ANDX = 0x73;
const TREE_CONNECT_ANDX = 0x75;
const NT_CREATE_ANDX = 0xa2;

/** MS-CIFS §2.2.2.1, without those marked obsolete. */
const COMMANDS: ReadonlyMap<number, string> = new Map([
  [0x00, "create-directory"],
  [0x01, "delete-directory"],
  [0x02, "open"],
  [0x03, "create"],
  [0x04, "close"],
  [0x05, "flush"],
  [0x06, "delete"],
  [0x07, "rename"],
  [0x08, "query-information"],
  [0x09, "set-information"],
  [0x0a, "read"],
  [0x0b, "write"],
  [0x0c, "lock-byte-range"],
  [0x0d, "unlock-byte-range"],
  [0x0e, "create-temporary"],
  [0x0f, "create-new"],
  [0x10, "check-directory"],
  [0x11, "process-exit"],
  [0x12, "seek"],
  [0x13, "lock-and-read"],
  [0x14, "write-and-unlock"],
  [0x1a, "read-raw"],
  [0x1d, "write-raw"],
  [0x22, "set-information2"],
  [0x23, "query-information2"],
  [0x24, "locking-andx"],
  [0x25, "transaction"],
  [0x26, "transaction-secondary"],
  [0x27, "ioctl"],
  [0x29, "copy"],
  [0x2a, "move"],
  [0x2b, "echo"],
  [0x2c, "write-and-close"],
  [0x2d, "open-andx"],
  [0x2e, "read-andx"],
  [0x2f, "write-andx"],
  [0x32, "transaction2"],
  [0x33, "transaction2-secondary"],
  [0x34, "find-close2"],
  [0x70, "tree-connect"],
  [0x71, "tree-disconnect"],
  [NEGOTIATE, "negotiate"],
  [SESSION_SETUP_ANDX, "session-setup-andx"],
  [0x74, "logoff-andx"],
  [TREE_CONNECT_ANDX, "tree-connect-andx"],
  [0x80, "query-information-disk"],
  [0x81, "search"],
  [0x82, "find"],
  [0x83, "find-unique"],
  [0x84, "find-close"],
  [0xa0, "nt-transact"],
  [0xa1, "nt-transact-secondary"],
  [NT_CREATE_ANDX, "nt-create-andx"],
  [0xa4, "nt-cancel"],
  [0xa5, "nt-rename"],
  [0xc0, "open-print-file"],
  [0xc1, "write-print-file"],
  [0xc2, "close-print-file"],
]);

export const smb1: Protocol = {
  name: "smb1",
  title: "Server Message Block, version 1 (CIFS)",
  spec: "MS-CIFS, MS-SMB",
  category: "file-transfer",
  attributes: smb1Attributes,
  malformed: [SMB1_FRAME_INVALID, SMB1_COMMAND_UNKNOWN, SMB1_TRUNCATED],
  findings: [SMB_VERSION_OBSOLETE],
  recognises: "A NetBIOS or direct TCP frame that holds an SMB 1 header with a published command.",
  omits: "Data read and written, transactions and the named pipes in them, and SMB over NetBIOS datagrams.",
  stream: {
    ports: [139, 445],
    firstOctets: [0x00],
    dissect(octets, offset, end, flow) {
      const length = end - offset;
      if (u8(octets, offset) === FRAME_KEEP_ALIVE && flow.stage !== 0) {
        if (length >= FRAME_BYTES) flow.consume(FRAME_BYTES);
        return MATCH;
      }
      if (u8(octets, offset) !== 0) return notAFrame(flow);
      if (length < FRAME_BYTES + 4) return incomplete(flow);
      const message = offset + FRAME_BYTES;
      // The server chose SMB 2 among the dialects offered in SMB 1 (MS-SMB2 §3.3.5.3.1).
      if (flow.stage !== 0 && startsWith(octets, message, end, "\xfeSMB")) return flow.become("smb2");
      if (!startsWith(octets, message, end, "\xffSMB")) return notAFrame(flow);
      const total = frameLength(octets, offset, HEADER_BYTES + 3);
      if (total === 0) return notAFrame(flow);
      if (length < FRAME_BYTES + HEADER_BYTES) return incomplete(flow);
      if (!COMMANDS.has(u8(octets, message + 4))) return SMB1_COMMAND_UNKNOWN;
      if (flow.stage === 0) {
        // The header decides; the message is read in the next call, so that what lies in it is a finding.
        flow.stage = 1;
        return MATCH;
      }
      const needed = Math.min(total, MESSAGE_OCTETS_READ_MAX);
      if (length < needed) return MATCH;
      const outcome = readMessage(flow, octets, message, offset + needed, offset + total);
      flow.consume(total);
      return outcome;
    },
  },
};

function notAFrame(flow: FlowContext): Outcome {
  if (flow.stage === 0) return NO;
  return flow.gap ? DONE : SMB1_FRAME_INVALID;
}

/** A message and those chained to it; `end` may be short of the frame's own end where the message is long. */
function readMessage(
  flow: FlowContext,
  octets: Uint8Array,
  message: number,
  end: number,
  frameEnd: number,
): Outcome {
  const reply = (u8(octets, message + 9) & FLAG_REPLY) !== 0;
  const unicode = (u16le(octets, message + 10) & FLAG2_UNICODE) !== 0;
  if (reply) {
    flow.report(SMB_VERSION_OBSOLETE);
    const status = u32le(octets, message + 5);
    if (status !== 0 && flow.wants(SMB_STATUS)) flow.set(SMB_STATUS, statusText(status));
  }
  let command = u8(octets, message + 4);
  let words = message + HEADER_BYTES;
  for (let count = 0; count < CHAIN_MAX; count += 1) {
    const name = COMMANDS.get(command);
    if (name === undefined) return SMB1_COMMAND_UNKNOWN;
    flow.set(SMB_COMMAND, name);
    const wordCount = u8(octets, words);
    const bytes = words + 1 + 2 * wordCount;
    if (bytes + 2 > frameEnd) return SMB1_TRUNCATED;
    const bytesEnd = bytes + 2 + u16le(octets, bytes);
    if (bytes + 2 > end) return MATCH;
    if (bytesEnd > frameEnd) return SMB1_TRUNCATED;
    const stop = Math.min(bytesEnd, end);
    if (reply) readReply(flow, octets, command, words, bytes + 2, stop, message, unicode);
    else readRequest(flow, octets, command, words, bytes + 2, stop, message, unicode);
    const chained =
      command === SESSION_SETUP_ANDX || command === TREE_CONNECT_ANDX || command === NT_CREATE_ANDX;
    if (!chained || wordCount < 2 || u8(octets, words + 1) === CHAIN_END) return MATCH;
    const next = message + u16le(octets, words + 3);
    // Chains only lead forward: an offset back would read the same again.
    if (next < bytes || next + 3 > end) return MATCH;
    command = u8(octets, words + 1);
    words = next;
  }
  return MATCH;
}

function readRequest(
  flow: FlowContext,
  octets: Uint8Array,
  command: number,
  words: number,
  start: number,
  end: number,
  message: number,
  unicode: boolean,
): void {
  const wordCount = u8(octets, words);
  if (command === NEGOTIATE) {
    readDialects(flow, octets, start, end);
  } else if (command === SESSION_SETUP_ANDX && wordCount === 12) {
    // Extended security, MS-SMB §2.2.4.6.1: a security buffer, then the client's system.
    const bufferEnd = start + u16le(octets, words + 15);
    readNtlm(flow, octets, start, Math.min(bufferEnd, end));
    readString(flow, SMB_NATIVE_OS, octets, bufferEnd, end, message, unicode);
  } else if (command === SESSION_SETUP_ANDX && wordCount === 13) {
    // MS-CIFS §2.2.4.53.1: two passwords, account, domain, the client's system.
    const passwords = start + u16le(octets, words + 15) + u16le(octets, words + 17);
    const domain = readString(flow, SMB_ACCOUNT, octets, passwords, end, message, unicode);
    const system = readString(flow, undefined, octets, domain, end, message, unicode);
    readString(flow, SMB_NATIVE_OS, octets, system, end, message, unicode);
  } else if (command === TREE_CONNECT_ANDX && wordCount === 4) {
    // MS-CIFS §2.2.4.55.1: a password, the path, the kind of service.
    readString(flow, SMB_TREE, octets, start + u16le(octets, words + 7), end, message, unicode);
  } else if (command === NT_CREATE_ANDX && wordCount === 24) {
    readString(flow, SMB_FILE, octets, start, end, message, unicode);
  }
}

function readReply(
  flow: FlowContext,
  octets: Uint8Array,
  command: number,
  words: number,
  start: number,
  end: number,
  message: number,
  unicode: boolean,
): void {
  const wordCount = u8(octets, words);
  // 17 words answer "NT LM 0.12" (MS-CIFS §2.2.4.52.2), 13 an older LAN Manager dialect, 1 the core protocol.
  if (command === NEGOTIATE && wordCount === 17) {
    flow.set(SMB_DIALECT, "NT LM 0.12");
  } else if (command === SESSION_SETUP_ANDX && wordCount === 4) {
    const bufferEnd = start + u16le(octets, words + 7);
    readNtlm(flow, octets, start, Math.min(bufferEnd, end));
    readString(flow, SMB_NATIVE_OS, octets, bufferEnd, end, message, unicode);
  } else if (command === SESSION_SETUP_ANDX && wordCount === 3) {
    readString(flow, SMB_NATIVE_OS, octets, start, end, message, unicode);
  }
}

/** MS-CIFS §2.2.4.52.1: each dialect is an octet 2 and a text that ends in a zero octet. */
function readDialects(flow: FlowContext, octets: Uint8Array, start: number, end: number): void {
  let at = start;
  for (let count = 0; count < DIALECTS_MAX && at < end && u8(octets, at) === 2; count += 1) {
    const stop = indexOfOctet(octets, 0, at + 1, end);
    if (stop < 0) return;
    flow.text(SMB_OFFERED, octets, at + 1, stop);
    at = stop + 1;
  }
}

/**
 * Sets `target` from a text that ends in a zero character, or at `end`; UTF-16 texts are aligned to two octets from the
 * message's start (MS-CIFS §2.2.1.1). Returns the index after it.
 */
function readString(
  flow: FlowContext,
  target: Attribute<"text"> | undefined,
  octets: Uint8Array,
  at: number,
  end: number,
  message: number,
  unicode: boolean,
): number {
  if (at >= end) return end;
  if (!unicode) {
    const stop = indexOfOctet(octets, 0, at, end);
    const textEnd = stop < 0 ? end : stop;
    if (target !== undefined && textEnd > at) flow.text(target, octets, at, textEnd);
    return textEnd + 1;
  }
  const start = at + ((at - message) & 1);
  let stop = start;
  while (stop + 2 <= end && u16le(octets, stop) !== 0) stop += 2;
  if (target !== undefined) setUtf16(flow, target, octets, start, stop);
  return stop + 2;
}
