import { be16, be32, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const initiator = hex("aabbccdd00112233");
const responder = hex("0102030405060708");
const nobody = new Uint8Array(8);
const sealed = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 167 + 13) & 0xff);

function message(
  spi: Uint8Array,
  next: number,
  version: number,
  exchange: number,
  flags: number,
  body: Uint8Array,
): Uint8Array {
  return concat(
    initiator,
    spi,
    Uint8Array.of(next, version, exchange, flags),
    be32(0),
    be32(28 + body.length),
    body,
  );
}

// RFC 7296 §3.2: next payload, flags, length. Nonce (40), vendor (43), notify (41).
const nonce = concat(hex("2b 00"), be16(20), sealed(16));
const vendor = concat(hex("29 00"), be16(20), hex("882fe56d6fd20dbc2251613b2ebe5beb"));
const notify = hex("00 00 0008 00 00 4004");
const init = message(nobody, 40, 0x20, 34, 0x08, concat(nonce, vendor, notify));
const initAnswer = message(responder, 41, 0x20, 34, 0x20, hex("00 00 0008 00 00 000e"));
const auth = message(responder, 46, 0x20, 35, 0x08, concat(hex("23 00"), be16(84), sealed(80)));
const aggressive = message(nobody, 13, 0x10, 4, 0, concat(hex("00 00"), be16(20), sealed(16)));
const marked = (octets: Uint8Array): Uint8Array => concat(hex("00000000"), octets);
const esp = (sequence: number): Uint8Array => concat(hex("c0ffee01"), be32(sequence), sealed(64));

const negotiated = {
  "ike.version": "2.0",
  "ike.exchange": ["ike-sa-init", "ike-auth"],
  "ike.initiator-spi": "aabbccdd00112233",
  "ike.responder-spi": "0102030405060708",
  "ike.vendor-id": ["882fe56d6fd20dbc2251613b2ebe5beb"],
  "ike.notify": [16388, 14],
};

export const ikeExamples: readonly Example[] = [
  {
    title: "version 2 negotiates, refuses and authenticates",
    transport: "udp",
    exchange: [
      [">", init],
      ["<", initAnswer],
      [">", auth],
    ],
    protocol: "ike",
    attributes: negotiated,
    decidedAfter: 1,
  },
  {
    title: "behind a translator, with the marker, then ESP",
    transport: "udp",
    ports: [4500, 4500],
    exchange: [
      [">", hex("ff")],
      [">", marked(auth)],
      [">", esp(1)],
    ],
    protocol: "ike",
    attributes: {
      "ike.version": "2.0",
      "ike.exchange": ["ike-auth"],
      "ike.initiator-spi": "aabbccdd00112233",
      "ike.responder-spi": "0102030405060708",
      "ike.esp-spi": ["c0ffee01"],
    },
    decidedAfter: 2,
  },
  {
    title: "ESP alone, midstream",
    transport: "udp",
    ports: [49152, 4500],
    exchange: [
      [">", esp(40)],
      [">", esp(41)],
    ],
    protocol: "ike",
    attributes: { "ike.esp-spi": ["c0ffee01"] },
    decidedAfter: 2,
  },
  {
    title: "over TCP",
    transport: "tcp",
    exchange: [
      [">", concat(hex("494b45544350"), be16(6 + init.length), marked(init))],
      ["<", concat(be16(6 + initAnswer.length), marked(initAnswer))],
      [">", concat(be16(6 + auth.length), marked(auth))],
    ],
    protocol: "ike",
    attributes: negotiated,
  },
  {
    title: "aggressive mode is a finding",
    transport: "udp",
    ports: [500, 500],
    exchange: [[">", aggressive]],
    protocol: "ike",
    attributes: {
      "ike.version": "1.0",
      "ike.exchange": ["aggressive"],
      "ike.initiator-spi": "aabbccdd00112233",
      "ike.vendor-id": ["0db45b02a950f79e45ec933ae1882fd6"],
    },
    findings: ["ike.aggressive-mode"],
  },
  {
    title: "a payload that reaches beyond its message is a finding",
    transport: "udp",
    exchange: [
      [">", init],
      ["<", message(responder, 41, 0x20, 34, 0x20, hex("00 00 0009 00 00 000e"))],
    ],
    protocol: "ike",
    attributes: {
      "ike.version": "2.0",
      "ike.exchange": ["ike-sa-init"],
      "ike.initiator-spi": "aabbccdd00112233",
      "ike.vendor-id": ["882fe56d6fd20dbc2251613b2ebe5beb"],
      "ike.notify": [16388],
    },
    findings: ["ike.payload-overrun"],
  },
  {
    title: "flags of one version in the other are nobody's",
    transport: "udp",
    exchange: [[">", message(nobody, 0, 0x10, 2, 0x08, hex(""))]],
    protocol: undefined,
  },
];
