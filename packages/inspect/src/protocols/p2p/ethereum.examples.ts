import { be16, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

/** The base point of secp256k1 (SEC 2 §2.4.1), in place of an ephemeral key. */
const point = hex(`04
  79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798
  483ada7726a3c4655da4fbfc0e1108a8fd17b448a68554199c47d08ffb10d4b8
`);
const sealed = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 167 + 13) & 0xff);
const packet = (type: number, list: Uint8Array): Uint8Array => concat(sealed(32 + 64), 1, type, list);

// devp2p, Node Discovery v4: [4, [192.0.2.1, 30303, 30303], [192.0.2.2, 30303, 0], expiration].
const ping = packet(1, hex("dc 04 cb 84c0000201 82765f 82765f c9 84c0000202 82765f 80 84 6553f100"));
const findNode = packet(3, concat(hex("f847 b840"), sealed(64), hex("84 6553f100")));
const handshake = concat(be16(400), point, sealed(335));

export const ethereumExamples: readonly Example[] = [
  {
    title: "a node is pinged and asked for others",
    transport: "udp",
    exchange: [
      [">", ping],
      ["<", findNode],
    ],
    protocol: "ethereum",
    attributes: { "ethereum.message": ["ping", "find-node"], "ethereum.address": ["192.0.2.1"] },
    decidedAfter: 1,
  },
  {
    title: "the encrypted transport begins",
    transport: "tcp",
    exchange: [[">", handshake]],
    protocol: "ethereum",
    attributes: { "ethereum.message": ["handshake"] },
    decidedAfter: 1,
  },
  {
    title: "a list that is cut short is a finding",
    transport: "udp",
    exchange: [
      [">", ping],
      ["<", findNode.subarray(0, findNode.length - 1)],
    ],
    protocol: "ethereum",
    attributes: { "ethereum.message": ["ping"], "ethereum.address": ["192.0.2.1"] },
    findings: ["ethereum.list-malformed"],
  },
  {
    title: "a key that is no point of the curve is nobody's",
    transport: "tcp",
    exchange: [[">", concat(be16(400), 4, sealed(399))]],
    protocol: undefined,
  },
];
