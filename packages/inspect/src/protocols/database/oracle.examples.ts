import { be16, be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function packet(type: number, body: Uint8Array): Uint8Array {
  return concat(be16(8 + body.length), hex("0000"), type, hex("00 0000"), body);
}
const description = latin1(
  "(DESCRIPTION=(ADDRESS=(PROTOCOL=TCP)(HOST=db1)(PORT=1521))(CONNECT_DATA=(SERVICE_NAME=orders)" +
    "(CID=(PROGRAM=sqlplus)(HOST=ws1)(USER=alice))))",
);
const connect = packet(
  1,
  concat(
    hex("013e 012c 0041 ffff ffff 4f98 0000 0001"),
    be16(description.length),
    be16(34),
    hex("00000000 0101"),
    description,
  ),
);
// A description that does not fit into the connect packet follows in a data packet.
const connectShort = packet(
  1,
  concat(
    hex("013e 012c 0041 ffff ffff 4f98 0000 0001"),
    be16(description.length),
    be16(34),
    hex("00000000 0101"),
  ),
);
const accept = packet(2, concat(hex("013e 0001 2000 ffff 0001 0000 0020 0101"), new Uint8Array(8)));
// Since version 315, lengths have four octets.
const data = concat(be32(16), hex("06 00 0000"), hex("0000 de ad be ef 00 01"));
const refusal = latin1("(DESCRIPTION=(ERR=12514))");

export const oracleExamples: readonly Example[] = [
  {
    title: "a client connects to a service",
    transport: "tcp",
    ports: [49152, 1521],
    exchange: [
      [">", connect],
      ["<", accept],
      [">", data],
    ],
    protocol: "oracle",
    attributes: {
      "oracle.packet": ["connect", "accept", "data"],
      "oracle.tns-version": [318],
      "oracle.service": "orders",
      "oracle.program": "sqlplus",
      "oracle.client-host": "ws1",
      "oracle.client-user": "alice",
    },
    decidedAfter: 1,
  },
  {
    title: "the description follows the connect packet",
    transport: "tcp",
    exchange: [
      [">", connectShort],
      [">", packet(6, concat(hex("0000"), description))],
    ],
    protocol: "oracle",
    attributes: {
      "oracle.packet": ["connect", "data"],
      "oracle.tns-version": [318],
      "oracle.service": "orders",
      "oracle.program": "sqlplus",
      "oracle.client-host": "ws1",
      "oracle.client-user": "alice",
    },
  },
  {
    title: "a listener's refusal alone, and what is no packet after it",
    transport: "tcp",
    exchange: [
      ["<", packet(4, concat(hex("04 04"), be16(refusal.length), refusal))],
      ["<", latin1("no packet")],
    ],
    protocol: "oracle",
    attributes: { "oracle.packet": ["refuse"] },
    findings: ["oracle.header-invalid"],
  },
  {
    title: "a version that was never published is nobody's",
    transport: "tcp",
    exchange: [[">", packet(1, concat(hex("0100 0100"), new Uint8Array(30)))]],
    protocol: undefined,
  },
];
