import { be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function overTcp(command: number, body: Uint8Array): Uint8Array {
  return concat(latin1("FINS"), be32(body.length + 8), be32(command), be32(0), body);
}

const readModel = hex("80 00 02 00 01 00 00 fb 00 07 05 01 00");
const model = concat(
  hex("c0 00 02 00 fb 00 00 01 00 07 05 01 0000"),
  latin1("CJ2M-CPU33".padEnd(20, " ")),
  latin1("02.01".padEnd(20, "\0")),
);
const stop = hex("80 00 02 00 01 00 00 fb 00 08 04 02");
const stopRefused = hex("c0 00 02 00 fb 00 00 01 00 08 04 02 21 08");

export const finsExamples: readonly Example[] = [
  {
    title: "a controller says what it is",
    transport: "udp",
    ports: [49152, 9600],
    exchange: [
      [">", readModel],
      ["<", model],
    ],
    protocol: "fins",
    attributes: { "fins.command": ["0501"], "fins.model": "CJ2M-CPU33", "fins.version": "02.01" },
    decidedAfter: 1,
  },
  {
    title: "over TCP, on any port: node addresses are given, a stop is refused",
    transport: "tcp",
    exchange: [
      [">", overTcp(0, be32(0))],
      ["<", overTcp(1, hex("000000fb 00000001"))],
      [">", overTcp(2, stop)],
      ["<", overTcp(2, stopRefused)],
      [">", latin1("FIN ")],
    ],
    protocol: "fins",
    attributes: { "fins.command": ["0402"], "fins.end-code": ["2108"] },
    findings: ["fins.tcp-invalid"],
    decidedAfter: 1,
  },
  {
    title: "a main code that is not defined",
    transport: "udp",
    ports: [49152, 9600],
    exchange: [[">", hex("80 00 02 00 01 00 00 fb 00 07 0a 01 00")]],
    protocol: undefined,
  },
];
