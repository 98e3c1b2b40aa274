import { concat, hex, latin1, le16, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";

function message(command: number, session: number, body: Uint8Array, status = 0): Uint8Array {
  return concat(
    le16(command),
    le16(body.length),
    le32(session),
    le32(status),
    hex("0102030405060708 00000000"),
    body,
  );
}

const name = "Example 1756";
const identityItem = concat(
  hex("0100 0002 af12 c0000201 0000000000000000"),
  hex("0100 0e00 3700 1f0b 3000 efbeadde"),
  name.length,
  latin1(name),
  hex("03"),
);
const listIdentity = message(0x63, 0, hex(""));
const identity = message(0x63, 0, concat(le16(1), le16(0x0c), le16(identityItem.length), identityItem));
const register = message(0x65, 0, hex("0100 0000"));
const registered = message(0x65, 0x0a0b0c0d, hex("0100 0000"));
// Null address, unconnected data: get attributes all of the identity object.
const request = message(0x6f, 0x0a0b0c0d, hex("00000000 0a00 0200 0000 0000 b200 0600 01 02 20 01 24 01"));
const unsupported = message(0x65, 0, hex(""), 0x69);
// Two items: sequenced address, connected data of 6 octets.
const inputOutput = hex("0200 0280 0800 01000000 07000000 b100 0600 0100 00000000");

export const ethernetIpExamples: readonly Example[] = [
  {
    title: "a device says what it is",
    transport: "udp",
    ports: [49152, 44818],
    exchange: [
      [">", listIdentity],
      ["<", identity],
    ],
    protocol: "ethernet-ip",
    attributes: {
      "ethernet-ip.command": [0x63],
      "ethernet-ip.vendor-id": 1,
      "ethernet-ip.device-type": 14,
      "ethernet-ip.product-code": 55,
      "ethernet-ip.revision": "31.11",
      "ethernet-ip.serial-number": "deadbeef",
      "ethernet-ip.product-name": name,
    },
    decidedAfter: 1,
  },
  {
    title: "a session is registered and asks for attributes",
    transport: "tcp",
    exchange: [
      [">", register],
      ["<", registered],
      [">", request],
    ],
    protocol: "ethernet-ip",
    attributes: { "ethernet-ip.command": [0x65, 0x6f], "ethernet-ip.cip-service": [1] },
    decidedAfter: 1,
  },
  {
    title: "a refusal, and then something else",
    transport: "tcp",
    exchange: [
      ["<", unsupported],
      ["<", latin1("HTTP/1.1 400")],
    ],
    protocol: "ethernet-ip",
    attributes: { "ethernet-ip.command": [0x65], "ethernet-ip.status": [0x69] },
    findings: ["ethernet-ip.header-invalid"],
  },
  {
    title: "implicit messages of a connection",
    transport: "udp",
    exchange: [["<", inputOutput]],
    protocol: "ethernet-ip",
    decidedAfter: 1,
  },
  {
    title: "an item that reaches beyond the message",
    transport: "tcp",
    ports: [49152, 44818],
    exchange: [[">", message(0x6f, 7, hex("00000000 0a00 0200 0000 0000 b200 0700 01 02 20 01 24 01"))]],
    protocol: undefined,
  },
];
