import { concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const client = hex("0a0200c0 00000200");
const server = hex("010200c0 00000200");
const acceptor = concat(hex("0071ceac 01000000"), server);
const process = hex("39300000");
const greeting = concat(
  hex("63697245 03000000"),
  client,
  server,
  process,
  process,
  new Uint8Array(16),
  hex("02000000 00000000"),
);
// A put of eight octets.
const put = concat(
  hex("c1000000 00000000"),
  new Uint8Array(16),
  server,
  client,
  process,
  process,
  hex("01000000 08000000"),
  new Uint8Array(40),
  hex("0102030405060708"),
);

export const lustreExamples: readonly Example[] = [
  {
    title: "a node connects, greets and sends",
    transport: "tcp",
    ports: [1023, 988],
    exchange: [
      [">", acceptor],
      [">", greeting],
      [">", put],
    ],
    protocol: "lustre",
    attributes: { "lustre.node": ["192.0.2.1@tcp", "192.0.2.10@tcp"], "lustre.message": [1] },
    decidedAfter: 1,
  },
  {
    title: "midstream, on any port, a message, and then something else",
    transport: "tcp",
    exchange: [
      ["<", put],
      ["<", hex("c2000000")],
    ],
    protocol: "lustre",
    attributes: { "lustre.node": ["192.0.2.1@tcp", "192.0.2.10@tcp"], "lustre.message": [1] },
    findings: ["lustre.message-invalid"],
  },
  {
    title: "other processes",
    transport: "tcp",
    ports: [1023, 988],
    exchange: [[">", concat(hex("c1000000 00000000"), new Uint8Array(104))]],
    protocol: undefined,
  },
];
