import { be16, be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const hello = concat(latin1("JRMI"), hex("0002 4b"));
const acknowledgement = concat(0x4e, be16(9), latin1("192.0.2.1"), be32(49_152));

export const jrmiExamples: readonly Example[] = [
  {
    title: "a client asks for the stream protocol and is acknowledged",
    transport: "tcp",
    ports: [49152, 1099],
    exchange: [
      [">", hello],
      ["<", acknowledgement],
      [">", concat(be16(9), latin1("192.0.2.1"), be32(0))],
    ],
    protocol: "jrmi",
    attributes: { "jrmi.protocol": "stream", "jrmi.endpoint": "192.0.2.1" },
    decidedAfter: 1,
  },
  {
    title: "the server's acknowledgement alone",
    transport: "tcp",
    ports: [49152, 1099],
    exchange: [["<", acknowledgement]],
    protocol: "jrmi",
    attributes: { "jrmi.endpoint": "192.0.2.1" },
  },
  {
    title: "another answer is a finding",
    transport: "tcp",
    exchange: [
      [">", hello],
      ["<", hex("50")],
    ],
    protocol: "jrmi",
    attributes: { "jrmi.protocol": "stream" },
    findings: ["jrmi.answer-invalid"],
  },
  {
    title: "another version is nobody's",
    transport: "tcp",
    exchange: [[">", concat(latin1("JRMI"), hex("0009 4b"))]],
    protocol: undefined,
  },
];
