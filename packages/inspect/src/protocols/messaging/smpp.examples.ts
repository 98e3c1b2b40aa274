import { be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function message(command: number, status: number, sequence: number, body: Uint8Array): Uint8Array {
  return concat(be32(16 + body.length), be32(command), be32(status), be32(sequence), body);
}
const none = new Uint8Array(0);
const bind = message(9, 0, 1, latin1("esme1\0secret\0VMS\0\x34\x01\x01\0"));
const submit = message(
  4,
  0,
  2,
  concat(latin1("\0\x01\x01491234\0\x01\x01495678\0"), hex("00000000000000000004"), latin1("test")),
);

export const smppExamples: readonly Example[] = [
  {
    title: "a client binds and submits a message",
    transport: "tcp",
    ports: [49152, 2775],
    exchange: [
      [">", bind],
      ["<", message(0x8000_0009, 0, 1, latin1("SMSC\0"))],
      [">", submit],
      ["<", message(0x8000_0004, 0x58, 2, none)],
    ],
    protocol: "smpp",
    attributes: {
      "smpp.command": ["bind-transceiver", "bind-transceiver-resp", "submit-sm", "submit-sm-resp"],
      "smpp.system-id": ["esme1", "SMSC"],
      "smpp.interface-version": 0x34,
      "smpp.status": [0x58],
    },
    findings: ["smpp.cleartext-credentials"],
    decidedAfter: 1,
  },
  {
    title: "a link is kept alive midstream; a length too short after it is a finding",
    transport: "tcp",
    exchange: [
      [">", message(0x15, 0, 7, none)],
      ["<", message(0x8000_0015, 0, 7, none)],
      [">", message(0x06, 0, 8, latin1("more"))],
    ],
    protocol: "smpp",
    attributes: { "smpp.command": ["enquire-link", "enquire-link-resp"] },
    findings: ["smpp.header-invalid"],
  },
  {
    title: "a request with a status is nobody's",
    transport: "tcp",
    exchange: [[">", message(0x15, 1, 7, none)]],
    protocol: undefined,
  },
];
