import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const request = concat(
  latin1("\0NETCODE 1.02\0"),
  hex("1122334455667788 80e1b26500000000"),
  new Uint8Array(24 + 1024).fill(0xa5),
);

export const yojimboExamples: readonly Example[] = [
  {
    title: "a client asks to connect",
    transport: "udp",
    exchange: [[">", request]],
    protocol: "yojimbo",
    attributes: { "yojimbo.netcode-version": "1.02", "yojimbo.protocol-id": "1122334455667788" },
    decidedAfter: 1,
  },
  {
    title: "a request that is too short",
    transport: "udp",
    exchange: [[">", request.subarray(0, 1000)]],
    protocol: undefined,
  },
];
