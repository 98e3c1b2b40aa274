import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const sourceActive = hex("01 0014 01 c0000201 000000 20 e9fc0001 c6336407");

export const msdpExamples: readonly Example[] = [
  {
    title: "a source is announced, and a message follows that is none",
    transport: "tcp",
    ports: [49152, 639],
    exchange: [
      [">", sourceActive],
      ["<", hex("04 0003")],
      ["<", hex("09 0003")],
    ],
    protocol: "msdp",
    attributes: { "msdp.message": [1, 4], "msdp.rendezvous-point": ["192.0.2.1"] },
    findings: ["msdp.header-invalid"],
    decidedAfter: 1,
  },
  {
    title: "the same octets on another port",
    transport: "tcp",
    exchange: [[">", sourceActive]],
    protocol: undefined,
  },
];
