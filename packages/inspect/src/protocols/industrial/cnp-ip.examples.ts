import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const data = hex("001c 01 01 00 00 0000 0a0b0c0d 00000001 00000000 01 09 01aa 01a9 01 23");

export const cnpIpExamples: readonly Example[] = [
  {
    title: "a packet is tunnelled, and another says it is longer than it is",
    transport: "udp",
    ports: [49152, 1628],
    exchange: [
      [">", data],
      [">", data.subarray(0, 24)],
    ],
    protocol: "cnp-ip",
    attributes: { "cnp-ip.type": [1], "cnp-ip.session": [0x0a0b0c0d] },
    findings: ["cnp-ip.length-invalid"],
    decidedAfter: 1,
  },
  {
    title: "the same octets on other ports",
    transport: "udp",
    exchange: [[">", data]],
    protocol: undefined,
  },
];
