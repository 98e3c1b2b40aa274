import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const whoIs = hex("81 0b 000c 01 20 ffff 00 ff 10 08");
// I-Am: device 1234, APDUs of 1476 octets, no segmentation, vendor 260.
const iAm = hex("81 0b 0019 01 20 ffff 00 ff 10 00 c4 020004d2 22 05c4 91 03 22 0104");
const readProperty = hex("81 0a 0011 01 04 00 05 01 0c 0c 020004d2 19 4d");

export const bacnetExamples: readonly Example[] = [
  {
    title: "a device is looked for, announces itself and is read",
    transport: "udp",
    exchange: [
      [">", whoIs],
      ["<", iAm],
      [">", readProperty],
    ],
    protocol: "bacnet",
    attributes: {
      "bacnet.function": [11, 10],
      "bacnet.unconfirmed-service": [8, 0],
      "bacnet.confirmed-service": [12],
      "bacnet.device": [1234],
    },
    decidedAfter: 1,
  },
  {
    title: "a foreign device registers, and a length lies",
    transport: "udp",
    ports: [49152, 47808],
    exchange: [
      [">", hex("81 05 0006 003c")],
      ["<", hex("81 00 0007 0000")],
    ],
    protocol: "bacnet",
    attributes: { "bacnet.function": [5] },
    findings: ["bacnet.header-invalid"],
  },
  {
    title: "a network layer of another version",
    transport: "udp",
    exchange: [[">", hex("81 0b 000c 02 20 ffff 00 ff 10 08")]],
    protocol: undefined,
  },
];
