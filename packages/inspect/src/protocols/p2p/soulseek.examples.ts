import { concat, hex, latin1, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";

const text = (value: string): Uint8Array => concat(le32(value.length), latin1(value));
const message = (...parts: readonly Uint8Array[]): Uint8Array => {
  const body = concat(...parts);
  return concat(le32(body.length), body);
};
const login = message(
  le32(1),
  text("alice"),
  text("wonderland"),
  le32(160),
  text("d51c9a7e9353746a6020f9602d452929"),
  le32(1),
);

export const soulseekExamples: readonly Example[] = [
  {
    title: "a client logs in, with its password in clear",
    transport: "tcp",
    exchange: [
      [">", login],
      ["<", message(le32(1), hex("01"), text("Welcome"))],
    ],
    protocol: "soulseek",
    attributes: { "soulseek.user": "alice", "soulseek.connection": "login" },
    findings: ["soulseek.cleartext-credentials"],
    decidedAfter: 1,
  },
  {
    title: "a peer introduces itself",
    transport: "tcp",
    exchange: [[">", message(hex("01"), text("bob"), text("P"), le32(0))]],
    protocol: "soulseek",
    attributes: { "soulseek.user": "bob", "soulseek.connection": "peer" },
  },
  {
    title: "a message too short for its code is a finding",
    transport: "tcp",
    exchange: [
      [">", login],
      ["<", concat(le32(2), hex("0100 0000"))],
    ],
    protocol: "soulseek",
    attributes: { "soulseek.user": "alice", "soulseek.connection": "login" },
    findings: ["soulseek.cleartext-credentials", "soulseek.length-impossible"],
  },
  {
    title: "texts that do not add up are nobody's",
    transport: "tcp",
    exchange: [[">", message(hex("01"), text("bob"), text("P"), le32(0), hex("00"))]],
    protocol: undefined,
  },
];
