import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const request = hex(`
  0000002d 00000000 0000000000000000 00007530 0000000000000000
  00000010 00000000000000000000000000000000 00
`);
const response = hex(
  "00000025 00000000 00009c40 0100002a7b3c0001 00000010 000102030405060708090a0b0c0d0e0f 00",
);

export const zookeeperExamples: readonly Example[] = [
  {
    title: "a client connects",
    transport: "tcp",
    exchange: [
      [">", request],
      ["<", response],
    ],
    protocol: "zookeeper",
    attributes: { "zookeeper.timeout-ms": 30_000 },
    decidedAfter: 1,
  },
  {
    title: "the server's side alone",
    transport: "tcp",
    ports: [49152, 2181],
    exchange: [["<", response]],
    protocol: "zookeeper",
    attributes: { "zookeeper.timeout-ms": 40_000 },
  },
  {
    title: "a password of another size",
    transport: "tcp",
    ports: [49152, 2181],
    exchange: [
      ["<", hex("00000025 00000000 00009c40 0100002a7b3c0001 00000011 000102030405060708090a0b0c0d0e0f 00")],
    ],
    protocol: undefined,
  },
];
