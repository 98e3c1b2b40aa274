import { concat, hex, le16, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";

const message = (tagged: boolean, target: string, type: number, payload: string): Uint8Array => {
  const body = hex(payload);
  return concat(
    le16(36 + body.length),
    le16(tagged ? 0x3400 : 0x1400),
    le32(0x0a0b0c0d),
    hex(target),
    new Uint8Array(6),
    hex("01 01"),
    new Uint8Array(8),
    le16(type),
    hex("0000"),
    body,
  );
};

export const lifxExamples: readonly Example[] = [
  {
    title: "lamps are looked for, and one answers",
    transport: "udp",
    ports: [56700, 56700],
    exchange: [
      [">", message(true, "0000000000000000", 2, "")],
      ["<", message(false, "d073d50102030000", 3, "01 7cdd0000")],
    ],
    protocol: "lifx",
    attributes: { "lifx.type": [2, 3], "lifx.target": ["d073d5010203"] },
    decidedAfter: 1,
  },
  {
    title: "a header of another length is nobody's",
    transport: "udp",
    ports: [56700, 56700],
    exchange: [[">", concat(message(true, "0000000000000000", 2, ""), 0)]],
    protocol: undefined,
  },
];
