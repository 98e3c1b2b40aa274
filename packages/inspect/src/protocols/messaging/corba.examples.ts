import { be16, be32, concat, hex, latin1, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";

// GIOP 1.2 request, little-endian: number, flags, the object's key, operation "ping".
const body = concat(
  le32(1),
  hex("03000000 0000 0000"),
  le32(4),
  latin1("key1"),
  le32(5),
  latin1("ping\0"),
  hex("000000"),
  le32(0),
);
const request = concat(latin1("GIOP"), hex("01 02 01 00"), le32(body.length), body);
const reply = concat(latin1("GIOP"), hex("01 02 00 01"), be32(12), be32(1), be32(0), be32(0));
// GIOP 1.0, big-endian: one context, number, answer expected, key, operation.
const body0 = concat(
  be32(1),
  be32(7),
  be32(4),
  latin1("ctx."),
  be32(1),
  hex("01 000000"),
  be32(4),
  latin1("key0"),
  be32(5),
  latin1("stop\0"),
);
const request0 = concat(latin1("GIOP"), hex("01 00 00 00"), be32(body0.length), body0);
// MIOP: an identifier of twelve octets ends at a multiple of eight.
const multicast = concat(
  latin1("MIOP"),
  hex("10 02"),
  be16(request0.length),
  be32(0),
  be32(1),
  be32(12),
  new Uint8Array(12),
  request0,
);

export const corbaExamples: readonly Example[] = [
  {
    title: "an operation is called and answered",
    transport: "tcp",
    exchange: [
      [">", request],
      ["<", reply],
      [">", concat(latin1("ZIOP"), hex("01 02 00 00"), be32(8), new Uint8Array(8))],
    ],
    protocol: "corba",
    attributes: {
      "corba.version": "1.2",
      "corba.message": ["request", "reply"],
      "corba.operation": ["ping"],
    },
    decidedAfter: 1,
  },
  {
    title: "version 1.0 to a group",
    transport: "udp",
    exchange: [[">", multicast]],
    protocol: "corba",
    attributes: { "corba.version": "1.0", "corba.message": ["request"], "corba.operation": ["stop"] },
  },
  {
    title: "another magic text after the verdict is a finding",
    transport: "tcp",
    exchange: [
      ["<", reply],
      ["<", latin1("GIOX12345678")],
    ],
    protocol: "corba",
    attributes: { "corba.version": "1.2", "corba.message": ["reply"] },
    findings: ["corba.header-invalid"],
  },
  {
    title: "a version that was never published is nobody's",
    transport: "tcp",
    exchange: [[">", concat(latin1("GIOP"), hex("02 00 00 00 00000000"))]],
    protocol: undefined,
  },
];
