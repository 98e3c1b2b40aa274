import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const lock = "$Lock EXTENDEDPROTOCOLABCABCABCABC Pk=examplehub1.2|";

export const directconnectExamples: readonly Example[] = [
  {
    title: "a hub greets with its lock and name",
    transport: "tcp",
    exchange: [
      ["<", latin1(`${lock}$HubName Example Hub|`)],
      [">", latin1("$Key abc|$ValidateNick alice|")],
    ],
    protocol: "directconnect",
    attributes: { "directconnect.software": ["examplehub1.2"], "directconnect.hub": "Example Hub" },
    decidedAfter: 1,
  },
  {
    title: "a client meets another",
    transport: "tcp",
    exchange: [
      [">", latin1(`$MyNick alice|${lock}`)],
      ["<", latin1(`$MyNick bob|${lock}`)],
    ],
    protocol: "directconnect",
    attributes: { "directconnect.nick": ["alice", "bob"], "directconnect.software": ["examplehub1.2"] },
  },
  {
    title: "a command without its dollar sign is a finding",
    transport: "tcp",
    exchange: [["<", latin1(`${lock}HubName Example|`)]],
    protocol: "directconnect",
    attributes: { "directconnect.software": ["examplehub1.2"] },
    findings: ["directconnect.command-malformed"],
  },
  {
    title: "a lock without Pk is nobody's",
    transport: "tcp",
    exchange: [["<", latin1("$Lock the door|")]],
    protocol: undefined,
  },
];
