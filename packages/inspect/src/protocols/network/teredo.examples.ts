import { concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

// An IPv6 header without payload, next header 59 (none), between link-local addresses.
const bubble = hex("60000000 0000 3b 15 fe80000000000000000000000000000a fe80000000000000000000000000000b");
const authentication = hex("0001 00 00 0102030405060708 00");
const origin = hex("0000 3fff 3ffffdf6");

export const teredoExamples: readonly Example[] = [
  {
    title: "a client asks, its server says where it is seen",
    transport: "udp",
    ports: [49152, 3544],
    exchange: [
      [">", concat(authentication, bubble)],
      ["<", concat(authentication, origin, bubble)],
    ],
    protocol: "teredo",
    attributes: { "teredo.mapped-address": "192.0.2.9", "teredo.mapped-port": 49_152 },
    decidedAfter: 1,
  },
  {
    title: "a bubble on other ports",
    transport: "udp",
    exchange: [[">", bubble]],
    protocol: undefined,
  },
];
