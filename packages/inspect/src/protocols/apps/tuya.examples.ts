import { be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const noise = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 67 + 21) & 0xff);
const message = (sequence: number, command: number, data: Uint8Array): Uint8Array =>
  concat(
    hex("000055aa"),
    be32(sequence),
    be32(command),
    be32(data.length + 8),
    data,
    hex("1a2b3c4d 0000aa55"),
  );

const query = message(1, 10, noise(48));
const status = message(1, 10, concat(be32(0), latin1("3.3"), new Uint8Array(12), noise(64)));
const sealed = concat(hex("00006699 0000"), be32(4), be32(9), be32(44), noise(44), hex("00009966"));

export const tuyaExamples: readonly Example[] = [
  {
    title: "a device is asked for its state and answers",
    transport: "tcp",
    ports: [49152, 6668],
    exchange: [
      [">", query],
      ["<", status],
    ],
    protocol: "tuya",
    attributes: { "tuya.command": [10], "tuya.version": "3.3" },
    decidedAfter: 1,
  },
  {
    title: "a device of version 3.5 announces itself",
    transport: "udp",
    ports: [49152, 7000],
    exchange: [[">", sealed]],
    protocol: "tuya",
    attributes: { "tuya.command": [9] },
  },
  {
    title: "a message without its suffix is nobody's",
    transport: "udp",
    ports: [49152, 6667],
    exchange: [[">", concat(query.subarray(0, query.length - 4), hex("0000ab55"))]],
    protocol: undefined,
  },
];
