import { be16, be32, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

function packet(type: number, flags: number, sequence: number, body: Uint8Array): Uint8Array {
  return concat(
    be32(0x5f00_0001),
    be32(0x1234_5678),
    be32(1),
    be32(sequence),
    be32(1),
    type,
    flags,
    hex("00 00 0000"),
    be16(1),
    body,
  );
}
const request = packet(1, 0x05, 1, hex("00000082 00000001"));
const answer = packet(2, 0x00, 0, hex("0000 0000 00000001 00000000 00000001 02 00"));

export const rxExamples: readonly Example[] = [
  {
    title: "a client calls a file server",
    transport: "udp",
    ports: [7001, 7000],
    exchange: [
      [">", request],
      ["<", answer],
    ],
    protocol: "rx",
    attributes: { "rx.type": ["data", "ack"], "rx.service": [1], "rx.security-index": 0 },
    decidedAfter: 1,
  },
  {
    title: "elsewhere both ends are needed, and what is no packet after them is a finding",
    transport: "udp",
    exchange: [
      [">", request],
      ["<", answer],
      [">", hex("00")],
    ],
    protocol: "rx",
    attributes: { "rx.type": ["ack"], "rx.service": [1], "rx.security-index": 0 },
    findings: ["rx.header-invalid"],
    decidedAfter: 2,
  },
  {
    title: "elsewhere one end alone is nobody's",
    transport: "udp",
    exchange: [[">", request]],
    protocol: undefined,
  },
];
