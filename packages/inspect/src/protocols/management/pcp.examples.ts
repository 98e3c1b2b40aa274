import { concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const nonce = hex("000102030405060708090a0b");
const client = hex("00000000000000000000ffffc0000207");
const external = hex("00000000000000000000ffffc6336407");
const announce = concat(hex("02 00 0000 00000000"), client);
const map = concat(hex("02 01 0000 00001c20"), client, nonce, hex("06 000000 1f90 0000"), new Uint8Array(16));
const mapped = concat(
  hex("02 81 00 00 00001c20 00015180"),
  new Uint8Array(12),
  nonce,
  hex("06 000000 1f90 1f91"),
  external,
);

export const pcpExamples: readonly Example[] = [
  {
    title: "a port is mapped",
    transport: "udp",
    ports: [49152, 5351],
    exchange: [
      [">", map],
      ["<", mapped],
    ],
    protocol: "pcp",
    attributes: {
      "pcp.opcode": [1],
      "pcp.lifetime-seconds": [7200],
      "pcp.client": "192.0.2.7",
      "pcp.protocol": [6],
      "pcp.internal-port": [8080],
      "pcp.external-port": [0, 8081],
      "pcp.result": [0],
      "pcp.external-address": ["198.51.100.7"],
    },
    decidedAfter: 1,
  },
  {
    title: "an announcement, then reserved octets that are set",
    transport: "udp",
    ports: [49152, 5351],
    exchange: [
      [">", announce],
      [">", concat(hex("02 00 0100 00000000"), client)],
    ],
    protocol: "pcp",
    attributes: { "pcp.opcode": [0], "pcp.lifetime-seconds": [0], "pcp.client": "192.0.2.7" },
    findings: ["pcp.reserved-set"],
  },
  {
    title: "a length that is not a multiple of four",
    transport: "udp",
    ports: [49152, 5351],
    exchange: [[">", concat(announce, 0)]],
    protocol: undefined,
  },
];
