import { hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const greeting = latin1(
  '"IMPLEMENTATION" "Example1 ManageSieved v001"\r\n"STARTTLS"\r\n"VERSION" "1.0"\r\nOK\r\n',
);

export const managesieveExamples: readonly Example[] = [
  {
    title: "the server's greeting (RFC 5804 §1.7)",
    transport: "tcp",
    exchange: [["<", greeting]],
    protocol: "managesieve",
    attributes: { "managesieve.implementation": "Example1 ManageSieved v001" },
  },
  {
    title: "a line of control characters",
    transport: "tcp",
    exchange: [
      ["<", greeting],
      [">", hex("01020a")],
    ],
    protocol: "managesieve",
    attributes: { "managesieve.implementation": "Example1 ManageSieved v001" },
    findings: ["managesieve.line-invalid"],
  },
  {
    title: "another word in quotes",
    transport: "tcp",
    exchange: [["<", latin1('"IMPLEMENTOR" "x"\r\n')]],
    protocol: undefined,
  },
];
