import { be16, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

// RFC 3525 appendix I.1, shortened.
const change = latin1(
  "MEGACO/1 [192.0.2.222]\r\nTransaction = 9998 { Context = - { ServiceChange = ROOT { Services { Method = Restart }}}}",
);
const reply = latin1("!/1 <mgc.example>\nP=9998{C=-{SC=ROOT}}");
const framed = (text: Uint8Array): Uint8Array => concat(hex("03 00"), be16(4 + text.length), text);
const attributes = { "megaco.version": 1, "megaco.sender": ["[192.0.2.222]", "<mgc.example>"] };

export const megacoExamples: readonly Example[] = [
  {
    title: "a gateway starts its service",
    transport: "udp",
    exchange: [
      [">", change],
      ["<", reply],
    ],
    protocol: "megaco",
    attributes,
    decidedAfter: 1,
  },
  {
    title: "the same over TCP",
    transport: "tcp",
    exchange: [
      [">", framed(change)],
      ["<", framed(reply)],
    ],
    protocol: "megaco",
    attributes,
  },
  {
    title: "a message without sender is a finding",
    transport: "udp",
    exchange: [
      [">", change],
      ["<", latin1("MEGACO/1 Reply = 9998 { }")],
    ],
    protocol: "megaco",
    attributes: { "megaco.version": 1, "megaco.sender": ["[192.0.2.222]"] },
    findings: ["megaco.sender-absent"],
  },
  {
    title: "another word before the slash is nobody's",
    transport: "udp",
    exchange: [[">", latin1("MEGATON/1 [192.0.2.222]\r\nTransaction = 1 { }")]],
    protocol: undefined,
  },
];
