import { be16, be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function element(type: number, text: string): Uint8Array {
  return concat(be16(type), be16(text.length), latin1(text));
}

/** Header of 8 octets (802.11, no flags), then a control message. */
function control(type: number, ...elements: readonly Uint8Array[]): Uint8Array {
  const body = concat(...elements);
  return concat(hex("00 100200 0000 0000"), be32(type), 1, be16(3 + body.length), 0, body);
}

const join = control(3, element(28, "attic"), element(45, "ap-attic"));
const response = control(4, element(4, "controller-1"));
const encrypted = concat(hex("01 000000 16 feff 0000 000000000000 0004"), hex("01020304"));
const data = concat(hex("00 100300 0000 0000"), hex("0800 0000"), new Uint8Array(24));

export const capwapExamples: readonly Example[] = [
  {
    title: "an access point joins",
    transport: "udp",
    ports: [49152, 5246],
    exchange: [
      [">", join],
      ["<", response],
    ],
    protocol: "capwap",
    attributes: {
      "capwap.message-type": [3, 4],
      "capwap.location": "attic",
      "capwap.access-point": "ap-attic",
      "capwap.controller": "controller-1",
    },
    decidedAfter: 1,
  },
  {
    title: "encrypted control, then a length that is not the datagram's",
    transport: "udp",
    ports: [49152, 5246],
    exchange: [
      [">", encrypted],
      [">", concat(join, 0)],
    ],
    protocol: "capwap",
    attributes: { "capwap.encrypted": true },
    findings: ["capwap.element-wrong"],
  },
  {
    title: "a frame in the data channel",
    transport: "udp",
    ports: [49152, 5247],
    exchange: [[">", data]],
    protocol: "capwap",
  },
  {
    title: "reserved flags",
    transport: "udp",
    ports: [49152, 5247],
    exchange: [[">", hex("00 100207 0000 0000 0800 0000")]],
    protocol: undefined,
  },
];
