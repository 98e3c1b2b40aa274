import { concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const noise = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 41 + 9) & 0xff);
const session = hex("0123456789abcdef fedcba9876543210");
const open = concat(hex("010002"), session, noise(80));
const opened = concat(hex("020001"), session, noise(16));
const probe = hex("03 00000001 0a0b0c0d 00112233");
const answer = hex("04 00000001 0a0b0c0d 00112233");

/** Envelope, audio header of nineteen octets, RTP of version 2 with payload type 112. */
const audio = (sequence: number): Uint8Array =>
  concat(
    hex("05 0001 00000000 00"),
    hex("0f"),
    noise(18),
    hex("9070"),
    hex(sequence.toString(16).padStart(4, "0")),
    hex("00001000 01000401"),
    noise(40),
  );

export const zoomExamples: readonly Example[] = [
  {
    title: "a session is opened, measured and carries sound",
    transport: "udp",
    ports: [49152, 8801],
    exchange: [
      [">", open],
      ["<", opened],
      ["<", probe],
      [">", answer],
      [">", audio(1)],
    ],
    protocol: "zoom",
    attributes: { "zoom.media": ["audio"] },
    decidedAfter: 2,
  },
  {
    title: "a round trip is measured, midstream",
    transport: "udp",
    ports: [49152, 8801],
    exchange: [
      ["<", probe],
      [">", answer],
    ],
    protocol: "zoom",
    decidedAfter: 2,
  },
  {
    title: "sound alone, midstream",
    transport: "udp",
    ports: [49152, 8802],
    exchange: [
      [">", audio(7)],
      [">", audio(8)],
    ],
    protocol: "zoom",
    attributes: { "zoom.media": ["audio"] },
    decidedAfter: 2,
  },
  {
    title: "an answer to another session is nobody's",
    transport: "udp",
    ports: [49152, 8801],
    exchange: [
      [">", open],
      ["<", concat(hex("020001"), noise(40))],
    ],
    protocol: undefined,
  },
  {
    title: "the same octets on other ports are nobody's",
    transport: "udp",
    exchange: [
      [">", open],
      ["<", opened],
    ],
    protocol: undefined,
  },
];
