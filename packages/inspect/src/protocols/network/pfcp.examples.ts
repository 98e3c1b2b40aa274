import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

// Node identifier (60) of IPv4, recovery time stamp (96).
const associate = hex("20 05 0015 000001 00 003c 0005 00 c0000201 0060 0004 e9a1b2c3");
// Node identifier as a name, cause (19) accepted.
const associated = hex("20 06 0016 000001 00 003c 0009 02 03757066 036c6162 0013 0001 01");
const deletion = hex("21 36 000c 0000000000000001 000002 00");

export const pfcpExamples: readonly Example[] = [
  {
    title: "functions associate, a session is deleted",
    transport: "udp",
    ports: [8805, 8805],
    exchange: [
      [">", associate],
      ["<", associated],
      [">", deletion],
    ],
    protocol: "pfcp",
    attributes: {
      "pfcp.message-type": [5, 6, 54],
      "pfcp.node": ["192.0.2.1", "upf.lab"],
      "pfcp.cause": [1],
    },
    decidedAfter: 1,
  },
  {
    title: "a length beyond the datagram",
    transport: "udp",
    ports: [8805, 8805],
    exchange: [
      [">", deletion],
      ["<", hex("21 37 00ff 0000000000000001 000002 00")],
    ],
    protocol: "pfcp",
    attributes: { "pfcp.message-type": [54] },
    findings: ["pfcp.length-invalid"],
  },
  {
    title: "a heartbeat on another port",
    transport: "udp",
    exchange: [[">", hex("20 01 000c 000001 00 0060 0004 e9a1b2c3")]],
    protocol: undefined,
  },
];
