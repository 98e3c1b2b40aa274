import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const startActivation = hex("68 04 07 00 00 00");
const startConfirmation = hex("68 04 0b 00 00 00");
// C_IC_NA_1, one object, activation, common address 7, object 0, qualifier 20.
const interrogation = hex("68 0e 0000 0000 64 01 06 00 0700 000000 14");
// M_SP_NA_1, interrogated by station, object 1, on.
const point = hex("68 0e 0000 0200 01 01 14 00 0700 010000 01");
const supervisory = hex("68 04 01 00 02 00");

export const iec60870Examples: readonly Example[] = [
  {
    title: "data transfer is started and a station interrogated",
    transport: "tcp",
    ports: [49152, 2404],
    exchange: [
      [">", startActivation],
      ["<", startConfirmation],
      [">", interrogation],
      ["<", point],
      [">", supervisory],
    ],
    protocol: "iec60870",
    attributes: {
      "iec60870.control": ["STARTDT act", "STARTDT con"],
      "iec60870.type": [100, 1],
      "iec60870.cause": [6, 20],
      "iec60870.common-address": [7],
    },
    decidedAfter: 1,
  },
  {
    title: "midstream on its port, an acknowledgement",
    transport: "tcp",
    ports: [49152, 2404],
    exchange: [["<", supervisory]],
    protocol: "iec60870",
    decidedAfter: 1,
  },
  {
    title: "on any port, a start, and then a type that is not assigned",
    transport: "tcp",
    exchange: [
      [">", startActivation],
      [">", hex("68 0e 0000 0000 00 01 06 00 0700 000000 14")],
    ],
    protocol: "iec60870",
    attributes: { "iec60870.control": ["STARTDT act"] },
    findings: ["iec60870.asdu-invalid"],
  },
  {
    title: "an acknowledgement on another port",
    transport: "tcp",
    exchange: [[">", supervisory]],
    protocol: undefined,
  },
];
