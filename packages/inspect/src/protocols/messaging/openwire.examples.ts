import { be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function info(version: number): Uint8Array {
  const body = concat(1, latin1("ActiveMQ"), be32(version), hex("01 00000004 00000000"));
  return concat(be32(body.length), body);
}

export const openwireExamples: readonly Example[] = [
  {
    title: "both ends offer their format",
    transport: "tcp",
    ports: [49152, 61616],
    exchange: [
      ["<", info(12)],
      [">", info(9)],
    ],
    protocol: "openwire",
    attributes: { "openwire.version": [12, 9] },
    decidedAfter: 1,
  },
  {
    title: "another magic text is nobody's",
    transport: "tcp",
    exchange: [[">", concat(be32(20), 1, latin1("PassivMQ"), be32(1), new Uint8Array(7))]],
    protocol: undefined,
  },
];
