import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const hereIAm = hex("0000000a 0200 0008 0000 0004 00000000");

export const wccpExamples: readonly Example[] = [
  {
    title: "a cache says that it is there",
    transport: "udp",
    ports: [2048, 2048],
    exchange: [[">", hereIAm]],
    protocol: "wccp",
    attributes: { "wccp.message": [10] },
    decidedAfter: 1,
  },
  {
    title: "another length",
    transport: "udp",
    ports: [2048, 2048],
    exchange: [[">", hex("0000000a 0200 000c 0000 0004 00000000")]],
    protocol: undefined,
  },
];
