import { be16, be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function message(type: string, ...parts: readonly Uint8Array[]): Uint8Array {
  const body = concat(...parts);
  return concat(latin1(type), be32(4 + body.length), body);
}
function startup(text: string): Uint8Array {
  return concat(be32(8 + text.length), be16(3), be16(0), latin1(text));
}
const parameters = startup("user\0alice\0database\0shop\0application_name\0psql\0\0");
const sslRequest = hex("00000008 04d2162f");
const ready = message("Z", latin1("I"));
const failed = message("E", latin1("SFATAL\0VFATAL\0C28P01\0Mpassword authentication failed\0\0"));

export const postgresqlExamples: readonly Example[] = [
  {
    title: "TLS is refused, and a client logs in with MD5",
    transport: "tcp",
    ports: [49152, 5432],
    exchange: [
      [">", sslRequest],
      ["<", latin1("N")],
      [">", parameters],
      ["<", message("R", be32(5), hex("01020304"))],
      [">", message("p", latin1("md50123\0"))],
      ["<", concat(message("R", be32(0)), message("S", latin1("server_version\x0016.2\0")), ready)],
      [">", message("Q", latin1("select 1\0"))],
    ],
    protocol: "postgresql",
    attributes: {
      "postgresql.protocol-version": "3.0",
      "postgresql.user": "alice",
      "postgresql.database": "shop",
      "postgresql.application": "psql",
      "postgresql.authentication": "md5",
      "postgresql.server-version": "16.2",
    },
    decidedAfter: 1,
  },
  {
    title: "the server asks for a password in clear text and refuses it",
    transport: "tcp",
    exchange: [
      ["<", message("R", be32(3))],
      [">", message("p", latin1("secret\0"))],
      ["<", failed],
    ],
    protocol: "postgresql",
    attributes: {
      "postgresql.authentication": "cleartext-password",
      "postgresql.sqlstate": ["28P01"],
    },
    findings: ["postgresql.cleartext-credentials"],
    decidedAfter: 1,
  },
  {
    title: "a query midstream, answered",
    transport: "tcp",
    exchange: [
      [">", message("Q", latin1("select now()\0"))],
      ["<", concat(message("C", latin1("SELECT 1\0")), ready)],
    ],
    protocol: "postgresql",
    attributes: {},
    decidedAfter: 1,
  },
  {
    title: "a request is cancelled",
    transport: "tcp",
    exchange: [[">", hex("00000010 04d2162e 00000101 01020304")]],
    protocol: "postgresql",
    attributes: {},
  },
  {
    title: "a type that does not exist is a finding",
    transport: "tcp",
    exchange: [
      [">", parameters],
      ["<", latin1("zzzzzzzzzz")],
    ],
    protocol: "postgresql",
    attributes: {
      "postgresql.protocol-version": "3.0",
      "postgresql.user": "alice",
      "postgresql.database": "shop",
      "postgresql.application": "psql",
    },
    findings: ["postgresql.message-invalid"],
  },
  {
    title: "a startup with a name that has no value is nobody's",
    transport: "tcp",
    exchange: [[">", startup("user\0alice\0database\0")]],
    protocol: undefined,
  },
];
