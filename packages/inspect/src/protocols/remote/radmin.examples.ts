import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

export const radminExamples: readonly Example[] = [
  {
    title: "both sides open, and then speak in secret",
    transport: "tcp",
    exchange: [
      [">", hex("01 00000001 00000008 08")],
      ["<", hex("01 00000005 00000227 2702000000")],
      ["<", hex("01 00000001 00000005 05 eeeeeeeeeeee")],
    ],
    protocol: "radmin",
    decidedAfter: 1,
  },
  {
    title: "an answer with a wrong checksum",
    transport: "tcp",
    exchange: [
      [">", hex("01 00000001 00000008 08")],
      ["<", hex("01 00000005 00000228 2702000000")],
    ],
    protocol: "radmin",
    findings: ["radmin.packet-invalid"],
  },
  {
    title: "a checksum that is wrong from the start",
    transport: "tcp",
    exchange: [[">", hex("01 00000001 00000009 08")]],
    protocol: undefined,
  },
];
