import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const zero = (count: number): Uint8Array => new Uint8Array(count);

// Sequence, version, type, comId 1000, topology counters, 6 octets of data, reserved, reply, checksum.
const processData = concat(
  hex("00000001 0100 5064 000003e8 00000000 00000000 00000006 00000000 00000000 00000000 a1b2c3d4"),
  latin1("doors\0"),
  zero(2),
);
const request = concat(
  hex("00000000 0100 4d72 000003e9 00000000 00000000 00000004 00000000"),
  zero(16),
  hex("001e8480"),
  zero(64),
  hex("a1b2c3d4"),
  latin1("ping"),
);
const reply = request.slice();
reply[7] = 0x70;

export const trdpExamples: readonly Example[] = [
  {
    title: "process data is sent, and a data set lies about its size",
    transport: "udp",
    exchange: [
      [">", processData],
      [">", processData.subarray(0, 44)],
    ],
    protocol: "trdp",
    attributes: { "trdp.type": ["Pd"], "trdp.com-id": [1000] },
    findings: ["trdp.length-invalid"],
    decidedAfter: 1,
  },
  {
    title: "a message is requested and replied to",
    transport: "tcp",
    ports: [49152, 17225],
    exchange: [
      [">", request],
      ["<", reply],
    ],
    protocol: "trdp",
    attributes: { "trdp.type": ["Mr", "Mp"], "trdp.com-id": [1001] },
    decidedAfter: 1,
  },
  {
    title: "a type that is not defined",
    transport: "udp",
    ports: [17224, 17224],
    exchange: [[">", concat(processData.subarray(0, 6), hex("5a5a"), processData.subarray(8))]],
    protocol: undefined,
  },
];
