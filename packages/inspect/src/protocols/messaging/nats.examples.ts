import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const info = latin1(
  'INFO {"server_id":"NA1","server_name":"n1","version":"2.10.7","max_payload":1048576} \r\n',
);
const connect = latin1(
  'CONNECT {"verbose":false,"pedantic":false,"user":"alice","pass":"secret","lang":"go","name":"shop"}\r\nPING\r\n',
);

export const natsExamples: readonly Example[] = [
  {
    title: "a server greets, a client logs in and publishes",
    transport: "tcp",
    ports: [49152, 4222],
    exchange: [
      ["<", info],
      [">", connect],
      ["<", latin1("PONG\r\n")],
      [">", latin1("PUB orders 5\r\nhello\r\nSUB\torders\t1\r\n")],
    ],
    protocol: "nats",
    attributes: {
      "nats.server-name": "n1",
      "nats.server-version": "2.10.7",
      "nats.client-name": "shop",
      "nats.client-language": "go",
      "nats.user": "alice",
      "nats.operation": ["INFO", "CONNECT", "PING", "PONG", "PUB", "SUB"],
    },
    findings: ["nats.cleartext-credentials"],
    decidedAfter: 1,
  },
  {
    title: "a client without a password, behind a tab",
    transport: "tcp",
    exchange: [[">", latin1('CONNECT\t{"verbose":true,"user":"bob","pass":""}\r\nPUB a 1000000000\r\n')]],
    protocol: "nats",
    attributes: { "nats.user": "bob", "nats.operation": ["CONNECT", "PUB"] },
    findings: ["nats.operation-unknown"],
  },
  {
    title: "a line that is none of NATS is a finding",
    transport: "tcp",
    exchange: [
      ["<", info],
      [">", latin1("HELLO\r\n")],
    ],
    protocol: "nats",
    attributes: { "nats.server-name": "n1", "nats.server-version": "2.10.7", "nats.operation": ["INFO"] },
    findings: ["nats.operation-unknown"],
  },
  {
    title: "other information is nobody's",
    transport: "tcp",
    exchange: [["<", latin1('INFO {"id":"NA1"}\r\n')]],
    protocol: undefined,
  },
];
