import { be16, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const message = (...pairs: readonly Uint8Array[]): Uint8Array => {
  const body = concat(...pairs);
  return concat(hex("c802"), be16(12 + body.length), hex("0000 0000 0000 0000"), body);
};
const pair = (type: number, value: Uint8Array): Uint8Array =>
  concat(be16(0x8000 | (6 + value.length)), be16(0), be16(type), value);

// RFC 2661 §6.1: SCCRQ with protocol version, host name, framing capabilities, assigned tunnel.
const request = message(
  pair(0, be16(1)),
  pair(2, hex("0100")),
  pair(7, latin1("lac.example")),
  pair(3, hex("00000003")),
  pair(8, latin1("Example Networks")),
  pair(9, be16(5)),
);
const stop = message(pair(0, be16(4)), pair(9, be16(5)), pair(1, hex("0002 0000")));

export const l2tpExamples: readonly Example[] = [
  {
    title: "a tunnel is asked for and refused",
    transport: "udp",
    exchange: [
      [">", request],
      ["<", stop],
    ],
    protocol: "l2tp",
    attributes: {
      "l2tp.version": 2,
      "l2tp.message": ["sccrq", "stopccn"],
      "l2tp.host-name": ["lac.example"],
      "l2tp.vendor": ["Example Networks"],
      "l2tp.result": [2],
    },
    decidedAfter: 1,
  },
  {
    title: "an acknowledgement without pairs, on the port",
    transport: "udp",
    ports: [1701, 1701],
    exchange: [["<", message()]],
    protocol: "l2tp",
    attributes: { "l2tp.version": 2 },
  },
  {
    title: "a pair that reaches beyond its message is a finding",
    transport: "udp",
    exchange: [
      [">", request],
      ["<", message(pair(0, be16(2)), hex("8040 0000 0007 61"))],
    ],
    protocol: "l2tp",
    attributes: {
      "l2tp.version": 2,
      "l2tp.message": ["sccrq"],
      "l2tp.host-name": ["lac.example"],
      "l2tp.vendor": ["Example Networks"],
    },
    findings: ["l2tp.pair-impossible"],
  },
  {
    title: "an acknowledgement on other ports is nobody's",
    transport: "udp",
    exchange: [["<", message()]],
    protocol: undefined,
  },
];
