import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const hello = hex("06 00 0010 00000001 0001 0008 00000072");
const helloOfController = hex("04 00 0008 00000002");
const features = hex("04 06 0020 00000003 0000a0369f000001 00000100 fe 00 0000 0000024f 00000000");

export const openflowExamples: readonly Example[] = [
  {
    title: "a switch and a controller greet, the switch says what it is",
    transport: "tcp",
    ports: [49152, 6653],
    exchange: [
      [">", hello],
      ["<", helloOfController],
      [">", features],
    ],
    protocol: "openflow",
    attributes: {
      "openflow.version": [6, 4],
      "openflow.type": [0, 6],
      "openflow.datapath": "0000a0369f000001",
    },
    decidedAfter: 1,
  },
  {
    title: "on another port, greetings of both ends, and then a type that is not defined",
    transport: "tcp",
    exchange: [
      ["<", helloOfController],
      [">", hello],
      [">", hex("06 7f 0008 00000001")],
    ],
    protocol: "openflow",
    attributes: { "openflow.version": [6, 4], "openflow.type": [0] },
    findings: ["openflow.header-invalid"],
  },
  {
    title: "on another port, one greeting",
    transport: "tcp",
    exchange: [[">", hello]],
    protocol: undefined,
  },
];
