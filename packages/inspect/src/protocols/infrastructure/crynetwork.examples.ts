import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const setup = concat(
  hex("3c 000008ed 00000000 00000002 00000001 00000006 00000003 00000000 00000000 0000000a"),
  latin1("map=island"),
);

export const crynetworkExamples: readonly Example[] = [
  {
    title: "a client connects",
    transport: "udp",
    exchange: [[">", setup]],
    protocol: "crynetwork",
    attributes: { "crynetwork.protocol-version": 6, "crynetwork.product-version": "1.2.0.2285" },
    decidedAfter: 1,
  },
  {
    title: "markup begins alike",
    transport: "udp",
    exchange: [[">", latin1("<?xml version='1.0' encoding='utf-8'?><probe/>")]],
    protocol: undefined,
  },
];
