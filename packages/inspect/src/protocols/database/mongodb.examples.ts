import { concat, hex, latin1, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";

function message(operation: number, responseTo: number, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = concat(...parts);
  return concat(le32(16 + body.length), le32(7), le32(responseTo), le32(operation), body);
}
function document(...fields: readonly Uint8Array[]): Uint8Array {
  const body = concat(...fields);
  return concat(le32(body.length + 5), body, 0);
}
function int32(name: string, value: number): Uint8Array {
  return concat(0x10, latin1(`${name}\0`), le32(value));
}
function text(name: string, value: string): Uint8Array {
  return concat(0x02, latin1(`${name}\0`), le32(value.length + 1), latin1(`${value}\0`));
}
function opMsg(responseTo: number, ...fields: readonly Uint8Array[]): Uint8Array {
  return message(2013, responseTo, le32(0), Uint8Array.of(0), document(...fields));
}
const ismaster = message(
  2004,
  0,
  le32(0),
  latin1("admin.$cmd\0"),
  le32(0),
  hex("ffffffff"),
  document(int32("isMaster", 1)),
);
const reply = message(
  1,
  7,
  le32(8),
  new Uint8Array(12),
  le32(1),
  document(int32("ok", 1), int32("maxWireVersion", 21)),
);

export const mongodbExamples: readonly Example[] = [
  {
    title: "a driver says hello the old way and finds the new way",
    transport: "tcp",
    ports: [49152, 27017],
    exchange: [
      [">", ismaster],
      ["<", reply],
      [">", opMsg(0, text("find", "orders"), text("$db", "shop"))],
      ["<", opMsg(7, int32("ok", 1))],
      [">", message(2012, 0, le32(2013), le32(100), Uint8Array.of(2), latin1("compressed"))],
    ],
    protocol: "mongodb",
    attributes: {
      "mongodb.command": ["isMaster", "find"],
      "mongodb.database": ["admin", "shop"],
      "mongodb.collection": ["$cmd"],
      "mongodb.max-wire-version": 21,
    },
    decidedAfter: 1,
  },
  {
    title: "the server's answer alone is enough, and a document that does not fit after it is a finding",
    transport: "tcp",
    exchange: [
      ["<", opMsg(7, int32("ok", 1))],
      ["<", message(2013, 7, le32(0), hex("00 ff000000 10"), latin1("ok\0"), le32(1))],
    ],
    protocol: "mongodb",
    attributes: {},
    findings: ["mongodb.document-invalid"],
    decidedAfter: 1,
  },
  {
    title: "an insert, in the legacy way",
    transport: "tcp",
    exchange: [[">", message(2002, 0, le32(0), latin1("shop.orders\0"), document(int32("n", 1)))]],
    protocol: "mongodb",
    attributes: { "mongodb.database": ["shop"], "mongodb.collection": ["orders"] },
  },
  {
    title: "an operation code that was never published is nobody's",
    transport: "tcp",
    exchange: [[">", message(2003, 0, le32(0), latin1("shop.orders\0"))]],
    protocol: undefined,
  },
];
