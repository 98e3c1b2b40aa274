import { be16, be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";
import { buildClientHelloBody, buildHandshake, vector8 } from "./client-hello.build.js";
import {
  buildCryptoFrame,
  buildGquicMessage,
  buildQuicClientHello,
  buildQuicInitial,
  varint16,
} from "./quic.build.js";

/** The connection identifier and ClientHello of RFC 9001 §A.1 and §A.2, which RFC 9369 §A uses again. */
const DESTINATION = hex("8394c8f03e515708");
const rfcFrame = hex(`
  060040f1 010000ed 0303 ebf8fa56f12939b9584a3896472ec40bb863cfd3e86804fe3a47f06a2b69484c
  00 0004 1301 1302 01 00 00c0
  0000 0010 000e 00 000b 6578616d706c652e636f6d
  ff01 0001 00
  000a 0008 0006 001d 0017 0018
  0010 0007 0005 04 616c706e
  0005 0005 01 0000 0000
  0033 0026 0024 001d 0020 9370b2c9caa47fbabaf4559fedba753de171fa71f50f1ce15d43e994ec74d748
  002b 0003 02 0304
  000d 0010 000e 0403 0503 0603 0203 0804 0805 0806
  002d 0002 01 01
  001c 0002 4001
  0039 0032 0408ffffffffffffffff05048000ffff07048000ffff0801100104800075300901100f088394c8f03e51570806048000ffff
`);
const rfcAttributes = {
  "quic.connection-id": "8394c8f03e515708",
  "tls.sni": "example.com",
  "tls.alpn": ["alpn"],
  "tls.ja3": "41bc9ae914d6cb3bd0bd0a5453ab7d7f",
  "tls.ja4": "q13d0211an_62ed6f6ca7ad_4d634acda6c0",
};

/** A Google user agent among the transport parameters: identifier 0x3129 (RFC 9000 §18 for the form). */
const userAgent = concat(varint16(0x3129), vector8(latin1("Example/1.0")));
const hello = { sni: "www.example.com", alpn: ["h3"], versions: [0x0304], pointFormats: [] } as const;
const message = buildHandshake(1, buildClientHelloBody({ ...hello, extensions: [[57, userAgent]] }));
const helloAttributes = {
  "quic.connection-id": "8394c8f03e515708",
  "quic.user-agent": "Example/1.0",
  "tls.sni": "www.example.com",
  "tls.alpn": ["h3"],
  "tls.ja3": "6fe8fad854d6ecee30bf09303639fce8",
  "tls.ja4": "q13d0907h3_f91f431d341e_f99ea92647ca",
};
const SERVER = hex("c0ffee0102030405");
const serverInitial = buildQuicInitial({
  destination: new Uint8Array(0),
  source: SERVER,
  original: DESTINATION,
  sender: "server",
  frames: hex("02 00 00 00 00"),
});

/** A public header's client: flags, connection identifier, version, number, hash, STREAM frame of stream 1. */
function q043(version: string, chlo: Uint8Array): Uint8Array {
  return concat(0x0d, DESTINATION, latin1(version), 0x01, new Uint8Array(12), streamFrame(chlo));
}

function streamFrame(content: Uint8Array): Uint8Array {
  return concat(hex("a0 01"), be16(content.length), content);
}

const chlo = buildGquicMessage("CHLO", [
  ["PAD", "-".repeat(64)],
  ["SNI", "www.example.org"],
  ["VER", "Q043"],
  ["UAID", "Example/2.0"],
]);
const chloAttributes = {
  "quic.connection-id": "8394c8f03e515708",
  "quic.user-agent": "Example/2.0",
  "tls.sni": "www.example.org",
};

export const quicExamples: readonly Example[] = [
  {
    title: "RFC 9001's client",
    transport: "udp",
    exchange: [[">", buildQuicInitial({ destination: DESTINATION, packetNumber: 2, frames: rfcFrame })]],
    protocol: "quic",
    attributes: { ...rfcAttributes, "quic.version": "1" },
    decidedAfter: 1,
  },
  {
    title: "RFC 9369's client",
    transport: "udp",
    exchange: [
      [
        ">",
        buildQuicInitial({
          version: 0x6b3343cf,
          destination: DESTINATION,
          packetNumber: 2,
          frames: rfcFrame,
        }),
      ],
    ],
    protocol: "quic",
    attributes: { ...rfcAttributes, "quic.version": "2" },
  },
  {
    title: "a hello over three packets of two datagrams, its end first",
    transport: "udp",
    exchange: [
      [
        ">",
        buildQuicInitial({
          destination: DESTINATION,
          packetNumber: 1,
          frames: concat(
            hex("01"),
            buildCryptoFrame(150, message.subarray(150)),
            buildCryptoFrame(0, message.subarray(0, 20)),
          ),
        }),
      ],
      ["<", serverInitial],
      [
        ">",
        concat(
          buildQuicInitial({
            destination: SERVER,
            original: DESTINATION,
            packetNumber: 2,
            frames: concat(hex("02 00 00 00 00"), buildCryptoFrame(15, message.subarray(15, 100))),
            datagramOctets: 0,
          }),
          buildQuicInitial({
            destination: SERVER,
            original: DESTINATION,
            packetNumber: 3,
            frames: buildCryptoFrame(100, message.subarray(100, 150)),
          }),
        ),
      ],
    ],
    protocol: "quic",
    attributes: { ...helloAttributes, "quic.version": "1" },
    decidedAfter: 1,
  },
  {
    title: "a piece of the hello is sent again with other octets: the first stay",
    transport: "udp",
    exchange: [
      [
        ">",
        buildQuicInitial({
          destination: DESTINATION,
          packetNumber: 1,
          frames: concat(
            buildCryptoFrame(0, message.subarray(0, 100)),
            buildCryptoFrame(10, message.subarray(10, 100)),
          ),
        }),
      ],
      [
        ">",
        buildQuicInitial({
          destination: DESTINATION,
          packetNumber: 2,
          frames: concat(
            buildCryptoFrame(6, new Uint8Array(60).fill(0x61)),
            buildCryptoFrame(100, message.subarray(100)),
          ),
        }),
      ],
    ],
    protocol: "quic",
    attributes: { ...helloAttributes, "quic.version": "1" },
    findings: ["quic.crypto-conflict"],
    decidedAfter: 1,
  },
  {
    title: "a client is sent away with a version negotiation, and comes back with another version",
    transport: "udp",
    exchange: [
      [">", concat(hex("c0 1a2a3a4a 08"), DESTINATION, hex("00"), new Uint8Array(1185))],
      ["<", concat(hex("80 00000000 00 08"), DESTINATION, hex("00000001 6b3343cf"))],
      [">", buildQuicInitial({ destination: DESTINATION, packetNumber: 2, frames: rfcFrame })],
    ],
    protocol: "quic",
    attributes: { ...rfcAttributes, "quic.version": "0x1a2a3a4a" },
    decidedAfter: 1,
  },
  {
    title: "after a Retry the keys come from the server's identifier",
    transport: "udp",
    exchange: [
      ["<", concat(hex("f0 00000001 00 08"), SERVER, new Uint8Array(40).fill(0x5a))],
      [
        ">",
        buildQuicInitial({
          destination: SERVER,
          token: new Uint8Array(24).fill(0x5a),
          frames: buildCryptoFrame(0, message),
        }),
      ],
    ],
    protocol: "quic",
    attributes: { ...helloAttributes, "quic.version": "1", "quic.connection-id": "c0ffee0102030405" },
  },
  {
    title: "the server's half alone",
    transport: "udp",
    exchange: [["<", serverInitial]],
    protocol: "quic",
    attributes: { "quic.version": "1" },
    decidedAfter: 1,
  },
  {
    title: "draft 29",
    transport: "udp",
    exchange: [
      [
        ">",
        buildQuicClientHello(
          { version: 0xff00001d, destination: DESTINATION },
          { ...hello, extensions: [[0xffa5, userAgent]] },
        ),
      ],
    ],
    protocol: "quic",
    attributes: {
      ...helloAttributes,
      "quic.version": "draft-29",
      "tls.ja3": "2cdbeaa65e7f3322194d2a7f9b768926",
      "tls.ja4": "q13d0907h3_f91f431d341e_6eb620f92776",
    },
  },
  {
    title: "a frame that may not be in an Initial packet",
    transport: "udp",
    exchange: [[">", buildQuicInitial({ destination: DESTINATION, frames: hex("08 04 00") })]],
    protocol: "quic",
    attributes: { "quic.version": "1", "quic.connection-id": "8394c8f03e515708" },
    findings: ["quic.frame-impossible"],
  },
  {
    title: "a packet longer than its datagram, once it is known to be one",
    transport: "udp",
    exchange: [
      ["<", serverInitial],
      ["<", serverInitial.subarray(0, 60)],
    ],
    protocol: "quic",
    attributes: { "quic.version": "1" },
    findings: ["quic.truncated"],
  },
  {
    title: "Q043 with its hello in clear",
    transport: "udp",
    exchange: [[">", q043("Q043", chlo)]],
    protocol: "quic",
    attributes: { ...chloAttributes, "quic.version": "Q043" },
    decidedAfter: 1,
  },
  {
    title: "Q046 has a long header and no encryption",
    transport: "udp",
    exchange: [
      [
        ">",
        concat(
          hex("c3"),
          latin1("Q046"),
          hex("50"),
          DESTINATION,
          be32(1),
          new Uint8Array(12),
          streamFrame(chlo),
        ),
      ],
    ],
    protocol: "quic",
    attributes: { ...chloAttributes, "quic.version": "Q046" },
  },
  {
    title: "Q050 encrypts its hello",
    transport: "udp",
    exchange: [
      [
        ">",
        buildQuicInitial({
          version: 0x51303530,
          destination: DESTINATION,
          frames: buildCryptoFrame(0, chlo, 8),
        }),
      ],
    ],
    protocol: "quic",
    attributes: { ...chloAttributes, "quic.version": "Q050" },
  },
  {
    // ACK of packet 1 (delay, one block, no timestamps), STOP_WAITING, STREAM 1 with a rejection.
    title: "a server of Google's QUIC refuses a hello that was not seen",
    transport: "udp",
    exchange: [
      [
        "<",
        concat(
          0x08,
          DESTINATION,
          0x01,
          new Uint8Array(12),
          hex("40 01 03a5 01 00  06 00"),
          streamFrame(
            buildGquicMessage("REJ", [
              ["STK", "token"],
              ["SNO", "nonce"],
            ]),
          ),
        ),
      ],
    ],
    protocol: "quic",
    decidedAfter: 1,
  },
  {
    title: "a connection whose beginning was missed, to port 443",
    transport: "udp",
    ports: [49152, 443],
    exchange: [
      ["<", concat(0x51, new Uint8Array(80).fill(0x5a))],
      [">", concat(0x47, DESTINATION, new Uint8Array(30).fill(1))],
      [">", concat(0x47, DESTINATION, new Uint8Array(40).fill(2))],
      [">", concat(0x5c, DESTINATION, new Uint8Array(25).fill(3))],
    ],
    protocol: "quic",
    decidedAfter: 4,
  },
  {
    title: "the same to another port is nobody's",
    transport: "udp",
    exchange: [
      [">", concat(0x47, DESTINATION, new Uint8Array(30).fill(1))],
      [">", concat(0x48, DESTINATION, new Uint8Array(40).fill(2))],
      [">", concat(0x5c, DESTINATION, new Uint8Array(25).fill(3))],
    ],
    protocol: undefined,
  },
  {
    // ChannelData of TURN (RFC 8656 §12.4), whose first octet does not change.
    title: "one first octet on every datagram is nobody's",
    transport: "udp",
    ports: [49152, 443],
    exchange: [1, 2, 3, 4].map((fill) => [">", concat(0x40, DESTINATION, new Uint8Array(30).fill(fill))]),
    protocol: undefined,
  },
  {
    title: "a long header of a version that nobody published is nobody's",
    transport: "udp",
    exchange: [[">", concat(hex("c0 12345678 08"), DESTINATION, hex("00"), new Uint8Array(1185))]],
    protocol: undefined,
  },
  {
    title: "an Initial packet longer than its datagram is nobody's",
    transport: "udp",
    exchange: [[">", buildQuicInitial({ destination: DESTINATION, frames: rfcFrame }).subarray(0, 600)]],
    protocol: undefined,
  },
];
