import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const first = concat(hex("1724 0a 2000"), new Uint8Array(32));
const second = concat(hex("1130 36 00 18000000"), new Uint8Array(16), new Uint8Array(24).fill(7));

export const teamviewerExamples: readonly Example[] = [
  {
    title: "packets of both forms, and something else",
    transport: "tcp",
    exchange: [
      [">", concat(first, first)],
      ["<", second],
      ["<", latin1("nothing of the kind")],
    ],
    protocol: "teamviewer",
    attributes: { "teamviewer.header": 1 },
    findings: ["teamviewer.magic-invalid"],
    decidedAfter: 1,
  },
  {
    title: "the server alone, in the second form",
    transport: "tcp",
    ports: [49152, 5938],
    exchange: [["<", second]],
    protocol: "teamviewer",
    attributes: { "teamviewer.header": 2 },
  },
  {
    title: "a length that ends elsewhere",
    transport: "tcp",
    exchange: [[">", concat(first, latin1("xyz"))]],
    protocol: undefined,
  },
];
