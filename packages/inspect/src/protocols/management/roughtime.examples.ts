import { concat, latin1, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";

/** Tags in the order in which they are compared, with their values. */
function packet(...tags: readonly (readonly [string, Uint8Array])[]): Uint8Array {
  const offsets: Uint8Array[] = [];
  let at = 0;
  for (const [, value] of tags.slice(0, -1)) {
    at += value.length;
    offsets.push(le32(at));
  }
  const message = concat(
    le32(tags.length),
    ...offsets,
    ...tags.map(([name]) => latin1(name)),
    ...tags.map(([, value]) => value),
  );
  return concat(latin1("ROUGHTIM"), le32(message.length), message);
}

const nonce = new Uint8Array(32).fill(0xa5);
const request = packet(["VER\0", le32(0x8000_000c)], ["NONC", nonce], ["ZZZZ", new Uint8Array(64)]);
const response = packet(["SIG\0", new Uint8Array(64)], ["VER\0", le32(0x8000_000c)], ["NONC", nonce]);
const read = { "roughtime.version": [0x8000_000c], "roughtime.message": ["request", "response"] };

export const roughtimeExamples: readonly Example[] = [
  {
    title: "the time is asked for and told",
    transport: "udp",
    exchange: [
      [">", request],
      ["<", response],
    ],
    protocol: "roughtime",
    attributes: read,
    decidedAfter: 1,
  },
  {
    title: "over TCP",
    transport: "tcp",
    exchange: [
      [">", request],
      ["<", response],
    ],
    protocol: "roughtime",
    attributes: read,
  },
  {
    title: "a request without the magic word",
    transport: "udp",
    exchange: [[">", packet(["NONC", nonce], ["PAD\xff", new Uint8Array(960)]).subarray(12)]],
    protocol: "roughtime",
    attributes: { "roughtime.message": ["request"] },
  },
  {
    title: "tags out of order, after the verdict",
    transport: "udp",
    exchange: [
      [">", request],
      [">", packet(["NONC", nonce], ["VER\0", le32(1)])],
    ],
    protocol: "roughtime",
    attributes: { "roughtime.version": [0x8000_000c], "roughtime.message": ["request"] },
    findings: ["roughtime.tags-wrong"],
  },
  {
    title: "a length that is not the packet's",
    transport: "udp",
    ports: [49152, 2002],
    exchange: [[">", concat(request, 0)]],
    protocol: undefined,
  },
];
