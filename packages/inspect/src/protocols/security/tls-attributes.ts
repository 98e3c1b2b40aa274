/**
 * What a TLS handshake tells, whichever envelope it came in: TLS over TCP, DTLS and QUIC set the same attributes, so a
 * handler subscribes to `tls.sni` once.
 */
import { attribute } from "../../attribute.js";
import type { FindingKind } from "../../finding-kind.js";

/** The version that the server chose: `TLS 1.3`, `DTLS 1.2`, `SSL 3.0`. */
export const TLS_VERSION = attribute("tls.version", "text");
/** The server name that the client asks for (RFC 6066 §3). */
export const TLS_SNI = attribute("tls.sni", "text");
/** The application protocols that the client offers (RFC 7301), without GREASE. */
export const TLS_ALPN = attribute("tls.alpn", "text", { many: true });
/** The application protocol that the server chose, where it says so in clear: TLS ≤ 1.2. */
export const TLS_ALPN_SELECTED = attribute("tls.alpn-selected", "text");
/** The cipher suite that the server chose: its name in the IANA registry, or `0x` and four digits. */
export const TLS_CIPHER = attribute("tls.cipher", "text");
/** MD5 of the client's version, cipher suites, extensions, groups and point formats. */
export const TLS_JA3 = attribute("tls.ja3", "hex");
/** MD5 of the server's version, cipher suite and extensions. */
export const TLS_JA3S = attribute("tls.ja3s", "hex");
/** `t13d1516h2_8daaf6152771_e5627efa2ab1`: transport, version, counts and two hashes of sorted lists. */
export const TLS_JA4 = attribute("tls.ja4", "text");
/**
 * The client sends encrypted_client_hello (RFC 9849) or its predecessor encrypted_server_name. Whether a name is hidden in
 * it, or noise to keep it common (GREASE ECH), cannot be told from outside.
 */
export const TLS_ECH_EXTENSION = attribute("tls.ech-extension", "flag");
/** Subject of the server's certificate, as RFC 4514 writes it. */
export const TLS_CERTIFICATE_SUBJECT = attribute("tls.certificate-subject", "text");
export const TLS_CERTIFICATE_ISSUER = attribute("tls.certificate-issuer", "text");
/** Host names and addresses that the server's certificate is for (subjectAltName). */
export const TLS_CERTIFICATE_SAN = attribute("tls.certificate-san", "text", { many: true });
/** The first of those names, without `*.`, where the client named no server: it decides the application instead. */
export const TLS_CERTIFICATE_HOST = attribute("tls.certificate-host", "text");
/** Start of validity: `2024-01-31T23:59:59Z`. */
export const TLS_CERTIFICATE_NOT_BEFORE = attribute("tls.certificate-not-before", "text");
export const TLS_CERTIFICATE_NOT_AFTER = attribute("tls.certificate-not-after", "text");
/** SHA-256 of the server's certificate. */
export const TLS_CERTIFICATE_SHA256 = attribute("tls.certificate-sha256", "hex");
/** Whether the server's certificate has the same issuer and subject. */
export const TLS_CERTIFICATE_SELF_SIGNED = attribute("tls.certificate-self-signed", "flag");
/** Subject of the certificate that the client shows, where one is asked for in clear: TLS ≤ 1.2. */
export const TLS_CLIENT_CERTIFICATE_SUBJECT = attribute("tls.client-certificate-subject", "text");
/** Names of the alerts sent in clear (RFC 8446 §6): `handshake_failure`. */
export const TLS_ALERT = attribute("tls.alert", "text", { many: true });

/** Attributes that a ClientHello sets. */
export const CLIENT_HELLO_ATTRIBUTES = [TLS_SNI, TLS_ALPN, TLS_JA3, TLS_JA4, TLS_ECH_EXTENSION] as const;

/** Attributes that the rest of a handshake in clear sets. */
export const SERVER_ATTRIBUTES = [
  TLS_VERSION,
  TLS_ALPN_SELECTED,
  TLS_CIPHER,
  TLS_JA3S,
  TLS_CERTIFICATE_SUBJECT,
  TLS_CERTIFICATE_ISSUER,
  TLS_CERTIFICATE_SAN,
  TLS_CERTIFICATE_HOST,
  TLS_CERTIFICATE_NOT_BEFORE,
  TLS_CERTIFICATE_NOT_AFTER,
  TLS_CERTIFICATE_SHA256,
  TLS_CERTIFICATE_SELF_SIGNED,
  TLS_CLIENT_CERTIFICATE_SUBJECT,
  TLS_ALERT,
] as const;

/** SSL 2.0 and 3.0 are prohibited (RFC 6176, RFC 7568), TLS 1.0 and 1.1 and DTLS 1.0 deprecated (RFC 8996). */
export const TLS_VERSION_OBSOLETE: FindingKind = {
  name: "tls.version-obsolete",
  severity: "medium",
  title: "A version before TLS 1.2 is negotiated, or is all that the client offers",
};

export const TLS_CIPHER_WEAK: FindingKind = {
  name: "tls.cipher-weak",
  severity: "high",
  title:
    "The server chose a cipher suite that hides or proves nothing: NULL, EXPORT, RC4, RC2, DES or anonymous",
};

export const TLS_SNI_ABSENT: FindingKind = {
  name: "tls.sni-absent",
  severity: "info",
  title: "The TLS client sent no server name (SNI)",
};

export const TLS_ALERT_FATAL: FindingKind = {
  name: "tls.alert-fatal",
  severity: "info",
  title: "A handshake was ended by a fatal alert",
};

export const TLS_CERTIFICATE_EXPIRED: FindingKind = {
  name: "tls.certificate-expired",
  severity: "medium",
  title: "The server's certificate was no longer valid when it was shown",
};

export const TLS_CERTIFICATE_NOT_YET_VALID: FindingKind = {
  name: "tls.certificate-not-yet-valid",
  severity: "low",
  title: "The server's certificate was not yet valid when it was shown",
};

export const TLS_CERTIFICATE_NAME_MISMATCH: FindingKind = {
  name: "tls.certificate-name-mismatch",
  severity: "low",
  title: "The server's certificate is not for the name that the client asked for",
};

export const TLS_SELF_SIGNED: FindingKind = {
  name: "tls.self-signed",
  severity: "low",
  title: "The server's certificate is vouched for by nobody but itself",
};

export const CLIENT_HELLO_FINDINGS = [TLS_VERSION_OBSOLETE, TLS_SNI_ABSENT] as const;

export const SERVER_FINDINGS = [
  TLS_CIPHER_WEAK,
  TLS_ALERT_FATAL,
  TLS_CERTIFICATE_EXPIRED,
  TLS_CERTIFICATE_NOT_YET_VALID,
  TLS_CERTIFICATE_NAME_MISMATCH,
  TLS_SELF_SIGNED,
] as const;
