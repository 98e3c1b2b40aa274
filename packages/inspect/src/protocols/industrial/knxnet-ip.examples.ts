import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const search = hex("06 10 0201 000e 08 01 c0000207 0e57");
const description = concat(
  hex("36 01 02 00 110a 0000 0083aabbccdd e000170c 000e8c001122"),
  latin1("KNX IP Router".padEnd(30, "\0")),
);
const found = concat(hex("06 10 0202 0044 08 01 c0000201 0e57"), description);
const connect = hex("06 10 0205 001a 08 01 c0000207 0e57 08 01 c0000207 0e57 04 04 02 00");

export const knxnetIpExamples: readonly Example[] = [
  {
    title: "a device is found",
    transport: "udp",
    ports: [49152, 3671],
    exchange: [
      [">", search],
      ["<", found],
    ],
    protocol: "knxnet-ip",
    attributes: {
      "knxnet-ip.service": ["0201", "0202"],
      "knxnet-ip.device": ["KNX IP Router"],
      "knxnet-ip.serial-number": ["0083aabbccdd"],
      "knxnet-ip.individual-address": ["1.1.10"],
    },
    decidedAfter: 1,
  },
  {
    title: "a tunnel over TCP, and then another version",
    transport: "tcp",
    exchange: [
      [">", connect],
      ["<", hex("06 20 0206 0008 01 00")],
    ],
    protocol: "knxnet-ip",
    attributes: { "knxnet-ip.service": ["0205"] },
    findings: ["knxnet-ip.header-invalid"],
  },
  {
    title: "a total length that is not the datagram's",
    transport: "udp",
    ports: [49152, 3671],
    exchange: [[">", hex("06 10 0201 000f 08 01 c0000207 0e57")]],
    protocol: undefined,
  },
];
