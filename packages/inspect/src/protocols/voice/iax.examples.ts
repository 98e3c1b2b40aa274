import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

// RFC 5456 §8.1.1: F and source call, R and destination call, timestamp, sequence numbers, type 6, subclass; §8.6 elements.
const call = concat(
  hex("8004 0000 00000001 00 00 06 01"),
  hex("0b 02 0002"),
  hex("01 04"),
  latin1("2002"),
  hex("02 04"),
  latin1("1001"),
  hex("06 05"),
  latin1("alice"),
);
const accept = hex("8017 0004 00000008 00 01 06 07 09 04 00000004");
const acknowledge = hex("8004 0017 00000008 01 01 06 04");
const audio = concat(hex("0004 0038"), new Uint8Array(160).fill(0xd5));

export const iaxExamples: readonly Example[] = [
  {
    title: "a call is accepted, and voice follows",
    transport: "udp",
    exchange: [
      [">", call],
      ["<", accept],
      [">", audio],
    ],
    protocol: "iax",
    attributes: {
      "iax.message": ["new", "accept"],
      "iax.called-number": ["2002"],
      "iax.calling-number": ["1001"],
      "iax.username": ["alice"],
    },
    decidedAfter: 1,
  },
  {
    title: "an answer to a call number, midstream on other ports",
    transport: "udp",
    exchange: [
      ["<", accept],
      [">", acknowledge],
    ],
    protocol: "iax",
    attributes: { "iax.message": ["ack"] },
    decidedAfter: 2,
  },
  {
    title: "an element that reaches beyond its frame is a finding",
    transport: "udp",
    exchange: [
      [">", call],
      ["<", hex("8017 0004 00000008 00 01 06 05 16 09 41")],
    ],
    protocol: "iax",
    attributes: {
      "iax.message": ["new"],
      "iax.called-number": ["2002"],
      "iax.calling-number": ["1001"],
      "iax.username": ["alice"],
    },
    findings: ["iax.element-overrun"],
  },
  {
    title: "an answer to another call number is nobody's",
    transport: "udp",
    exchange: [
      ["<", accept],
      [">", hex("8004 0018 00000008 01 01 06 04")],
    ],
    protocol: undefined,
  },
];
