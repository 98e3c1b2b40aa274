import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

// Called title 2.16.124.113620.1.22.0.1, calling title with 2 at the end, invocation 7, EPSEM with an identity service.
const identify = hex(`
  60 27
  a2 0b 06 09 607c86f75401160001
  a6 0b 06 09 607c86f75401160002
  a8 03 02 01 07
  be 06 28 04 81 02 80 20
`);
const answer = hex(`
  60 27
  a2 0b 06 09 607c86f75401160002
  a6 0b 06 09 607c86f75401160001
  a8 03 02 01 08
  be 06 28 04 81 02 80 00
`);

export const c1222Examples: readonly Example[] = [
  {
    title: "a meter is asked who it is",
    transport: "udp",
    ports: [49152, 1153],
    exchange: [
      [">", identify],
      ["<", answer],
    ],
    protocol: "ansi-c1222",
    attributes: {
      "ansi-c1222.called-title": ["2.16.124.113620.1.22.0.1", "2.16.124.113620.1.22.0.2"],
      "ansi-c1222.calling-title": ["2.16.124.113620.1.22.0.2", "2.16.124.113620.1.22.0.1"],
    },
    decidedAfter: 1,
  },
  {
    title: "in a stream, and then an element that does not belong",
    transport: "tcp",
    exchange: [
      [">", identify],
      ["<", hex("60 05 30 03 02 01 07")],
    ],
    protocol: "ansi-c1222",
    attributes: {
      "ansi-c1222.called-title": ["2.16.124.113620.1.22.0.1"],
      "ansi-c1222.calling-title": ["2.16.124.113620.1.22.0.2"],
    },
    findings: ["ansi-c1222.message-invalid"],
  },
  {
    title: "the token of a security mechanism begins alike",
    transport: "tcp",
    ports: [49152, 1153],
    exchange: [[">", hex("60 0d 06 06 2b0601050502 a0 03 02 01 07")]],
    protocol: undefined,
  },
];
