import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const cookie = "abcdefghijklmnopqrstuvwxyz234567abcd";

export const iperf3Examples: readonly Example[] = [
  {
    title: "a test begins",
    transport: "tcp",
    exchange: [
      [">", latin1(`${cookie}\0`)],
      ["<", latin1("\x09")],
    ],
    protocol: "iperf3",
    attributes: { "iperf3.cookie": cookie },
    decidedAfter: 1,
  },
  {
    title: "text of the same letters goes on",
    transport: "tcp",
    ports: [49152, 5201],
    exchange: [[">", latin1(`${cookie}e\n`)]],
    protocol: undefined,
  },
];
