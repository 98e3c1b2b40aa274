/**
 * ClientHello and ServerHello, read in place: RFC 8446 §4.1.2 and §4.1.3, RFC 5246 §7.4.1, RFC 6347 §4.2.1 (the cookie
 * of DTLS). TLS, DTLS and QUIC carry the same bodies in different envelopes.
 *
 * `parseClientHello` and `parseServerHello` write where things are into a reused `Hello`; nothing is allocated and no
 * text is made. The lists stay in the octets: whoever wants one walks from its start to its end.
 */
import { Malformed } from "@palisade/base";
import { u8, u16 } from "@palisade/wire";

/** The hello ends before its fields do, or a length field reaches past what holds it. */
export const HELLO_TRUNCATED = new Malformed("tls.hello-truncated");
/** A list whose length is not a multiple of its entries, or that may not be empty and is. */
export const HELLO_LIST_IMPOSSIBLE = new Malformed("tls.hello-list-impossible");
/** A session identifier of more than 32 octets (RFC 8446 §4.1.2). */
export const HELLO_SESSION_ID_TOO_LONG = new Malformed("tls.hello-session-id-too-long");
/** Octets after the extensions (RFC 8446 §4.1.2: nothing may follow). */
export const HELLO_TRAILING_OCTETS = new Malformed("tls.hello-trailing-octets");

export const HELLO_MALFORMED: readonly Malformed[] = [
  HELLO_TRUNCATED,
  HELLO_LIST_IMPOSSIBLE,
  HELLO_SESSION_ID_TOO_LONG,
  HELLO_TRAILING_OCTETS,
];

export const EXTENSION_SERVER_NAME = 0;
export const EXTENSION_SUPPORTED_GROUPS = 10;
export const EXTENSION_POINT_FORMATS = 11;
export const EXTENSION_SIGNATURE_ALGORITHMS = 13;
export const EXTENSION_ALPN = 16;
export const EXTENSION_SUPPORTED_VERSIONS = 43;
/** RFC 9001 §8.2; drafts before 33 used 0xffa5. */
export const EXTENSION_QUIC_TRANSPORT_PARAMETERS = 57;
const EXTENSION_QUIC_TRANSPORT_PARAMETERS_DRAFT = 0xffa5;
/** RFC 9849 §5: encrypted_client_hello. */
const EXTENSION_ECH = 0xfe0d;
/** draft-ietf-tls-esni-01 … 06, which encrypted the name alone. */
const EXTENSION_ESNI = 0xffce;

const RANDOM_OCTETS = 32;
const SESSION_ID_OCTETS_MAX = 32;
/** RFC 8446 §4.1.3: SHA-256 of "HelloRetryRequest", whose first four octets tell it from a random value well enough. */
const RETRY_RANDOM_START = 0xcf21;
const RETRY_RANDOM_NEXT = 0xad74;

/** Where the parts of a hello are: indices into the octets given; an absent part has start and end 0. */
export class Hello {
  /** `legacy_version`, or of TLS ≤ 1.2 the version. */
  version = 0;
  /** The client's list of cipher suites, or the two octets of the server's choice. */
  cipherStart = 0;
  cipherEnd = 0;
  /** The extensions themselves, without the length before them. */
  extensionsStart = 0;
  extensionsEnd = 0;
  /** The first host_name of server_name. */
  sniStart = 0;
  sniEnd = 0;
  /** ProtocolNameList without its length: each entry a length octet and a name. */
  alpnStart = 0;
  alpnEnd = 0;
  /** The client's supported_versions, two octets each. */
  versionsStart = 0;
  versionsEnd = 0;
  groupsStart = 0;
  groupsEnd = 0;
  pointFormatsStart = 0;
  pointFormatsEnd = 0;
  signaturesStart = 0;
  signaturesEnd = 0;
  /** quic_transport_parameters. */
  quicParametersStart = 0;
  quicParametersEnd = 0;
  /** The server's choice in supported_versions, or 0. */
  selectedVersion = 0;
  /** server_name stands among the extensions, whatever it holds. */
  hasServerName = false;
  /** encrypted_client_hello or encrypted_server_name stands among the extensions. */
  hasEch = false;
  /** The ServerHello is a HelloRetryRequest. */
  retry = false;
}

function clear(hello: Hello): void {
  hello.version = 0;
  hello.cipherStart = hello.cipherEnd = 0;
  hello.extensionsStart = hello.extensionsEnd = 0;
  hello.sniStart = hello.sniEnd = 0;
  hello.alpnStart = hello.alpnEnd = 0;
  hello.versionsStart = hello.versionsEnd = 0;
  hello.groupsStart = hello.groupsEnd = 0;
  hello.pointFormatsStart = hello.pointFormatsEnd = 0;
  hello.signaturesStart = hello.signaturesEnd = 0;
  hello.quicParametersStart = hello.quicParametersEnd = 0;
  hello.selectedVersion = 0;
  hello.hasServerName = false;
  hello.hasEch = false;
  hello.retry = false;
}

/**
 * Reads the ClientHello body in `octets[start … end)` into `hello`. `cookie` says that the body is of DTLS.
 * On a Malformed what was read before stays in `hello`.
 */
export function parseClientHello(
  octets: Uint8Array,
  start: number,
  end: number,
  cookie: boolean,
  hello: Hello,
): Malformed | undefined {
  clear(hello);
  let at = start + 2 + RANDOM_OCTETS;
  if (at >= end) return HELLO_TRUNCATED;
  hello.version = u16(octets, start);
  const sessionId = u8(octets, at);
  if (sessionId > SESSION_ID_OCTETS_MAX) return HELLO_SESSION_ID_TOO_LONG;
  at += 1 + sessionId;
  if (cookie) {
    if (at >= end) return HELLO_TRUNCATED;
    at += 1 + u8(octets, at);
  }
  if (at + 2 > end) return HELLO_TRUNCATED;
  const ciphers = u16(octets, at);
  at += 2;
  if (at + ciphers >= end) return HELLO_TRUNCATED;
  if (ciphers === 0 || ciphers % 2 !== 0) return HELLO_LIST_IMPOSSIBLE;
  hello.cipherStart = at;
  hello.cipherEnd = at += ciphers;
  const compressions = u8(octets, at);
  if (compressions === 0) return HELLO_LIST_IMPOSSIBLE;
  at += 1 + compressions;
  if (at > end) return HELLO_TRUNCATED;
  return parseExtensions(octets, at, end, true, hello);
}

/** As `parseClientHello`, for the ServerHello body, which is the same in TLS and DTLS. */
export function parseServerHello(
  octets: Uint8Array,
  start: number,
  end: number,
  hello: Hello,
): Malformed | undefined {
  clear(hello);
  let at = start + 2 + RANDOM_OCTETS;
  if (at >= end) return HELLO_TRUNCATED;
  hello.version = u16(octets, start);
  hello.retry = u16(octets, start + 2) === RETRY_RANDOM_START && u16(octets, start + 4) === RETRY_RANDOM_NEXT;
  // Drafts of TLS 1.3 before 22 (0x7f01 … 0x7f15 here) left out the session identifier and the compression method.
  const early = hello.version >= 0x7f01 && hello.version <= 0x7f15;
  if (!early) {
    const sessionId = u8(octets, at);
    if (sessionId > SESSION_ID_OCTETS_MAX) return HELLO_SESSION_ID_TOO_LONG;
    at += 1 + sessionId;
  }
  if (at + (early ? 2 : 3) > end) return HELLO_TRUNCATED;
  hello.cipherStart = at;
  hello.cipherEnd = at + 2;
  return parseExtensions(octets, at + (early ? 2 : 3), end, false, hello);
}

function parseExtensions(
  octets: Uint8Array,
  start: number,
  end: number,
  client: boolean,
  hello: Hello,
): Malformed | undefined {
  // A hello without any extensions ends here (RFC 5246 §7.4.1.2).
  if (start === end) return undefined;
  if (start + 2 > end) return HELLO_TRUNCATED;
  const stop = start + 2 + u16(octets, start);
  if (stop > end) return HELLO_TRUNCATED;
  let at = start + 2;
  hello.extensionsStart = at;
  // Grows with what was read, so that it names whole extensions only, whatever comes of the next.
  hello.extensionsEnd = at;
  while (at < stop) {
    if (at + 4 > stop) return HELLO_TRUNCATED;
    const type = u16(octets, at);
    const contentStart = at + 4;
    const contentEnd = contentStart + u16(octets, at + 2);
    if (contentEnd > stop) return HELLO_TRUNCATED;
    const problem = client
      ? clientExtension(octets, type, contentStart, contentEnd, hello)
      : serverExtension(octets, type, contentStart, contentEnd, hello);
    if (problem !== undefined) return problem;
    at = contentEnd;
    hello.extensionsEnd = at;
  }
  return stop === end ? undefined : HELLO_TRAILING_OCTETS;
}

function clientExtension(
  octets: Uint8Array,
  type: number,
  start: number,
  end: number,
  hello: Hello,
): Malformed | undefined {
  switch (type) {
    case EXTENSION_SERVER_NAME: {
      hello.hasServerName = true;
      // ServerNameList: length, then name_type 0 (host_name) and a HostName with its length (RFC 6066 §3).
      if (start + 5 > end || u8(octets, start + 2) !== 0) return undefined;
      const name = start + 5;
      const nameEnd = name + u16(octets, start + 3);
      if (nameEnd > end) return HELLO_TRUNCATED;
      hello.sniStart = name;
      hello.sniEnd = nameEnd;
      return undefined;
    }
    case EXTENSION_SUPPORTED_GROUPS:
      if (!holdsList16(octets, start, end)) return HELLO_LIST_IMPOSSIBLE;
      hello.groupsStart = start + 2;
      hello.groupsEnd = end;
      return undefined;
    case EXTENSION_POINT_FORMATS:
      if (start >= end || start + 1 + u8(octets, start) !== end) return HELLO_LIST_IMPOSSIBLE;
      hello.pointFormatsStart = start + 1;
      hello.pointFormatsEnd = end;
      return undefined;
    case EXTENSION_SIGNATURE_ALGORITHMS:
      if (!holdsList16(octets, start, end)) return HELLO_LIST_IMPOSSIBLE;
      hello.signaturesStart = start + 2;
      hello.signaturesEnd = end;
      return undefined;
    case EXTENSION_ALPN:
      return protocolNames(octets, start, end, hello);
    case EXTENSION_SUPPORTED_VERSIONS: {
      if (start >= end) return HELLO_LIST_IMPOSSIBLE;
      const length = u8(octets, start);
      if (length % 2 !== 0 || start + 1 + length !== end) return HELLO_LIST_IMPOSSIBLE;
      hello.versionsStart = start + 1;
      hello.versionsEnd = end;
      return undefined;
    }
    case EXTENSION_QUIC_TRANSPORT_PARAMETERS:
    case EXTENSION_QUIC_TRANSPORT_PARAMETERS_DRAFT:
      hello.quicParametersStart = start;
      hello.quicParametersEnd = end;
      return undefined;
    case EXTENSION_ECH:
    case EXTENSION_ESNI:
      hello.hasEch = true;
      return undefined;
    default:
      return undefined;
  }
}

function serverExtension(
  octets: Uint8Array,
  type: number,
  start: number,
  end: number,
  hello: Hello,
): Malformed | undefined {
  if (type === EXTENSION_ALPN) return protocolNames(octets, start, end, hello);
  if (type === EXTENSION_SUPPORTED_VERSIONS) {
    if (start + 2 !== end) return HELLO_LIST_IMPOSSIBLE;
    hello.selectedVersion = u16(octets, start);
  }
  return undefined;
}

/** ProtocolNameList: length, then names of 1 … 255 octets with theirs (RFC 7301 §3.1). */
function protocolNames(octets: Uint8Array, start: number, end: number, hello: Hello): Malformed | undefined {
  if (start + 2 > end || start + 2 + u16(octets, start) !== end) return HELLO_LIST_IMPOSSIBLE;
  let at = start + 2;
  while (at < end) {
    const length = u8(octets, at);
    if (length === 0) return HELLO_LIST_IMPOSSIBLE;
    at += 1 + length;
  }
  if (at !== end) return HELLO_LIST_IMPOSSIBLE;
  hello.alpnStart = start + 2;
  hello.alpnEnd = end;
  return undefined;
}

/** Whether `start … end` is a length in two octets and as many octets, an even number. */
function holdsList16(octets: Uint8Array, start: number, end: number): boolean {
  if (start + 2 > end) return false;
  const length = u16(octets, start);
  return length % 2 === 0 && start + 2 + length === end;
}

/** Values that clients send to keep servers tolerant, 0x0a0a … 0xfafa (RFC 8701 §2): they say nothing. */
export function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >>> 8 === (value & 0xff);
}

/** The highest version that a client offers: of supported_versions without GREASE, or else `legacy_version`. */
export function highestVersion(octets: Uint8Array, hello: Hello): number {
  let highest = 0;
  for (let at = hello.versionsStart; at + 2 <= hello.versionsEnd; at += 2) {
    const version = u16(octets, at);
    if (!isGrease(version) && rank(version) > rank(highest)) highest = version;
  }
  return highest === 0 ? hello.version : highest;
}

/** Orders versions by age: DTLS counts downwards (RFC 6347 §4.1), and drafts of TLS 1.3 are 0x7fxx. */
function rank(version: number): number {
  if (version >>> 8 === 0xfe) return 0x0300 + (0xff - (version & 0xff));
  if (version >>> 8 === 0x7f) return 0x0304;
  return version;
}
