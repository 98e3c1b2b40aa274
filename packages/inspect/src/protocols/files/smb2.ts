import { Malformed } from "@palisade/base";
import { startsWith, u8, u16le, u32le } from "@palisade/wire";
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
  SMB_COMMAND,
  SMB_DIALECT,
  SMB_ENCRYPTED,
  SMB_FILE,
  SMB_GUEST_SESSION,
  SMB_OFFERED,
  SMB_SIGNING_REQUIRED,
  SMB_STATUS,
  SMB_TREE,
  smb2Attributes,
  statusText,
} from "./smb-common.js";

/** After the verdict: no frame with an SMB 2 header where one must begin. */
export const SMB2_FRAME_INVALID = new Malformed("smb2.frame-invalid");
/** A command that was never published (MS-SMB2 §2.2.1.2), or a header of another size than 64. */
export const SMB2_HEADER_INVALID = new Malformed("smb2.header-invalid");
/** The next message of a compound does not start at a multiple of eight, or lies outside (MS-SMB2 §2.2.1.2). */
export const SMB2_COMPOUND_INVALID = new Malformed("smb2.compound-invalid");

const HEADER_BYTES = 64;
/** MS-SMB2 §2.2.41: the header before encrypted messages. */
const TRANSFORM_BYTES = 52;
/** MS-SMB2 §2.2.42: the header before compressed messages. */
const COMPRESSION_BYTES = 16;
const FLAG_RESPONSE = 0x1;
const SIGNING_REQUIRED = 0x2;
const SESSION_GUEST_OR_NULL = 0x3;
const STATUS_PENDING = 0x103;
const STATUS_MORE_PROCESSING_REQUIRED = 0xc000_0016;
const DIALECTS_MAX = 16;
const COMPOUND_MAX = 32;

const COMMANDS = [
  "negotiate",
  "session-setup",
  "logoff",
  "tree-connect",
  "tree-disconnect",
  "create",
  "close",
  "flush",
  "read",
  "write",
  "lock",
  "ioctl",
  "cancel",
  "echo",
  "query-directory",
  "change-notify",
  "query-info",
  "set-info",
  "oplock-break",
  "server-to-client-notification",
] as const;
const NEGOTIATE = 0;
const SESSION_SETUP = 1;
const TREE_CONNECT = 3;
const CREATE = 5;

export const smb2: Protocol = {
  name: "smb2",
  title: "Server Message Block, versions 2 and 3",
  spec: "MS-SMB2",
  category: "file-transfer",
  attributes: smb2Attributes,
  malformed: [SMB2_FRAME_INVALID, SMB2_HEADER_INVALID, SMB2_COMPOUND_INVALID],
  findings: [SMB_GUEST_SESSION],
  recognises:
    "A NetBIOS or direct TCP frame that holds a plain, an encrypted or a compressed SMB 2 header with a published command.",
  omits:
    "The contents of encrypted and compressed messages, data read and written, and SMB over QUIC or RDMA.",
  stream: {
    ports: [445, 139],
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
      if (!startsWith(octets, message + 1, end, "SMB")) return notAFrame(flow);
      const kind = u8(octets, message);
      const headerBytes =
        kind === 0xfe
          ? HEADER_BYTES
          : kind === 0xfd
            ? TRANSFORM_BYTES
            : kind === 0xfc
              ? COMPRESSION_BYTES
              : 0;
      if (headerBytes === 0) return notAFrame(flow);
      const total = frameLength(octets, offset, headerBytes);
      if (total === 0) return notAFrame(flow);
      if (length < FRAME_BYTES + headerBytes) return incomplete(flow);
      if (kind === 0xfe && !headerValid(octets, message)) return SMB2_HEADER_INVALID;
      if (flow.stage === 0) {
        // The header decides; the message is read in the next call, so that what lies in it is a finding.
        flow.stage = 1;
        return MATCH;
      }
      if (kind === 0xfd) flow.set(SMB_ENCRYPTED, true);
      if (kind === 0xfe) {
        const needed = Math.min(total, MESSAGE_OCTETS_READ_MAX);
        if (length < needed) return MATCH;
        const outcome = readCompound(flow, octets, message, offset + needed, offset + total);
        if (outcome !== MATCH) {
          flow.consume(total);
          return outcome;
        }
      }
      flow.consume(total);
      return MATCH;
    },
  },
};

function notAFrame(flow: FlowContext): Outcome {
  if (flow.stage === 0) return NO;
  // Where octets were lost, a frame need not begin here.
  return flow.gap ? DONE : SMB2_FRAME_INVALID;
}

function headerValid(octets: Uint8Array, message: number): boolean {
  return u16le(octets, message + 4) === HEADER_BYTES && u16le(octets, message + 12) < COMMANDS.length;
}

/** The messages of one frame (MS-SMB2 §3.2.4.1.4), as far as `end`, which may be short of the frame's own end. */
function readCompound(
  flow: FlowContext,
  octets: Uint8Array,
  first: number,
  end: number,
  frameEnd: number,
): Outcome {
  let message = first;
  for (let count = 0; count < COMPOUND_MAX; count += 1) {
    const next = u32le(octets, message + 20);
    if (next !== 0 && (next % 8 !== 0 || next < HEADER_BYTES || message + next + HEADER_BYTES > frameEnd)) {
      return SMB2_COMPOUND_INVALID;
    }
    readMessage(flow, octets, message, next === 0 ? end : Math.min(end, message + next));
    message += next;
    if (next === 0 || message + HEADER_BYTES > end) break;
    if (!startsWith(octets, message, end, "\xfeSMB") || !headerValid(octets, message)) {
      return SMB2_COMPOUND_INVALID;
    }
  }
  return MATCH;
}

function readMessage(flow: FlowContext, octets: Uint8Array, message: number, end: number): void {
  const command = u16le(octets, message + 12);
  flow.set(SMB_COMMAND, COMMANDS[command]!);
  const body = message + HEADER_BYTES;
  if ((u32le(octets, message + 16) & FLAG_RESPONSE) !== 0) {
    const status = u32le(octets, message + 8);
    if (status !== 0 && status !== STATUS_PENDING && status !== STATUS_MORE_PROCESSING_REQUIRED) {
      if (flow.wants(SMB_STATUS)) flow.set(SMB_STATUS, statusText(status));
    }
    if (command === NEGOTIATE) readNegotiateResponse(flow, octets, message, body, end);
    else if (command === SESSION_SETUP) readSessionSetupResponse(flow, octets, message, body, end, status);
  } else if (command === NEGOTIATE) {
    readNegotiateRequest(flow, octets, body, end);
  } else if (command === SESSION_SETUP && end - body >= 24 && u16le(octets, body) === 25) {
    readBuffer(flow, octets, message, u16le(octets, body + 12), u16le(octets, body + 14), end);
  } else if (command === TREE_CONNECT && end - body >= 8 && u16le(octets, body) === 9) {
    const start = message + u16le(octets, body + 4);
    const stop = start + u16le(octets, body + 6);
    if (start >= body && stop <= end) setUtf16(flow, SMB_TREE, octets, start, stop);
  } else if (command === CREATE && end - body >= 56 && u16le(octets, body) === 57) {
    const start = message + u16le(octets, body + 44);
    const stop = start + u16le(octets, body + 46);
    if (start >= body && stop <= end) setUtf16(flow, SMB_FILE, octets, start, stop);
  }
}

/** MS-SMB2 §2.2.3. */
function readNegotiateRequest(flow: FlowContext, octets: Uint8Array, body: number, end: number): void {
  if (end - body < 36 || u16le(octets, body) !== 36 || !flow.wants(SMB_OFFERED)) return;
  const count = Math.min(u16le(octets, body + 2), DIALECTS_MAX);
  for (let index = 0; index < count && body + 38 + 2 * index <= end; index += 1) {
    flow.set(SMB_OFFERED, dialectText(u16le(octets, body + 36 + 2 * index)));
  }
}

/** MS-SMB2 §2.2.4. */
function readNegotiateResponse(
  flow: FlowContext,
  octets: Uint8Array,
  message: number,
  body: number,
  end: number,
): void {
  if (end - body < 64 || u16le(octets, body) !== 65) return;
  flow.set(SMB_SIGNING_REQUIRED, (u16le(octets, body + 2) & SIGNING_REQUIRED) !== 0);
  const dialect = u16le(octets, body + 4);
  // 0x02ff answers an SMB 1 negotiation: the real one follows (MS-SMB2 §3.3.5.3.1).
  if (dialect !== 0x02ff && flow.wants(SMB_DIALECT)) flow.set(SMB_DIALECT, dialectText(dialect));
  readBuffer(flow, octets, message, u16le(octets, body + 56), u16le(octets, body + 58), end);
}

/** MS-SMB2 §2.2.6. */
function readSessionSetupResponse(
  flow: FlowContext,
  octets: Uint8Array,
  message: number,
  body: number,
  end: number,
  status: number,
): void {
  if (end - body < 8 || u16le(octets, body) !== 9) return;
  if (status === 0 && (u16le(octets, body + 2) & SESSION_GUEST_OR_NULL) !== 0) flow.report(SMB_GUEST_SESSION);
  readBuffer(flow, octets, message, u16le(octets, body + 4), u16le(octets, body + 6), end);
}

function readBuffer(
  flow: FlowContext,
  octets: Uint8Array,
  message: number,
  bufferOffset: number,
  bufferLength: number,
  end: number,
): void {
  const start = message + bufferOffset;
  if (bufferOffset >= HEADER_BYTES && start < end) {
    readNtlm(flow, octets, start, Math.min(end, start + bufferLength));
  }
}

/** 0x0210 is "2.1", 0x0202 "2.0.2", 0x0311 "3.1.1" (MS-SMB2 §2.2.3). */
function dialectText(dialect: number): string {
  const minor = (dialect >>> 4) & 0xf;
  const revision = dialect & 0xf;
  const text = `${dialect >>> 8}.${minor}`;
  return revision === 0 ? text : `${text}.${revision}`;
}
