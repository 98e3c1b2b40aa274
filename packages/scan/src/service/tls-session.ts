/** What a TLS session shows of the service: version, cipher, certificate. */
import type { X509Certificate } from "node:crypto";
import type { TLSSocket } from "node:tls";
import type { ConnectFailure } from "./connection.js";
import type { CertificateResult, TlsResult } from "./service-result.js";
import { shortened } from "./template.js";

/** Names of a certificate that are listed; large hosters' have hundreds. */
export const CERTIFICATE_NAMES_MAX = 256;
/** Characters of a distinguished name, and of an alternative name. */
const NAME_CHARACTERS_MAX = 1_024;
/** RFC 5280 §4.1.2.2 allows 20 octets; of a longer number the rest is cut off. */
const SERIAL_CHARACTERS_MAX = 128;
/** OpenSSL's text of all alternative names is looked at no further. */
const NAMES_CHARACTERS_MAX = 262_144;

export function tlsResult(socket: TLSSocket): TlsResult {
  const certificate = socket.getPeerX509Certificate();
  return {
    version: socket.getProtocol() ?? undefined,
    cipher: socket.getCipher()?.name,
    alpn: socket.alpnProtocol || undefined,
    certificate: certificate && certificateResult(certificate),
    alert: undefined,
  };
}

/** A handshake that the service ended with an alert of TLS, which shows that it speaks it; undefined for other failures. */
export function tlsAlert(failure: ConnectFailure): TlsResult | undefined {
  if (!/^ERR_SSL_.*ALERT/.test(failure.code) && failure.code !== "ERR_SSL_UNSUPPORTED_PROTOCOL")
    return undefined;
  const alert = failure.code.replace(/^ERR_SSL_/, "").toLowerCase();
  return { version: undefined, cipher: undefined, alpn: undefined, certificate: undefined, alert };
}

export function certificateResult(certificate: X509Certificate): CertificateResult {
  const subject = distinguishedName(certificate.subject);
  const issuer = distinguishedName(certificate.issuer);
  return {
    subject,
    issuer,
    // Quoted by Node where a value could be taken for several.
    alternativeNames: (
      certificate.subjectAltName?.slice(0, NAMES_CHARACTERS_MAX).match(/[^,"]+(?:"(?:[^"\\]|\\.)*")?/g) ?? []
    )
      .slice(0, 2 * CERTIFICATE_NAMES_MAX)
      .map((name) => shortened(name, NAME_CHARACTERS_MAX))
      .filter((name) => name !== "")
      .slice(0, CERTIFICATE_NAMES_MAX),
    validFrom: dateText(certificate.validFrom),
    validTo: dateText(certificate.validTo),
    key: keyText(certificate),
    serial: certificate.serialNumber.toLowerCase().slice(0, SERIAL_CHARACTERS_MAX),
    sha256: certificate.fingerprint256.replaceAll(":", "").toLowerCase(),
    // Node has no text for a name that OpenSSL cannot show.
    selfIssued: certificate.subject !== undefined && certificate.subject === certificate.issuer,
  };
}

/** Node gives an attribute a line. */
function distinguishedName(text: string | undefined): string {
  const attributes = (text ?? "").slice(0, NAMES_CHARACTERS_MAX).split("\n");
  const shown = attributes.map((attribute) => shortened(attribute, NAME_CHARACTERS_MAX));
  return shortened(shown.filter((attribute) => attribute !== "").join(", "), NAME_CHARACTERS_MAX);
}

function dateText(text: string): string {
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? "" : new Date(ms).toISOString().replace(".000Z", "Z");
}

/** A key that OpenSSL cannot read is one that a certificate lies about. */
function keyText(certificate: X509Certificate): string {
  try {
    const { asymmetricKeyType: type, asymmetricKeyDetails: details } = certificate.publicKey;
    return [type ?? "unknown", details?.namedCurve ?? details?.modulusLength].filter(Boolean).join(" ");
  } catch {
    return "unknown";
  }
}
