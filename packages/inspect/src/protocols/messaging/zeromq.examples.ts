import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function greeting(mechanism: string, role: number): Uint8Array {
  return concat(
    hex("ff 0000000000000001 7f 03 00"),
    latin1(mechanism.padEnd(20, "\0")),
    role,
    new Uint8Array(31),
  );
}

export const zeromqExamples: readonly Example[] = [
  {
    title: "both ends greet",
    transport: "tcp",
    exchange: [
      [">", concat(greeting("PLAIN", 0), hex("04 05 00"))],
      ["<", greeting("PLAIN", 1)],
    ],
    protocol: "zeromq",
    attributes: { "zeromq.version": ["3.0"], "zeromq.mechanism": ["PLAIN"] },
    decidedAfter: 1,
  },
  {
    title: "version 2.0",
    transport: "tcp",
    exchange: [[">", hex("ff 0000000000000001 7f 01 05 00 00")]],
    protocol: "zeromq",
    attributes: { "zeromq.version": ["2.0"] },
  },
  {
    title: "an end that greets otherwise is a finding",
    transport: "tcp",
    exchange: [
      [">", greeting("NULL", 0)],
      ["<", latin1("HTTP/1.1 400 Bad Request\r\n\r\n")],
    ],
    protocol: "zeromq",
    attributes: { "zeromq.version": ["3.0"], "zeromq.mechanism": ["NULL"] },
    findings: ["zeromq.greeting-invalid"],
  },
  {
    title: "filler that is not zero is nobody's",
    transport: "tcp",
    exchange: [[">", concat(greeting("NULL", 0).subarray(0, 60), hex("00000001"))]],
    protocol: undefined,
  },
];
