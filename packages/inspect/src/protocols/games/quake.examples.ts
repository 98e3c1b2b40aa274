import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const packet = (text: string): Uint8Array => concat(hex("ffffffff"), latin1(text));

export const quakeExamples: readonly Example[] = [
  {
    title: "a server is asked for its state and answers",
    transport: "udp",
    ports: [49152, 27960],
    exchange: [
      [">", packet("getstatus\n")],
      ["<", packet('statusResponse\n\\sv_hostname\\attic\\mapname\\q3dm17\\protocol\\68\n3 48 "player"\n')],
    ],
    protocol: "quake",
    attributes: {
      "quake.command": ["getstatus", "statusResponse"],
      "quake.server-name": "attic",
      "quake.map": "q3dm17",
    },
    decidedAfter: 1,
  },
  {
    title: "a master server answers with a list",
    transport: "udp",
    exchange: [["<", concat(packet("getserversResponse\\"), hex("c0000201 6d38 5c"), latin1("EOT"))]],
    protocol: "quake",
    attributes: { "quake.command": ["getserversResponse"] },
  },
  {
    title: "a longer word is nobody's",
    transport: "udp",
    exchange: [[">", packet("getinformation\n")]],
    protocol: undefined,
  },
];
