import { be16, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function option(code: number, ...parts: readonly (Uint8Array | number)[]): Uint8Array {
  const value = concat(...parts);
  return concat(be16(code), be16(value.length), value);
}

const duid = hex("00030001 020000000001");
const serverDuid = hex("00030001 0200000000fe");
const solicit = concat(
  hex("01 abcdef"),
  option(1, duid),
  option(6, hex("0017 0018 0027")),
  option(39, 0, 5, latin1("attic")),
  option(16, hex("00000137"), be16(8), latin1("MSFT 5.0")),
  option(3, hex("00000001 00000000 00000000")),
);
const address = hex("20010db8000000000000000000000007 00000e10 00001c20");
const prefix = hex("00000e10 00001c20 38 20010db8000100000000000000000000");
const advertise = concat(
  hex("02 abcdef"),
  option(1, duid),
  option(2, serverDuid),
  option(3, hex("00000001 00000000 00000000"), option(5, address)),
  option(25, hex("00000001 00000000 00000000"), option(26, prefix)),
);
const relayed = concat(
  hex("0c 00 20010db8000000000000000000000001 fe800000000000000000000000000007"),
  option(9, hex("0b abcdef"), option(1, duid)),
);

export const dhcpv6Examples: readonly Example[] = [
  {
    title: "a client asks and is offered an address and a prefix",
    transport: "udp",
    ports: [546, 547],
    exchange: [
      [">", solicit],
      ["<", advertise],
    ],
    protocol: "dhcpv6",
    attributes: {
      "dhcpv6.message-type": [1, 2],
      "dhcpv6.client-id": "00030001020000000001",
      "dhcpv6.options": "23,24,39",
      "dhcpv6.host-name": "attic",
      "dhcpv6.vendor-class": "MSFT 5.0",
      "dhcpv6.server-id": "000300010200000000fe",
      "dhcpv6.address": ["2001:db8::7"],
      "dhcpv6.prefix": ["2001:db8:1::/56"],
    },
    decidedAfter: 1,
  },
  {
    title: "a relayed request for information",
    transport: "udp",
    ports: [547, 547],
    exchange: [[">", relayed]],
    protocol: "dhcpv6",
    attributes: {
      "dhcpv6.message-type": [12, 11],
      "dhcpv6.peer": ["fe80::7"],
      "dhcpv6.client-id": "00030001020000000001",
    },
  },
  {
    title: "an option cut short after the verdict",
    transport: "udp",
    ports: [547, 547],
    exchange: [
      [">", relayed],
      [">", relayed.subarray(0, relayed.length - 1)],
    ],
    protocol: "dhcpv6",
    attributes: {
      "dhcpv6.message-type": [12, 11],
      "dhcpv6.peer": ["fe80::7"],
      "dhcpv6.client-id": "00030001020000000001",
    },
    findings: ["dhcpv6.option-truncated"],
  },
  {
    title: "the same octets on other ports",
    transport: "udp",
    exchange: [[">", solicit]],
    protocol: undefined,
  },
];
