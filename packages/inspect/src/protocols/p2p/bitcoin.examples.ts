import { concat, hex, latin1, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";

const magic = hex("f9beb4d9");
const message = (command: string, checksum: Uint8Array, payload: Uint8Array): Uint8Array =>
  concat(magic, latin1(command.padEnd(12, "\0")), le32(payload.length), checksum, payload);
const agent = (name: string): Uint8Array => concat(name.length, latin1(name), le32(7), 1);

const version = message(
  "version",
  hex("01020304"),
  concat(le32(70015), hex("0d00000000000000"), new Uint8Array(68), agent("/Example:0.1/")),
);
const oldVersion = message(
  "version",
  hex(""),
  concat(le32(106), hex("0100000000000000"), new Uint8Array(68), agent("")),
);
const verack = message("verack", hex("5df6e0e2"), hex(""));
const ping = message("ping", hex("aabbccdd"), hex("1122334455667788"));

export const bitcoinExamples: readonly Example[] = [
  {
    title: "two nodes tell their versions",
    transport: "tcp",
    exchange: [
      [">", version],
      ["<", concat(version, verack)],
      [">", concat(verack, ping)],
    ],
    protocol: "bitcoin",
    attributes: {
      "bitcoin.network": "bitcoin",
      "bitcoin.command": ["version", "verack", "ping"],
      "bitcoin.version": [70015],
      "bitcoin.user-agent": ["/Example:0.1/"],
    },
    decidedAfter: 1,
  },
  {
    title: "old nodes, without checksums at first",
    transport: "tcp",
    exchange: [
      [">", oldVersion],
      [">", concat(message("verack", hex(""), hex("")), ping)],
    ],
    protocol: "bitcoin",
    attributes: {
      "bitcoin.network": "bitcoin",
      "bitcoin.command": ["version", "verack", "ping"],
      "bitcoin.version": [106],
    },
  },
  {
    title: "octets between messages are a finding",
    transport: "tcp",
    exchange: [
      [">", ping],
      [">", concat(hex("00"), ping)],
    ],
    protocol: "bitcoin",
    attributes: { "bitcoin.network": "bitcoin", "bitcoin.command": ["ping"] },
    findings: ["bitcoin.magic-lost"],
  },
  {
    title: "a command with something behind its end is nobody's",
    transport: "tcp",
    exchange: [[">", message("ping\0pong", hex("aabbccdd"), hex(""))]],
    protocol: undefined,
  },
];
