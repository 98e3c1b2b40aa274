import { hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const citrixExamples: readonly Example[] = [
  {
    title: "ICA",
    transport: "tcp",
    exchange: [
      ["<", hex("7f7f49434100")],
      [">", hex("7f7f49434100")],
    ],
    protocol: "citrix",
    attributes: { "citrix.transport": "ICA" },
    decidedAfter: 1,
  },
  {
    title: "CGP",
    transport: "tcp",
    exchange: [[">", latin1("\x1aCGP/01\x01\x01")]],
    protocol: "citrix",
    attributes: { "citrix.transport": "CGP" },
  },
  {
    title: "almost ICA",
    transport: "tcp",
    exchange: [["<", hex("7f7f49434200")]],
    protocol: undefined,
  },
];
