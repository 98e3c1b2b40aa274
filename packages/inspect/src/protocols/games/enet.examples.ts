import { be32, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

// mtu 1400, window 32768, two channels, no bandwidth limits, throttle 5000, 2, 2
const parameters = concat(
  be32(1400),
  be32(32768),
  be32(2),
  be32(0),
  be32(0),
  be32(5000),
  be32(2),
  be32(2),
  hex("a1b2c3d4"),
);
const connect = concat(hex("8fff 0102  82 ff 0001  0000 ff ff"), parameters, be32(7));
const verify = concat(hex("8000 0103  83 ff 0001  0003 00 00"), parameters);

export const enetExamples: readonly Example[] = [
  {
    title: "a client connects",
    transport: "udp",
    exchange: [
      [">", connect],
      ["<", verify],
    ],
    protocol: "enet",
    attributes: { "enet.mtu": 1400, "enet.channels": 2 },
    decidedAfter: 1,
  },
  {
    title: "a client connects with check sums",
    transport: "udp",
    exchange: [[">", concat(connect.subarray(0, 4), hex("5a5a1234"), connect.subarray(4))]],
    protocol: "enet",
    attributes: { "enet.mtu": 1400, "enet.channels": 2 },
  },
  {
    title: "a window of zero is nobody's",
    transport: "udp",
    exchange: [[">", concat(connect.subarray(0, 16), be32(0), connect.subarray(20))]],
    protocol: undefined,
  },
];
