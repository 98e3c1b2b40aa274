import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const start = hex("c0 01 01 00 0a0b0c0d 00000004 a1b2c3d4");
const plain = hex("c1 02 01 01 0a0b0c0e 00000004 06000100");

export const tacacsExamples: readonly Example[] = [
  {
    title: "a login begins, and a request goes unprotected",
    transport: "tcp",
    ports: [49152, 49],
    exchange: [
      [">", start],
      [">", plain],
    ],
    protocol: "tacacs",
    attributes: { "tacacs.type": [1, 2] },
    findings: ["tacacs.unencrypted"],
    decidedAfter: 1,
  },
  {
    title: "a type that is not defined, later",
    transport: "tcp",
    ports: [49152, 49],
    exchange: [
      [">", start],
      ["<", hex("c0 07 02 00 0a0b0c0d 00000000")],
    ],
    protocol: "tacacs",
    attributes: { "tacacs.type": [1] },
    findings: ["tacacs.header-invalid"],
  },
  {
    title: "the same octets on another port",
    transport: "tcp",
    exchange: [[">", start]],
    protocol: undefined,
  },
];
