/** What detection finds out about a port: plain values. */

/** A port that is open, and what is known of its host. */
export interface ServiceTarget {
  /** IPv4 or IPv6 in any text form; IPv6 may have a zone. */
  readonly address: string;
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  /** A name of the host: sent as server name in TLS and in HTTP's `Host`. */
  readonly host?: string | undefined;
}

/** A certificate's contents as text; nothing is verified, and all of it is what the service says. */
export interface CertificateResult {
  /** Distinguished names, attributes in their order: `CN=example.org, O=Example`. */
  readonly subject: string;
  readonly issuer: string;
  /** `DNS:example.org`, `IP Address:192.0.2.7`. */
  readonly alternativeNames: readonly string[];
  /** RFC 3339, UTC; empty where the certificate says no date. */
  readonly validFrom: string;
  readonly validTo: string;
  /** `rsa 2048`, `ec prime256v1`, `ed25519`. */
  readonly key: string;
  /** Hexadecimal digits, as it stands in the certificate. */
  readonly serial: string;
  /** Of the whole certificate (DER), 64 hexadecimal digits. */
  readonly sha256: string;
  /** Issuer and subject are the same. */
  readonly selfIssued: boolean;
}

export interface TlsResult {
  /** `TLSv1.3`; undefined where the service ended the handshake, which only shows that it speaks TLS. */
  readonly version: string | undefined;
  /** OpenSSL's name. */
  readonly cipher: string | undefined;
  /** What the service chose of `h2` and `http/1.1`, where it was asked: under HTTP. */
  readonly alpn: string | undefined;
  readonly certificate: CertificateResult | undefined;
  /** Why there was no session: OpenSSL's name of the alert. */
  readonly alert: string | undefined;
}

export type ServiceDetails = Readonly<Record<string, string | readonly string[]>>;

export interface ServiceResult {
  readonly address: string;
  readonly port: number;
  readonly protocol: "tcp" | "udp";
  /** The service; `tcpwrapped`, or `unknown` where the port is registered for nothing either. */
  readonly name: string;
  readonly product?: string;
  readonly version?: string;
  readonly info?: string;
  readonly hostname?: string;
  readonly os?: string;
  readonly device?: string;
  readonly cpe: readonly string[];
  readonly tunnel?: "tls";
  /** `table`: nothing that the port said was understood, and the name is what it is registered for. */
  readonly method: "probed" | "table";
  /** 0 … 10. */
  readonly confidence: number;
  /** Of the tunnel, or of the session that the service changed to when asked (`starttls` in `details`). */
  readonly tls?: TlsResult;
  /** By name, such as `http-title`; docs/services.md lists them. Printable text. */
  readonly details: ServiceDetails;
  /** Of a service that nothing matched: what it said, control characters as `\xHH`, at most `BANNER_CHARACTERS_MAX`. */
  readonly banner?: string;
  /** Why nothing could be asked: `ECONNREFUSED`, `ETIMEDOUT`, …, `timeout`; undefined where a connection came about. */
  readonly failure?: string;
}

/** Characters of a banner. */
export const BANNER_CHARACTERS_MAX = 1_024;

/** Octets for reading: ASCII as it is, `\r`, `\n`, `\t` and `\xHH` for the rest. */
export function bannerText(octets: Uint8Array): string {
  let text = "";
  for (const octet of octets.subarray(0, BANNER_CHARACTERS_MAX)) {
    const next =
      octet === 0x5c
        ? "\\\\"
        : octet >= 0x20 && octet < 0x7f
          ? String.fromCharCode(octet)
          : (NAMED[octet] ?? `\\x${octet.toString(16).padStart(2, "0")}`);
    if (text.length + next.length > BANNER_CHARACTERS_MAX) break;
    text += next;
  }
  return text;
}

const NAMED: Readonly<Record<number, string>> = { 9: "\\t", 10: "\\n", 13: "\\r" };
