import { concat, hex, latin1, le16, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";

function packet(sequence: number, ...parts: readonly (Uint8Array | number)[]): Uint8Array {
  const body = concat(...parts);
  return concat(body.length & 0xff, body.length >>> 8, 0, sequence, body);
}
// Protocol::HandshakeV10 with capabilities 0xdfffffff.
const greeting = packet(
  0,
  10,
  latin1("8.0.36\0"),
  le32(17),
  latin1("abcdefgh\0"),
  hex("ffff ff 0200 ffdf 15 00000000000000000000"),
  latin1("ijklmnopqrst\0caching_sha2_password\0"),
);
function login(capabilities: number, ...rest: readonly Uint8Array[]): Uint8Array {
  return packet(1, le32(capabilities), le32(0x0100_0000), 0xff, new Uint8Array(23), ...rest);
}
const user = login(
  0x0008_8208,
  latin1("app\0"),
  concat(4, latin1("abcd")),
  latin1("shop\0caching_sha2_password\0"),
);
const clear = login(
  0x0008_8200,
  latin1("app\0"),
  concat(7, latin1("secret\0")),
  latin1("mysql_clear_password\0"),
);
const denied = packet(2, 0xff, le16(1045), latin1("#28000Access denied for user 'app'"));

export const mysqlExamples: readonly Example[] = [
  {
    title: "a client logs in and asks",
    transport: "tcp",
    ports: [49152, 3306],
    exchange: [
      ["<", greeting],
      [">", user],
      ["<", packet(2, hex("00 00 00 0200 0000"))],
      [">", packet(0, 3, latin1("select 1"))],
    ],
    protocol: "mysql",
    attributes: {
      "mysql.server-version": "8.0.36",
      "mysql.user": "app",
      "mysql.database": "shop",
      "mysql.authentication-method": ["caching_sha2_password"],
      "mysql.command": ["query"],
    },
    decidedAfter: 1,
  },
  {
    title: "a login alone is enough; the password is in clear text, and refused",
    transport: "tcp",
    exchange: [
      [">", clear],
      ["<", denied],
    ],
    protocol: "mysql",
    attributes: {
      "mysql.user": "app",
      "mysql.authentication-method": ["mysql_clear_password"],
      "mysql.error": [1045],
    },
    findings: ["mysql.cleartext-credentials"],
    decidedAfter: 1,
  },
  {
    title: "a server refuses before it greets",
    transport: "tcp",
    exchange: [["<", packet(0, 0xff, le16(1130), latin1("Host '192.0.2.1' is not allowed to connect"))]],
    protocol: "mysql",
    attributes: { "mysql.error": [1130] },
  },
  {
    title: "a login with other octets for filler is a finding",
    transport: "tcp",
    exchange: [
      ["<", greeting],
      [">", packet(1, le32(0x8208), le32(1), 8, latin1("x".repeat(30)))],
    ],
    protocol: "mysql",
    attributes: {
      "mysql.server-version": "8.0.36",
      "mysql.authentication-method": ["caching_sha2_password"],
    },
    findings: ["mysql.handshake-invalid"],
  },
  {
    title: "a greeting without its zero octets is nobody's",
    transport: "tcp",
    exchange: [["<", packet(0, 10, latin1("8.0.36\0"), latin1("y".repeat(60)))]],
    protocol: undefined,
  },
];
