import { be16, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";
import { synchrophasorChecksum } from "./synchrophasor.js";

function frame(type: string, data: string): Uint8Array {
  const body = hex(`0007 65a1b2c3 00000000 ${data}`);
  const octets = concat(hex(`aa ${type}`), be16(body.length + 6), body);
  return concat(octets, be16(synchrophasorChecksum(octets, 0, octets.length)));
}

const start = frame("41", "0002");
const data = frame("01", "0000 3a17a1b2 0000 0000");

export const synchrophasorExamples: readonly Example[] = [
  {
    title: "a concentrator starts a stream",
    transport: "tcp",
    exchange: [
      [">", start],
      ["<", data],
    ],
    protocol: "synchrophasor",
    attributes: {
      "synchrophasor.frame": [4, 0],
      "synchrophasor.id-code": [7],
      "synchrophasor.command": [2],
    },
    decidedAfter: 1,
  },
  {
    title: "data in datagrams, one of them damaged",
    transport: "udp",
    exchange: [
      [">", data],
      [">", concat(data.subarray(0, data.length - 1), (data.at(-1)! ^ 1) & 0xff)],
    ],
    protocol: "synchrophasor",
    attributes: { "synchrophasor.frame": [0], "synchrophasor.id-code": [7] },
    findings: ["synchrophasor.checksum-wrong"],
  },
  {
    title: "a type that is not defined",
    transport: "udp",
    ports: [49152, 4713],
    exchange: [[">", frame("71", "0002")]],
    protocol: undefined,
  },
];
