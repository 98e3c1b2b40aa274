import { be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const greeting = concat(latin1("NBDMAGICIHAVEOPT"), hex("0003"));
const go = concat(
  hex("00000003"),
  latin1("IHAVEOPT"),
  be32(7),
  be32(4 + 5 + 2),
  be32(5),
  latin1("disk1"),
  hex("0000"),
);

export const nbdExamples: readonly Example[] = [
  {
    title: "a server greets, a client asks for an export",
    transport: "tcp",
    exchange: [
      ["<", greeting],
      [">", go],
    ],
    protocol: "nbd",
    attributes: { "nbd.export": "disk1" },
    decidedAfter: 1,
  },
  {
    title: "another number behind the greeting",
    transport: "tcp",
    ports: [49152, 10809],
    exchange: [["<", concat(latin1("NBDMAGIC"), hex("0102030405060708"))]],
    protocol: undefined,
  },
];
