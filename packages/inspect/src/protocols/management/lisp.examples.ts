import { be16, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

// Type 3, one record; nonce; key 1 and 20 octets of digest; a record of 192.0.2.0/24 without locators.
const register = concat(
  hex("30 00 01 01 0102030405060708 0001 0014"),
  new Uint8Array(20).fill(0x5a),
  hex("00000a0c 00 18 1000 0000 0001 c0000200"),
);
const notify = concat(0x40, register.subarray(1));
// Refresh: type 20, 15 octets, identifier 0, scope and flags, end marker.
const refresh = hex("0014 000f 00000000 000000 9facade9");
// Inner packet: IPv4, 28 octets, UDP 7 to 7 without data.
const inner = hex("45 00 001c 0000 0000 40 11 0000 c0000207 c6336407 0007 0007 0008 0000");
const data = concat(hex("80 000007 00000000"), inner);

export const lispExamples: readonly Example[] = [
  {
    title: "a prefix is registered",
    transport: "udp",
    ports: [4342, 4342],
    exchange: [
      [">", register],
      ["<", notify],
    ],
    protocol: "lisp",
    attributes: { "lisp.message-type": [3, 4], "lisp.key": 1, "lisp.prefix": ["192.0.2.0/24"] },
    decidedAfter: 1,
  },
  {
    title: "a packet in a tunnel",
    transport: "udp",
    ports: [49152, 4341],
    exchange: [[">", data]],
    protocol: "lisp",
  },
  {
    title: "messages over TCP, the last without its marker",
    transport: "tcp",
    ports: [49152, 4342],
    exchange: [
      ["<", refresh],
      ["<", concat(refresh.subarray(0, 14), 0)],
    ],
    protocol: "lisp",
    attributes: { "lisp.message-type": [20] },
    findings: ["lisp.end-missing"],
  },
  {
    title: "a packet that does not fill the datagram",
    transport: "udp",
    ports: [49152, 4341],
    exchange: [[">", concat(data, be16(0))]],
    protocol: undefined,
  },
];
