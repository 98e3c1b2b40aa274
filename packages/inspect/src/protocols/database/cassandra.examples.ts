import { be16, be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function frame(version: number, opcode: number, body: Uint8Array): Uint8Array {
  return concat(version, 0, hex("0000"), opcode, be32(body.length), body);
}
function text(value: string): Uint8Array {
  return concat(be16(value.length), latin1(value));
}
const none = new Uint8Array(0);
const startup = frame(
  4,
  1,
  concat(be16(2), text("DRIVER_NAME"), text("example"), text("CQL_VERSION"), text("3.0.0")),
);
const supported = frame(0x84, 6, be16(0));

export const cassandraExamples: readonly Example[] = [
  {
    title: "a client asks for options, starts up and is refused",
    transport: "tcp",
    exchange: [
      [">", frame(4, 5, none)],
      ["<", supported],
      [">", startup],
      ["<", frame(0x84, 0, concat(be32(0x100), text("bad credentials")))],
    ],
    protocol: "cassandra",
    attributes: {
      "cassandra.version": 4,
      "cassandra.opcode": ["supported", "options", "startup", "error"],
      "cassandra.driver": "example",
      "cassandra.error": [256],
    },
    decidedAfter: 2,
  },
  {
    title: "a startup alone, and what is no frame after it",
    transport: "tcp",
    exchange: [
      [">", startup],
      ["<", hex("84 00 0000 77 00000000")],
    ],
    protocol: "cassandra",
    attributes: {
      "cassandra.version": 4,
      "cassandra.opcode": ["startup"],
      "cassandra.driver": "example",
    },
    findings: ["cassandra.header-invalid"],
    decidedAfter: 1,
  },
  {
    title: "a startup of DataStax Enterprise's version 2",
    transport: "tcp",
    exchange: [[">", frame(0x42, 1, concat(be16(1), text("CQL_VERSION"), text("3.0.0")))]],
    protocol: "cassandra",
    attributes: { "cassandra.version": 0x42, "cassandra.opcode": ["startup"] },
  },
  {
    title: "a startup without its version is nobody's",
    transport: "tcp",
    exchange: [[">", frame(4, 1, concat(be16(1), text("A"), text("B")))]],
    protocol: undefined,
  },
];
