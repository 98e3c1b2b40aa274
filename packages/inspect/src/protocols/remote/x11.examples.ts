import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const success = concat(
  hex("01 00 0b00 0000 0d00"),
  hex("00000000 00002000 ffff1f00 00000000"),
  hex("0400 ffff 01 07 00 00 20 20 08 ff 00000000"),
  latin1("demo"),
);

export const x11Examples: readonly Example[] = [
  {
    title: "a client with a cookie, least significant octet first",
    transport: "tcp",
    exchange: [
      [
        ">",
        concat(
          hex("6c 00 0b00 0000 1200 1000 0000"),
          latin1("MIT-MAGIC-COOKIE-1\0\0"),
          new Uint8Array(16).fill(0xcc),
        ),
      ],
      ["<", success],
    ],
    protocol: "x11",
    attributes: { "x11.authorization": "MIT-MAGIC-COOKIE-1", "x11.status": 1, "x11.vendor": "demo" },
    decidedAfter: 1,
  },
  {
    title: "a client without authorisation is taken",
    transport: "tcp",
    exchange: [
      [">", hex("6c 00 0b00 0000 0000 0000 0000")],
      ["<", success],
    ],
    protocol: "x11",
    attributes: { "x11.status": 1, "x11.vendor": "demo" },
    findings: ["x11.no-authorization"],
  },
  {
    title: "most significant octet first, and an answer that is none",
    transport: "tcp",
    exchange: [
      [">", hex("42 00 000b 0000 0000 0000 0000")],
      ["<", hex("09 00 000b 0000 0000")],
    ],
    protocol: "x11",
    findings: ["x11.answer-invalid"],
  },
  {
    title: "another version",
    transport: "tcp",
    exchange: [[">", hex("6c 00 0a00 0000 0000 0000 0000")]],
    protocol: undefined,
  },
];
