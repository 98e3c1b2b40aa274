import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const request = concat(hex("ffffffff"), latin1("TSource Engine Query\0"));
const challenge = hex("ffffffff 41 0a0b0c0d");
const info = concat(
  hex("ffffffff 49 11"),
  latin1("Example server\0de_dust2\0cstrike\0Counter-Strike: Source\0"),
  hex("f000 05 20 00 64 6c 00 01"),
  latin1("9.1\0"),
);

export const sourceEngineExamples: readonly Example[] = [
  {
    title: "a server asks for a challenge, and says what it is",
    transport: "udp",
    exchange: [
      [">", request],
      ["<", challenge],
      [">", concat(request, hex("0a0b0c0d"))],
      ["<", info],
    ],
    protocol: "source-engine",
    attributes: {
      "source-engine.server-name": "Example server",
      "source-engine.map": "de_dust2",
      "source-engine.folder": "cstrike",
      "source-engine.game": "Counter-Strike: Source",
    },
    decidedAfter: 1,
  },
  {
    title: "a challenge alone",
    transport: "udp",
    ports: [49152, 27015],
    exchange: [["<", challenge]],
    protocol: undefined,
  },
];
