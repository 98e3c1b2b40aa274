import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const init = concat(latin1("TS3INIT1"), hex("0065 0000 88 0dd05766 00 5f5916e0 ade76b61 0000000000000000"));
const answer = concat(latin1("TS3INIT1"), hex("0065 88 01 00112233445566778899aabbccddeeff 6be7ade0"));

export const teamspeakExamples: readonly Example[] = [
  {
    title: "a client begins its handshake",
    transport: "udp",
    exchange: [
      [">", init],
      ["<", answer],
    ],
    protocol: "teamspeak",
    attributes: { "teamspeak.build": 231757670 },
    decidedAfter: 1,
  },
  {
    title: "a server announces itself to the list",
    transport: "udp",
    ports: [2011, 2010],
    exchange: [
      [">", hex("01 8084 01")],
      ["<", hex("01 8084 01 7c65d9a7")],
      [">", hex("01 8184 02 7c65d9a7 0327 2000 0000 0000")],
    ],
    protocol: "teamspeak",
    attributes: {},
    decidedAfter: 3,
  },
  {
    title: "a handshake with other flags is a finding",
    transport: "udp",
    exchange: [
      [">", init],
      [">", concat(latin1("TS3INIT1"), hex("0065 0000 87 0dd05766 00"))],
    ],
    protocol: "teamspeak",
    attributes: { "teamspeak.build": 231757670 },
    findings: ["teamspeak.init-malformed"],
  },
  {
    title: "a challenge that does not come back is nobody's",
    transport: "udp",
    ports: [2011, 2010],
    exchange: [
      [">", hex("01 8084 01")],
      ["<", hex("01 8084 01 7c65d9a7")],
      [">", hex("01 8184 02 7c65d9a8 0327 2000 0000 0000")],
    ],
    protocol: undefined,
  },
];
