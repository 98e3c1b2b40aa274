/**
 * What SMB 1 and SMB 2/3 share: the framing over TCP, and what an operator wants to see of either.
 */
import { u24 } from "@palisade/wire";
import { type Attribute, attribute } from "../../attribute.js";
import type { FindingKind } from "../../finding-kind.js";
import { ntlmAttributes } from "./ntlm.js";

/** Negotiated dialect: "NT LM 0.12", "2.1", "3.1.1". */
export const SMB_DIALECT = attribute("smb.dialect", "text");
/** Dialects that the client offers. */
export const SMB_OFFERED = attribute("smb.offered-dialect", "text", { many: true });
/** Commands, as MS-SMB2 §2.2.1 and MS-CIFS §2.2.2.1 name them, in lower case. */
export const SMB_COMMAND = attribute("smb.command", "text", { many: true });
/** Shares that are connected to: `\\server\share`. */
export const SMB_TREE = attribute("smb.tree", "text", { many: true });
/** Names of files and directories that are created or opened. */
export const SMB_FILE = attribute("smb.file", "text", { many: true });
/** Status of the answers that are not success, as eight hexadecimal digits (MS-ERREF §2.3). */
export const SMB_STATUS = attribute("smb.status", "text", { many: true });
/** The server demands signatures. */
export const SMB_SIGNING_REQUIRED = attribute("smb.signing-required", "flag");
/** Messages are encrypted (SMB 3 transform header). */
export const SMB_ENCRYPTED = attribute("smb.encrypted", "flag");
/** Operating system of the client or server, as SMB 1's session setup gives it. */
export const SMB_NATIVE_OS = attribute("smb.native-os", "text", { many: true });
/** Account name of an SMB 1 session setup without NTLMSSP. */
export const SMB_ACCOUNT = attribute("smb.account", "text", { many: true });

/** A server talks SMB 1, which has no protection against a man in the middle and is the way in of known worms. */
export const SMB_VERSION_OBSOLETE: FindingKind = {
  name: "smb.version-obsolete",
  severity: "medium",
  title: "A server talks SMB 1, which is obsolete and open to attack",
};
/** A session was given to a guest or to nobody in particular. */
export const SMB_GUEST_SESSION: FindingKind = {
  name: "smb.guest-session",
  severity: "low",
  title: "A file server gave a session to a guest or an anonymous client",
};

export const smb2Attributes: readonly Attribute[] = [
  SMB_DIALECT,
  SMB_OFFERED,
  SMB_COMMAND,
  SMB_TREE,
  SMB_FILE,
  SMB_STATUS,
  SMB_SIGNING_REQUIRED,
  SMB_ENCRYPTED,
  ...ntlmAttributes,
];

export const smb1Attributes: readonly Attribute[] = [
  SMB_DIALECT,
  SMB_OFFERED,
  SMB_COMMAND,
  SMB_TREE,
  SMB_FILE,
  SMB_STATUS,
  SMB_NATIVE_OS,
  SMB_ACCOUNT,
  ...ntlmAttributes,
];

/**
 * Header before each message: a zero octet and 24 bits of length over direct TCP (MS-SMB2 §2.1); the NetBIOS session
 * message (RFC 1002 §4.3.1) has type 0 and 17 bits of length in the same place.
 */
export const FRAME_BYTES = 4;
/** A NetBIOS session keep-alive, RFC 1002 §4.3.7: no contents. */
export const FRAME_KEEP_ALIVE = 0x85;
/** Octets of a message that are waited for and read; the rest (data read and written) is skipped. */
export const MESSAGE_OCTETS_READ_MAX = 4096;
/** Largest message taken for one: 8 MiB of data, which Windows allows, and room for headers. */
const MESSAGE_OCTETS_MAX = 0x81_0000;

/** Octets of the frame at `offset`, header included; 0 where its length is not plausible for `headerBytes`. */
export function frameLength(octets: Uint8Array, offset: number, headerBytes: number): number {
  const length = u24(octets, offset + 1);
  return length < headerBytes || length > MESSAGE_OCTETS_MAX ? 0 : FRAME_BYTES + length;
}

/** A status as MS-ERREF prints it, without "0x". */
export function statusText(status: number): string {
  return status.toString(16).padStart(8, "0");
}
