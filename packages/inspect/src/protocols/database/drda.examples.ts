import { be16, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

function structure(format: number, codePoint: number, body: Uint8Array): Uint8Array {
  return concat(be16(10 + body.length), 0xd0, format, be16(1), be16(4 + body.length), be16(codePoint), body);
}
const exchange = concat(
  structure(0x41, 0x1041, hex("0008 115e 84828183")),
  structure(0x01, 0x106d, hex("0006 11a2 0003")),
);

export const drdaExamples: readonly Example[] = [
  {
    title: "a client exchanges attributes and asks for access",
    transport: "tcp",
    ports: [49152, 50000],
    exchange: [
      [">", exchange],
      ["<", structure(0x42, 0x1443, hex("0008 115e 84828183"))],
    ],
    protocol: "drda",
    attributes: { "drda.command": ["EXCSAT", "ACCSEC", "EXCSATRD"] },
    decidedAfter: 1,
  },
  {
    title: "the server's answer alone, and another magic octet after it",
    transport: "tcp",
    exchange: [
      ["<", structure(0x02, 0x1443, hex("0008 115e 84828183"))],
      ["<", hex("000a d1 02 0001 0004 1443")],
    ],
    protocol: "drda",
    attributes: { "drda.command": ["EXCSATRD"] },
    findings: ["drda.header-invalid"],
  },
  {
    title: "an unknown code point is nobody's",
    transport: "tcp",
    exchange: [[">", structure(0x01, 0x0001, hex("00000000"))]],
    protocol: undefined,
  },
];
