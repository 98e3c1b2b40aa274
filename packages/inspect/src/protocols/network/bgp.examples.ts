import { be16, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const marker = hex("ffffffff ffffffff ffffffff ffffffff");

function message(type: number, body: Uint8Array): Uint8Array {
  return concat(marker, be16(19 + body.length), type, body);
}

// Version 4, AS_TRANS, hold time 180, identifier; one parameter with the capability of AS 4,200,000,001.
const open = message(1, hex("04 5ba0 00b4 c0000201 08 02 06 41 04 fa56ea01"));
const openTwoOctets = message(1, hex("04 fde9 005a c0000202 00"));
const keepalive = message(4, hex(""));
const update = message(2, hex("0000 0000 18 c00002"));
const cease = message(3, hex("06 02"));

export const bgpExamples: readonly Example[] = [
  {
    title: "two speakers open, one ceases",
    transport: "tcp",
    ports: [49152, 179],
    exchange: [
      [">", open],
      ["<", openTwoOctets],
      [">", keepalive],
      ["<", cease],
    ],
    protocol: "bgp",
    attributes: {
      "bgp.type": [1, 4, 3],
      "bgp.as": [4_200_000_001, 65_001],
      "bgp.identifier": ["192.0.2.1", "192.0.2.2"],
      "bgp.hold-time": [180, 90],
      "bgp.error": ["6.2"],
    },
    decidedAfter: 1,
  },
  {
    title: "midstream, on any port, an update, and then octets that are no message",
    transport: "tcp",
    exchange: [
      ["<", update],
      ["<", hex("ffff 00")],
    ],
    protocol: "bgp",
    attributes: { "bgp.type": [2] },
    findings: ["bgp.marker-wrong"],
  },
  {
    title: "a type that is not assigned",
    transport: "tcp",
    ports: [49152, 179],
    exchange: [[">", message(9, hex("00"))]],
    protocol: undefined,
  },
];
