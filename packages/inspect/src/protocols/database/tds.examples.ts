import { be16, concat, hex, latin1, le16, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";
import { utf16le } from "../utf16.js";

function packet(type: number, body: Uint8Array): Uint8Array {
  return concat(type, 1, be16(8 + body.length), hex("0000 01 00"), body);
}
// MS-TDS §2.2.6.5: VERSION at 11, ENCRYPTION at 17.
const prelogin = concat(hex("00 000b 0006  01 0011 0001 ff"), hex("10 00 03e8 0000"), hex("02"));

function login(names: readonly string[]): Uint8Array {
  let offset = 94;
  const table: Uint8Array[] = [];
  for (const name of names) {
    table.push(le16(offset), le16(name.length));
    offset += 2 * name.length;
  }
  const fixed = concat(hex("04000074 00100000 00000000 00000000 00000000 e0 03 00 00 00000000 00000000"));
  // Nine names, then the client's address and three more fields up to 94 octets.
  const rest = concat(new Uint8Array(94 - 36 - 4 * names.length));
  const body = concat(fixed, ...table, rest, utf16le(names.join("")));
  return packet(16, concat(le32(4 + body.length), body));
}
const loginPacket = login(["PC1", "sa", "xx", "sqlcmd", "db1", "", "", "", "master"]);
// ALL_HEADERS with one transaction descriptor (MS-TDS §2.2.5.3.2).
const batch = packet(1, concat(hex("16000000 12000000 0200 0000000000000000 01000000"), utf16le("select 1")));

export const tdsExamples: readonly Example[] = [
  {
    title: "a client negotiates, logs in and asks",
    transport: "tcp",
    ports: [49152, 1433],
    exchange: [
      [">", packet(18, prelogin)],
      ["<", packet(4, prelogin)],
      [">", loginPacket],
      ["<", packet(4, hex("fd 0000 0000 0000000000000000"))],
      [">", batch],
    ],
    protocol: "mssql-tds",
    attributes: {
      "mssql-tds.type": ["pre-login", "tabular-result", "login7", "sql-batch"],
      "mssql-tds.server-version": "16.0.1000",
      "mssql-tds.version": "7.4",
      "mssql-tds.client-host": "PC1",
      "mssql-tds.user": "sa",
      "mssql-tds.application": "sqlcmd",
      "mssql-tds.server": "db1",
      "mssql-tds.database": "master",
    },
    decidedAfter: 1,
  },
  {
    title: "TLS inside pre-login packets",
    transport: "tcp",
    exchange: [
      ["<", packet(4, prelogin)],
      [">", packet(18, hex("16 03 01 0002 0100"))],
    ],
    protocol: "mssql-tds",
    attributes: {
      "mssql-tds.type": ["tabular-result", "pre-login"],
      "mssql-tds.server-version": "16.0.1000",
      "mssql-tds.encrypted": true,
    },
  },
  {
    title: "a batch midstream, and what is no packet after it",
    transport: "tcp",
    exchange: [
      [">", batch],
      ["<", latin1("no packet")],
    ],
    protocol: "mssql-tds",
    attributes: { "mssql-tds.type": ["sql-batch"] },
    findings: ["mssql-tds.header-invalid"],
  },
  {
    title: "pre-login options outside their packet are nobody's",
    transport: "tcp",
    exchange: [[">", packet(18, hex("00 000b 0600 ff 0000000000"))]],
    protocol: undefined,
  },
];
