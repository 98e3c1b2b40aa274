import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";
import { ber } from "../ber.build.js";

function initial(tag: number, ...more: readonly Uint8Array[]): Uint8Array {
  return ber(
    tag,
    hex("83 02 00e0  84 03 00c1a2  85 04 04000000  86 04 04000000"),
    ...more,
    hex("9f6f 03"),
    latin1("YAZ"),
    hex("9f70 03"),
    latin1("5.4"),
  );
}

export const z3950Examples: readonly Example[] = [
  {
    title: "a client initializes and closes",
    transport: "tcp",
    ports: [49152, 210],
    exchange: [
      [">", initial(0xb4)],
      ["<", initial(0xb5, hex("8c 01 01"))],
      [">", hex("bf30 04 9f8153 00")],
    ],
    protocol: "z3950",
    attributes: {
      "z3950.unit": ["init-request", "init-response", "close"],
      "z3950.implementation": ["YAZ"],
      "z3950.implementation-version": ["5.4"],
    },
    decidedAfter: 1,
  },
  {
    title: "a tag that is no unit after it is a finding",
    transport: "tcp",
    exchange: [
      ["<", initial(0xb5, hex("8c 01 01"))],
      ["<", concat(hex("a1 02 0000"))],
    ],
    protocol: "z3950",
    attributes: {
      "z3950.unit": ["init-response"],
      "z3950.implementation": ["YAZ"],
      "z3950.implementation-version": ["5.4"],
    },
    findings: ["z3950.unit-invalid"],
  },
  {
    title: "the same tag with other fields is nobody's",
    transport: "tcp",
    exchange: [[">", hex("b4 06 85 04 04000000")]],
    protocol: undefined,
  },
];
