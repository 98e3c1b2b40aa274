import { concat, hex, latin1, le16, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";
import { utf16le } from "../utf16.js";
import { ntlmAuthenticate } from "./smb.build.js";

function unit(type: number, body: Uint8Array, auth: Uint8Array = new Uint8Array(0)): Uint8Array {
  const trailer = auth.length === 0 ? auth : concat(hex("0a 06 00 00 00000000"), auth);
  return concat(
    hex("05 00"),
    type,
    0x03,
    hex("10000000"),
    le16(16 + body.length + trailer.length),
    le16(auth.length),
    le32(1),
    body,
    trailer,
  );
}
// samr version 1.0 with NDR 2.0 as its transfer syntax.
const samr = hex("78573412 3412 cdab ef00 0123456789ac 01000000");
const ndr = hex("045d888a eb1c c911 9fe8 08002b104860 02000000");
const bind = unit(11, concat(hex("d016 d016 00000000 01 000000 0000 01 00"), samr, ndr));
const bindAck = unit(
  12,
  concat(hex("d016 d016 53c10000 0400"), latin1("135\0"), hex("0000 01 000000 0000 0000"), ndr),
);
const auth3 = unit(
  16,
  hex("d016d016"),
  ntlmAuthenticate(utf16le("EXAMPLE"), utf16le("erin"), utf16le("PC1")),
);
const request = unit(0, concat(hex("10000000 0000 0700"), new Uint8Array(16)));

// C706 §12.5.1, with PROFINET IO's device interface.
function datagram(type: number, body: Uint8Array): Uint8Array {
  return concat(
    4,
    type,
    hex("28 00 100000 00"),
    new Uint8Array(16),
    hex("0100a0de 976c d111 8271 00a02442df7d"),
    new Uint8Array(16),
    hex("00000000 01000000 00000000 0500 ffff ffff"),
    le16(body.length),
    hex("0000 00 00"),
    body,
  );
}

export const dcerpcExamples: readonly Example[] = [
  {
    title: "a client binds to the account manager and calls it",
    transport: "tcp",
    ports: [49152, 135],
    exchange: [
      [">", bind],
      ["<", bindAck],
      [">", auth3],
      [">", request],
    ],
    protocol: "dcerpc",
    attributes: {
      "dcerpc.version": 5,
      "dcerpc.type": ["bind", "bind-ack", "auth3", "request"],
      "dcerpc.interface": ["samr"],
      "dcerpc.operation": [7],
      "ntlm.user": ["erin"],
      "ntlm.domain": ["EXAMPLE"],
      "ntlm.workstation": ["PC1"],
    },
    decidedAfter: 1,
  },
  {
    title: "a PROFINET controller reads from a device",
    transport: "udp",
    exchange: [
      [">", datagram(0, new Uint8Array(84))],
      ["<", datagram(2, new Uint8Array(30))],
    ],
    protocol: "dcerpc",
    attributes: {
      "dcerpc.version": 4,
      "dcerpc.type": ["request", "response"],
      "dcerpc.interface": ["PNIO-Device"],
      "dcerpc.operation": [5],
    },
    decidedAfter: 1,
  },
  {
    title: "the server's answer alone is enough, and a length too short after it is a finding",
    transport: "tcp",
    exchange: [
      ["<", bindAck],
      ["<", unit(2, hex("00000000"))],
    ],
    protocol: "dcerpc",
    attributes: { "dcerpc.version": 5, "dcerpc.type": ["bind-ack"] },
    findings: ["dcerpc.header-invalid"],
  },
  {
    title: "a greeting of SOCKS begins with the same octet",
    transport: "udp",
    exchange: [[">", hex("05 02 00 02")]],
    protocol: undefined,
  },
  {
    title: "a length that contradicts the datagram is nobody's",
    transport: "udp",
    exchange: [[">", concat(datagram(0, new Uint8Array(10)).subarray(0, 80), new Uint8Array(8))]],
    protocol: undefined,
  },
];
