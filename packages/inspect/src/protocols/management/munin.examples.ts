import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const banner = latin1("# munin node at attic.example.com\n");

export const muninExamples: readonly Example[] = [
  {
    title: "a master asks a node for its plugins and a value",
    transport: "tcp",
    exchange: [
      ["<", banner],
      [">", latin1("list\nfetch cpu\n")],
      ["<", latin1("cpu memory\nidle.value 100\n.\n")],
    ],
    protocol: "munin",
    attributes: {
      "munin.node": "attic.example.com",
      "munin.command": ["list", "fetch"],
      "munin.plugin": ["cpu"],
    },
    decidedAfter: 1,
  },
  {
    title: "a line without end, after the verdict",
    transport: "tcp",
    ports: [49152, 4949],
    exchange: [
      ["<", banner],
      [">", latin1("x".repeat(1100))],
    ],
    protocol: "munin",
    attributes: { "munin.node": "attic.example.com" },
    findings: ["munin.line-too-long"],
  },
  {
    title: "the banner from the originator",
    transport: "tcp",
    exchange: [
      [">", banner],
      ["<", latin1("# no\n")],
    ],
    protocol: undefined,
  },
];
