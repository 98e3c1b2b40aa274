import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const name = latin1("\x012\x09sEcureDns\x05AVast\x03com\0");
const question = concat(hex("48c4 0100 0001 0000 0000 0000"), name, hex("0010 0001"));
const answer = concat(
  hex("48c4 8180 0001 0001 0000 0000"),
  name,
  hex("0010 0001 c00c 0010 0001 0000007d 0005 04"),
  latin1("DNSC"),
);

export const avastSecurednsExamples: readonly Example[] = [
  {
    title: "the provider's certificate is asked for and given",
    transport: "udp",
    ports: [49152, 443],
    exchange: [
      [">", question],
      ["<", answer],
    ],
    protocol: "avast-securedns",
    decidedAfter: 1,
  },
];
