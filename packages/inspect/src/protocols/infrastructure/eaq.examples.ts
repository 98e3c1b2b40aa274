import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

export const eaqExamples: readonly Example[] = [
  {
    title: "a box measures, and its server echoes",
    transport: "udp",
    exchange: [
      [">", hex("00000007 65a1b2c3 0001e240 00009000")],
      ["<", hex("00000007 65a1b2c3 0001e240 00006000")],
    ],
    protocol: "eaq",
    decidedAfter: 1,
  },
  {
    title: "microseconds that are none",
    transport: "udp",
    ports: [49152, 6000],
    exchange: [[">", hex("00000007 65a1b2c3 0f01e240 00009000")]],
    protocol: undefined,
  },
];
