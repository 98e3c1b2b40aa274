/** Services that change to TLS on a connection begun in clear: whether they offer it, and the certificate. */

import { isIP } from "node:net";
import { be32, concat, hex, latin1 } from "@palisade/wire";
import { ConnectFailure, type Connection } from "../connection.js";
import { tlsAlert, tlsResult } from "../tls-session.js";
import type { DetailContext, DetailReader, Learnt } from "./detail.js";

/** Whether the service now waits for a ClientHello. */
type Change = (connection: Connection, context: DetailContext) => Promise<boolean>;

/** A reply of SMTP or FTP: its last line begins with three digits and a blank (RFC 5321 §4.2.1, RFC 959 §4.2). */
export function replyBytes(octets: Uint8Array): number {
  const text = latin1Text(octets);
  const last = /^\d{3}(?: [^\n]*)?\r?\n/m.exec(text);
  return last === null ? 0 : last.index + last[0].length;
}

function latin1Text(octets: Uint8Array): string {
  return Buffer.from(octets.buffer, octets.byteOffset, octets.length).toString("latin1");
}

/** The line of IMAP that ends what a tag asked for (RFC 9051 §2.2.2). */
function taggedBytes(tag: string): (octets: Uint8Array) => number {
  const line = new RegExp(`^${tag} [^\\n]*\\n`, "m");
  return (octets) => {
    const found = line.exec(latin1Text(octets));
    return found === null ? 0 : found.index + found[0].length;
  };
}

function lineBytes(octets: Uint8Array): number {
  return octets.indexOf(0x0a) + 1;
}

/** Sends a line, and the reply as text; empty where none came. */
async function command(
  connection: Connection,
  context: DetailContext,
  line: string,
  complete: (octets: Uint8Array) => number,
): Promise<string> {
  if (line !== "") connection.write(`${line}\r\n`);
  return latin1Text((await connection.receive(complete, context.waitMs)) ?? new Uint8Array(0));
}

/** RFC 3207. */
const smtp: Change = async (connection, context) => {
  await command(connection, context, "", replyBytes);
  const offers = await command(connection, context, "EHLO palisade.invalid", replyBytes);
  if (!/^250[ -]STARTTLS\r?$/im.test(offers)) return false;
  return /^220/.test(await command(connection, context, "STARTTLS", replyBytes));
};

/** RFC 9051 §6.2.1. */
const imap: Change = async (connection, context) => {
  await command(connection, context, "", lineBytes);
  return /^p OK/im.test(await command(connection, context, "p STARTTLS", taggedBytes("p")));
};

/** RFC 2595 §4. */
const pop3: Change = async (connection, context) => {
  await command(connection, context, "", lineBytes);
  return /^\+OK/.test(await command(connection, context, "STLS", lineBytes));
};

/** RFC 4217 §4. */
const ftp: Change = async (connection, context) => {
  await command(connection, context, "", replyBytes);
  return /^234/m.test(await command(connection, context, "AUTH TLS", replyBytes));
};

const LDAP_STARTTLS = "1.3.6.1.4.1.1466.20037";

/** RFC 4511 §4.14.1: an ExtendedRequest, and a response whose first element is resultCode success (0). */
const ldap: Change = async (connection, context) => {
  const name = latin1(LDAP_STARTTLS);
  const operation = concat(0x77, name.length + 2, 0x80, name.length, name);
  connection.write(concat(0x30, operation.length + 3, hex("02 01 01"), operation));
  const complete = (octets: Uint8Array): number => {
    if (octets.length < 2) return octets.length === 1 && octets[0] !== 0x30 ? -1 : 0;
    if (octets[0] !== 0x30) return -1;
    const [header, length] = berLength(octets, 1);
    return header === 0 ? (octets.length >= 6 ? -1 : 0) : 1 + header + length;
  };
  const response = await connection.receive(complete, context.waitMs);
  if (response === undefined) return false;
  // After the message's number, [APPLICATION 24] and its length: ENUMERATED of one octet.
  const text = Buffer.from(response).toString("hex");
  return /^30(?:[0-7].|8[1-4](?:..){1,4})02010178(?:[0-7].|8[1-4](?:..){1,4})0a0100/.test(text);
};

/** X.690 §8.1.3: octets that the length takes, 0 where it is not one up to four octets, and the length. */
export function berLength(octets: Uint8Array, at: number): readonly [bytes: number, length: number] {
  const first = octets[at] ?? 0x80;
  if (first < 0x80) return [1, first];
  const count = first & 0x7f;
  if (count === 0 || count > 4 || at + count >= octets.length) return [0, 0];
  let length = 0;
  for (let index = 1; index <= count; index += 1) length = length * 256 + octets[at + index]!;
  return [1 + count, length];
}

/** PostgreSQL, "Message Formats", SSLRequest: length 8, code 80877103; one octet comes back. */
const postgresql: Change = async (connection, context) => {
  connection.write(concat(be32(8), be32(80_877_103)));
  const answer = await connection.receive(() => 1, context.waitMs);
  return answer?.[0] === 0x53;
};

const MYSQL_SSL = 0x0800;
/** CLIENT_PROTOCOL_41, CLIENT_SSL, CLIENT_SECURE_CONNECTION. */
const MYSQL_CLIENT = 0x0000_8a00;

/** MySQL internals, "Protocol::SSLRequest": after a greeting that offers it, a handshake response that stops before the user. */
const mysql: Change = async (connection, context) => {
  const complete = (octets: Uint8Array): number =>
    octets.length < 4 ? 0 : 4 + (octets[0]! | (octets[1]! << 8) | (octets[2]! << 16));
  const greeting = await connection.receive(complete, context.waitMs);
  if (greeting === undefined || greeting[4] !== 10) return false;
  const versionEnd = greeting.indexOf(0, 5);
  // Thread (4), first part of the salt (8), a filler (1), then the lower half of the capabilities.
  const at = versionEnd + 1 + 13;
  if (versionEnd < 0 || at + 2 > greeting.length) return false;
  if (((greeting[at]! | (greeting[at + 1]! << 8)) & MYSQL_SSL) === 0) return false;
  const body = new Uint8Array(32);
  const view = new DataView(body.buffer);
  view.setUint32(0, MYSQL_CLIENT, true);
  view.setUint32(4, 0x0100_0000, true);
  body[8] = 45; // utf8mb4
  connection.write(concat(hex("20 00 00 01"), body));
  return true;
};

/** RFC 6120 §5.4.2. */
const xmpp: Change = async (connection, context) => {
  const { host } = context.target;
  const to = host === undefined || isIP(host) !== 0 || !/^[\w.-]+$/.test(host) ? "" : ` to='${host}'`;
  connection.write(
    `<?xml version='1.0'?><stream:stream${to} version='1.0' xmlns='jabber:client' xmlns:stream='http://etherx.jabber.org/streams'>`,
  );
  const until = (end: RegExp) => (octets: Uint8Array) => {
    const text = latin1Text(octets);
    if (/<stream:error|<failure/.test(text)) return -1;
    const found = end.exec(text);
    return found === null ? 0 : found.index + found[0].length;
  };
  const features = await connection.receive(
    until(/<\/stream:features>|<stream:features\s*\/>/),
    context.waitMs,
  );
  if (features === undefined || !latin1Text(features).includes("urn:ietf:params:xml:ns:xmpp-tls"))
    return false;
  connection.write("<starttls xmlns='urn:ietf:params:xml:ns:xmpp-tls'/>");
  return (await connection.receive(until(/<proceed[^<>]*>/), context.waitMs)) !== undefined;
};

const changes: Readonly<Record<string, Change>> = {
  smtp,
  submission: smtp,
  imap,
  pop3,
  ftp,
  ldap,
  postgresql,
  mysql,
  "xmpp-client": xmpp,
  "xmpp-server": xmpp,
};

/** `starttls`: `yes`, `no`, or `failed` where it was agreed and no session came about; and `tls` of the result. */
export const startTls: DetailReader = {
  services: Object.keys(changes),
  async read(context): Promise<Learnt | undefined> {
    if (context.tunnelled) return undefined;
    const connection = await context.openPlain();
    if (connection instanceof ConnectFailure) return undefined;
    const changed = await changes[context.service]!(connection, context);
    if (!changed) {
      connection.close();
      return { details: { starttls: "no" } };
    }
    const { host } = context.target;
    const session = await connection.startTls({
      serverName: host === undefined || isIP(host) !== 0 ? undefined : host,
      timeoutMs: context.waitMs,
      signal: context.signal,
    });
    if (session instanceof ConnectFailure) {
      const alert = tlsAlert(session);
      return { details: { starttls: "failed" }, ...(alert === undefined ? {} : { tls: alert }) };
    }
    const tls = session.tls && tlsResult(session.tls);
    session.close();
    return { details: { starttls: "yes" }, ...(tls === undefined ? {} : { tls }) };
  },
};
