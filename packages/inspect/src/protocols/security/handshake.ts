/**
 * From handshake messages to what a flow is told of them: the part that TLS, DTLS and QUIC share once they have a
 * message whole.
 */
import { hash } from "node:crypto";
import type { Malformed } from "@palisade/base";
import { latin1, u8, u16, u24 } from "@palisade/wire";
import { ATTRIBUTE_OCTETS_MAX } from "../../attribute.js";
import { decodeText, type FlowContext } from "../../flow-context.js";
import {
  alternativeNames,
  CERTIFICATE_MALFORMED,
  Certificate,
  commonName,
  isSelfIssued,
  nameText,
  parseCertificate,
} from "./certificate.js";
import { cipherName, isWeakCipher } from "./ciphers.js";
import { type Ja4Transport, ja3sText, ja3Text, ja4, md5 } from "./fingerprint.js";
import { Hello, highestVersion, isGrease, parseClientHello, parseServerHello } from "./hello.js";
import {
  TLS_ALERT,
  TLS_ALERT_FATAL,
  TLS_ALPN,
  TLS_ALPN_SELECTED,
  TLS_CERTIFICATE_EXPIRED,
  TLS_CERTIFICATE_HOST,
  TLS_CERTIFICATE_ISSUER,
  TLS_CERTIFICATE_NAME_MISMATCH,
  TLS_CERTIFICATE_NOT_AFTER,
  TLS_CERTIFICATE_NOT_BEFORE,
  TLS_CERTIFICATE_NOT_YET_VALID,
  TLS_CERTIFICATE_SAN,
  TLS_CERTIFICATE_SELF_SIGNED,
  TLS_CERTIFICATE_SHA256,
  TLS_CERTIFICATE_SUBJECT,
  TLS_CIPHER,
  TLS_CIPHER_WEAK,
  TLS_CLIENT_CERTIFICATE_SUBJECT,
  TLS_ECH_EXTENSION,
  TLS_JA3,
  TLS_JA3S,
  TLS_JA4,
  TLS_SELF_SIGNED,
  TLS_SNI,
  TLS_SNI_ABSENT,
  TLS_VERSION,
  TLS_VERSION_OBSOLETE,
} from "./tls-attributes.js";

/** HandshakeType, RFC 8446 §4, RFC 5246 §7.4, RFC 6347 §4.3.2. */
export const CLIENT_HELLO = 1;
export const SERVER_HELLO = 2;
export const HELLO_VERIFY_REQUEST = 3;
export const CERTIFICATE = 11;

const TLS_1_2 = 0x0303;
const DTLS_1_2 = 0xfefd;

/** What has been seen of a handshake; kept per flow. */
export class Handshake {
  /** In lower case; undefined without ClientHello or without name in it. */
  serverName: string | undefined = undefined;
  clientHelloSeen = false;
  serverHelloSeen = false;
  /** Flow direction of the client, or -1. */
  client = -1;
  /** By flow direction: DTLS repeats what was lost, and what only seemed to be. */
  readonly certificateSeen: [boolean, boolean] = [false, false];
  /** The server chose TLS 1.3: what follows its hello is encrypted. */
  encrypted = false;
}

const hello = new Hello();
const certificate = new Certificate();

/** Tells `flow` what the ClientHello body in `octets[start … end)` says. */
export function readClientHello(
  octets: Uint8Array,
  start: number,
  end: number,
  transport: Ja4Transport,
  flow: FlowContext,
  handshake: Handshake,
): Malformed | undefined {
  const problem = parseClientHello(octets, start, end, transport === "d", hello);
  handshake.client = flow.direction;
  // The second of two follows a HelloRetryRequest or HelloVerifyRequest, and says nothing new.
  if (handshake.clientHelloSeen) return problem;
  handshake.clientHelloSeen = true;
  // Wherever it went wrong, the name that stood before is what was asked for.
  if (hello.sniEnd > hello.sniStart) {
    flow.host(TLS_SNI, octets, hello.sniStart, hello.sniEnd);
    handshake.serverName = decodeText(octets, hello.sniStart, hello.sniEnd).toLowerCase();
  } else if (problem === undefined && transport !== "d" && !hello.hasEch) {
    flow.report(TLS_SNI_ABSENT);
  }
  if (problem !== undefined) return problem;
  if (flow.wants(TLS_ALPN)) setAlpn(octets, flow);
  if (flow.wants(TLS_JA3)) flow.set(TLS_JA3, md5(ja3Text(octets, hello)));
  if (flow.wants(TLS_JA4)) flow.set(TLS_JA4, ja4(octets, hello, transport));
  if (hello.hasEch) flow.set(TLS_ECH_EXTENSION, true);
  if (isObsolete(highestVersion(octets, hello))) flow.report(TLS_VERSION_OBSOLETE);
  return undefined;
}

/** The parts of the hello that was read last, in the octets that were given then; overwritten by the next. */
export function lastHello(): Hello {
  return hello;
}

function setAlpn(octets: Uint8Array, flow: FlowContext): void {
  let at = hello.alpnStart;
  while (at < hello.alpnEnd) {
    const length = u8(octets, at);
    // RFC 8701 §2 reserves two-octet names for GREASE too.
    const grease = length === 2 && isGrease(u16(octets, at + 1));
    if (!grease) flow.text(TLS_ALPN, octets, at + 1, at + 1 + length);
    at += 1 + length;
  }
}

/** As `readClientHello`, for a ServerHello or HelloRetryRequest. */
export function readServerHello(
  octets: Uint8Array,
  start: number,
  end: number,
  flow: FlowContext,
  handshake: Handshake,
): Malformed | undefined {
  const problem = parseServerHello(octets, start, end, hello);
  if (problem !== undefined) return problem;
  handshake.client = 1 - flow.direction;
  if (hello.retry || handshake.serverHelloSeen) return undefined;
  handshake.serverHelloSeen = true;
  const version = hello.selectedVersion !== 0 ? hello.selectedVersion : hello.version;
  const cipher = u16(octets, hello.cipherStart);
  // Only TLS 1.3, its drafts and what was made of it choose the version in an extension.
  handshake.encrypted = hello.selectedVersion !== 0 || version >>> 8 === 0x7f;
  if (flow.wants(TLS_VERSION)) flow.set(TLS_VERSION, versionName(version));
  if (flow.wants(TLS_CIPHER)) flow.set(TLS_CIPHER, cipherName(cipher));
  if (flow.wants(TLS_JA3S)) flow.set(TLS_JA3S, md5(ja3sText(octets, hello)));
  if (hello.alpnEnd > hello.alpnStart) {
    const name = hello.alpnStart + 1;
    flow.text(TLS_ALPN_SELECTED, octets, name, name + u8(octets, hello.alpnStart));
  }
  if (isObsolete(version)) flow.report(TLS_VERSION_OBSOLETE);
  if (isWeakCipher(cipher)) flow.report(TLS_CIPHER_WEAK);
  return undefined;
}

/** `TLS 1.3` for 0x0304; `0x` and four digits for a number that is no version. */
export function versionName(version: number): string {
  switch (version) {
    case 0x0002:
      return "SSL 2.0";
    case 0x0300:
      return "SSL 3.0";
    case 0x0301:
      return "TLS 1.0";
    case 0x0302:
      return "TLS 1.1";
    case 0x0303:
      return "TLS 1.2";
    case 0x0304:
      return "TLS 1.3";
    case 0x0100:
      return "DTLS 0.9";
    case 0xfeff:
      return "DTLS 1.0";
    case 0xfefd:
      return "DTLS 1.2";
    case 0xfefc:
      return "DTLS 1.3";
    default:
      if (version >>> 8 === 0x7f) return `TLS 1.3 draft ${version & 0xff}`;
      return `0x${version.toString(16).padStart(4, "0")}`;
  }
}

/** 0x0100 is what OpenSSL before 0.9.8f, and software that stayed with it, sends for DTLS before 1.0. */
function isObsolete(version: number): boolean {
  if (version >>> 8 === 0x7f) return false;
  return version >>> 8 === 0xfe ? version > DTLS_1_2 : version < TLS_1_2;
}

/**
 * Octets of a Certificate message's body (RFC 5246 §7.4.2) up to the end of its first certificate; -1 where its lengths
 * contradict each other, 0 for an empty list. Needs 6 octets of the body, or all of a shorter one.
 */
export function leafOctets(octets: Uint8Array, start: number, bodyLength: number): number {
  if (bodyLength < 3) return -1;
  const list = u24(octets, start);
  if (list !== bodyLength - 3) return -1;
  if (list === 0) return 0;
  if (list < 3) return -1;
  const leaf = u24(octets, start + 3);
  return leaf === 0 || leaf > list - 3 ? -1 : 6 + leaf;
}

/**
 * Reads the first certificate of a Certificate message, whose body of `bodyLength` octets begins at `start` and is there up
 * to that certificate's `end`.
 */
export function readLeaf(
  octets: Uint8Array,
  start: number,
  end: number,
  bodyLength: number,
  transport: Ja4Transport,
  flow: FlowContext,
  handshake: Handshake,
): Malformed | undefined {
  if (leafOctets(octets, start, bodyLength) < 0) return CERTIFICATE_MALFORMED;
  const leaf = start + 6;
  // An empty list, as from a client that has none, or a certificate too long to be collected.
  if (leaf >= end) return undefined;
  if (parseCertificate(octets, leaf, end, certificate) !== undefined) return CERTIFICATE_MALFORMED;
  if (handshake.client === flow.direction) {
    if (flow.wants(TLS_CLIENT_CERTIFICATE_SUBJECT)) {
      const { subjectStart, subjectEnd } = certificate;
      flow.set(TLS_CLIENT_CERTIFICATE_SUBJECT, shortName(octets, subjectStart, subjectEnd));
    }
    return undefined;
  }
  setCertificate(octets, leaf, end, flow);
  const nowMs = flow.timeUs / 1000;
  if (certificate.notAfterMs < nowMs) flow.report(TLS_CERTIFICATE_EXPIRED);
  if (certificate.notBeforeMs > nowMs) flow.report(TLS_CERTIFICATE_NOT_YET_VALID);
  // Between the two ends of a call (DTLS-SRTP, RFC 5763) certificates sign themselves by design and name nobody.
  if (transport === "d") return undefined;
  if (isSelfIssued(octets, certificate)) flow.report(TLS_SELF_SIGNED);
  const asked = handshake.serverName;
  if (asked !== undefined) {
    if (!covers(octets, asked)) flow.report(TLS_CERTIFICATE_NAME_MISMATCH);
    return undefined;
  }
  const [first] = certificateNames(octets);
  if (first?.includes(".") === true) {
    const host = first.startsWith("*.") ? first.slice(2) : first;
    // A common name can be anything; only what has the letters of a host name (RFC 1123 §2.1) is taken for one.
    if (/^[A-Za-z0-9._-]+$/.test(host)) flow.host(TLS_CERTIFICATE_HOST, latin1(host), 0, host.length);
  }
  return undefined;
}

/** RFC 9525 §2 looks at the alternative names alone; for a certificate without any, what came before it: the common name. */
function* certificateNames(octets: Uint8Array): Generator<string, void> {
  let alone = true;
  for (const name of alternativeNames(octets, certificate)) {
    alone = false;
    yield name;
  }
  if (alone) yield commonName(octets, certificate.subjectStart, certificate.subjectEnd);
}

/** Whether the certificate is for `host`. A certificate may have hundreds of names, and is mostly for one of the first. */
function covers(octets: Uint8Array, host: string): boolean {
  for (const name of certificateNames(octets)) if (nameCovers(name.toLowerCase(), host)) return true;
  return false;
}

function setCertificate(octets: Uint8Array, start: number, end: number, flow: FlowContext): void {
  const { subjectStart, subjectEnd, issuerStart, issuerEnd, notBeforeMs, notAfterMs } = certificate;
  if (flow.wants(TLS_CERTIFICATE_SUBJECT)) {
    flow.set(TLS_CERTIFICATE_SUBJECT, shortName(octets, subjectStart, subjectEnd));
  }
  if (flow.wants(TLS_CERTIFICATE_ISSUER)) {
    flow.set(TLS_CERTIFICATE_ISSUER, shortName(octets, issuerStart, issuerEnd));
  }
  if (flow.wants(TLS_CERTIFICATE_SAN)) {
    for (const name of alternativeNames(octets, certificate)) flow.set(TLS_CERTIFICATE_SAN, name);
  }
  if (flow.wants(TLS_CERTIFICATE_NOT_BEFORE) && !Number.isNaN(notBeforeMs)) {
    flow.set(TLS_CERTIFICATE_NOT_BEFORE, isoTime(notBeforeMs));
  }
  if (flow.wants(TLS_CERTIFICATE_NOT_AFTER) && !Number.isNaN(notAfterMs)) {
    flow.set(TLS_CERTIFICATE_NOT_AFTER, isoTime(notAfterMs));
  }
  if (flow.wants(TLS_CERTIFICATE_SHA256)) {
    flow.set(TLS_CERTIFICATE_SHA256, hash("sha256", octets.subarray(start, end)));
  }
  if (flow.wants(TLS_CERTIFICATE_SELF_SIGNED)) {
    flow.set(TLS_CERTIFICATE_SELF_SIGNED, isSelfIssued(octets, certificate));
  }
}

function shortName(octets: Uint8Array, start: number, end: number): string {
  return nameText(octets, start, end).slice(0, ATTRIBUTE_OCTETS_MAX);
}

function isoTime(timeMs: number): string {
  return new Date(timeMs).toISOString().replace(".000Z", "Z");
}

/** Whether a certificate's name is for `host`: the same, or with `*` for the whole first label (RFC 9525 §6.3). */
export function nameCovers(name: string, host: string): boolean {
  if (name === host || `${name}.` === host) return true;
  if (!name.startsWith("*.")) return false;
  const dot = host.indexOf(".");
  return dot > 0 && host.slice(dot) === name.slice(1);
}

/** AlertDescription, RFC 8446 §6 and the registry "TLS Alerts". */
const ALERTS: Readonly<Record<number, string>> = {
  0: "close_notify",
  10: "unexpected_message",
  20: "bad_record_mac",
  21: "decryption_failed",
  22: "record_overflow",
  30: "decompression_failure",
  40: "handshake_failure",
  41: "no_certificate",
  42: "bad_certificate",
  43: "unsupported_certificate",
  44: "certificate_revoked",
  45: "certificate_expired",
  46: "certificate_unknown",
  47: "illegal_parameter",
  48: "unknown_ca",
  49: "access_denied",
  50: "decode_error",
  51: "decrypt_error",
  52: "too_many_cids_requested",
  60: "export_restriction",
  70: "protocol_version",
  71: "insufficient_security",
  80: "internal_error",
  86: "inappropriate_fallback",
  90: "user_canceled",
  100: "no_renegotiation",
  109: "missing_extension",
  110: "unsupported_extension",
  111: "certificate_unobtainable",
  112: "unrecognized_name",
  113: "bad_certificate_status_response",
  114: "bad_certificate_hash_value",
  115: "unknown_psk_identity",
  116: "certificate_required",
  120: "no_application_protocol",
  121: "ech_required",
};

const ALERT_LEVEL_FATAL = 2;

/** Whether two octets are an alert that has been defined: level 1 or 2, and a known description. */
export function isAlert(level: number, description: number): boolean {
  return (level === 1 || level === ALERT_LEVEL_FATAL) && ALERTS[description] !== undefined;
}

export function readAlert(level: number, description: number, flow: FlowContext): void {
  const name = ALERTS[description];
  if (name !== undefined) flow.set(TLS_ALERT, name);
  if (level === ALERT_LEVEL_FATAL) flow.report(TLS_ALERT_FATAL);
}
