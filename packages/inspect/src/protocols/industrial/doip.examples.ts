import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const identify = hex("02fd 0001 00000000");
const announcement = concat(
  hex("02fd 0004 00000021"),
  latin1("WEXAMPLE123456789"),
  hex("0e80 000102030405 0a0b0c0d0e0f 00 00"),
);
const activate = hex("02fd 0005 00000007 0e00 00 00000000");
const readData = hex("02fd 8001 00000007 0e00 0e80 22 f190");

export const doipExamples: readonly Example[] = [
  {
    title: "a vehicle is looked for and announces itself",
    transport: "udp",
    exchange: [
      [">", identify],
      ["<", announcement],
    ],
    protocol: "doip",
    attributes: {
      "doip.payload-type": [1, 4],
      "doip.vin": "WEXAMPLE123456789",
      "doip.logical-address": [0x0e80],
    },
    decidedAfter: 1,
  },
  {
    title: "a tester asks for data, and then a header without its inverse",
    transport: "tcp",
    ports: [49152, 13400],
    exchange: [
      [">", activate],
      [">", readData],
      ["<", hex("02fe 8001 00000007")],
    ],
    protocol: "doip",
    attributes: {
      "doip.payload-type": [5, 0x8001],
      "doip.logical-address": [0x0e00, 0x0e80],
      "doip.service": [0x22],
    },
    findings: ["doip.header-invalid"],
  },
  {
    title: "a length that the type cannot have",
    transport: "udp",
    ports: [49152, 13400],
    exchange: [[">", hex("02fd 0001 00000001 00")]],
    protocol: undefined,
  },
];
