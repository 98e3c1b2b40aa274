import { be16, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function packet(opcode: number, body: Uint8Array): Uint8Array {
  return concat(be16(1), be16(opcode), be16(body.length), body);
}

function array(text: string): Uint8Array {
  return concat(be16(text.length), latin1(text));
}

const query = packet(2, hex("00"));
const willing = packet(5, concat(array(""), array("attic"), array("Willing to manage")));
const manage = packet(10, concat(hex("00000007 0001"), array("MIT-unspecified")));

export const xdmcpExamples: readonly Example[] = [
  {
    title: "a display looks for a manager and is managed",
    transport: "udp",
    ports: [49152, 177],
    exchange: [
      [">", query],
      ["<", willing],
      [">", manage],
    ],
    protocol: "xdmcp",
    attributes: {
      "xdmcp.opcode": [2, 5, 10],
      "xdmcp.host": "attic",
      "xdmcp.status": "Willing to manage",
      "xdmcp.display": 1,
      "xdmcp.display-class": "MIT-unspecified",
    },
    decidedAfter: 1,
  },
  {
    title: "an operation that does not exist, after the verdict",
    transport: "udp",
    ports: [49152, 177],
    exchange: [
      [">", query],
      [">", packet(15, hex("00"))],
    ],
    protocol: "xdmcp",
    attributes: { "xdmcp.opcode": [2] },
    findings: ["xdmcp.header-wrong"],
  },
  {
    title: "a length that is not the datagram's",
    transport: "udp",
    ports: [49152, 177],
    exchange: [[">", concat(query, 0)]],
    protocol: undefined,
  },
];
