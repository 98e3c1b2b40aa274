import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const ripeAtlasExamples: readonly Example[] = [
  {
    title: "a datagram names what it probes",
    transport: "udp",
    exchange: [[">", latin1("MGLNDD_192.0.2.1_4712")]],
    protocol: "ripe-atlas",
    attributes: { "ripe-atlas.target": "192.0.2.1_4712" },
    decidedAfter: 1,
  },
  {
    title: "so does a stream",
    transport: "tcp",
    exchange: [[">", latin1("MGLNDD_192.0.2.1_80\n")]],
    protocol: "ripe-atlas",
    attributes: { "ripe-atlas.target": "192.0.2.1_80" },
  },
  {
    title: "a name in the address's place",
    transport: "udp",
    exchange: [[">", latin1("MGLNDD_example_80")]],
    protocol: undefined,
  },
];
