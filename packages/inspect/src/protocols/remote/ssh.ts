import { createHash } from "node:crypto";
import { Malformed } from "@palisade/base";
import { indexOfOctet, lineEnd, startsWith, u8, u32 } from "@palisade/wire";
import { ATTRIBUTE_OCTETS_MAX, type Attribute, attribute } from "../../attribute.js";
import { DONE, MATCH, MORE, NO, type Outcome, type Protocol } from "../../dissector.js";
import type { FindingKind } from "../../finding-kind.js";
import type { FlowContext } from "../../flow-context.js";
import { lineStop } from "../text-line.js";

/** Protocol version of the first identification seen: "2.0", "1.99", "1.5". */
export const SSH_VERSION = attribute("ssh.version", "text");
export const SSH_CLIENT_SOFTWARE = attribute("ssh.client-software", "text");
export const SSH_SERVER_SOFTWARE = attribute("ssh.server-software", "text");
/** HASSH (Salesforce, 2018): MD5 of the client's kex;encryption;mac;compression lists. */
export const SSH_HASSH = attribute("ssh.hassh", "hex");
/** HASSH of the server's lists, in its own direction. */
export const SSH_HASSH_SERVER = attribute("ssh.hassh-server", "hex");
/** What both sides agree on: the client's first that the server has too (RFC 4253 §7.1). */
export const SSH_KEX = attribute("ssh.kex", "text");
export const SSH_HOST_KEY_ALGORITHM = attribute("ssh.host-key-algorithm", "text");
/** Cipher from client to server. */
export const SSH_CIPHER = attribute("ssh.cipher", "text");
export const SSH_MAC = attribute("ssh.mac", "text");

/** An identification longer than 255 octets, or with control characters (RFC 4253 §4.2). */
export const SSH_IDENTIFICATION_INVALID = new Malformed("ssh.identification-invalid");
/** A first packet whose lengths cannot be, or that is none of those that may come first (RFC 4253 §6, §7.1). */
export const SSH_PACKET_INVALID = new Malformed("ssh.packet-invalid");
/** Name-lists that reach past their packet (RFC 4253 §7.1). */
export const SSH_KEXINIT_INVALID = new Malformed("ssh.kexinit-invalid");

export const SSH_VERSION_OBSOLETE: FindingKind = {
  name: "ssh.version-obsolete",
  severity: "medium",
  title: "SSH protocol version 1, whose integrity check can be defeated",
};
export const SSH_ALGORITHM_WEAK: FindingKind = {
  name: "ssh.algorithm-weak",
  severity: "low",
  title: "Client and server agree on a key exchange, cipher or key type that is no longer considered safe",
};

const IDENTIFICATION_OCTETS_MAX = 255;
/** RFC 4253 §6.1: implementations must take packets of 35,000 octets. */
const PACKET_OCTETS_MAX = 35_000;
/** A key exchange message longer than this is skipped unread, for it could not be held. */
const KEXINIT_OCTETS_MAX = 12_000;
const MSG_KEXINIT = 20;
const COOKIE_OCTETS = 16;
const NAME_LISTS = 10;

const MAGIC = "SSH-";

// Steps of a direction, shifted by its number.
const STARTED = 1;
const IDENTIFIED = 4;
const EXCHANGED = 16;

/** RFC 9142 §4 and RFC 8758, RFC 8270: deprecated key exchanges, key types and ciphers. */
const WEAK = new Set([
  "diffie-hellman-group1-sha1",
  "diffie-hellman-group-exchange-sha1",
  "rsa1024-sha1",
  "ssh-dss",
  "arcfour",
  "arcfour128",
  "arcfour256",
  "3des-cbc",
  "blowfish-cbc",
  "cast128-cbc",
  "des-cbc",
  "none",
]);

/** The name-lists of both sides, kept until they can be compared. */
class KeyExchange {
  readonly lists: [string[] | undefined, string[] | undefined] = [undefined, undefined];

  static create(this: void): KeyExchange {
    return new KeyExchange();
  }
}

export const ssh: Protocol = {
  name: "ssh",
  title: "Secure Shell",
  spec: "RFC 4253",
  category: "remote-access",
  attributes: [
    SSH_VERSION,
    SSH_CLIENT_SOFTWARE,
    SSH_SERVER_SOFTWARE,
    SSH_HASSH,
    SSH_HASSH_SERVER,
    SSH_KEX,
    SSH_HOST_KEY_ALGORITHM,
    SSH_CIPHER,
    SSH_MAC,
  ],
  malformed: [SSH_IDENTIFICATION_INVALID, SSH_PACKET_INVALID, SSH_KEXINIT_INVALID],
  findings: [SSH_VERSION_OBSOLETE, SSH_ALGORITHM_WEAK],
  recognises: 'An identification, "SSH-" with a version number, from either side on any port.',
  omits:
    "Lines that a server sends before its identification, and everything after the key exchange's first messages.",
  stream: {
    ports: [22, 2222],
    firstOctets: [0x53],
    dissect(octets, offset, end, flow) {
      if ((flow.stage & (STARTED << flow.direction)) === 0) {
        const known = identificationStarts(octets, offset, end);
        if (known < 0) return flow.stage === 0 ? NO : SSH_IDENTIFICATION_INVALID;
        if (known === 0) return flow.stage === 0 ? MORE : MATCH;
        flow.stage |= STARTED << flow.direction;
        flow.consume(MAGIC.length);
        return MATCH;
      }
      if ((flow.stage & (IDENTIFIED << flow.direction)) === 0) {
        return readIdentification(octets, offset, end, flow);
      }
      if ((flow.stage & (EXCHANGED << flow.direction)) === 0)
        return readFirstPacket(octets, offset, end, flow);
      flow.consume(end - offset);
      return MATCH;
    },
  },
};

/** 1 where the octets begin `SSH-`, one digit, a dot, digits and a hyphen; 0 where they may yet; -1 where not. */
function identificationStarts(octets: Uint8Array, offset: number, end: number): number {
  for (let index = 0; index < MAGIC.length; index += 1) {
    if (offset + index === end) return 0;
    if (u8(octets, offset + index) !== MAGIC.charCodeAt(index)) return -1;
  }
  let at = offset + 4;
  if (at === end) return 0;
  const major = u8(octets, at);
  if (major !== 0x31 && major !== 0x32) return -1;
  at += 1;
  if (at === end) return 0;
  if (u8(octets, at) !== 0x2e) return -1;
  for (at += 1; at < offset + 9; at += 1) {
    if (at === end) return 0;
    const octet = u8(octets, at);
    if (octet === 0x2d) return at > offset + 6 ? 1 : -1;
    if (octet < 0x30 || octet > 0x39) return -1;
  }
  return -1;
}

/** The identification after `SSH-`: version, hyphen, software, and comments after a blank (RFC 4253 §4.2). */
function readIdentification(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  const lineFeed = lineEnd(octets, offset, Math.min(end, offset + IDENTIFICATION_OCTETS_MAX - MAGIC.length));
  if (lineFeed < 0) {
    return end - offset < IDENTIFICATION_OCTETS_MAX - MAGIC.length ? MATCH : SSH_IDENTIFICATION_INVALID;
  }
  const stop = lineStop(octets, offset, lineFeed);
  const hyphen = indexOfOctet(octets, 0x2d, offset, stop);
  if (hyphen < 0) return SSH_IDENTIFICATION_INVALID;
  for (let index = hyphen; index < stop; index += 1) {
    if (u8(octets, index) < 0x20) return SSH_IDENTIFICATION_INVALID;
  }
  flow.text(SSH_VERSION, octets, offset, hyphen);
  flow.text(flow.direction === 0 ? SSH_CLIENT_SOFTWARE : SSH_SERVER_SOFTWARE, octets, hyphen + 1, stop);
  flow.stage |= IDENTIFIED << flow.direction;
  flow.consume(lineFeed + 1 - offset);
  if (u8(octets, offset) === 0x31 && !startsWith(octets, offset, stop, "1.99-")) {
    flow.report(SSH_VERSION_OBSOLETE);
    flow.stage |= EXCHANGED << flow.direction; // version 1 has other packets
  }
  return MATCH;
}

function readFirstPacket(octets: Uint8Array, offset: number, end: number, flow: FlowContext): Outcome {
  if (end - offset < 6) return MATCH;
  const length = u32(octets, offset);
  const padding = u8(octets, offset + 4);
  const message = u8(octets, offset + 5);
  if (length < 12 || length > PACKET_OCTETS_MAX || padding < 4 || padding > length - 2)
    return SSH_PACKET_INVALID;
  if (message !== MSG_KEXINIT) {
    // Disconnect, ignore, unimplemented and debug (RFC 4253 §11) may come before.
    if (message < 1 || message > 4) return SSH_PACKET_INVALID;
    flow.consume(4 + length);
    return MATCH;
  }
  if (length <= KEXINIT_OCTETS_MAX) {
    if (end - offset < 4 + length) return MATCH;
    const lists = readNameLists(octets, offset + 6 + COOKIE_OCTETS, offset + 4 + length - padding);
    if (lists === undefined) return SSH_KEXINIT_INVALID;
    const { lists: both } = flow.memo(KeyExchange.create);
    both[flow.direction] = lists;
    setHassh(lists, flow);
    if (both[0] !== undefined && both[1] !== undefined) setAgreement(both[0], both[1], flow);
  }
  flow.stage |= EXCHANGED << flow.direction;
  flow.consume(4 + length);
  return (flow.stage & (EXCHANGED | (EXCHANGED << 1))) === (EXCHANGED | (EXCHANGED << 1)) ? DONE : MATCH;
}

/** RFC 4253 §7.1: kex, host keys, then ciphers, MACs, compression and languages, each for client and server. */
function readNameLists(octets: Uint8Array, start: number, end: number): string[] | undefined {
  const lists: string[] = [];
  let at = start;
  for (let list = 0; list < NAME_LISTS; list += 1) {
    if (end - at < 4) return undefined;
    const length = u32(octets, at);
    at += 4;
    if (length > end - at) return undefined;
    lists.push(Buffer.from(octets.buffer, octets.byteOffset + at, length).toString("latin1"));
    at += length;
  }
  return lists;
}

function setHassh(lists: readonly string[], flow: FlowContext): void {
  const attribute = flow.direction === 0 ? SSH_HASSH : SSH_HASSH_SERVER;
  if (!flow.wants(attribute)) return;
  const side = flow.direction;
  const text = [lists[0], lists[2 + side], lists[4 + side], lists[6 + side]].join(";");
  flow.set(attribute, createHash("md5").update(text, "latin1").digest("hex"));
}

function setAgreement(client: readonly string[], server: readonly string[], flow: FlowContext): void {
  agree(SSH_KEX, client[0]!, server[0]!, flow);
  agree(SSH_HOST_KEY_ALGORITHM, client[1]!, server[1]!, flow);
  agree(SSH_CIPHER, client[2]!, server[2]!, flow);
  agree(SSH_MAC, client[4]!, server[4]!, flow);
}

function agree(attribute: Attribute<"text">, client: string, server: string, flow: FlowContext): void {
  const offered = new Set(server.split(","));
  for (const name of client.split(",")) {
    if (name === "" || !offered.has(name)) continue;
    flow.set(attribute, name.slice(0, ATTRIBUTE_OCTETS_MAX));
    if (WEAK.has(name)) flow.report(SSH_ALGORITHM_WEAK);
    return;
  }
}
