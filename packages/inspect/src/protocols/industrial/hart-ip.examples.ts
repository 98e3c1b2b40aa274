import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const initiate = hex("01 00 00 00 0001 000d 01 00007530");
const initiated = hex("01 01 00 00 0001 000d 01 00007530");
// Short frame to address 0, command 0, no data.
const readIdentifier = hex("01 00 03 00 0002 000d 02 80 00 00 82");
// Long frame, command 3, no data.
const readVariables = hex("01 00 03 00 0003 0011 82 2611223344 03 00 7c");

export const hartIpExamples: readonly Example[] = [
  {
    title: "a session is initiated, on any port",
    transport: "udp",
    exchange: [
      [">", initiate],
      ["<", initiated],
      [">", readVariables],
    ],
    protocol: "hart-ip",
    attributes: { "hart-ip.message": [0, 3], "hart-ip.inactivity-ms": [30_000], "hart-ip.command": [3] },
    decidedAfter: 1,
  },
  {
    title: "midstream on its port, and then octets that are no message",
    transport: "tcp",
    ports: [49152, 5094],
    exchange: [
      [">", readIdentifier],
      [">", hex("01 09 03 00 0002 000d 02")],
    ],
    protocol: "hart-ip",
    attributes: { "hart-ip.message": [3], "hart-ip.command": [0] },
    findings: ["hart-ip.header-invalid"],
  },
  {
    title: "the same command on another port",
    transport: "udp",
    exchange: [[">", readIdentifier]],
    protocol: undefined,
  },
];
