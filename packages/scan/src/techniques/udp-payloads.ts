/**
 * What to ask on a UDP port so that its usual service answers: an empty datagram is dropped by nearly all of them. Each
 * payload is written from the specification it names, asks for something harmless (a version, a status, a list that is
 * short), leaves nothing at the service that lasts, and is valid, so that a careful service answers as well.
 */
import { assert } from "@palisade/base";
import { be16, be24, be32, concat, hex, internetSum, latin1 } from "@palisade/wire";

/** A payload, and the ports whose usual service answers to it. */
export interface UdpPayload {
  /** The protocol, as `inspect` names it where it knows it. */
  readonly protocol: string;
  readonly ports: readonly number[];
  /** Where it is specified. */
  readonly spec: string;
  /** 0 … `UDP_PAYLOAD_BYTES_MAX` octets. Not to be written to. */
  readonly octets: Uint8Array;
  /** `internetSum` of the octets: a probe's checksum begins with it. */
  readonly sum: number;
}

/** RFC 9000 §14.1: a client's first datagram has 1,200 octets, and so has ours, the longest; all fit into IPv6's least MTU. */
export const UDP_PAYLOAD_BYTES_MAX = 1200;

/** "Pa" in ASCII, wherever a protocol wants a number by which a reply is told. */
const IDENTIFIER = 0x5061;

function payload(
  protocol: string,
  ports: readonly number[],
  spec: string,
  ...parts: readonly (Uint8Array | number | string)[]
): UdpPayload {
  const octets = concat(...parts.map((part) => (typeof part === "string" ? latin1(part) : part)));
  assert(octets.length <= UDP_PAYLOAD_BYTES_MAX, `udp-payloads: ${protocol} is of ${octets.length} octets`);
  return { protocol, ports, spec, octets, sum: internetSum(octets, 0, octets.length) };
}

/** A tag, a length and a value (X.690 §8.1), the length in its short form of one octet. */
function ber(tag: number, ...parts: readonly (Uint8Array | number | string)[]): Uint8Array {
  const value = concat(...parts.map((part) => (typeof part === "string" ? latin1(part) : part)));
  assert(value.length < 0x80, "udp-payloads: a value needs a long form of length");
  return concat(tag, value.length, value);
}

/** A value behind its length in two octets (RFC 5246 §4.3, vectors). */
function vector16(...parts: readonly (Uint8Array | number)[]): Uint8Array {
  const value = concat(...parts);
  return concat(be16(value.length), value);
}

/** Octets 1, 2, 3 …: where a protocol wants a random number, and nothing depends on it. */
function counting(bytes: number): Uint8Array {
  return Uint8Array.from({ length: bytes }, (_, at) => at + 1);
}

/** Labels of a domain name, each behind its length, and the root (RFC 1035 §3.1). */
function domainName(...labels: readonly string[]): Uint8Array {
  return concat(...labels.map((label) => concat(label.length, latin1(label))), 0);
}

/** A call without arguments to procedure 0, by which every program of RPC can be tried (RFC 5531 §12.1). */
function rpcNull(program: number, version: number): Uint8Array {
  const [call, rpcVersion, procedure, noAuthentication] = [0, 2, 0, 0];
  return concat(
    be32(IDENTIFIER),
    be32(call),
    be32(rpcVersion),
    be32(program),
    be32(version),
    be32(procedure),
    // Credential and verifier: no authentication, of no octets (§9, §10.1).
    ...[noAuthentication, 0, noAuthentication, 0].map(be32),
  );
}

/**
 * IKE_SA_INIT with one proposal: AES-CBC of 256 bits, HMAC-SHA-256 as PRF and for integrity, Curve25519 (RFC 7296 §1.2, §3.3;
 * RFC 8031). A responder answers even where it likes none of it.
 */
function ikeInit(): Uint8Array {
  const transforms = hex(`
    0300000c 0100000c 800e0100 # encryption: AES-CBC, key length 256
    03000008 02000005          # PRF: HMAC-SHA2-256
    03000008 0300000c          # integrity: HMAC-SHA2-256-128
    00000008 0400001f          # key exchange: Curve25519`);
  const proposal = concat(0, 0, be16(8 + transforms.length), hex("01 01 00 04"), transforms);
  const association = concat(34, 0, be16(4 + proposal.length), proposal);
  const keyExchange = concat(40, 0, be16(8 + 32), hex("001f 0000"), counting(32));
  const nonce = concat(0, 0, be16(4 + 32), counting(32));
  const payloads = concat(association, keyExchange, nonce);
  const header = concat(
    latin1("Palisade"), // the initiator's SPI
    hex("0000000000000000"), // the responder's, not yet known
    hex("21 20 22 08"), // a security association follows; version 2.0; IKE_SA_INIT; from the initiator
    be32(0),
    be32(28 + payloads.length),
  );
  return concat(header, payloads);
}

/** A ClientHello of DTLS 1.2 (RFC 6347 §4.2.2), which a server answers with HelloVerifyRequest and keeps nothing of (§4.2.1). */
function dtlsClientHello(): Uint8Array {
  const suites = hex("c02b c02f c02c c030 c0ae c0a8 009c 002f"); // c0ae and c0a8: those of CoAP (RFC 7252 §9.1.3)
  const extensions = concat(
    hex("000a"), // supported groups: x25519, secp256r1
    vector16(vector16(hex("001d 0017"))),
    hex("000b"), // point formats: uncompressed
    vector16(hex("01 00")),
    hex("000d"), // signature algorithms
    vector16(vector16(hex("0403 0804 0401"))),
    hex("0017 0000"), // extended master secret
    hex("ff01 0001 00"), // renegotiation info: none yet
  );
  const hello = concat(
    hex("fefd"),
    counting(32),
    hex("00 00"), // neither a session to resume nor a cookie
    vector16(suites),
    hex("01 00"), // no compression
    vector16(extensions),
  );
  const handshake = concat(1, be24(hello.length), be16(0), be24(0), be24(hello.length), hello);
  // Version 1.0 in the first record, as old servers ask for (RFC 6347 §4.2.1); epoch and sequence number 0.
  return concat(22, hex("feff 0000 000000000000"), vector16(handshake));
}

/** A message in a long header whose version nobody has, so that a server lists those that it has (RFC 9000 §6.1, §15). */
function quicOfNoVersion(): Uint8Array {
  const octets = new Uint8Array(UDP_PAYLOAD_BYTES_MAX);
  octets.set(hex("c0 1a2a3a4a 08 50616c6973616465 08 0102030405060708"));
  return octets;
}

function sipOptions(): string {
  // The domain of RFC 2606 §2 that cannot be anybody's; rport asks for the answer to come to our source port (RFC 3581 §3).
  return [
    "OPTIONS sip:probe.invalid SIP/2.0",
    "Via: SIP/2.0/UDP probe.invalid:5060;branch=z9hG4bK50616c69;rport",
    "Max-Forwards: 70",
    "From: <sip:probe@probe.invalid>;tag=50616c69",
    "To: <sip:probe.invalid>",
    "Call-ID: 50616c69736164@probe.invalid",
    "CSeq: 1 OPTIONS",
    "Contact: <sip:probe@probe.invalid>",
    "Accept: application/sdp",
    "Content-Length: 0",
    "",
    "",
  ].join("\r\n");
}

/** An AS-REQ for a realm that nobody serves: the answer is an error (RFC 4120 §5.4.1, §7.5.9). Tags as in its Appendix A. */
function kerberosRequest(): Uint8Array {
  const string = (text: string) => ber(0x1b, text);
  const integer = (value: number) => ber(0x02, value);
  const name = (type: number, ...parts: readonly string[]) =>
    ber(0x30, ber(0xa0, integer(type)), ber(0xa1, ber(0x30, ...parts.map(string))));
  const body = ber(
    0x30,
    ber(0xa0, ber(0x03, hex("00 00000000"))),
    ber(0xa1, name(1, "p")),
    ber(0xa2, string("INVALID")),
    ber(0xa3, name(2, "krbtgt", "INVALID")),
    ber(0xa5, ber(0x18, "19700101000000Z")), // as late as may be (§5.4.1, till)
    ber(0xa7, ber(0x02, hex("50616c69"))),
    ber(0xa8, ber(0x30, integer(18), integer(17))), // AES (RFC 3962 §7)
  );
  const version = ber(0xa1, integer(5));
  const type = ber(0xa2, integer(10));
  return ber(0x6a, ber(0x30, version, type, ber(0xa4, body)));
}

/** A search for one attribute of the root entry (RFC 4511 §4.5.1), as Active Directory answers it over UDP ([MS-ADTS] §6.3.3). */
function ldapRootSearch(): Uint8Array {
  const [base, neverAlias, none] = [0, 0, 0];
  const search = ber(
    0x63,
    ber(0x04),
    ber(0x0a, base),
    ber(0x0a, neverAlias),
    ber(0x02, none), // limits of size and of time
    ber(0x02, none),
    ber(0x01, 0),
    ber(0x87, "objectClass"),
    ber(0x30, ber(0x04, "supportedLDAPVersion")),
  );
  return ber(0x30, ber(0x02, 1), search);
}

function snmpGetDescription(): Uint8Array {
  const sysDescr = hex("2b 06 01 02 01 01 01 00"); // 1.3.6.1.2.1.1.1.0 (RFC 3418 §2)
  const bindings = ber(0x30, ber(0x30, ber(0x06, sysDescr), ber(0x05)));
  const request = ber(0xa0, ber(0x02, be16(IDENTIFIER)), ber(0x02, 0), ber(0x02, 0), bindings);
  return ber(0x30, ber(0x02, 0), ber(0x04, "public"), request);
}

/** The discovery of an SNMP engine (RFC 3414 §4): a message of version 3 to no engine, which each answers with its identifier, also where version 1 or "public" is refused. */
function snmpEngine(): Uint8Array {
  const [version3, reportable, userBased, none] = [3, 4, 3, 0];
  const nothing = ber(0x04);
  const identifier = ber(0x02, be16(IDENTIFIER));
  const size = ber(0x02, be16(UDP_PAYLOAD_BYTES_MAX));
  const header = ber(0x30, identifier, size, ber(0x04, reportable), ber(0x02, userBased));
  const engine = ber(0x30, nothing, ber(0x02, none), ber(0x02, none), nothing, nothing, nothing);
  const request = ber(0xa0, identifier, ber(0x02, none), ber(0x02, none), ber(0x30));
  return ber(0x30, ber(0x02, version3), header, ber(0x04, engine), ber(0x30, nothing, nothing, request));
}

/** Status-Server (RFC 5997 §3): asks for a sign of life and logs nobody in. It has to have a Message-Authenticator, here of zeros. */
function radiusStatus(): Uint8Array {
  const attributes = concat(80, 18, new Uint8Array(16));
  return concat(12, 0x61, be16(20 + attributes.length), counting(16), attributes);
}

/** SCCRQ with the AVPs that it must have (RFC 2661 §6.1, §4.4). */
function l2tpStart(): Uint8Array {
  const host = "probe";
  const pairs = concat(
    hex("8008 0000 0000 0001"), // message type: start control connection request
    hex("8008 0000 0002 0100"), // protocol version 1.0
    hex("800a 0000 0003 00000003"), // framing: asynchronous and synchronous
    concat(0x80, 6 + host.length, hex("0000 0007"), latin1(host)),
    hex("8008 0000 0009 5061"), // our tunnel
  );
  return concat(hex("c802"), be16(12 + pairs.length), hex("0000 0000 0000 0000"), pairs);
}

/** All payloads. A port is in two at most: then the first is for the first pass, the second for the next, and so in turn. */
export const udpPayloads: readonly UdpPayload[] = [
  payload("echo", [7], "RFC 862", "palisade\r\n"),
  // These three answer to any datagram, and throw away what is in it.
  payload("daytime", [13], "RFC 867", "\r\n"),
  payload("qotd", [17], "RFC 865", "\r\n"),
  payload("time", [37], "RFC 868", "\r\n"),
  // version.bind, TXT, class CHAOS.
  payload(
    "dns",
    [53],
    "RFC 1035 §4.1, RFC 4892 §2.1",
    be16(IDENTIFIER),
    hex("0000 0001 0000 0000 0000"),
    domainName("version", "bind"),
    hex("0010 0003"),
  ),
  // A server answers from another port (§4): a scan sees an error at best, or learns that nothing is closed.
  payload("tftp", [69], "RFC 1350 §5", hex("0001"), "palisade\0octet\0"),
  payload("kerberos", [88], "RFC 4120 §5.4.1", kerberosRequest()),
  payload("rpc", [111], "RFC 5531 §9, RFC 1833 §3", rpcNull(100_000, 2)),
  // Mode 3 (client) of version 4, with a transmit timestamp for the server to give back.
  payload("ntp", [123], "RFC 5905 §7.3", hex("23 00 06 ec"), new Uint8Array(36), counting(8)),
  // Node status of the name "*".
  payload(
    "nbns",
    [137],
    "RFC 1002 §4.2.17",
    be16(IDENTIFIER),
    hex("0000 0001 0000 0000 0000"),
    domainName(`CK${"A".repeat(30)}`),
    hex("0021 0001"),
  ),
  payload("snmp", [161], "RFC 1157 §4.1.2", snmpGetDescription()),
  payload("xdmcp", [177], "XDMCP 1.1 §5, Query", hex("0001 0002 0001 00")),
  payload("cldap", [389], "RFC 4511 §4.5.1, [MS-ADTS] §6.3.3", ldapRootSearch()),
  payload("quic", [443, 784, 8443], "RFC 9000 §6, RFC 8999 §5.1", quicOfNoVersion()),
  payload("ike", [500], "RFC 7296 §1.2", ikeInit()),
  // A request for the whole table.
  payload("rip", [520], "RFC 2453 §3.9.1", hex("01 02 0000 0000 0000 00000000 00000000 00000000 00000010")),
  // Get Channel Authentication Capabilities of the channel that is asked, for an administrator.
  payload(
    "ipmi",
    [623],
    "IPMI 2.0 §13.6, §22.13",
    hex("06 00 ff 07 # RMCP, class IPMI"),
    hex("00 00000000 00000000 09 # no authentication, no session"),
    hex("20 18 c8 81 00 38 8e 04 b5"),
  ),
  payload("dtls", [853, 4433, 5684], "RFC 6347 §4.2", dtlsClientHello()),
  payload(
    "openvpn",
    [1194],
    "OpenVPN protocol, hard reset by the client, version 2",
    0x38,
    counting(8),
    0,
    be32(0),
  ),
  // What instances there are.
  payload("ms-sql-browser", [1434], "[MC-SQLR] §2.2.2", 3),
  payload("l2tp", [1701], "RFC 2661 §6.1", l2tpStart()),
  payload("radius", [1645, 1812, 1813], "RFC 5997 §3", radiusStatus()),
  payload(
    "ssdp",
    [1900],
    "UPnP Device Architecture 2.0 §1.3.2",
    'M-SEARCH * HTTP/1.1\r\nHOST: 239.255.255.250:1900\r\nMAN: "ssdp:discover"\r\nMX: 1\r\nST: ssdp:all\r\n\r\n',
  ),
  payload("nfs", [2049], "RFC 5531 §9, RFC 1813 §3.3.0", rpcNull(100_003, 3)),
  // Echo request of the control plane, with the sequence number that it must have.
  payload("gtp", [2123], "3GPP TS 29.060 §7.2.1", hex("32 01 0004 00000000 5061 00 00")),
  payload("gtp", [2152], "3GPP TS 29.281 §7.2.1", hex("32 01 0004 00000000 5061 00 00")),
  payload("stun", [3478], "RFC 8489 §5", hex("0001 0000 2112a442"), counting(12)),
  // Description request, to be answered where it came from.
  payload("knxnet-ip", [3671], "ISO 22510 §5.4", hex("06 10 0203 000e 08 01 00000000 0000")),
  payload("ike", [4500], "RFC 3948 §2.2", be32(0), ikeInit()),
  payload("sip", [5060], "RFC 3261 §11.1", sipOptions()),
  // The external address, which changes nothing.
  payload("nat-pmp", [5351], "RFC 6886 §3.2", hex("00 00")),
  // What service types there are (RFC 6763 §9), answered to us alone.
  payload(
    "mdns",
    [5353],
    "RFC 6762 §5.4",
    hex("0000 0000 0001 0000 0000 0000"),
    domainName("_services", "_dns-sd", "_udp", "local"),
    hex("000c 8001"),
  ),
  payload(
    "coap",
    [5683],
    "RFC 7252 §3, RFC 6690 §4",
    0x40,
    1,
    be16(IDENTIFIER),
    0xbb,
    ".well-known",
    4,
    "core",
  ),
  payload("bittorrent", [6881], "BEP 5", "d1:ad2:id20:palisade0palisade0pae1:q4:ping1:t2:Pa1:y1:qe"),
  payload("memcached", [11211], "memcached protocol.txt, UDP", hex("5061 0000 0001 0000"), "version\r\n"),
  // Unconnected ping: a time, the protocol's mark, a number of ours.
  payload(
    "raknet",
    [19132],
    "RakNet, unconnected ping",
    1,
    counting(8),
    hex("00ffff00 fefefefe fdfdfdfd 12345678"),
    counting(8),
  ),
  payload(
    "source-engine",
    [27015],
    "Source engine server queries, A2S_INFO",
    hex("ffffffff"),
    "TSource Engine Query\0",
  ),
  payload("quake", [27960], "Quake III Arena, getstatus", hex("ffffffff"), "getstatus"),
  // List identity.
  payload("ethernet-ip", [44818], "CIP volume 2 §2-4.2", hex("6300"), new Uint8Array(22)),
  // Read property: which object the device itself is.
  payload(
    "bacnet",
    [47808],
    "ANSI/ASHRAE 135 §15.5, Annex J",
    hex("81 0a 0011 01 04 00 05 01 0c 0c 023fffff 19 4b"),
  ),
  payload("mumble", [64738], "Mumble protocol, ping", be32(0), counting(8)),
  // Second payloads, for those that drop the first: name servers that do not tell their version, agents of SNMPv3 alone, VPNs at QUIC's port.
  payload(
    "dns",
    [53],
    "RFC 1035 §4.1",
    be16(IDENTIFIER),
    hex("0100 0001 0000 0000 0000"),
    domainName(),
    hex("0002 0001"),
  ),
  payload("snmp", [161], "RFC 3414 §4", snmpEngine()),
  payload("dtls", [443], "RFC 6347 §4.2", dtlsClientHello()),
];

const NONE = payload("none", [], "RFC 768");

/** By port: index into `udpPayloads`, plus one, of the first and the last for it; 0 for none. A scan looks here for each probe. */
const firsts = new Uint8Array(65_536);
const lasts = new Uint8Array(65_536);
udpPayloads.forEach((entry, index) => {
  for (const port of entry.ports) {
    firsts[port] ||= index + 1;
    lasts[port] = index + 1;
  }
});

/** The payload for a port (0 … 65,535) in a pass, from 0: an empty one where none is known. */
export function udpPayload(port: number, pass = 0): UdpPayload {
  const index = (pass % 2 === 0 ? firsts : lasts)[port] ?? 0;
  return index === 0 ? NONE : udpPayloads[index - 1]!;
}
