/**
 * X.509 version 3 certificates (RFC 5280 §4.1), read in place: whose they are, who says so, from when till when, and for
 * which names. Keys and signatures are not looked at.
 */
import { Malformed } from "@palisade/base";
import { formatIpv4, formatIpv6, u8 } from "@palisade/wire";
import { decodeText, encodeHex } from "../../flow-context.js";
import {
  BER_BMP_STRING,
  BER_BOOLEAN,
  BER_INTEGER,
  BER_OBJECT_IDENTIFIER,
  BER_OCTET_STRING,
  BER_OK,
  BER_SEQUENCE,
  BER_SET,
  BER_UNIVERSAL_STRING,
  BerElement,
  berObjectIdentifier,
  readBer,
  readBerTag,
} from "../ber.js";
import { certificateTimeMs } from "./certificate-time.js";

/** Not the nesting of elements that RFC 5280 §4.1 gives a certificate. */
export const CERTIFICATE_MALFORMED = new Malformed("tls.certificate-malformed");

/** Parts of a name (RDNs) that are put into text; further ones are left out. */
export const NAME_PARTS_MAX = 32;
/** Alternative names that are looked at; a flow's record holds fewer still. */
export const ALTERNATIVE_NAMES_MAX = 256;

/** Where the parts of a certificate are: indices into the octets given. */
export class Certificate {
  /** Name, without its SEQUENCE header. */
  issuerStart = 0;
  issuerEnd = 0;
  subjectStart = 0;
  subjectEnd = 0;
  /** Milliseconds since the epoch; NaN where the field is not of RFC 5280's form. */
  notBeforeMs = 0;
  notAfterMs = 0;
  /** GeneralNames of the subject's alternative name, without their SEQUENCE header; 0 … 0 without. */
  alternativeStart = 0;
  alternativeEnd = 0;
}

const CONTEXT_0 = 0xa0;
const CONTEXT_3 = 0xa3;
const GENERAL_NAME_DNS = 0x82;
const GENERAL_NAME_IP = 0x87;

const element = new BerElement();
const inner = new BerElement();

/** Reads the certificate in `octets[start … end)` into `certificate`. */
export function parseCertificate(
  octets: Uint8Array,
  start: number,
  end: number,
  certificate: Certificate,
): Malformed | undefined {
  if (!readBerTag(octets, start, end, BER_SEQUENCE, element)) return CERTIFICATE_MALFORMED;
  if (!readBerTag(octets, element.start, element.end, BER_SEQUENCE, element)) return CERTIFICATE_MALFORMED;
  const stop = element.end;
  let at = element.start;
  // version is present from version 2 on.
  if (readBerTag(octets, at, stop, CONTEXT_0, element)) at = element.end;
  if (!readBerTag(octets, at, stop, BER_INTEGER, element)) return CERTIFICATE_MALFORMED;
  if (!readBerTag(octets, element.end, stop, BER_SEQUENCE, element)) return CERTIFICATE_MALFORMED;
  if (!readBerTag(octets, element.end, stop, BER_SEQUENCE, element)) return CERTIFICATE_MALFORMED;
  certificate.issuerStart = element.start;
  certificate.issuerEnd = element.end;
  if (!readBerTag(octets, element.end, stop, BER_SEQUENCE, element)) return CERTIFICATE_MALFORMED;
  at = element.end;
  if (readBer(octets, element.start, at, inner) !== BER_OK) return CERTIFICATE_MALFORMED;
  certificate.notBeforeMs = certificateTimeMs(octets, inner) ?? Number.NaN;
  if (readBer(octets, inner.end, at, inner) !== BER_OK) return CERTIFICATE_MALFORMED;
  certificate.notAfterMs = certificateTimeMs(octets, inner) ?? Number.NaN;
  if (!readBerTag(octets, at, stop, BER_SEQUENCE, element)) return CERTIFICATE_MALFORMED;
  certificate.subjectStart = element.start;
  certificate.subjectEnd = element.end;
  // subjectPublicKeyInfo
  if (!readBerTag(octets, element.end, stop, BER_SEQUENCE, element)) return CERTIFICATE_MALFORMED;
  at = element.end;
  certificate.alternativeStart = 0;
  certificate.alternativeEnd = 0;
  while (at < stop) {
    if (readBer(octets, at, stop, element) !== BER_OK) return CERTIFICATE_MALFORMED;
    at = element.end;
    if (element.tag === CONTEXT_3)
      return findAlternativeNames(octets, element.start, element.end, certificate);
  }
  return undefined;
}

function findAlternativeNames(
  octets: Uint8Array,
  start: number,
  end: number,
  certificate: Certificate,
): Malformed | undefined {
  if (!readBerTag(octets, start, end, BER_SEQUENCE, element)) return CERTIFICATE_MALFORMED;
  const stop = element.end;
  let at = element.start;
  while (at < stop) {
    if (!readBerTag(octets, at, stop, BER_SEQUENCE, element)) return CERTIFICATE_MALFORMED;
    at = element.end;
    const last = element.end;
    if (!readBerTag(octets, element.start, last, BER_OBJECT_IDENTIFIER, inner)) return CERTIFICATE_MALFORMED;
    if (!isSubjectAlternativeName(octets, inner.start, inner.end)) continue;
    if (readBerTag(octets, inner.end, last, BER_BOOLEAN, element)) inner.end = element.end;
    if (!readBerTag(octets, inner.end, last, BER_OCTET_STRING, element)) return CERTIFICATE_MALFORMED;
    if (!readBerTag(octets, element.start, element.end, BER_SEQUENCE, element)) return CERTIFICATE_MALFORMED;
    certificate.alternativeStart = element.start;
    certificate.alternativeEnd = element.end;
    return undefined;
  }
  return undefined;
}

/** Object identifier 2.5.29.17. */
function isSubjectAlternativeName(octets: Uint8Array, start: number, end: number): boolean {
  return (
    end - start === 3 &&
    u8(octets, start) === 0x55 &&
    u8(octets, start + 1) === 0x1d &&
    u8(octets, start + 2) === 0x11
  );
}

/**
 * The names that a certificate is for, one by one as they are asked for: host names and addresses of its alternative names
 * in order, other kinds passed over.
 */
export function* alternativeNames(octets: Uint8Array, certificate: Certificate): Generator<string, void> {
  const { alternativeEnd } = certificate;
  let at = certificate.alternativeStart;
  for (let count = 0; count < ALTERNATIVE_NAMES_MAX; count += 1) {
    if (readBer(octets, at, alternativeEnd, element) !== BER_OK) return;
    at = element.end;
    const length = element.end - element.start;
    if (element.tag === GENERAL_NAME_DNS) yield decodeText(octets, element.start, element.end);
    else if (element.tag === GENERAL_NAME_IP && length === 4) yield formatIpv4(octets, element.start);
    else if (element.tag === GENERAL_NAME_IP && length === 16) yield formatIpv6(octets, element.start);
  }
}

/** Whether subject and issuer are the same name, octet for octet, as where the key vouches for itself. */
export function isSelfIssued(octets: Uint8Array, certificate: Certificate): boolean {
  const length = certificate.subjectEnd - certificate.subjectStart;
  if (length !== certificate.issuerEnd - certificate.issuerStart) return false;
  for (let index = 0; index < length; index += 1) {
    if (octets[certificate.subjectStart + index] !== octets[certificate.issuerStart + index]) return false;
  }
  return true;
}

/** Attribute types that RFC 4514 §3 names, and others that certificates hold, by their dotted object identifier. */
const ATTRIBUTE_KEYWORDS: Readonly<Record<string, string>> = {
  "2.5.4.3": "CN",
  "2.5.4.5": "serialNumber",
  "2.5.4.6": "C",
  "2.5.4.7": "L",
  "2.5.4.8": "ST",
  "2.5.4.9": "STREET",
  "2.5.4.10": "O",
  "2.5.4.11": "OU",
  "2.5.4.12": "title",
  "2.5.4.97": "organizationIdentifier",
  "0.9.2342.19200300.100.1.1": "UID",
  "0.9.2342.19200300.100.1.25": "DC",
  "1.2.840.113549.1.9.1": "emailAddress",
};

/**
 * A Name (its content, `octets[start … end)`) as RFC 4514 writes it: last part first, `CN=www.example.com,O=Example,C=GB`.
 * What is not well formed is left out.
 */
export function nameText(octets: Uint8Array, start: number, end: number): string {
  const parts: string[] = [];
  let at = start;
  while (at < end && parts.length < NAME_PARTS_MAX) {
    if (!readBerTag(octets, at, end, BER_SET, element)) break;
    at = element.end;
    const text = partText(octets, element.start, element.end);
    if (text !== "") parts.push(text);
  }
  return parts.reverse().join(",");
}

/** The last common name (2.5.4.3) in a Name, or an empty text. */
export function commonName(octets: Uint8Array, start: number, end: number): string {
  let found = "";
  let at = start;
  for (let count = 0; at < end && count < NAME_PARTS_MAX; count += 1) {
    if (!readBerTag(octets, at, end, BER_SET, element)) break;
    at = element.end;
    if (!readBerTag(octets, element.start, element.end, BER_SEQUENCE, inner)) continue;
    const last = inner.end;
    if (!readBerTag(octets, inner.start, last, BER_OBJECT_IDENTIFIER, element)) continue;
    if (berObjectIdentifier(octets, element) !== "2.5.4.3") continue;
    if (readBer(octets, element.end, last, inner) === BER_OK) found = stringText(octets, inner);
  }
  return found;
}

/** A RelativeDistinguishedName: mostly one attribute; several are joined by a plus sign. */
function partText(octets: Uint8Array, start: number, end: number): string {
  const pairs: string[] = [];
  let at = start;
  while (at < end && pairs.length < NAME_PARTS_MAX) {
    if (!readBerTag(octets, at, end, BER_SEQUENCE, inner)) break;
    at = inner.end;
    const last = inner.end;
    if (!readBerTag(octets, inner.start, last, BER_OBJECT_IDENTIFIER, inner)) break;
    const oid = berObjectIdentifier(octets, inner);
    const valueStart = inner.end;
    if (oid === "" || readBer(octets, valueStart, last, inner) !== BER_OK) break;
    const keyword = ATTRIBUTE_KEYWORDS[oid];
    // RFC 4514 §2.4: a type without keyword has its value's whole encoding in hexadecimal.
    if (keyword === undefined) pairs.push(`${oid}=#${encodeHex(octets, valueStart, inner.end)}`);
    else pairs.push(`${keyword}=${escapeValue(stringText(octets, inner))}`);
  }
  return pairs.join("+");
}

function stringText(octets: Uint8Array, string: BerElement): string {
  const { tag, start, end } = string;
  const width = tag === BER_BMP_STRING ? 2 : tag === BER_UNIVERSAL_STRING ? 4 : 1;
  if (width === 1) return decodeText(octets, start, end);
  let text = "";
  const stop = Math.min(end, start + NAME_OCTETS_MAX);
  for (let at = start; at + width <= stop; at += width) {
    let code = 0;
    for (let index = 0; index < width; index += 1) code = (code << 8) | u8(octets, at + index);
    text += code >= 0 && code <= 0x10_ffff ? String.fromCodePoint(code) : "\ufffd";
  }
  return text;
}

const NAME_OCTETS_MAX = 1024;

/** RFC 4514 §2.4. */
function escapeValue(text: string): string {
  return text
    .replace(/[\\",+;<>]/g, "\\$&")
    .replaceAll("\0", "\\00")
    .replace(/^[ #]/, "\\$&")
    .replace(/ $/, "\\ ");
}
