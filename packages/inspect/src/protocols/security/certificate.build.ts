/**
 * A builder of X.509 certificates for examples and tests: the nesting of RFC 5280 §4.1 with a key and a signature of no
 * value.
 */
import { hex, latin1 } from "@palisade/wire";
import { ber } from "../ber.build.js";

export interface CertificateOptions {
  /** Attribute types (their object identifier's content in hexadecimal) and values, in order. */
  readonly subject?: readonly (readonly [string, string])[];
  readonly issuer?: readonly (readonly [string, string])[];
  /** UTCTime with two digits of year, GeneralizedTime with four: `240101000000Z`. */
  readonly notBefore?: string;
  readonly notAfter?: string;
  /** dNSName entries of subjectAltName. */
  readonly dnsNames?: readonly string[];
  /** iPAddress entries of subjectAltName: 4 or 16 octets. */
  readonly addresses?: readonly Uint8Array[];
}

/** Object identifiers' contents: 2.5.4.3, 2.5.4.10, 2.5.4.6. */
export const OID_COMMON_NAME = "550403";
export const OID_ORGANIZATION = "55040a";
export const OID_COUNTRY = "550406";

const OID_SUBJECT_ALTERNATIVE_NAME = hex("551d11");
/** ecdsa-with-SHA256, 1.2.840.10045.4.3.2. */
const ALGORITHM = hex("300a 0608 2a8648ce3d040302");

export function buildName(attributes: readonly (readonly [string, string])[]): Uint8Array {
  const parts = attributes.map(([oid, value]) =>
    ber(0x31, ber(0x30, ber(0x06, hex(oid)), ber(0x0c, new TextEncoder().encode(value)))),
  );
  return ber(0x30, ...parts);
}

function time(text: string): Uint8Array {
  return ber(text.length === 13 ? 0x17 : 0x18, latin1(text));
}

export function buildCertificate(options: CertificateOptions = {}): Uint8Array {
  const names = [
    ...(options.dnsNames ?? []).map((name) => ber(0x82, latin1(name))),
    ...(options.addresses ?? []).map((address) => ber(0x87, address)),
  ];
  const extension = ber(0x30, ber(0x06, OID_SUBJECT_ALTERNATIVE_NAME), ber(0x04, ber(0x30, ...names)));
  const subject = options.subject ?? [[OID_COMMON_NAME, "www.example.com"]];
  const body = ber(
    0x30,
    ber(0xa0, hex("02 01 02")),
    hex("02 01 05"),
    ALGORITHM,
    buildName(options.issuer ?? [[OID_COMMON_NAME, "Example CA"]]),
    ber(0x30, time(options.notBefore ?? "230101000000Z"), time(options.notAfter ?? "250101000000Z")),
    buildName(subject),
    ber(0x30, ALGORITHM, ber(0x03, hex("00 04"))),
    ...(names.length > 0 ? [ber(0xa3, ber(0x30, extension))] : []),
  );
  return ber(0x30, body, ALGORITHM, ber(0x03, hex("00 30 00")));
}
