import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const ping = hex("00000000 1122334455667788");
const pong = hex("00010304 1122334455667788 00000007 00000064 00011940");

export const mumbleExamples: readonly Example[] = [
  {
    title: "a client asks how many users there are",
    transport: "udp",
    exchange: [
      [">", ping],
      ["<", pong],
    ],
    protocol: "mumble",
    attributes: {
      "mumble.version": "1.3.4",
      "mumble.users": 7,
      "mumble.users-max": 100,
      "mumble.bandwidth": 72000,
    },
    decidedAfter: 2,
  },
  {
    title: "more users than may be is a finding",
    transport: "udp",
    exchange: [
      [">", ping],
      ["<", pong],
      [">", ping],
      ["<", hex("00010304 1122334455667788 00000065 00000064 00011940")],
    ],
    protocol: "mumble",
    attributes: {
      "mumble.version": "1.3.4",
      "mumble.users": 7,
      "mumble.users-max": 100,
      "mumble.bandwidth": 72000,
    },
    findings: ["mumble.users-impossible"],
  },
  {
    title: "an answer to another ping is nobody's",
    transport: "udp",
    exchange: [
      [">", ping],
      ["<", hex("00010304 1122334455667789 00000007 00000064 00011940")],
    ],
    protocol: undefined,
  },
];
