import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

// RFC 5651 §5.1: version 1, H set; header of eight words; congestion control, session 7, object 0; RFC 6726 §3.4.1
// EXT_FDT of version 2, RFC 5775 EXT_FTI of four words; then the payload.
const table = concat(
  hex("1010 08 00 00000000 0007 0000 c0200001 40040000 00000020 0000059c 00000040 00000000"),
  latin1("<?xml version='1.0'?><FDT-Instance/>"),
);
const file = concat(hex("1010 03 00 00000000 0007 0001 00000000"), latin1("Hello World"));

export const fluteExamples: readonly Example[] = [
  {
    title: "a table, then a file",
    transport: "udp",
    exchange: [
      [">", file],
      [">", table],
    ],
    protocol: "flute",
    attributes: { "flute.version": 2, "flute.session": [7] },
    decidedAfter: 2,
  },
  {
    title: "an extension of no length is a finding",
    transport: "udp",
    exchange: [
      [">", table],
      [">", hex("1010 04 00 00000000 0007 0000 40000000")],
    ],
    protocol: "flute",
    attributes: { "flute.version": 2, "flute.session": [7] },
    findings: ["flute.extension-impossible"],
  },
  {
    title: "files without a table are nobody's",
    transport: "udp",
    exchange: [[">", file]],
    protocol: undefined,
  },
];
