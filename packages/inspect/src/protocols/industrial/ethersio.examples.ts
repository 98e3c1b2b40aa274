import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const ethersioExamples: readonly Example[] = [
  {
    title: "a controller transfers inputs and outputs",
    transport: "udp",
    exchange: [[">", concat(latin1("ESIO"), hex("0001 0000 00000007 00000018 00000001 01 00000000"))]],
    protocol: "ethersio",
    attributes: { "ethersio.telegram": [1] },
    decidedAfter: 1,
  },
  {
    title: "a type that is not defined",
    transport: "udp",
    ports: [49152, 6060],
    exchange: [[">", concat(latin1("ESIO"), hex("0009 0000 00000007"))]],
    protocol: undefined,
  },
];
