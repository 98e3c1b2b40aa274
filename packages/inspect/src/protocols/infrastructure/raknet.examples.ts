import { be16, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const mark = hex("00ffff00 fefefefe fdfdfdfd 12345678");
const announcement = "MCPE;Example;671;1.20.80;3;20;1;World;Survival";
const ping = concat(hex("01 0000000000012345"), mark, hex("0102030405060708"));
const pong = concat(
  hex("1c 0000000000012345 1112131415161718"),
  mark,
  be16(announcement.length),
  latin1(announcement),
);
const open = concat(hex("05"), mark, hex("0b"), new Uint8Array(30));

export const raknetExamples: readonly Example[] = [
  {
    title: "a server is pinged and joined",
    transport: "udp",
    exchange: [
      [">", ping],
      ["<", pong],
      [">", open],
    ],
    protocol: "raknet",
    attributes: { "raknet.announcement": announcement, "raknet.protocol-version": 11 },
    decidedAfter: 1,
  },
  {
    title: "a mark with one octet changed",
    transport: "udp",
    ports: [49152, 19132],
    exchange: [[">", concat(hex("05"), mark.subarray(0, 15), hex("79 0b"))]],
    protocol: undefined,
  },
];
