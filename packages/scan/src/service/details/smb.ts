/** SMB 2 and 3 ([MS-SMB2]): what NEGOTIATE says, and the challenge of NTLM in the first SESSION_SETUP. */
import { randomBytes } from "node:crypto";
import { concat, hex } from "@palisade/wire";
import { ConnectFailure, type Connection } from "../connection.js";
import { hexOf } from "../template.js";
import type { DetailReader, Learnt } from "./detail.js";
import { findNtlmChallenge, ntlmDetails, spnegoNtlm } from "./ntlm.js";
import { OctetReader } from "./octet-reader.js";

const COMMAND = { negotiate: 0, sessionSetup: 1 } as const;
const HEADER_BYTES = 64;
/** Longer messages are not read; these have some hundreds of octets. */
const MESSAGE_BYTES_MAX = 65_536 - 4;
const SIGNING_REQUIRED = 0x02;
const SIGNING_ENABLED = 0x01;
/** 1601-01-01 before 1970-01-01, in units of 100 ns. */
const FILETIME_EPOCH = 116_444_736_000_000_000n;

const DIALECTS: Readonly<Record<number, string>> = {
  514: "2.0.2",
  528: "2.1",
  768: "3.0",
  770: "3.0.2",
  785: "3.1.1",
};

/** A message behind its length ([MS-SMB2] §2.1) and header (§2.2.1.2): one credit asked for, no session. */
export function smbMessage(command: number, messageId: number, body: Uint8Array): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  header.set(hex("fe 53 4d 42 40 00"));
  const view = new DataView(header.buffer);
  view.setUint16(12, command, true);
  view.setUint16(14, 1, true);
  view.setUint32(24, messageId, true);
  const length = HEADER_BYTES + body.length;
  return concat(0, length >> 16, (length >> 8) & 0xff, length & 0xff, header, body);
}

/** NEGOTIATE (§2.2.3) with all dialects from 2.0.2 to 3.1.1, and the contexts that the last one needs. */
export function smbNegotiate(): Uint8Array {
  // SHA-512 with a salt of 32 octets (§2.2.3.1.1); AES-128-GCM and AES-128-CCM (§2.2.3.1.2).
  const integrity = concat(hex("0100 2600 00000000 0100 2000 0100"), randomBytes(32));
  const encryption = hex("0200 0600 00000000 0200 0200 0100");
  const fixed = hex(`
    2400 0500 0100 0000 7f000000`);
  // Behind the fixed part (36) and five dialects (10): 110 octets with the header, and so two to the next multiple of eight.
  const contexts = hex("70000000 0200 0000");
  return concat(
    fixed,
    randomBytes(16),
    contexts,
    hex("0202 1002 0003 0203 1103"),
    hex("0000"),
    integrity,
    hex("0000"), // 46 octets, to a multiple of eight
    encryption,
  );
}

/** SESSION_SETUP (§2.2.5) with a security blob, which begins behind header and 24 octets. */
export function smbSessionSetup(blob: Uint8Array): Uint8Array {
  return concat(
    hex("1900 00 01 00000000 00000000 5800"),
    blob.length & 0xff,
    blob.length >> 8,
    new Uint8Array(8),
    blob,
  );
}

/** A message with its length in front, for `Connection.receive`. */
function messageBytes(octets: Uint8Array): number {
  if (octets.length < 4) return 0;
  const length = new OctetReader(octets).u32();
  return octets[0] !== 0 || length > MESSAGE_BYTES_MAX || length < HEADER_BYTES ? -1 : 4 + length;
}

/** What the response to NEGOTIATE (§2.2.4) says; undefined where it is none. @param message with its length in front */
export function readSmbNegotiate(message: Uint8Array): Record<string, string> | undefined {
  const reader = new OctetReader(message, 4);
  if (reader.u32() !== 0xfe53_4d42) return undefined;
  reader.skip(4);
  const status = reader.u32(true);
  const command = reader.u16(true);
  const body = new OctetReader(message, 4 + HEADER_BYTES);
  if (status !== 0 || command !== COMMAND.negotiate || body.u16(true) !== 65) return undefined;
  const security = body.u16(true);
  const dialect = body.u16(true);
  body.skip(2);
  const guid = body.bytes(16);
  body.skip(16);
  const systemTime = body.u64(true);
  const startTime = body.u64(true);
  if (body.short) return undefined;
  return {
    "smb-dialect": DIALECTS[dialect] ?? `0x${dialect.toString(16).padStart(4, "0")}`,
    "smb-signing":
      (security & SIGNING_REQUIRED) !== 0
        ? "required"
        : (security & SIGNING_ENABLED) !== 0
          ? "enabled"
          : "disabled",
    "smb-guid": guidText(guid),
    ...timeOf("smb-time", systemTime),
    ...timeOf("smb-boot-time", startTime),
  };
}

/** [MS-DTYP] §2.3.4: the first three parts are little-endian. */
function guidText(octets: Uint8Array): string {
  const digits = (first: number, last: number): string => hexOf(octets.slice(first, last));
  const reversed = (first: number, last: number): string => hexOf(octets.slice(first, last).reverse());
  return [reversed(0, 4), reversed(4, 6), reversed(6, 8), digits(8, 10), digits(10, 16)].join("-");
}

/** A FILETIME as RFC 3339; nothing where it is 0 or beyond what a date can be. */
function timeOf(name: string, time: bigint): Record<string, string> {
  const ms = Number((time - FILETIME_EPOCH) / 10_000n);
  const date = new Date(ms);
  return time === 0n || Number.isNaN(date.getTime()) ? {} : { [name]: date.toISOString() };
}

async function exchange(
  connection: Connection,
  message: Uint8Array,
  waitMs: number,
): Promise<Uint8Array | undefined> {
  connection.write(message);
  return await connection.receive(messageBytes, waitMs);
}

/** `smb-dialect`, `smb-signing`, `smb-guid`, `smb-time`, `smb-boot-time`, and `ntlm-…`. */
export const smb: DetailReader = {
  services: ["microsoft-ds", "smb"],
  async read(context): Promise<Learnt | undefined> {
    const connection = await context.open();
    if (connection instanceof ConnectFailure) return undefined;
    const answer = await exchange(
      connection,
      smbMessage(COMMAND.negotiate, 0, smbNegotiate()),
      context.waitMs,
    );
    const details = answer && readSmbNegotiate(answer);
    if (details === undefined) {
      connection.close();
      return undefined;
    }
    const setup = smbMessage(COMMAND.sessionSetup, 1, smbSessionSetup(spnegoNtlm()));
    const challenge = findNtlmChallenge(
      (await exchange(connection, setup, context.waitMs)) ?? new Uint8Array(0),
    );
    connection.close();
    if (challenge === undefined) return { details };
    const hostname = challenge.dnsComputer ?? challenge.netbiosComputer;
    return {
      details: { ...details, ...ntlmDetails(challenge) },
      ...(hostname === undefined ? {} : { fields: { hostname } }),
    };
  },
};
