import { be16, be32, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const noise = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 47 + 19) & 0xff);
const packet = (command: number, sequence: number, extension: number, body: number): Uint8Array =>
  concat(
    hex("3366 000b 000b"),
    be16(command),
    body === 0 ? 0 : 1,
    be32(sequence),
    be32(21 + extension),
    be32(body),
    noise(extension + body),
  );

export const tencentGamesExamples: readonly Example[] = [
  {
    title: "a game connects and exchanges data",
    transport: "tcp",
    exchange: [
      [">", packet(0x1001, 1, 55, 0)],
      ["<", packet(0x1002, 1, 27, 16)],
      [">", packet(0x2001, 2, 0, 96)],
      ["<", concat(packet(0x2002, 2, 0, 112), packet(0x6002, 3, 0, 64))],
      [">", packet(0x4013, 3, 3, 48)],
    ],
    protocol: "tencent-games",
    attributes: {
      "tencent-games.command": ["syn", "ack", "auth-request", "auth-response", "bingo", "data"],
      "tencent-games.head-version": 11,
    },
    decidedAfter: 1,
  },
  {
    title: "an unknown command is nobody's",
    transport: "tcp",
    exchange: [[">", packet(0x1234, 1, 55, 0)]],
    protocol: undefined,
  },
];
