import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const search = hex("01fe 9000 00000002 10 00");
const found = hex("01fe 9001 00000014 fe80000000000000000000000000000a d903 10 00");
const message = hex("01fe 8001 00000004 8000dbab");

export const v2gtpExamples: readonly Example[] = [
  {
    title: "a vehicle looks for a charging station, which has no TLS",
    transport: "udp",
    ports: [49152, 15118],
    exchange: [
      [">", search],
      ["<", found],
    ],
    protocol: "v2gtp",
    attributes: { "v2gtp.payload-type": [0x9000, 0x9001] },
    findings: ["v2gtp.unprotected"],
    decidedAfter: 1,
  },
  {
    title: "messages, and then a version that was never published",
    transport: "tcp",
    exchange: [
      [">", message],
      ["<", hex("02fd 8001 00000004")],
    ],
    protocol: "v2gtp",
    attributes: { "v2gtp.payload-type": [0x8001] },
    findings: ["v2gtp.header-invalid"],
  },
  {
    title: "a search of another length",
    transport: "udp",
    ports: [49152, 15118],
    exchange: [[">", hex("01fe 9000 00000003 10 00 00")]],
    protocol: undefined,
  },
];
