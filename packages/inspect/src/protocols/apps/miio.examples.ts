import { concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const noise = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 59 + 17) & 0xff);
const hello = concat(hex("2131 0020"), new Uint8Array(28).fill(0xff));
const answer = concat(hex("2131 0020 00000000 03e1a2b4 0000c350"), new Uint8Array(16).fill(0xff));
const command = concat(hex("2131 0050 00000000 03e1a2b4 0000c351"), noise(16 + 48));

export const miioExamples: readonly Example[] = [
  {
    title: "a device is greeted, answers and is commanded",
    transport: "udp",
    ports: [49152, 54321],
    exchange: [
      [">", hello],
      ["<", answer],
      [">", command],
    ],
    protocol: "miio",
    attributes: { "miio.device": ["03e1a2b4"] },
    decidedAfter: 1,
  },
  {
    title: "a hello with something else in it is nobody's",
    transport: "udp",
    ports: [49152, 54321],
    exchange: [[">", concat(hello.subarray(0, 28), hex("fffffffe"))]],
    protocol: undefined,
  },
];
