import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const answer = latin1("HELLO 2.9 (2.9.2) 2021-11-30.2159.ffae0e0\n");

export const ooklaExamples: readonly Example[] = [
  {
    title: "a client with an identifier greets and is greeted",
    transport: "tcp",
    exchange: [
      [">", latin1("HI 8e7cb65b-c3b5-4b39-adcc-97006aa4553b\n")],
      ["<", answer],
    ],
    protocol: "ookla",
    attributes: { "ookla.server-version": "2.9" },
    decidedAfter: 1,
  },
  {
    title: "a client without one",
    transport: "tcp",
    ports: [49152, 8080],
    exchange: [
      [">", latin1("HI\n")],
      ["<", latin1("HELLO 2.4 2016-10-06.1324.996fab9\n")],
    ],
    protocol: "ookla",
    attributes: { "ookla.server-version": "2.4" },
    decidedAfter: 2,
  },
  {
    title: "a greeting in plain words",
    transport: "tcp",
    ports: [49152, 8080],
    exchange: [
      [">", latin1("HI there\n")],
      ["<", latin1("HELLO you\n")],
    ],
    protocol: undefined,
  },
];
