import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const cephExamples: readonly Example[] = [
  {
    title: "the first messenger protocol",
    transport: "tcp",
    exchange: [
      ["<", latin1("ceph v027")],
      [">", latin1("ceph v027")],
    ],
    protocol: "ceph",
    attributes: { "ceph.version": "v027" },
    decidedAfter: 1,
  },
  {
    title: "the second",
    transport: "tcp",
    ports: [49152, 3300],
    exchange: [[">", concat(latin1("ceph v2\n"), hex("1000 0100000000000000 0000000000000000"))]],
    protocol: "ceph",
    attributes: { "ceph.version": "v2" },
  },
  {
    title: "a version that was never published",
    transport: "tcp",
    exchange: [[">", latin1("ceph v3\nabc")]],
    protocol: undefined,
  },
];
