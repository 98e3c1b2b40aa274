import { be16, be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function message(flags: number, command: number, code: number, body: Uint8Array): Uint8Array {
  return concat(flags, command, be16(1), be32(code), be32(body.length), be32(0), body);
}
const none = new Uint8Array(0);
// Machine type at 17, behind a name of six octets.
const status = concat(be16(17), hex("0000 0000 0000 8ffb"), 6, latin1("server"), 8, latin1("Netatalk"));

export const afpExamples: readonly Example[] = [
  {
    title: "a client asks who the server is and opens a session",
    transport: "tcp",
    ports: [49152, 548],
    exchange: [
      [">", message(0, 3, 0, none)],
      ["<", message(1, 3, 0, status)],
      [">", message(0, 4, 0, hex("01 04 00000400"))],
      ["<", message(1, 4, 0, hex("00 04 00100000"))],
    ],
    protocol: "afp",
    attributes: {
      "afp.command": ["get-status", "open-session"],
      "afp.server-name": "server",
      "afp.machine-type": "Netatalk",
    },
    decidedAfter: 1,
  },
  {
    title: "a session on another port; a command that does not exist is a finding",
    transport: "tcp",
    exchange: [
      [">", message(0, 4, 0, hex("01 04 00000400"))],
      ["<", message(1, 7, 0, none)],
    ],
    protocol: "afp",
    attributes: { "afp.command": ["open-session"] },
    findings: ["afp.header-invalid"],
  },
  {
    title: "a tickle on another port decides nothing",
    transport: "tcp",
    exchange: [[">", message(0, 5, 0, none)]],
    protocol: undefined,
  },
];
