import { be16, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

/** Type, version 2, length, domain 0, flags and correction, clock and port, sequence, control, interval. */
function message(type: number, body: Uint8Array): Uint8Array {
  return concat(
    type,
    0x02,
    be16(34 + body.length),
    hex("00 00 0200 0000000000000000 00000000 020000fffe000001 0001 0007 00 00"),
    body,
  );
}

const sync = message(0, hex("000065432100 075bcd15"));
const announce = message(11, hex("000065432100 075bcd15 0025 00 80 06 21 4e5d 80 020000fffe000009 0000 a0"));

export const ptpExamples: readonly Example[] = [
  {
    title: "a clock sends its time",
    transport: "udp",
    ports: [319, 319],
    exchange: [[">", sync]],
    protocol: "ptp",
    attributes: { "ptp.message-type": [0], "ptp.domain": [0], "ptp.clock": ["020000fffe000001"] },
    decidedAfter: 1,
  },
  {
    title: "an announcement, then an event on its port",
    transport: "udp",
    ports: [320, 320],
    exchange: [
      [">", announce],
      [">", sync],
    ],
    protocol: "ptp",
    attributes: {
      "ptp.message-type": [11],
      "ptp.domain": [0],
      "ptp.clock": ["020000fffe000001"],
      "ptp.grandmaster": ["020000fffe000009"],
    },
    findings: ["ptp.type-wrong"],
  },
  {
    title: "a length beyond the datagram",
    transport: "udp",
    ports: [320, 320],
    exchange: [[">", announce.subarray(0, 63)]],
    protocol: undefined,
  },
];
