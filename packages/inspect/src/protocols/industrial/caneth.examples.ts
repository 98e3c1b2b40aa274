import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

// Identifier 0x123 low octet first, eight octets of data, standard identifier, no remote request.
const frame = hex("23010000 08 0102030405060708 00 00");
const datagram = concat(latin1("ISO11898"), hex("01 01"), frame);

export const canethExamples: readonly Example[] = [
  {
    title: "a frame is carried, and then a datagram without one",
    transport: "udp",
    exchange: [
      [">", datagram],
      [">", concat(latin1("ISO11898"), hex("01 01"))],
    ],
    protocol: "controller-area-network",
    attributes: { "controller-area-network.frames": 1 },
    findings: ["controller-area-network.datagram-invalid"],
    decidedAfter: 1,
  },
  {
    title: "another version",
    transport: "udp",
    exchange: [[">", concat(latin1("ISO11898"), hex("09 01"), frame)]],
    protocol: undefined,
  },
];
