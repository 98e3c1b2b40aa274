import { concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const packet = (header: string): Uint8Array => concat(hex(header), new Uint8Array(184).fill(0xaa));
const audio = packet("47 0101 17");
const table = packet("47 4000 10");

export const mpegTsExamples: readonly Example[] = [
  {
    title: "two packets in a datagram decide",
    transport: "udp",
    exchange: [[">", concat(table, audio)]],
    protocol: "mpeg-ts",
    attributes: { "mpeg-ts.pid": [0, 257] },
    decidedAfter: 1,
  },
  {
    title: "of one packet it takes two datagrams",
    transport: "udp",
    exchange: [
      [">", audio],
      [">", audio],
    ],
    protocol: "mpeg-ts",
    attributes: { "mpeg-ts.pid": [257] },
    decidedAfter: 2,
  },
  {
    title: "a lost synchronisation octet is a finding",
    transport: "udp",
    exchange: [
      [">", concat(table, audio)],
      [">", concat(table, packet("46 0101 17"))],
    ],
    protocol: "mpeg-ts",
    attributes: { "mpeg-ts.pid": [0, 257] },
    findings: ["mpeg-ts.sync-lost"],
  },
  {
    title: "a reserved adaptation field control is nobody's",
    transport: "udp",
    exchange: [[">", concat(audio, packet("47 0101 07"))]],
    protocol: undefined,
  },
];
