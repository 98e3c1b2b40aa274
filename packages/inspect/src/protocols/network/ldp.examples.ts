import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

// Hello with common parameters: hold time 15.
const hello = hex("0001 0016 c0000201 0000 0100 000c 00000001 0400 0004 000f 0000");
const keepAlive = hex("0001 000e c0000202 0000 0201 0004 00000007");

export const ldpExamples: readonly Example[] = [
  {
    title: "a router says hello",
    transport: "udp",
    ports: [646, 646],
    exchange: [[">", hello]],
    protocol: "ldp",
    attributes: { "ldp.router": ["192.0.2.1"], "ldp.message": [0x100] },
    decidedAfter: 1,
  },
  {
    title: "a session is kept alive, and a message lies about its size",
    transport: "tcp",
    ports: [49152, 646],
    exchange: [
      ["<", keepAlive],
      ["<", hex("0001 000e c0000202 0000 0201 0008 00000007")],
    ],
    protocol: "ldp",
    attributes: { "ldp.router": ["192.0.2.2"], "ldp.message": [0x201] },
    findings: ["ldp.message-invalid"],
  },
  {
    title: "a type that is not assigned",
    transport: "udp",
    ports: [646, 646],
    exchange: [[">", hex("0001 000e c0000202 0000 0999 0004 00000007")]],
    protocol: undefined,
  },
];
