import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

// Announce: sequence 0, source, group, round trip, size; type 1 of six words, robustness, block size, time, addresses.
const announce = hex(`
  40 01 0000 c0000201 96f4c304 00 9d 00 00
  01 06 00 14 00 00 0514 57a65c1d 00057a51 e6040401 e6050538
`);
const done = hex("40 0a 0001 c0000201 96f4c304 00 9d 00 00 0a 01 0001");

export const uftpExamples: readonly Example[] = [
  {
    title: "a session is announced and done, and then a type that is not defined",
    transport: "udp",
    exchange: [
      [">", announce],
      [">", done],
      [">", hex("40 7f 0002 c0000201 96f4c304 00 9d 00 00 7f 01 0001")],
    ],
    protocol: "uftp",
    attributes: { "uftp.version": 4, "uftp.message": [1, 10], "uftp.source-id": "c0000201" },
    findings: ["uftp.header-invalid"],
    decidedAfter: 1,
  },
  {
    title: "headers that do not agree",
    transport: "udp",
    ports: [49152, 1044],
    exchange: [[">", hex("40 0a 0001 c0000201 96f4c304 00 9d 00 00 0b 01 0001")]],
    protocol: undefined,
  },
];
