import { be32, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const noise = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 89 + 3) & 0xff);

const beacon = concat(hex("53706f7455647030 0123456789abcdef 00010000 a0b0c0d0"), noise(16));

// build_info { product 0, platform 8, version 117300517 }, cryptosuites_supported 0, login_crypto_hello { diffie_hellman
// { gc 96 octets, server_keys_known 1 } }, client_nonce 16 octets, padding 1e
const build = hex("5000 f00108 c002a5baf737");
const login = concat(hex("526a 5260"), noise(96), hex("a00101 50 01"));
const fields = concat(
  concat(hex("52"), build.length, build),
  hex("f00100"),
  concat(hex("9203"), hex("69"), login.subarray(0, 2 + 2 + 96 + 5)),
  concat(hex("e203 10"), noise(16)),
  hex("b204 01 1e"),
);
const hello = concat(hex("0004"), be32(6 + fields.length), fields);

export const spotifyExamples: readonly Example[] = [
  {
    title: "a beacon in the local network",
    transport: "udp",
    ports: [57621, 57621],
    exchange: [[">", beacon]],
    protocol: "spotify",
    decidedAfter: 1,
  },
  {
    title: "a client greets an access point",
    transport: "tcp",
    ports: [49152, 4070],
    exchange: [
      [">", hello],
      ["<", concat(be32(16), noise(12))],
    ],
    protocol: "spotify",
    attributes: { "spotify.client-version": 117_300_517 },
    decidedAfter: 1,
  },
  {
    title: "a hello with a field of another number is nobody's",
    transport: "tcp",
    exchange: [[">", concat(hex("0004"), be32(6 + fields.length + 2), fields, hex("0801"))]],
    protocol: undefined,
  },
  {
    title: "a word that begins alike is nobody's",
    transport: "udp",
    exchange: [[">", concat(hex("53706f7454637030"), noise(24))]],
    protocol: undefined,
  },
];
