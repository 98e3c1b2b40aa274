import { concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

/** The line that begins with the character `first` places behind the blank. */
function line(first: number): Uint8Array {
  return concat(
    Uint8Array.from({ length: 72 }, (_, index) => 0x20 + ((first + index) % 95)),
    hex("0d0a"),
  );
}

export const chargenExamples: readonly Example[] = [
  {
    title: "a datagram is answered",
    transport: "udp",
    ports: [49152, 19],
    exchange: [
      [">", hex("00")],
      ["<", concat(line(60), line(61))],
    ],
    protocol: "chargen",
    attributes: { "chargen.answer-bytes": 148 },
    findings: ["chargen.reachable"],
    decidedAfter: 2,
  },
  {
    title: "a stream of lines",
    transport: "tcp",
    ports: [49152, 19],
    exchange: [["<", concat(line(0), line(1))]],
    protocol: "chargen",
  },
  {
    title: "an answer without the pattern, after the verdict",
    transport: "udp",
    ports: [49152, 19],
    exchange: [
      ["<", line(0)],
      ["<", new Uint8Array(74).fill(0x61)],
    ],
    protocol: "chargen",
    attributes: { "chargen.answer-bytes": 74 },
    findings: ["chargen.reachable", "chargen.pattern-broken"],
  },
  {
    title: "a line that leaves a character out",
    transport: "udp",
    ports: [49152, 19],
    exchange: [["<", concat(line(0).subarray(0, 40), line(41).subarray(0, 34))]],
    protocol: undefined,
  },
];
