/**
 * Builders of TLS octets, for examples, tests and made captures: a ClientHello (RFC 8446 §4.1.2, RFC 5246 §7.4.1.2), a
 * ServerHello (§4.1.3) and the records around them (§5.1). Everything is fixed unless it is asked for, so that what is
 * built is the same octets every time.
 */
import { be16, be24, concat, hex, latin1 } from "@palisade/wire";

export interface ClientHelloOptions {
  /** Server name (RFC 6066 §3); absent: no such extension. */
  readonly sni?: string;
  /** Application protocols in order of preference (RFC 7301); absent: no such extension. */
  readonly alpn?: readonly string[];
  /** Cipher suites; the default is a present-day client's: three of TLS 1.3 and six of TLS 1.2. */
  readonly ciphers?: readonly number[];
  /** `legacy_version`: 0x0303 by default. */
  readonly version?: number;
  /** Content of supported_versions (RFC 8446 §4.2.1): 0x0304 and 0x0303 by default; empty: no such extension. */
  readonly versions?: readonly number[];
  /** supported_groups: x25519, secp256r1, secp384r1 by default; empty: no such extension. */
  readonly groups?: readonly number[];
  /** ec_point_formats: uncompressed by default; empty: no such extension. */
  readonly pointFormats?: readonly number[];
  /** signature_algorithms; empty: no such extension. */
  readonly signatureAlgorithms?: readonly number[];
  /** Further extensions as type and content, after those above. */
  readonly extensions?: readonly (readonly [number, Uint8Array])[];
  /** 32 octets; `00 01 … 1f` by default. */
  readonly random?: Uint8Array;
  /** At most 32 octets; empty by default. */
  readonly sessionId?: Uint8Array;
  /** DTLS only: the cookie field (RFC 6347 §4.2.1), which stands where TLS has nothing. */
  readonly cookie?: Uint8Array;
  /** No extensions block at all, as in SSL 3.0 and many clients of TLS 1.0. */
  readonly bare?: boolean;
}

export interface ServerHelloOptions {
  /** `legacy_version`: 0x0303 by default. */
  readonly version?: number;
  /** supported_versions' selection: 0x0304 makes a TLS 1.3 hello; absent: no such extension. */
  readonly selectedVersion?: number;
  /** The cipher suite chosen: 0x1301 by default. */
  readonly cipher?: number;
  /** The application protocol chosen (TLS 1.2 only: later it is encrypted). */
  readonly alpn?: string;
  readonly extensions?: readonly (readonly [number, Uint8Array])[];
  readonly random?: Uint8Array;
  readonly sessionId?: Uint8Array;
}

const RANDOM = Uint8Array.from({ length: 32 }, (_, index) => index);
const CIPHERS = [0x1301, 0x1302, 0x1303, 0xc02b, 0xc02f, 0xc02c, 0xc030, 0xcca9, 0xcca8];
const GROUPS = [0x001d, 0x0017, 0x0018];
const SIGNATURE_ALGORITHMS = [0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601];
/** An x25519 share of 32 octets: its value is of no consequence here. */
const KEY_SHARE = concat(hex("0024 001d 0020"), RANDOM);

/** The octets preceded by their length in one octet. */
export function vector8(octets: Uint8Array): Uint8Array {
  return concat(octets.length & 0xff, octets);
}

/** The octets preceded by their length in two octets. */
export function vector16(octets: Uint8Array): Uint8Array {
  return concat(be16(octets.length), octets);
}

/** The octets preceded by their length in three octets. */
export function vector24(octets: Uint8Array): Uint8Array {
  return concat(be24(octets.length), octets);
}

function numbers16(values: readonly number[]): Uint8Array {
  return concat(...values.map(be16));
}

function extension(type: number, content: Uint8Array): Uint8Array {
  return concat(be16(type), vector16(content));
}

function protocolNames(names: readonly string[]): Uint8Array {
  return vector16(concat(...names.map((name) => vector8(latin1(name)))));
}

/** A record of TLS: content type 22 handshake, 21 alert, 20 change of cipher, 23 application data. */
export function buildRecord(type: number, content: Uint8Array, version = 0x0301): Uint8Array {
  return concat(type, be16(version), vector16(content));
}

/** A handshake message: type, length in three octets, body. */
export function buildHandshake(type: number, body: Uint8Array): Uint8Array {
  return concat(type, vector24(body));
}

/** The body of a ClientHello, without handshake or record header. */
export function buildClientHelloBody(options: ClientHelloOptions = {}): Uint8Array {
  const groups = options.groups ?? GROUPS;
  const pointFormats = options.pointFormats ?? [0];
  const signatureAlgorithms = options.signatureAlgorithms ?? SIGNATURE_ALGORITHMS;
  const versions = options.versions ?? [0x0304, 0x0303];
  const extensions: Uint8Array[] = [];
  if (options.sni !== undefined) {
    extensions.push(extension(0, vector16(concat(0, vector16(latin1(options.sni))))));
  }
  if (groups.length > 0) extensions.push(extension(10, vector16(numbers16(groups))));
  if (pointFormats.length > 0) extensions.push(extension(11, vector8(Uint8Array.from(pointFormats))));
  if (options.alpn !== undefined) extensions.push(extension(16, protocolNames(options.alpn)));
  if (signatureAlgorithms.length > 0) {
    extensions.push(extension(13, vector16(numbers16(signatureAlgorithms))));
  }
  if (versions.length > 0) extensions.push(extension(43, vector8(numbers16(versions))));
  if (versions.includes(0x0304)) extensions.push(extension(51, KEY_SHARE));
  for (const [type, content] of options.extensions ?? []) extensions.push(extension(type, content));
  return concat(
    be16(options.version ?? 0x0303),
    options.random ?? RANDOM,
    vector8(options.sessionId ?? new Uint8Array(0)),
    options.cookie === undefined ? new Uint8Array(0) : vector8(options.cookie),
    vector16(numbers16(options.ciphers ?? CIPHERS)),
    hex("01 00"),
    options.bare === true ? new Uint8Array(0) : vector16(concat(...extensions)),
  );
}

/** A ClientHello in one handshake record: what a TLS client sends first. */
export function buildClientHello(options: ClientHelloOptions = {}): Uint8Array {
  return buildRecord(22, buildHandshake(1, buildClientHelloBody(options)));
}

/** The body of a ServerHello. */
export function buildServerHelloBody(options: ServerHelloOptions = {}): Uint8Array {
  const extensions: Uint8Array[] = [];
  if (options.selectedVersion !== undefined) extensions.push(extension(43, be16(options.selectedVersion)));
  if (options.selectedVersion === 0x0304) {
    extensions.push(extension(51, concat(hex("001d 0020"), RANDOM)));
  }
  if (options.alpn !== undefined) extensions.push(extension(16, protocolNames([options.alpn])));
  for (const [type, content] of options.extensions ?? []) extensions.push(extension(type, content));
  return concat(
    be16(options.version ?? 0x0303),
    options.random ?? RANDOM,
    vector8(options.sessionId ?? new Uint8Array(0)),
    be16(options.cipher ?? 0x1301),
    0,
    extensions.length > 0 ? vector16(concat(...extensions)) : new Uint8Array(0),
  );
}

/** A ServerHello in one handshake record. */
export function buildServerHello(options: ServerHelloOptions = {}): Uint8Array {
  return buildRecord(22, buildHandshake(2, buildServerHelloBody(options)), 0x0303);
}

/** A Certificate message of TLS ≤ 1.2 (RFC 5246 §7.4.2), with its handshake header, without record. */
export function buildCertificateMessage(chain: readonly Uint8Array[]): Uint8Array {
  return buildHandshake(11, vector24(concat(...chain.map(vector24))));
}
