import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function text(value: string): Uint8Array {
  return concat(value.length, latin1(value));
}
// Version 23.8, revision 54465 (0xd4c1: c1 a9 03).
const version = hex("17 08 c1a903");
const hello = concat(0, text("ClickHouse client"), version, text("default"), text("alice"), text("secret"));
const answer = concat(0, text("ClickHouse"), version, text("UTC"), text("db1"), hex("03"));

export const clickhouseExamples: readonly Example[] = [
  {
    title: "client and server greet each other",
    transport: "tcp",
    exchange: [
      [">", hello],
      ["<", answer],
    ],
    protocol: "clickhouse",
    attributes: {
      "clickhouse.client": "ClickHouse client",
      "clickhouse.database": "default",
      "clickhouse.user": "alice",
      "clickhouse.server": "ClickHouse",
      "clickhouse.server-version": "23.8",
    },
    findings: ["clickhouse.cleartext-credentials"],
    decidedAfter: 1,
  },
  {
    title: "an answer that is no hello",
    transport: "tcp",
    exchange: [
      [">", hello],
      ["<", latin1("HTTP/1.0 400 Bad Request\r\n\r\n")],
    ],
    protocol: "clickhouse",
    attributes: {
      "clickhouse.client": "ClickHouse client",
      "clickhouse.database": "default",
      "clickhouse.user": "alice",
    },
    findings: ["clickhouse.cleartext-credentials", "clickhouse.answer-invalid"],
  },
  {
    title: "another program's name elsewhere is nobody's",
    transport: "tcp",
    exchange: [[">", concat(0, text("something"), version, text("a"), text("b"), text("c"))]],
    protocol: undefined,
  },
];
