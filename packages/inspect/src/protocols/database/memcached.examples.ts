import { be16, be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function datagram(sequence: number, total: number, text: string): Uint8Array {
  return concat(be16(1), be16(sequence), be16(total), be16(0), latin1(text));
}

export const memcachedExamples: readonly Example[] = [
  {
    title: "a client stores a value and asks for it and for the version",
    transport: "tcp",
    ports: [49152, 11211],
    exchange: [
      [">", latin1("set k 0 60 5\r\nvalue\r\nget k\r\n")],
      ["<", latin1("STORED\r\nVALUE k 0 5\r\nvalue\r\nEND\r\n")],
      [">", latin1("version\r\n")],
      ["<", latin1("VERSION 1.6.21\r\n")],
    ],
    protocol: "memcached",
    attributes: {
      "memcached.command": ["set", "get", "version"],
      "memcached.server-version": "1.6.21",
    },
    decidedAfter: 1,
  },
  {
    title: "the binary protocol, and lengths that contradict each other",
    transport: "tcp",
    exchange: [
      [">", concat(hex("80 00 0001 00 00 0000"), be32(1), new Uint8Array(12), latin1("k"))],
      ["<", concat(hex("81 00 0009 04 00 0000"), be32(1), new Uint8Array(12), latin1("k"))],
    ],
    protocol: "memcached",
    attributes: { "memcached.command": ["opcode 0"] },
    findings: ["memcached.header-invalid"],
  },
  {
    title: "a server answers over UDP",
    transport: "udp",
    ports: [49152, 11211],
    exchange: [
      [">", datagram(0, 1, "stats\r\n")],
      ["<", datagram(0, 2, "STAT pid 1\r\nSTAT uptime 2\r\n")],
      ["<", datagram(1, 2, "5\r\nEND\r\n")],
    ],
    protocol: "memcached",
    attributes: { "memcached.command": ["stats"] },
    findings: ["memcached.udp-answer"],
    decidedAfter: 1,
  },
  {
    title: "a word alone is nobody's",
    transport: "tcp",
    exchange: [[">", latin1("stats\r\n")]],
    protocol: undefined,
  },
];
