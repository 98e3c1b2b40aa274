import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const connect = hex("0300001a 15 e0 0000 0001 00 c1020600 c206010203040506 c0010a");
// Version 1, a request (31), and the trailer of the same version.
const create = hex("03000019 02f080 72 01 000a 31 0000 04ca 0000 0001 00 72 01 0000");
const notification = hex("03000015 02f080 72 02 0006 33 0000 04ca 00 72 02 0000");

export const s7commPlusExamples: readonly Example[] = [
  {
    title: "a client connects and makes a session",
    transport: "tcp",
    ports: [49152, 102],
    exchange: [
      [">", connect],
      [">", create],
      ["<", notification],
    ],
    protocol: "s7comm-plus",
    attributes: { "s7comm-plus.version": [1, 2] },
    decidedAfter: 2,
  },
  {
    title: "something else follows",
    transport: "tcp",
    exchange: [
      [">", create],
      [">", hex("48454c4f0d0a00")],
    ],
    protocol: "s7comm-plus",
    attributes: { "s7comm-plus.version": [1] },
    findings: ["s7comm-plus.frame-invalid"],
  },
  {
    title: "a length beyond the packet",
    transport: "tcp",
    ports: [49152, 102],
    exchange: [[">", hex("03000019 02f080 72 01 00aa 31 0000 04ca 0000 0001 00 72 01 0000")]],
    protocol: undefined,
  },
];
