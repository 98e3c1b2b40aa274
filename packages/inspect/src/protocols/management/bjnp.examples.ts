import { be16, be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function message(magic: string, device: number, command: number, body: Uint8Array): Uint8Array {
  return concat(latin1(magic), device, command, hex("0000 0007 0000"), be32(body.length), body);
}

const discover = message("BJNP", 2, 1, hex(""));
const text = "MFG:Canon;CMD:MultiPass 2.1;MDL:Example;CLS:IMAGE;";
const identity = message("BJNP", 0x82, 0x30, concat(be16(text.length + 2), latin1(text)));
const details = message("MFNP", 1, 0x10, new Uint8Array(8));

export const bjnpExamples: readonly Example[] = [
  {
    title: "a scanner is looked for and says what it is",
    transport: "udp",
    exchange: [
      [">", discover],
      ["<", identity],
    ],
    protocol: "bjnp",
    attributes: { "bjnp.device": ["scanner"], "bjnp.command": [1, 0x30], "bjnp.identity": text },
    decidedAfter: 1,
  },
  {
    title: "a print job over TCP",
    transport: "tcp",
    ports: [49152, 8611],
    exchange: [[">", concat(details, message("MFNP", 1, 0x20, new Uint8Array(64)))]],
    protocol: "bjnp",
    attributes: { "bjnp.device": ["printer"], "bjnp.command": [0x10, 0x20] },
  },
  {
    title: "a length beyond the datagram, after the verdict",
    transport: "udp",
    exchange: [
      [">", discover],
      [">", identity.subarray(0, 40)],
    ],
    protocol: "bjnp",
    attributes: { "bjnp.device": ["scanner"], "bjnp.command": [1] },
    findings: ["bjnp.length-wrong"],
  },
  {
    title: "another magic word",
    transport: "udp",
    ports: [49152, 8611],
    exchange: [[">", concat(latin1("BJNQ"), discover.subarray(4))]],
    protocol: undefined,
  },
];
