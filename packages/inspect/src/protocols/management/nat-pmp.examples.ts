import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

export const natPmpExamples: readonly Example[] = [
  {
    title: "the external address is asked for and told",
    transport: "udp",
    ports: [49152, 5351],
    exchange: [
      [">", hex("00 00")],
      ["<", hex("00 80 0000 00015180 c6336407")],
    ],
    protocol: "nat-pmp",
    attributes: {
      "nat-pmp.opcode": [0, 128],
      "nat-pmp.result": [0],
      "nat-pmp.external-address": "198.51.100.7",
    },
    decidedAfter: 1,
  },
  {
    title: "a TCP port is mapped",
    transport: "udp",
    ports: [49152, 5351],
    exchange: [
      [">", hex("00 02 0000 1f90 1f90 00001c20")],
      ["<", hex("00 82 0000 00015180 1f90 1f91 00001c20")],
    ],
    protocol: "nat-pmp",
    attributes: {
      "nat-pmp.opcode": [2, 130],
      "nat-pmp.internal-port": [8080],
      "nat-pmp.external-port": [8080, 8081],
      "nat-pmp.lifetime-seconds": [7200],
      "nat-pmp.result": [0],
    },
  },
  {
    title: "an opcode that does not exist, after the verdict",
    transport: "udp",
    ports: [49152, 5351],
    exchange: [
      [">", hex("00 00")],
      [">", hex("00 03")],
    ],
    protocol: "nat-pmp",
    attributes: { "nat-pmp.opcode": [0] },
    findings: ["nat-pmp.opcode-unknown"],
  },
  {
    title: "a mapping whose reserved octets are not zero",
    transport: "udp",
    ports: [49152, 5351],
    exchange: [[">", hex("00 02 0001 1f90 1f90 00001c20")]],
    protocol: undefined,
  },
];
