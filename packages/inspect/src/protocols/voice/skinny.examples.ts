import { concat, hex, latin1, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";

const message = (id: number, body: Uint8Array): Uint8Array =>
  concat(le32(4 + body.length), le32(0), le32(id), body);
const register = message(
  0x0001,
  concat(latin1("SEP0011223344AA\0"), le32(0), le32(1), hex("c0000205"), le32(7), le32(0)),
);

export const skinnyExamples: readonly Example[] = [
  {
    title: "a telephone registers",
    transport: "tcp",
    exchange: [
      [">", register],
      ["<", message(0x0081, concat(le32(30), latin1("D.M.Y\0"), hex("0000"), le32(60), le32(0)))],
      [">", message(0x0000, hex(""))],
    ],
    protocol: "cisco-skinny",
    attributes: { "skinny.message": [1, 0x81, 0], "skinny.device": "SEP0011223344AA" },
    decidedAfter: 1,
  },
  {
    title: "keep-alive on the port, midstream",
    transport: "tcp",
    ports: [49152, 2000],
    exchange: [
      [">", message(0x0000, hex(""))],
      ["<", message(0x0100, hex(""))],
    ],
    protocol: "cisco-skinny",
    attributes: { "skinny.message": [0, 0x100] },
  },
  {
    title: "a length that no message has is a finding",
    transport: "tcp",
    exchange: [
      [">", register],
      ["<", concat(le32(70_000), le32(0), le32(0x81))],
    ],
    protocol: "cisco-skinny",
    attributes: { "skinny.message": [1], "skinny.device": "SEP0011223344AA" },
    findings: ["skinny.length-impossible"],
  },
  {
    title: "keep-alive on another port is nobody's",
    transport: "tcp",
    exchange: [
      [">", message(0x0000, hex(""))],
      ["<", message(0x0100, hex(""))],
    ],
    protocol: undefined,
  },
];
