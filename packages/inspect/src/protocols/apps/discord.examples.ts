import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const request = concat(hex("0001 0046 00012345"), new Uint8Array(66));
const address = latin1("198.51.100.7");
const response = concat(hex("0002 0046 00012345"), address, new Uint8Array(64 - address.length), hex("d2f0"));
const keepAlive = hex("1337cafe 2a000000");

export const discordExamples: readonly Example[] = [
  {
    title: "a client asks for its address and is told",
    transport: "udp",
    exchange: [
      [">", request],
      ["<", response],
    ],
    protocol: "discord",
    attributes: { "discord.client-address": "198.51.100.7" },
    decidedAfter: 1,
  },
  {
    title: "a path is kept open, midstream",
    transport: "udp",
    exchange: [[">", keepAlive]],
    protocol: "discord",
  },
  {
    title: "a request that names an address is nobody's",
    transport: "udp",
    exchange: [[">", concat(hex("0001 0046 00012345"), address, new Uint8Array(66 - address.length))]],
    protocol: undefined,
  },
];
