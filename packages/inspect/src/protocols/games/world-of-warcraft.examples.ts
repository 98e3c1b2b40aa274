import { concat, hex, latin1, le16 } from "@palisade/wire";
import type { Example } from "../../example.js";

const toClient = latin1("WORLD OF WARCRAFT CONNECTION - SERVER TO CLIENT");
const toServer = latin1("WORLD OF WARCRAFT CONNECTION - CLIENT TO SERVER");
const old = (line: Uint8Array): Uint8Array => concat(le16(line.length + 1), line, 0);

// Game name, 3.3.5 build 12340, x86, Windows, enUS, time zone 60, 192.0.2.7, account name.
const body = concat(
  latin1("WoW\0"),
  hex("03 03 05"),
  le16(12340),
  latin1("68x\0niW\0SUne"),
  hex("3c000000 c0000207"),
  5,
  latin1("STEVE"),
);
const challenge = concat(hex("00 08"), le16(body.length), body);

export const worldOfWarcraftExamples: readonly Example[] = [
  {
    title: "both ends of a world connection introduce themselves",
    transport: "tcp",
    ports: [49152, 3724],
    exchange: [
      ["<", old(toClient)],
      [">", old(toServer)],
    ],
    protocol: "world-of-warcraft",
    decidedAfter: 1,
  },
  {
    title: "a server of later versions introduces itself without a length",
    transport: "tcp",
    exchange: [["<", concat(toClient, latin1(" - V2\n"))]],
    protocol: "world-of-warcraft",
  },
  {
    title: "an account logs on",
    transport: "tcp",
    ports: [49152, 3724],
    exchange: [[">", challenge]],
    protocol: "world-of-warcraft",
    attributes: {
      "world-of-warcraft.client-version": "3.3.5.12340",
      "world-of-warcraft.user": "STEVE",
    },
    decidedAfter: 1,
  },
  {
    title: "a challenge with an octet too many is nobody's",
    transport: "tcp",
    exchange: [[">", concat(hex("00 08"), le16(body.length + 1), body, 0)]],
    protocol: undefined,
  },
];
