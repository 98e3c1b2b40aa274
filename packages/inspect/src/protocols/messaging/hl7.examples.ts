import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function block(...segments: readonly string[]): Uint8Array {
  return latin1(`\x0b${segments.map((segment) => `${segment}\r`).join("")}\x1c\r`);
}
const admit = block("MSH|^~\\&|WARD|NORTH|LAB|SOUTH|20260101||ADT^A01|1|P|2.5", "PID|1||7");

export const hl7Examples: readonly Example[] = [
  {
    title: "an admission and its acknowledgement",
    transport: "tcp",
    exchange: [
      [">", admit],
      ["<", block("MSH|^~\\&|LAB|SOUTH|WARD|NORTH|20260101||ACK|1|P|2.5", "MSA|AA|1")],
      [">", block("MSH|^~\\&|WARD|NORTH|LAB|SOUTH|20260101||ADT^A03|2|P|2.5")],
    ],
    protocol: "hl7",
    attributes: {
      "hl7.message-type": ["ADT^A01", "ACK", "ADT^A03"],
      "hl7.version": "2.5",
      "hl7.sending-application": ["WARD", "LAB"],
      "hl7.sending-facility": ["NORTH", "SOUTH"],
    },
    decidedAfter: 1,
  },
  {
    title: "octets between blocks are a finding",
    transport: "tcp",
    exchange: [
      [">", admit],
      [">", latin1("x")],
    ],
    protocol: "hl7",
    attributes: {
      "hl7.message-type": ["ADT^A01"],
      "hl7.version": "2.5",
      "hl7.sending-application": ["WARD"],
      "hl7.sending-facility": ["NORTH"],
    },
    findings: ["hl7.frame-invalid"],
  },
  {
    title: "letters where the encoding characters must be are nobody's",
    transport: "tcp",
    exchange: [[">", latin1("\x0bMSHABCDEFGH\r\x1c\r")]],
    protocol: undefined,
  },
];
