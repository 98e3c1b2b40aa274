import { concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

// RFC 5880 §4.1: version 1, no diagnostic; state up; multiplier 3; length 24; discriminators; three intervals.
const up = hex("20 c0 03 18 00000007 00000009 000f4240 000f4240 00000000");
const down = hex("21 40 03 18 00000007 00000000 000f4240 000f4240 00000000");
const echo = hex("0000000000000007 00000001");
const read = { "bfd.state": [3], "bfd.diagnostic": [0], "bfd.discriminator": 7 };

export const bfdExamples: readonly Example[] = [
  {
    title: "a session goes down",
    transport: "udp",
    ports: [49152, 3784],
    exchange: [
      [">", up],
      [">", down],
    ],
    protocol: "bfd",
    attributes: { "bfd.state": [3, 1], "bfd.diagnostic": [0, 1], "bfd.discriminator": 7 },
    decidedAfter: 1,
  },
  {
    title: "a session with a password",
    transport: "udp",
    ports: [49152, 4784],
    exchange: [
      [
        ">",
        concat(hex("20 c4 03 21 00000007 00000009 000f4240 000f4240 00000000"), hex("01 09 01 736563726574")),
      ],
    ],
    protocol: "bfd",
    attributes: { ...read, "bfd.authentication": 1 },
  },
  {
    title: "an echo that comes back",
    transport: "udp",
    ports: [49152, 3785],
    exchange: [
      [">", echo],
      [">", echo],
    ],
    protocol: "bfd",
    decidedAfter: 2,
  },
  {
    title: "a multiplier of zero after the verdict",
    transport: "udp",
    ports: [49152, 3784],
    exchange: [
      [">", up],
      [">", hex("20 c0 00 18 00000007 00000009 000f4240 000f4240 00000000")],
    ],
    protocol: "bfd",
    attributes: read,
    findings: ["bfd.zero"],
  },
  {
    title: "the reserved multipoint bit",
    transport: "udp",
    ports: [49152, 3784],
    exchange: [[">", hex("20 c1 03 18 00000007 00000009 000f4240 000f4240 00000000")]],
    protocol: undefined,
  },
];
