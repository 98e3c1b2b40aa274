import { concat, hex, le16, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";

const hash = hex("00112233440e66778899aabbccdd6fff");
const message = (mark: number, body: Uint8Array): Uint8Array => concat(mark, le32(body.length), body);
// Hash, address, port, two tags: name (1, text) and version (11, number); then a server.
const body = concat(
  hash,
  hex("c0000201"),
  le16(4662),
  le32(2),
  hex("02 0100 01 0300 626f62 03 0100 11 3c000000 00000000 0000"),
);
const hello = message(0xe3, concat(1, 16, body));
const helloAnswer = message(0xe3, concat(0x4c, body));
const target = new Uint8Array(16).fill(0x5a);
const contact = new Uint8Array(25).fill(0x11);

export const edonkeyExamples: readonly Example[] = [
  {
    title: "two clients greet each other",
    transport: "tcp",
    exchange: [
      [">", hello],
      ["<", concat(helloAnswer, message(0xc5, hex("81 0101")))],
    ],
    protocol: "edonkey",
    attributes: {
      "edonkey.user-hash": ["00112233440e66778899aabbccdd6fff"],
      "edonkey.opcode": [1, 0x4c, 0x81],
    },
    decidedAfter: 1,
  },
  {
    title: "Kademlia: contacts near a target",
    transport: "udp",
    exchange: [
      [">", concat(hex("e4 21 02"), target, target)],
      ["<", concat(hex("e4 29"), target, 2, contact, contact)],
    ],
    protocol: "edonkey",
    attributes: { "edonkey.kademlia": ["request", "response"] },
    decidedAfter: 1,
  },
  {
    title: "a message without a mark is a finding",
    transport: "tcp",
    exchange: [
      [">", hello],
      [">", hex("e2 01000000 01")],
    ],
    protocol: "edonkey",
    attributes: { "edonkey.user-hash": ["00112233440e66778899aabbccdd6fff"], "edonkey.opcode": [1] },
    findings: ["edonkey.message-impossible"],
  },
  {
    title: "a hello with a thousand tags is nobody's",
    transport: "tcp",
    exchange: [
      [">", message(0xe3, concat(1, 16, hash, hex("c0000201"), le16(4662), le32(1000), new Uint8Array(64)))],
    ],
    protocol: undefined,
  },
];
