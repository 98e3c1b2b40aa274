import { concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";
import { framed, header, name } from "./dns.examples.js";

const question = concat(name("fileserver"), hex("0001 0001"));
const query = concat(header(0, 1, 0, 0, 0), question);
const answer = concat(
  header(0x8000, 1, 1, 0, 0),
  question,
  name("fileserver"),
  hex("0001 0001 0000001e 0004 c0000209"),
);
const read = { "llmnr.query": ["fileserver"], "llmnr.query-type": [1] };

export const llmnrExamples: readonly Example[] = [
  {
    title: "a host asks the link for an address",
    transport: "udp",
    ports: [49152, 5355],
    exchange: [[">", query]],
    protocol: "llmnr",
    attributes: read,
    decidedAfter: 1,
  },
  {
    title: "the answer, by itself",
    transport: "udp",
    ports: [5355, 49152],
    exchange: [[">", answer]],
    protocol: "llmnr",
    attributes: { ...read, "llmnr.address": ["192.0.2.9"] },
  },
  {
    title: "asked and answered over TCP",
    transport: "tcp",
    ports: [49152, 5355],
    exchange: [
      [">", framed(query)],
      ["<", framed(answer)],
    ],
    protocol: "llmnr",
    attributes: { ...read, "llmnr.address": ["192.0.2.9"] },
  },
  {
    title: "two questions after the verdict",
    transport: "udp",
    ports: [49152, 5355],
    exchange: [
      [">", query],
      [">", concat(header(0, 2, 0, 0, 0), question, question)],
    ],
    protocol: "llmnr",
    attributes: read,
    findings: ["llmnr.counts-wrong"],
  },
  {
    title: "an opcode that must be zero",
    transport: "udp",
    ports: [49152, 5355],
    exchange: [[">", concat(header(0x2800, 1, 0, 0, 0), question)]],
    protocol: undefined,
  },
];
