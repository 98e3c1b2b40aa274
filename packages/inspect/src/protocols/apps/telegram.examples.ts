import { concat, hex, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";

const noise = (length: number, seed = 11): Uint8Array =>
  Uint8Array.from({ length }, (_, at) => (at * 151 + seed * 37 + (at >>> 3)) & 0xff);

// auth_key_id 0, message_id, message_length 20; req_pq_multi#be7e8ef1 nonce:int128
const request = concat(hex("0000000000000000 8c2b0000e1a9d865 14000000 f18e7ebe"), noise(16));
const encrypted = (seed: number): Uint8Array => concat(hex("a1b2c3d4e5f60718"), noise(16 + 64, seed));

const tag = hex("5a1d0000 77aa5511 c0ffee00 12345678");
const ones = hex("ffffffff ffffffff ffffffff");

export const telegramExamples: readonly Example[] = [
  {
    title: "a client without a key asks for one over the abridged transport",
    transport: "tcp",
    exchange: [[">", concat(hex("ef 0a"), request)]],
    protocol: "telegram",
    attributes: { "telegram.transport": "abridged" },
    decidedAfter: 1,
  },
  {
    title: "a client without a key asks for one over the intermediate transport",
    transport: "tcp",
    exchange: [[">", concat(hex("eeeeeeee 28000000"), request)]],
    protocol: "telegram",
    attributes: { "telegram.transport": "intermediate" },
  },
  {
    title: "a client without a key asks for one over the padded intermediate transport",
    transport: "tcp",
    exchange: [[">", concat(hex("dddddddd 2f000000"), request, noise(7))]],
    protocol: "telegram",
    attributes: { "telegram.transport": "padded-intermediate" },
  },
  {
    title: "a client without a key asks for one over the full transport",
    transport: "tcp",
    exchange: [[">", concat(hex("34000000 00000000"), request, hex("9f31c2a7"))]],
    protocol: "telegram",
    attributes: { "telegram.transport": "full" },
  },
  {
    title: "two encrypted messages under one key, abridged",
    transport: "tcp",
    exchange: [[">", concat(hex("ef 16"), encrypted(1), hex("16"), encrypted(2))]],
    protocol: "telegram",
    attributes: { "telegram.transport": "abridged", "telegram.auth-key-id": "a1b2c3d4e5f60718" },
  },
  {
    title: "two encrypted messages under one key, intermediate",
    transport: "tcp",
    exchange: [
      [">", concat(hex("eeeeeeee"), le32(88), encrypted(1))],
      [">", concat(le32(88), encrypted(2))],
    ],
    protocol: "telegram",
    attributes: { "telegram.transport": "intermediate", "telegram.auth-key-id": "a1b2c3d4e5f60718" },
  },
  {
    title: "messages under different keys are nobody's",
    transport: "tcp",
    exchange: [[">", concat(hex("ef 16"), encrypted(1), hex("16"), noise(88, 3))]],
    protocol: undefined,
  },
  {
    title: "a call asks its relay for its own address and is told",
    transport: "udp",
    exchange: [
      [">", concat(tag, ones, hex("feffffff 0102030405060708"))],
      [
        "<",
        concat(
          tag,
          ones,
          hex("c77215c0 60dab25e 0102030405060708"),
          new Uint8Array(10),
          hex("ffff c0000202 00c00000"),
        ),
      ],
    ],
    protocol: "telegram",
    attributes: { "telegram.transport": "reflector" },
    decidedAfter: 1,
  },
  {
    title: "a datagram of ones is nobody's",
    transport: "udp",
    exchange: [[">", new Uint8Array(32).fill(0xff)]],
    protocol: undefined,
  },
];
