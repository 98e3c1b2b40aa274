import { concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

// RFC 5905 §7.3: LI 0, VN 4, mode 3; stratum 0, poll 6, precision -20; root delay and dispersion; reference id; four timestamps.
const request = hex(`
  23 00 06 ec  00000000 00010000 00000000
  0000000000000000 0000000000000000 0000000000000000 e9a1b2c3d4e5f607
`);
const response = hex(`
  24 02 06 e8  00000a3d 00000b52 c0000201
  e9a1b2c000000000 e9a1b2c3d4e5f607 e9a1b2c3d6000000 e9a1b2c3d6100000
`);
// Stratum 1, its clock GPS.
const primary = hex(`
  24 01 06 e8  00000000 00000010 47505300
  e9a1b2c000000000 e9a1b2c3d4e5f607 e9a1b2c3d6000000 e9a1b2c3d6100000
`);
// ntpdc "monlist": response 0, version 2, mode 7; implementation 3 (XNTPD), request 42 (MON_GETLIST_1).
const monlist = hex("17 00 03 2a 00000000");

export const ntpExamples: readonly Example[] = [
  {
    title: "a client asks for the time and is told",
    transport: "udp",
    ports: [49152, 123],
    exchange: [
      [">", request],
      ["<", response],
    ],
    protocol: "ntp",
    attributes: { "ntp.version": 4, "ntp.mode": 3, "ntp.stratum": 0 },
    decidedAfter: 1,
  },
  {
    title: "a request for the list of clients is a finding",
    transport: "udp",
    ports: [49152, 123],
    exchange: [[">", monlist]],
    protocol: "ntp",
    attributes: { "ntp.version": 2, "ntp.mode": 7, "ntp.request-code": 42 },
    findings: ["ntp.monlist-request"],
  },
  {
    title: "on other ports a response that repeats the request's time stamp decides",
    transport: "udp",
    exchange: [
      [">", request],
      ["<", primary],
    ],
    protocol: "ntp",
    attributes: { "ntp.version": 4, "ntp.mode": 4, "ntp.stratum": 1, "ntp.reference": ["GPS"] },
    decidedAfter: 2,
  },
  {
    title: "a stratum that is reserved, after the verdict",
    transport: "udp",
    ports: [49152, 123],
    exchange: [
      [">", request],
      ["<", concat(0x24, 17, response.subarray(2))],
    ],
    protocol: "ntp",
    attributes: { "ntp.version": 4, "ntp.mode": 3, "ntp.stratum": 0 },
    findings: ["ntp.stratum-reserved"],
  },
  {
    title: "the same octets on other ports are nobody's",
    transport: "udp",
    exchange: [[">", request]],
    protocol: undefined,
  },
];
