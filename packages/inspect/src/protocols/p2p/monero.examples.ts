import { concat, hex, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";

/** Signature, length, whether an answer is wanted, command, return code, flags, version. */
const message = (command: number, body: Uint8Array): Uint8Array =>
  concat(
    hex("0121010101010101"),
    le32(body.length),
    le32(0),
    1,
    le32(command),
    le32(0),
    le32(1),
    le32(1),
    body,
  );
const handshake = message(1001, hex("0111010101010201010108"));

export const moneroExamples: readonly Example[] = [
  {
    title: "nodes shake hands and synchronise",
    transport: "tcp",
    exchange: [
      [">", handshake],
      ["<", concat(handshake, message(1002, hex("0111")))],
    ],
    protocol: "monero",
    attributes: { "monero.command": ["handshake", "timed-sync"] },
    decidedAfter: 1,
  },
  {
    title: "another signature is a finding",
    transport: "tcp",
    exchange: [
      [">", handshake],
      [">", concat(hex("01210101010101ff"), handshake.subarray(8))],
    ],
    protocol: "monero",
    attributes: { "monero.command": ["handshake"] },
    findings: ["monero.signature-lost"],
  },
  {
    title: "another version is nobody's",
    transport: "tcp",
    exchange: [[">", concat(handshake.subarray(0, 29), le32(2))]],
    protocol: undefined,
  },
];
