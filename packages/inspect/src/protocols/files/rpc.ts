import { Malformed } from "@palisade/base";
import { startsWith, u8, u32 } from "@palisade/wire";
import { attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FlowContext } from "../../flow-context.js";
import {
  MOUNT_PROCEDURES,
  NFS_PROCEDURES_2,
  NFS_PROCEDURES_3,
  NFS_PROCEDURES_4,
  PROGRAM_MOUNT,
  PROGRAM_NFS,
  PROGRAM_PORTMAP,
  programName,
} from "./rpc-programs.js";

/** Program that is called: a name where it is well known, else its number. */
export const RPC_PROGRAM = attribute("rpc.program", "text", { many: true });
export const RPC_PROGRAM_VERSION = attribute("rpc.program-version", "number", { many: true });
/** Procedure numbers. */
export const RPC_PROCEDURE = attribute("rpc.procedure", "number", { many: true });
/** Name of the caller's machine in its credentials (RFC 5531 appendix A). */
export const RPC_MACHINE = attribute("rpc.machine", "text");
/** User number in the caller's credentials. */
export const RPC_UID = attribute("rpc.uid", "number", { many: true });
/** Program that a port mapper is asked for. */
export const RPC_ASKED_PROGRAM = attribute("rpc.asked-program", "text", { many: true });

/** Procedures of NFS and of its mount protocol: "lookup", "mnt". */
export const NFS_PROCEDURE = attribute("nfs.procedure", "text", { many: true });
export const NFS_VERSION = attribute("nfs.version", "number");
/** Names that are looked up, created or removed in a directory. */
export const NFS_FILE = attribute("nfs.file", "text", { many: true });
/** Directories that are mounted. */
export const NFS_MOUNT = attribute("nfs.mount", "text", { many: true });

/** After the verdict: no RPC message where one must begin. */
export const RPC_MESSAGE_INVALID = new Malformed("rpc.message-invalid");

const CALL = 0;
const REPLY = 1;
const RPC_VERSION = 2;
/** Call header up to the credentials' flavour, RFC 5531 §9. */
const CALL_BYTES = 40;
const REPLY_BYTES = 24;
/** RFC 5531 §8.2: an opaque credential or verifier has at most 400 octets. */
const AUTH_OCTETS_MAX = 400;
const AUTH_SYS = 1;
const MACHINE_OCTETS_MAX = 255;
const NAME_OCTETS_MAX = 255;
const PATH_OCTETS_MAX = 1024;
/** An address as text: 39 characters of IPv6, and the port's eight. */
const ADDRESS_OCTETS_MAX = 64;
/** Largest record taken for one; NFS servers allow 1 MiB of data a call, some more. */
const RECORD_OCTETS_MAX = 0x80_0000;
const RECORD_OCTETS_READ_MAX = 1024;
/** PMAPPROC_GETPORT of version 2, RPCBPROC_GETADDR of versions 3 and 4. */
const GETPORT = 3;

// `flow.stage` keeps the program's kind once a call was seen: 1 any, and for port mappers the transport asked for.
const KNOWN = 1;
const ASKED_TCP = 2;
const ASKED_UDP = 4;
const ASKED_NFS = 8;

function isNfs(program: number): boolean {
  return program === PROGRAM_NFS || program === PROGRAM_MOUNT;
}

function protocolOf(name: "rpc" | "nfs"): Pick<Protocol, "datagram" | "stream"> {
  const nfs = name === "nfs";
  const ports = nfs ? [2049] : [111];
  return {
    datagram: {
      ports,
      dissect: (octets, offset, end, flow) => {
        const outcome = readMessage(flow, octets, offset, end, end, nfs, true);
        return outcome === NO && flow.stage !== 0 ? RPC_MESSAGE_INVALID : outcome;
      },
    },
    stream: {
      ports,
      // The highest bit marks the last fragment of a record (RFC 5531 §11).
      firstOctets: [0x80],
      dissect: (octets, offset, end, flow) => {
        const wrong = flow.stage === 0 ? NO : flow.gap ? DONE : RPC_MESSAGE_INVALID;
        if ((u8(octets, offset) & 0x7f) !== 0 || (flow.stage === 0 && u8(octets, offset) !== 0x80))
          return wrong;
        if (end - offset < 4) return MORE;
        const length = u32(octets, offset) & 0x7fff_ffff;
        if (length < REPLY_BYTES - 4 || length > RECORD_OCTETS_MAX) return wrong;
        const needed = offset + 4 + Math.min(length, RECORD_OCTETS_READ_MAX);
        if (end < needed) return MORE;
        const outcome = readMessage(flow, octets, offset + 4, needed, offset + 4 + length, nfs, false);
        if (outcome === NO) return wrong;
        if (outcome === MATCH) flow.consume(4 + length);
        return outcome;
      },
    },
  };
}

export const rpc: Protocol = {
  name: "rpc",
  title: "Open Network Computing Remote Procedure Call",
  spec: "RFC 5531, RFC 1833 (port mapper)",
  category: "rpc",
  attributes: [RPC_PROGRAM, RPC_PROGRAM_VERSION, RPC_PROCEDURE, RPC_MACHINE, RPC_UID, RPC_ASKED_PROGRAM],
  malformed: [RPC_MESSAGE_INVALID],
  recognises:
    "A call of RPC version 2 whose credentials fit, to any program but NFS; a reply alone on port 111 only.",
  omits:
    "Arguments and results other than a port mapper's, and records of several fragments beyond the first.",
  ...protocolOf("rpc"),
};

export const nfs: Protocol = {
  name: "nfs",
  title: "Network File System, with its mount protocol",
  spec: "RFC 1094, RFC 1813, RFC 7530, RFC 8881",
  category: "file-transfer",
  attributes: [RPC_MACHINE, RPC_UID, NFS_PROCEDURE, NFS_VERSION, NFS_FILE, NFS_MOUNT],
  malformed: [RPC_MESSAGE_INVALID],
  recognises: "A call of RPC version 2 to the program NFS or mount; a reply alone on port 2049 only.",
  omits: "File contents, attributes, results, and the operations inside NFS 4's compounds.",
  ...protocolOf("nfs"),
};

/** One message in `offset … messageEnd`, at hand as far as `end`. */
function readMessage(
  flow: FlowContext,
  octets: Uint8Array,
  offset: number,
  end: number,
  messageEnd: number,
  nfsWanted: boolean,
  datagram: boolean,
): Outcome {
  if (end - offset < REPLY_BYTES - 4) return NO;
  const type = u32(octets, offset + 4);
  if (type === CALL) return readCall(flow, octets, offset, end, messageEnd, nfsWanted);
  if (type !== REPLY) return NO;
  const status = u32(octets, offset + 8);
  if (status > 1) return NO;
  if (status === 0) {
    // Accepted: a verifier, then 0 … 5.
    const verifierLength = u32(octets, offset + 16);
    if (end - offset < REPLY_BYTES || verifierLength > AUTH_OCTETS_MAX) return NO;
    const accepted = offset + 20 + ((verifierLength + 3) & ~3);
    if (accepted + 4 > messageEnd) return NO;
    if (accepted + 4 <= end && u32(octets, accepted) > 5) return NO;
  } else if (u32(octets, offset + 12) > 1) {
    return NO;
  }
  if (flow.stage === 0) {
    // Mostly zeros: alone it decides on the server's own port only, else the call must be seen.
    const port = nfsWanted ? 2049 : 111;
    if (flow.sourcePort !== port) return datagram ? MORE : NO;
    flow.stage = KNOWN;
  }
  if ((flow.stage & (ASKED_TCP | ASKED_UDP)) !== 0 && status === 0 && end - offset >= 28) {
    const port = u32(octets, offset + 16) === 0 ? answeredPort(octets, offset + 24, messageEnd) : 0;
    if (port > 0 && messageEnd === end) {
      flow.expect(
        port,
        (flow.stage & ASKED_TCP) !== 0 ? 6 : 17,
        (flow.stage & ASKED_NFS) !== 0 ? "nfs" : "rpc",
      );
    }
    flow.stage = KNOWN;
  }
  return MATCH;
}

/** RFC 5531 §9: transaction, call, version, program, its version, procedure, credentials, verifier. */
function readCall(
  flow: FlowContext,
  octets: Uint8Array,
  offset: number,
  end: number,
  messageEnd: number,
  nfsWanted: boolean,
): Outcome {
  if (end - offset < CALL_BYTES || u32(octets, offset + 8) !== RPC_VERSION) return NO;
  const program = u32(octets, offset + 12);
  if (isNfs(program) !== nfsWanted) return NO;
  const version = u32(octets, offset + 16);
  const procedure = u32(octets, offset + 20);
  // Programs number upward from 100000; the rest of the space is users' and transient (RFC 5531 §13).
  if (program < 100_000 || program > 0x5fff_ffff || version > 255 || procedure > 1023) return NO;
  const flavour = u32(octets, offset + 24);
  const credentials = u32(octets, offset + 28);
  if (credentials > AUTH_OCTETS_MAX) return NO;
  const verifier = offset + 32 + ((credentials + 3) & ~3);
  if (verifier + 8 > messageEnd) return NO;
  let body = 0;
  if (verifier + 8 <= end) {
    const verifierLength = u32(octets, verifier + 4);
    if (verifierLength > AUTH_OCTETS_MAX || verifier + 8 + verifierLength > messageEnd) return NO;
    body = verifier + 8 + ((verifierLength + 3) & ~3);
  }
  flow.stage = KNOWN;
  if (flavour === AUTH_SYS) readSystemCredentials(flow, octets, offset + 32, Math.min(end, verifier));
  if (nfsWanted) {
    readNfsCall(flow, octets, program, version, procedure, body, end);
    return MATCH;
  }
  if (flow.wants(RPC_PROGRAM)) flow.set(RPC_PROGRAM, programName(program));
  flow.set(RPC_PROGRAM_VERSION, version);
  flow.set(RPC_PROCEDURE, procedure);
  const portMapper = program === PROGRAM_PORTMAP && procedure === GETPORT;
  if (portMapper && body !== 0 && body + 16 <= end) {
    const asked = u32(octets, body);
    if (flow.wants(RPC_ASKED_PROGRAM)) flow.set(RPC_ASKED_PROGRAM, programName(asked));
    flow.stage = KNOWN | askedTransport(octets, version, body, end) | (isNfs(asked) ? ASKED_NFS : 0);
  }
  return MATCH;
}

/**
 * The transport that a port mapper is asked about: in version 2 its number (RFC 1833 §3.1), later the name of a network,
 * "tcp", "udp6" (§2.2.1). 0 where it is another.
 */
function askedTransport(octets: Uint8Array, version: number, body: number, end: number): number {
  if (version === 2) {
    const transport = u32(octets, body + 8);
    return transport === 6 ? ASKED_TCP : transport === 17 ? ASKED_UDP : 0;
  }
  if (startsWith(octets, body + 12, end, "tcp")) return ASKED_TCP;
  return startsWith(octets, body + 12, end, "udp") ? ASKED_UDP : 0;
}

/**
 * The port in a port mapper's answer at `at`: a number in version 2; else the end of an address as text, "192.0.2.1.8.1"
 * for port 2049 (RFC 5665 §5.2.3.4). 0 where there is none.
 */
function answeredPort(octets: Uint8Array, at: number, end: number): number {
  const value = u32(octets, at);
  if (at + 4 === end) return value < 65_536 ? value : 0;
  if (value < 11 || value > ADDRESS_OCTETS_MAX || at + 4 + value > end) return 0;
  let index = at + 4 + value;
  let port = 0;
  for (let part = 0; part < 2; part += 1) {
    let number = 0;
    let scale = 1;
    index -= 1;
    while (index > at + 4 && u8(octets, index) >= 0x30 && u8(octets, index) <= 0x39 && scale <= 100) {
      number += scale * (u8(octets, index) - 0x30);
      scale *= 10;
      index -= 1;
    }
    if (scale === 1 || number > 255 || u8(octets, index) !== 0x2e) return 0;
    port += part === 0 ? number : number * 256;
  }
  return port;
}

/** AUTH_SYS: RFC 5531 appendix A. */
function readSystemCredentials(flow: FlowContext, octets: Uint8Array, at: number, end: number): void {
  if (at + 8 > end) return;
  const length = u32(octets, at + 4);
  const uid = at + 8 + ((length + 3) & ~3);
  if (length > MACHINE_OCTETS_MAX || uid + 4 > end) return;
  if (length > 0) flow.text(RPC_MACHINE, octets, at + 8, at + 8 + length);
  flow.set(RPC_UID, u32(octets, uid));
}

function readNfsCall(
  flow: FlowContext,
  octets: Uint8Array,
  program: number,
  version: number,
  procedure: number,
  body: number,
  end: number,
): void {
  if (program === PROGRAM_MOUNT) {
    const name = MOUNT_PROCEDURES[procedure];
    if (name !== undefined) flow.set(NFS_PROCEDURE, name);
    // MNT and UMNT name a directory (RFC 1813 §5.2.1, §5.2.3).
    if (body !== 0 && (procedure === 1 || procedure === 3))
      setOpaque(flow, NFS_MOUNT, octets, body, end, PATH_OCTETS_MAX);
    return;
  }
  flow.set(NFS_VERSION, version);
  const names = version === 2 ? NFS_PROCEDURES_2 : version === 3 ? NFS_PROCEDURES_3 : NFS_PROCEDURES_4;
  const name = names[procedure];
  if (name === undefined) return;
  flow.set(NFS_PROCEDURE, name);
  const named =
    name === "lookup" ||
    name === "create" ||
    name === "mkdir" ||
    name === "remove" ||
    name === "rmdir" ||
    name === "rename";
  if (!named || body === 0) return;
  // The directory's handle comes first: 32 octets in version 2, in version 3 as many as it says.
  if (version === 2) setOpaque(flow, NFS_FILE, octets, body + 32, end, NAME_OCTETS_MAX);
  else if (version === 3 && body + 4 <= end && u32(octets, body) <= 64) {
    setOpaque(flow, NFS_FILE, octets, body + 4 + ((u32(octets, body) + 3) & ~3), end, NAME_OCTETS_MAX);
  }
}

/** A text of XDR (RFC 4506 §4.11): its length, then its octets. */
function setOpaque(
  flow: FlowContext,
  target: typeof NFS_FILE,
  octets: Uint8Array,
  at: number,
  end: number,
  longest: number,
): void {
  if (at + 4 > end) return;
  const length = u32(octets, at);
  if (length === 0 || length > longest || at + 4 + length > end) return;
  flow.text(target, octets, at + 4, at + 4 + length);
}
