/**
 * The capture behind `palisade inspect --example`: a laptop's first minute on a network, made here, octet by octet, the same
 * every time. All names and addresses are those reserved for documentation (RFC 2606, RFC 5737, RFC 3849, RFC 9542).
 *
 * It gets an address (DHCP), sets its clock (NTP), looks up names (DNS), opens a page over TLS and one over QUIC, sends a
 * password in the clear to an old web interface, logs in over SSH, and is sent a DNS answer that points at itself.
 */
import {
  buildCertificate,
  buildCertificateMessage,
  buildClientHello,
  buildCryptoFrame,
  buildHandshake,
  buildQuicClientHello,
  buildQuicInitial,
  buildRecord,
  buildServerHello,
} from "@palisade/inspect";
import {
  ARP_REPLY,
  arp,
  be16,
  be32,
  concat,
  ethernet,
  hex,
  icmpv6Echo,
  ipv4,
  ipv6,
  LINKTYPE_ETHERNET,
  latin1,
  PcapWriter,
  parseIpAddress,
  type TcpConversationOptions,
  tcpConversation,
  udp,
  udpConversation,
} from "@palisade/wire";

/** 2024-05-01T09:00:00Z, in microseconds. */
const START_US = Date.UTC(2024, 4, 1, 9) * 1000;
/** Seconds from NTP's epoch, 1900, to Unix's (RFC 5905 §6). */
const NTP_UNIX_SECONDS = 2_208_988_800;

const LAPTOP = "192.0.2.23";
const LAPTOP_V6 = "2001:db8:1::23";
const GATEWAY = "192.0.2.1";
const RESOLVER = "192.0.2.53";
const WEB = "198.51.100.10";
const CDN_V6 = "2001:db8:2::443";
const PRINTER = "192.0.2.80";
const SHELL = "203.0.113.22";
const CLOCK = "203.0.113.123";

const LAPTOP_MAC = "00:00:5e:00:53:23";
const GATEWAY_MAC = "00:00:5e:00:53:01";
const BROADCAST_MAC = "ff:ff:ff:ff:ff:ff";

interface Timed {
  readonly timeUs: number;
  readonly frame: Uint8Array;
}

/** The capture, in pcap with microseconds. */
export function exampleCapture(): Uint8Array {
  const frames = [
    ...lease(0),
    ...clock(0.9),
    ...lookUp(2.1, 51_001, 0x1f3a, "www.example.com", WEB),
    ...page(2.14),
    ...lookUp(2.6, 51_002, 0x77c1, "cdn.example.net", CDN_V6),
    ...quicPage(2.63),
    ...ping(8),
    ...printerPage(15.2),
    ...shell(21.5),
    ...selfPointer(48.3),
  ].sort((a, b) => a.timeUs - b.timeUs);
  const chunks: Uint8Array[] = [];
  const writer = new PcapWriter((chunk) => chunks.push(chunk), {
    linkType: LINKTYPE_ETHERNET,
    resolution: "us",
  });
  for (const { timeUs, frame } of frames) writer.packet(frame, 0, frame.length, frame.length, timeUs);
  writer.end();
  return concat(...chunks);
}

/** Frames of a conversation as the laptop sees them: an answer comes a round trip after what it answers. */
function paced(packets: readonly Uint8Array[], startSeconds: number, roundTripMs: number): Timed[] {
  let timeUs = START_US + Math.round(startSeconds * 1e6);
  let asked = true;
  return packets.map((packet, index) => {
    const ours = isFromLaptop(packet);
    if (index > 0) timeUs += !ours && asked ? roundTripMs * 1000 + 137 : 183;
    asked = ours;
    const [source, destination] = ours ? [LAPTOP_MAC, GATEWAY_MAC] : [GATEWAY_MAC, LAPTOP_MAC];
    return { timeUs, frame: ethernet({ source, destination, payload: packet }) };
  });
}

function isFromLaptop(packet: Uint8Array): boolean {
  const six = packet[0]! >>> 4 === 6;
  const source = six ? packet.subarray(8, 24) : packet.subarray(12, 16);
  return Buffer.compare(source, parseIpAddress(six ? LAPTOP_V6 : LAPTOP)!) === 0;
}

function udpPaced(
  startSeconds: number,
  roundTripMs: number,
  ends: readonly [laptop: string, port: number, server: string, serverPort: number],
  exchange: readonly (readonly [">" | "<", Uint8Array])[],
): Timed[] {
  const [laptop, port, server, serverPort] = ends;
  const packets = udpConversation({
    client: { address: laptop, port },
    server: { address: server, port: serverPort },
    turns: turnsOf(exchange),
  });
  return paced(packets, startSeconds, roundTripMs);
}

function turnsOf(exchange: readonly (readonly [">" | "<", Uint8Array])[]): TcpConversationOptions["turns"] {
  return exchange.map(([sender, octets]) => ({ from: sender === ">" ? "client" : "server", octets }));
}

/** DHCP, RFC 2131 §3.1: discover, offer, request, acknowledgement; then ARP for the router. */
function lease(startSeconds: number): Timed[] {
  const option = (code: number, value: Uint8Array): Uint8Array => concat(code, value.length, value);
  const address = (text: string): Uint8Array => parseIpAddress(text)!;
  const message = (operation: 1 | 2, assigned: string, options: readonly Uint8Array[]): Uint8Array =>
    concat(
      operation,
      hex("01 06 00 3c1d5e90 0000 0000"),
      address("0.0.0.0"),
      address(assigned),
      new Uint8Array(8),
      hex("00005e005323"),
      new Uint8Array(10 + 64 + 128),
      hex("63825363"),
      ...options,
      255,
    );
  const asking = [
    option(61, hex("01 00005e005323")),
    option(12, latin1("laptop")),
    option(55, hex("01 03 06 0f 2a")),
  ];
  const granting = [
    option(54, address(GATEWAY)),
    option(51, be32(86_400)),
    option(1, address("255.255.255.0")),
    option(3, address(GATEWAY)),
    option(6, address(RESOLVER)),
    option(15, latin1("example.com")),
  ];
  const fromLaptop = (payload: Uint8Array): Uint8Array =>
    ethernet({
      source: LAPTOP_MAC,
      destination: BROADCAST_MAC,
      payload: ipv4({
        source: "0.0.0.0",
        destination: "255.255.255.255",
        payload: udp({ sourcePort: 68, destinationPort: 67, payload }),
      }),
    });
  const fromServer = (payload: Uint8Array): Uint8Array =>
    ethernet({
      source: GATEWAY_MAC,
      destination: LAPTOP_MAC,
      payload: ipv4({
        source: GATEWAY,
        destination: LAPTOP,
        payload: udp({ sourcePort: 67, destinationPort: 68, payload }),
      }),
    });
  const at = (seconds: number): number => START_US + Math.round((startSeconds + seconds) * 1e6);
  return [
    { timeUs: at(0), frame: fromLaptop(message(1, "0.0.0.0", [option(53, hex("01")), ...asking])) },
    { timeUs: at(0.312_004), frame: fromServer(message(2, LAPTOP, [option(53, hex("02")), ...granting])) },
    {
      timeUs: at(0.312_911),
      frame: fromLaptop(
        message(1, "0.0.0.0", [
          option(53, hex("03")),
          option(50, address(LAPTOP)),
          option(54, address(GATEWAY)),
          ...asking,
        ]),
      ),
    },
    { timeUs: at(0.331_47), frame: fromServer(message(2, LAPTOP, [option(53, hex("05")), ...granting])) },
    {
      timeUs: at(0.332_602),
      frame: ethernet({
        source: LAPTOP_MAC,
        destination: BROADCAST_MAC,
        payload: arp({ senderHardware: LAPTOP_MAC, senderProtocol: LAPTOP, targetProtocol: GATEWAY }),
      }),
    },
    {
      timeUs: at(0.333_089),
      frame: ethernet({
        source: GATEWAY_MAC,
        destination: LAPTOP_MAC,
        payload: arp({
          operation: ARP_REPLY,
          senderHardware: GATEWAY_MAC,
          senderProtocol: GATEWAY,
          targetHardware: LAPTOP_MAC,
          targetProtocol: LAPTOP,
        }),
      }),
    },
  ];
}

/** NTP, RFC 5905 §7.3: a client's question and a server of stratum 2. */
function clock(startSeconds: number): Timed[] {
  const time = (seconds: number): Uint8Array => {
    const whole = START_US / 1e6 + NTP_UNIX_SECONDS + seconds;
    return concat(be32(Math.floor(whole)), be32(Math.floor((whole % 1) * 0x1_0000_0000)));
  };
  const nothing = new Uint8Array(8);
  const question = concat(
    hex("23 00 06 ec"),
    new Uint8Array(12),
    nothing,
    nothing,
    nothing,
    time(startSeconds),
  );
  const answer = concat(
    hex("24 02 06 e8 00000a3d 00000b52"),
    parseIpAddress("203.0.113.1")!,
    time(startSeconds - 600),
    time(startSeconds),
    time(startSeconds + 0.009),
    time(startSeconds + 0.009_02),
  );
  return udpPaced(
    startSeconds,
    18,
    [LAPTOP, 51_000, CLOCK, 123],
    [
      [">", question],
      ["<", answer],
    ],
  );
}

function domainName(text: string): Uint8Array {
  return concat(...text.split(".").flatMap((label) => [label.length, latin1(label)]), 0);
}

/** DNS, RFC 1035 §4.1: a question for an address and its answer, whose name points back at the question. */
function lookUp(
  startSeconds: number,
  port: number,
  identifier: number,
  name: string,
  answer: string,
): Timed[] {
  const address = parseIpAddress(answer)!;
  const type = be16(address.length === 4 ? 1 : 28);
  const question = concat(domainName(name), type, hex("0001"));
  const query = concat(be16(identifier), hex("0100 0001 0000 0000 0000"), question);
  const response = concat(
    be16(identifier),
    hex("8180 0001 0001 0000 0000"),
    question,
    hex("c00c"),
    type,
    hex("0001"),
    be32(300),
    be16(address.length),
    address,
  );
  return udpPaced(
    startSeconds,
    11,
    [LAPTOP, port, RESOLVER, 53],
    [
      [">", query],
      ["<", response],
    ],
  );
}

/** A name whose compression pointer (RFC 1035 §4.1.4) points at itself: who follows it never comes back. */
function selfPointer(startSeconds: number): Timed[] {
  const question = concat(domainName("broken.example"), hex("0001 0001"));
  const query = concat(hex("5e11 0100 0001 0000 0000 0000"), question);
  const self = 0xc000 | query.length;
  const response = concat(
    hex("5e11 8180 0001 0001 0000 0000"),
    question,
    be16(self),
    hex("0001 0001 0000012c 0004 cb007107"),
  );
  return udpPaced(
    startSeconds,
    13,
    [LAPTOP, 51_003, RESOLVER, 53],
    [
      [">", query],
      ["<", response],
    ],
  );
}

/** Octets that look encrypted: the same every time, and no two alike. */
function noise(length: number, seed: number): Uint8Array {
  let state = seed;
  return Uint8Array.from({ length }, () => {
    // Marsaglia's xorshift32.
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state & 0xff;
  });
}

/** A page over TLS 1.2 (RFC 5246 §7.3), of which an observer sees the names and the certificate. */
function page(startSeconds: number): Timed[] {
  const certificate = buildCertificate({
    notBefore: "240401000000Z",
    notAfter: "240630235959Z",
    dnsNames: ["www.example.com", "example.com"],
  });
  const keyExchange = buildHandshake(
    12,
    concat(hex("03 001d 20"), noise(32, 3), hex("0403 0047"), noise(71, 4)),
  );
  const serverFlight = concat(
    buildServerHello({ cipher: 0xc02b, alpn: "h2", random: noise(32, 2), sessionId: noise(32, 5) }),
    buildRecord(22, buildCertificateMessage([certificate]), 0x0303),
    buildRecord(22, keyExchange, 0x0303),
    buildRecord(22, buildHandshake(14, new Uint8Array(0)), 0x0303),
  );
  const changeCipherSpec = buildRecord(20, hex("01"), 0x0303);
  const finished = (seed: number): Uint8Array =>
    concat(changeCipherSpec, buildRecord(22, noise(40, seed), 0x0303));
  const data = (length: number, seed: number): Uint8Array => buildRecord(23, noise(length, seed), 0x0303);
  const packets = tcpConversation({
    client: { address: LAPTOP, port: 40_112 },
    server: { address: WEB, port: 443 },
    clientSequence: 0x3a1f_0c55,
    serverSequence: 0x91d2_77e0,
    turns: turnsOf([
      [
        ">",
        buildClientHello({
          sni: "www.example.com",
          alpn: ["h2", "http/1.1"],
          random: noise(32, 1),
          sessionId: noise(32, 5),
        }),
      ],
      ["<", serverFlight],
      [">", concat(buildRecord(22, buildHandshake(16, concat(32, noise(32, 6))), 0x0303), finished(7))],
      ["<", finished(8)],
      [">", data(310, 9)],
      ["<", concat(data(1_200, 10), data(4_000, 11), data(2_744, 12))],
      [">", data(96, 13)],
      ["<", data(6_020, 14)],
    ]),
  });
  return paced(packets, startSeconds, 24);
}

/** A page over QUIC version 1 (RFC 9000), with IPv6: of the handshake the Initial packets can be read. */
function quicPage(startSeconds: number): Timed[] {
  const original = noise(8, 21);
  const serverId = noise(8, 22);
  const hello = buildQuicClientHello(
    { destination: original },
    { sni: "cdn.example.net", alpn: ["h3"], random: noise(32, 23) },
  );
  // The record header around the builder's ServerHello is TLS's own; QUIC carries the message alone (RFC 9001 §4).
  const serverHello = buildServerHello({ selectedVersion: 0x0304, random: noise(32, 24) }).subarray(5);
  const answer = buildQuicInitial({
    destination: new Uint8Array(0),
    source: serverId,
    original,
    sender: "server",
    frames: concat(hex("02 00 00 00 00"), buildCryptoFrame(0, serverHello)),
  });
  const short = (id: Uint8Array, length: number, seed: number): Uint8Array =>
    concat(0x47, id, noise(length, seed));
  const nobody = new Uint8Array(0);
  return udpPaced(
    startSeconds,
    19,
    [LAPTOP_V6, 50_443, CDN_V6, 443],
    [
      [">", hello],
      ["<", answer],
      [">", short(serverId, 80, 25)],
      [">", short(serverId, 220, 26)],
      ["<", short(nobody, 1_180, 27)],
      ["<", short(nobody, 1_180, 28)],
      ["<", short(nobody, 640, 29)],
      [">", short(serverId, 40, 30)],
    ],
  );
}

function ping(startSeconds: number): Timed[] {
  const echo = { identifier: 7, sequence: 1, payload: latin1("is anybody there") };
  return paced(
    [
      ipv6({ source: LAPTOP_V6, destination: CDN_V6, payload: icmpv6Echo(echo) }),
      ipv6({ source: CDN_V6, destination: LAPTOP_V6, payload: icmpv6Echo({ ...echo, reply: true }) }),
    ],
    startSeconds,
    19,
  );
}

/** HTTP/1.1 with a password that anybody on the way can read (RFC 7617 §4). */
function printerPage(startSeconds: number): Timed[] {
  const body = "<html><title>Printer</title><p>Toner: 40 %</p></html>";
  const request = [
    "GET /status HTTP/1.1",
    "Host: printer.example.com",
    "User-Agent: example-browser/1.0",
    "Authorization: Basic YWRtaW46cGFsaXNhZGU=",
    "Accept: text/html",
  ];
  const response = [
    "HTTP/1.1 200 OK",
    "Server: example-printer/2.4",
    "Content-Type: text/html",
    `Content-Length: ${body.length}`,
  ];
  const packets = tcpConversation({
    client: { address: LAPTOP, port: 40_131 },
    server: { address: PRINTER, port: 80 },
    turns: turnsOf([
      [">", latin1(`${request.join("\r\n")}\r\n\r\n`)],
      ["<", latin1(`${response.join("\r\n")}\r\n\r\n${body}`)],
    ]),
  });
  return paced(packets, startSeconds, 3);
}

/** SSH, RFC 4253: versions, key exchange, and from there on nothing to be read. */
function shell(startSeconds: number): Timed[] {
  const packet = (payload: Uint8Array): Uint8Array => {
    // RFC 4253 §6: at least four octets of padding, to a multiple of eight in all.
    const padding = 4 + ((8 - ((payload.length + 9) % 8)) % 8);
    return concat(be32(payload.length + padding + 1), padding, payload, new Uint8Array(padding));
  };
  const names = (list: string): Uint8Array => concat(be32(list.length), latin1(list));
  const text = (octets: Uint8Array): Uint8Array => concat(be32(octets.length), octets);
  const keyExchange = (seed: number, kex: string): Uint8Array => {
    const ciphers = "chacha20-poly1305@openssh.com,aes256-gcm@openssh.com";
    const macs = "hmac-sha2-256-etm@openssh.com,hmac-sha2-256";
    const lists = [kex, "ssh-ed25519,rsa-sha2-512", ciphers, ciphers, macs, macs, "none", "none", "", ""];
    return packet(concat(20, noise(16, seed), ...lists.map(names), 0, be32(0)));
  };
  const newKeys = packet(hex("15"));
  // RFC 8709 §4 and §6: the algorithm's name, then the key or the signature.
  const hostKey = concat(names("ssh-ed25519"), text(noise(32, 44)));
  const signature = concat(names("ssh-ed25519"), text(noise(64, 46)));
  const sealed = (length: number, seed: number): Uint8Array => noise(length, seed);
  const packets = tcpConversation({
    client: { address: LAPTOP, port: 40_155 },
    server: { address: SHELL, port: 22 },
    clientSequence: 0x0b77_1a02,
    serverSequence: 0xc4e1_5530,
    turns: turnsOf([
      [">", latin1("SSH-2.0-OpenSSH_9.6\r\n")],
      ["<", latin1("SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n")],
      [">", keyExchange(41, "curve25519-sha256,ecdh-sha2-nistp256")],
      ["<", keyExchange(42, "curve25519-sha256,curve25519-sha256@libssh.org")],
      [">", packet(concat(30, text(noise(32, 43))))],
      ["<", concat(packet(concat(31, text(hostKey), text(noise(32, 45)), text(signature))), newKeys)],
      [">", concat(newKeys, sealed(44, 47))],
      ["<", sealed(44, 48)],
      [">", sealed(148, 49)],
      ["<", sealed(36, 50)],
      [">", sealed(84, 51)],
      ["<", sealed(612, 52)],
    ]),
  });
  return paced(packets, startSeconds, 41);
}
