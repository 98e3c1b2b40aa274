/**
 * Fingerprints of hellos: JA3 and JA3S (published by Salesforce, 2017 and 2019) and JA4, its TLS client part (published
 * by FoxIO, 2023). Values of GREASE (RFC 8701) are left out of all three.
 */
import { hash } from "node:crypto";
import { u8, u16 } from "@palisade/wire";
import { EXTENSION_ALPN, EXTENSION_SERVER_NAME, type Hello, highestVersion, isGrease } from "./hello.js";

/** The transport in JA4's first letter: TLS over TCP, QUIC, DTLS. */
export type Ja4Transport = "t" | "q" | "d";

const JA4_HASH_DIGITS = 12;
/** What JA4 has for the hash of an empty list. */
const JA4_EMPTY = "000000000000";
/** JA4 has two digits for a count. */
const JA4_COUNT_MAX = 99;

/** The text that JA3 is the MD5 of: version, cipher suites, extensions, groups, point formats. */
export function ja3Text(octets: Uint8Array, hello: Hello): string {
  const ciphers = values(octets, hello.cipherStart, hello.cipherEnd).join("-");
  const extensions = extensionTypes(octets, hello).join("-");
  const groups = values(octets, hello.groupsStart, hello.groupsEnd).join("-");
  const formats: number[] = [];
  for (let at = hello.pointFormatsStart; at < hello.pointFormatsEnd; at += 1) formats.push(u8(octets, at));
  return `${hello.version},${ciphers},${extensions},${groups},${formats.join("-")}`;
}

/** The text that JA3S is the MD5 of: version, cipher suite, extensions. */
export function ja3sText(octets: Uint8Array, hello: Hello): string {
  return `${hello.version},${u16(octets, hello.cipherStart)},${extensionTypes(octets, hello).join("-")}`;
}

export function md5(text: string): string {
  return hash("md5", text);
}

/** JA4 of a ClientHello: `t13d1516h2_8daaf6152771_e5627efa2ab1`. */
export function ja4(octets: Uint8Array, hello: Hello, transport: Ja4Transport): string {
  const ciphers = values(octets, hello.cipherStart, hello.cipherEnd);
  const extensions = extensionTypes(octets, hello);
  const head = `${transport}${ja4Version(highestVersion(octets, hello))}${hello.hasServerName ? "d" : "i"}${count(ciphers)}${count(extensions)}${alpnMark(octets, hello)}`;
  const hashed = extensions.filter((type) => type !== EXTENSION_SERVER_NAME && type !== EXTENSION_ALPN);
  const signatures = values(octets, hello.signaturesStart, hello.signaturesEnd);
  // Suites and extensions are sorted, for clients that shuffle them; signature algorithms keep their order.
  let extensionText = hexadecimals(hashed.sort(ascending));
  if (extensionText !== "" && signatures.length > 0) extensionText += `_${hexadecimals(signatures)}`;
  return `${head}_${shortHash(hexadecimals(ciphers.sort(ascending)))}_${shortHash(extensionText)}`;
}

function ja4Version(version: number): string {
  switch (version) {
    case 0x0304:
      return "13";
    case 0x0303:
      return "12";
    case 0x0302:
      return "11";
    case 0x0301:
      return "10";
    case 0x0300:
      return "s3";
    case 0x0002:
      return "s2";
    case 0xfeff:
      return "d1";
    case 0xfefd:
      return "d2";
    case 0xfefc:
      return "d3";
    default:
      return "00";
  }
}

/**
 * First and last character of the first protocol name; where one of them is no ASCII letter or digit, the first and last
 * hexadecimal digit of the name instead; `00` without a name.
 */
function alpnMark(octets: Uint8Array, hello: Hello): string {
  if (hello.alpnStart >= hello.alpnEnd) return "00";
  const first = u8(octets, hello.alpnStart + 1);
  const last = u8(octets, hello.alpnStart + u8(octets, hello.alpnStart));
  if (isAlphanumeric(first) && isAlphanumeric(last)) return String.fromCharCode(first, last);
  return (first >>> 4).toString(16) + (last & 0xf).toString(16);
}

function isAlphanumeric(octet: number): boolean {
  return (
    (octet >= 0x30 && octet <= 0x39) || (octet >= 0x41 && octet <= 0x5a) || (octet >= 0x61 && octet <= 0x7a)
  );
}

/** The extensions' types in their order, without GREASE. */
function extensionTypes(octets: Uint8Array, hello: Hello): number[] {
  const types: number[] = [];
  let at = hello.extensionsStart;
  while (at + 4 <= hello.extensionsEnd) {
    const type = u16(octets, at);
    if (!isGrease(type)) types.push(type);
    at += 4 + u16(octets, at + 2);
  }
  return types;
}

/** Numbers of two octets each, without GREASE. */
function values(octets: Uint8Array, start: number, end: number): number[] {
  const found: number[] = [];
  for (let at = start; at + 2 <= end; at += 2) {
    const value = u16(octets, at);
    if (!isGrease(value)) found.push(value);
  }
  return found;
}

function ascending(one: number, other: number): number {
  return one - other;
}

function hexadecimals(numbers: readonly number[]): string {
  return numbers.map((value) => value.toString(16).padStart(4, "0")).join(",");
}

function count(list: readonly number[]): string {
  return String(Math.min(list.length, JA4_COUNT_MAX)).padStart(2, "0");
}

function shortHash(text: string): string {
  if (text === "") return JA4_EMPTY;
  return hash("sha256", text).slice(0, JA4_HASH_DIGITS);
}
