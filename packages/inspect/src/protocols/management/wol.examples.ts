import { concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

function magic(address: string): Uint8Array {
  return concat(hex("ffffffffffff"), ...Array.from({ length: 16 }, () => hex(address)));
}

const wake = magic("020000000007");

export const wolExamples: readonly Example[] = [
  {
    title: "two machines are woken, one with a password",
    transport: "udp",
    ports: [49152, 9],
    exchange: [
      [">", wake],
      [">", concat(magic("020000000008"), hex("c0000207"))],
    ],
    protocol: "wol",
    attributes: { "wol.target": ["02:00:00:00:00:07", "02:00:00:00:00:08"] },
    decidedAfter: 1,
  },
  {
    title: "a repetition that differs, after the verdict",
    transport: "udp",
    exchange: [
      [">", wake],
      [">", concat(wake.subarray(0, 101), 8)],
    ],
    protocol: "wol",
    attributes: { "wol.target": ["02:00:00:00:00:07"] },
    findings: ["wol.repetition-wrong"],
  },
  {
    title: "fifteen repetitions",
    transport: "udp",
    ports: [49152, 9],
    exchange: [[">", wake.subarray(0, 96)]],
    protocol: undefined,
  },
];
