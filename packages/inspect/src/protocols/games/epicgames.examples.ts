import type { Example } from "../../example.js";

/** Fields one after the other, each least significant bit first; `[value, bits]`. */
function packed(...fields: readonly (readonly [value: number, bits: number])[]): Uint8Array {
  const bits: number[] = [];
  for (const [value, count] of fields) {
    for (let at = 0; at < count; at += 1) bits.push(Math.floor(value / 2 ** at) % 2);
  }
  bits.push(1);
  const octets = new Uint8Array(Math.ceil(bits.length / 8));
  bits.forEach((bit, at) => {
    octets[at >>> 3]! |= bit << (at & 7);
  });
  return octets;
}

type Fields = readonly (readonly [number, number])[];
const wide = (value: number, words: number): Fields =>
  Array.from({ length: words }, (_, at) => [value * (at + 1), 32]);

function packet(magicBits: number, type: number, count: number, secrets: number): Uint8Array {
  return packed(
    [0b0101, magicBits],
    [0, 2],
    [3, 3],
    [1, 1],
    [0, 1],
    [3, 8],
    [4, 8],
    [type, 8],
    [count, 8],
    [0x1a2b3c4d, 32],
    [0, 16],
    [secrets === 0 ? 0 : 1, 1],
    ...wide(secrets, 2),
    ...wide(secrets, 5),
    [0x5a5a5a, 24],
  );
}

export const epicgamesExamples: readonly Example[] = [
  {
    title: "a server challenges a client",
    transport: "udp",
    ports: [49152, 7777],
    exchange: [
      [">", packet(0, 0, 1, 0)],
      ["<", packet(0, 1, 1, 0x01020304)],
    ],
    protocol: "epicgames",
    attributes: { "epicgames.handshake-version": 4, "epicgames.network-version": "1a2b3c4d" },
    decidedAfter: 2,
  },
  {
    title: "a client of a game with a magic header tries again",
    transport: "udp",
    exchange: [
      [">", packet(4, 0, 1, 0)],
      [">", packet(4, 0, 2, 0)],
    ],
    protocol: "epicgames",
    attributes: { "epicgames.handshake-version": 4, "epicgames.network-version": "1a2b3c4d" },
    decidedAfter: 2,
  },
  {
    title: "one initial packet twice is nobody's",
    transport: "udp",
    exchange: [
      [">", packet(0, 0, 1, 0)],
      [">", packet(0, 0, 1, 0)],
    ],
    protocol: undefined,
  },
];
