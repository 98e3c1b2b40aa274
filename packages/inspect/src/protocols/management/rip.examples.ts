import { concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

// RFC 2453 §3.9.1: family 0 and metric 16 ask for the whole table.
const request = concat(hex("01 02 0000 0000 0000 00000000 00000000 00000000 00000010"));
const response = hex(`
  02 02 0000
  ffff 0002 61747469630000000000000000000000
  0002 0000 c0000200 ffffff00 00000000 00000001
`);
const ripng = hex("02 01 0000 20010db8000000000000000000000000 0000 40 01");

export const ripExamples: readonly Example[] = [
  {
    title: "the routes are asked for, and told with a password",
    transport: "udp",
    ports: [520, 520],
    exchange: [
      [">", request],
      ["<", response],
    ],
    protocol: "rip",
    attributes: { "rip.version": 2, "rip.command": [1, 2], "rip.routes": 1 },
    findings: ["rip.cleartext-credentials"],
    decidedAfter: 1,
  },
  {
    title: "RIPng, then a metric that does not exist",
    transport: "udp",
    ports: [521, 521],
    exchange: [
      [">", ripng],
      [">", concat(ripng.subarray(0, 23), 17)],
    ],
    protocol: "rip",
    attributes: { "rip.version": 1, "rip.command": [2], "rip.routes": 1 },
    findings: ["rip.entry-wrong"],
  },
  {
    title: "half an entry",
    transport: "udp",
    ports: [520, 520],
    exchange: [[">", request.subarray(0, 14)]],
    protocol: undefined,
  },
];
