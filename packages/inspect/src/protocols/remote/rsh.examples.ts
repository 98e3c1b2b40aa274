import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const rshExamples: readonly Example[] = [
  {
    title: "a command is run (rsh)",
    transport: "tcp",
    ports: [1023, 514],
    exchange: [
      [">", latin1("1022\0alice\0root\0ls -l\0")],
      ["<", latin1("\0total 0\n")],
    ],
    protocol: "rsh",
    attributes: { "rsh.client-user": "alice", "rsh.user": "root", "rsh.command": "ls -l" },
    findings: ["rsh.cleartext-login"],
    decidedAfter: 1,
  },
  {
    title: "a command is run with a password, which is not kept (rexec)",
    transport: "tcp",
    ports: [49152, 512],
    exchange: [[">", latin1("0\0alice\0secret\0id\0")]],
    protocol: "rsh",
    attributes: { "rsh.user": "alice", "rsh.command": "id" },
    findings: ["rsh.cleartext-login"],
  },
  {
    title: "a session (rlogin, RFC 1282)",
    transport: "tcp",
    ports: [1023, 513],
    exchange: [[">", latin1("\0bostic\0kbostic\0vt100/9600\0")]],
    protocol: "rsh",
    attributes: { "rsh.client-user": "bostic", "rsh.user": "kbostic", "rsh.terminal": "vt100/9600" },
    findings: ["rsh.cleartext-login"],
  },
  {
    title: "the same octets on other ports are nobody's",
    transport: "tcp",
    exchange: [[">", latin1("1022\0alice\0root\0ls -l\0")]],
    protocol: undefined,
  },
  {
    title: "a syslog message on the same port is not rsh",
    transport: "tcp",
    ports: [49152, 514],
    exchange: [[">", latin1("35 is not a port\n")]],
    protocol: undefined,
  },
];
