import { hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const vncExamples: readonly Example[] = [
  {
    title: "a desktop without authentication",
    transport: "tcp",
    exchange: [
      ["<", latin1("RFB 003.008\n")],
      [">", latin1("RFB 003.008\n")],
      ["<", hex("02 01 02")],
      [">", hex("01")],
    ],
    protocol: "vnc",
    attributes: {
      "vnc.server-version": "003.008",
      "vnc.client-version": "003.008",
      "vnc.security-type": [1, 2],
      "vnc.security": 1,
    },
    findings: ["vnc.no-authentication"],
    decidedAfter: 1,
  },
  {
    title: "version 3.3, in which the server decides",
    transport: "tcp",
    exchange: [
      ["<", latin1("RFB 003.003\n")],
      [">", latin1("RFB 003.003\n")],
      ["<", hex("00000002")],
    ],
    protocol: "vnc",
    attributes: { "vnc.server-version": "003.003", "vnc.client-version": "003.003", "vnc.security": 2 },
  },
  {
    title: "RealVNC's own version, of which the greeting alone is read",
    transport: "tcp",
    exchange: [
      ["<", latin1("RFB 004.001\n")],
      [">", latin1("RFB 004.001\n")],
      ["<", hex("070d850581068202")],
    ],
    protocol: "vnc",
    attributes: { "vnc.server-version": "004.001", "vnc.client-version": "004.001" },
  },
  {
    title: "a client that answers something else",
    transport: "tcp",
    exchange: [
      ["<", latin1("RFB 003.008\n")],
      [">", latin1("RFB three\r\n")],
    ],
    protocol: "vnc",
    attributes: { "vnc.server-version": "003.008" },
    findings: ["vnc.greeting-invalid"],
  },
  {
    title: "a word that begins the same",
    transport: "tcp",
    exchange: [["<", latin1("RFB 3.8 ready\n")]],
    protocol: undefined,
  },
];
