import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

/** Operation, one Ethernet address, the client's and the assigned address, and room for server name and file. */
function message(operation: number, assigned: string, options: Uint8Array): Uint8Array {
  return concat(
    operation,
    hex("01 06 00 12345678 0000 0000 00000000"),
    hex(assigned),
    hex("00000000 00000000 020000000001"),
    new Uint8Array(10 + 64 + 128),
    options,
  );
}

function option(code: number, value: Uint8Array): Uint8Array {
  return concat(code, value.length, value);
}

const cookie = hex("63825363");
const discover = message(
  1,
  "00000000",
  concat(
    cookie,
    option(53, hex("01")),
    option(61, hex("01 020000000001")),
    option(50, hex("c0000207")),
    option(12, latin1("attic")),
    option(60, latin1("MSFT 5.0")),
    option(55, hex("01 03 06 0f")),
    hex("00 00 ff"),
  ),
);
const offer = message(
  2,
  "c0000207",
  concat(cookie, option(53, hex("02")), option(54, hex("c0000201")), option(15, latin1("example.com")), 255),
);
const cut = message(1, "00000000", concat(cookie, option(53, hex("03")), hex("0c 09 6174")));
const bootp = message(1, "00000000", new Uint8Array(64));

export const dhcpExamples: readonly Example[] = [
  {
    title: "a client looks for a server and is offered an address",
    transport: "udp",
    ports: [68, 67],
    exchange: [
      [">", discover],
      ["<", offer],
    ],
    protocol: "dhcp",
    attributes: {
      "dhcp.message-type": [1, 2],
      "dhcp.client-mac": ["02:00:00:00:00:01"],
      "dhcp.client-id": "01020000000001",
      "dhcp.requested-address": "192.0.2.7",
      "dhcp.host-name": "attic",
      "dhcp.vendor-class": ["MSFT 5.0"],
      "dhcp.parameters": "1,3,6,15",
      "dhcp.assigned-address": ["192.0.2.7"],
      "dhcp.server": ["192.0.2.1"],
      "dhcp.domain-name": "example.com",
    },
    decidedAfter: 1,
  },
  {
    title: "an option that runs past the message",
    transport: "udp",
    exchange: [[">", cut]],
    protocol: "dhcp",
    attributes: { "dhcp.message-type": [3], "dhcp.client-mac": ["02:00:00:00:00:01"] },
    findings: ["dhcp.option-truncated"],
  },
  {
    title: "BOOTP, without a cookie",
    transport: "udp",
    ports: [68, 67],
    exchange: [[">", bootp]],
    protocol: "dhcp",
    attributes: { "dhcp.client-mac": ["02:00:00:00:00:01"] },
  },
  {
    title: "an operation that does not exist, after the verdict",
    transport: "udp",
    ports: [68, 67],
    exchange: [
      [">", bootp],
      [">", concat(3, bootp.subarray(1))],
    ],
    protocol: "dhcp",
    attributes: { "dhcp.client-mac": ["02:00:00:00:00:01"] },
    findings: ["dhcp.header-impossible"],
  },
  {
    title: "no cookie and other ports",
    transport: "udp",
    exchange: [[">", bootp]],
    protocol: undefined,
  },
];
