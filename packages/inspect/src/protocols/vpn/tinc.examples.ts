import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const tincExamples: readonly Example[] = [
  {
    title: "two daemons greet each other",
    transport: "tcp",
    exchange: [
      [">", latin1("0 office 17.7\n")],
      ["<", latin1("0 branch_2 17\n1 94 64 0 0 6B25970\n")],
    ],
    protocol: "tinc",
    attributes: { "tinc.name": ["office", "branch_2"], "tinc.version": ["17.7", "17"] },
    decidedAfter: 1,
  },
  {
    title: "a line behind the greeting that is no request is a finding",
    transport: "tcp",
    exchange: [[">", latin1("0 office 17\nHELLO\n")]],
    protocol: "tinc",
    attributes: { "tinc.name": ["office"], "tinc.version": ["17"] },
    findings: ["tinc.request-malformed"],
  },
  {
    title: "another version is nobody's",
    transport: "tcp",
    exchange: [[">", latin1("0 office 18\n")]],
    protocol: undefined,
  },
];
