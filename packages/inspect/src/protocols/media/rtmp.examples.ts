import { be16, be24, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const random = (seed: number): Uint8Array =>
  Uint8Array.from({ length: 1528 }, (_, at) => (at * 167 + seed) & 0xff);
const first = concat(3, hex("0007aa57 00000000"), random(1));
const firstOfPlayer = concat(3, hex("0007aa57 0a002d02"), random(1));
const second = concat(hex("033dd5b7 00000000"), random(2));
const answer = concat(3, hex("033dd5b7 00000000"), random(2), hex("0007aa57 00000000"), random(1));

const text = (value: string): Uint8Array => concat(be16(value.length), latin1(value));
const connectBody = concat(
  2,
  text("connect"),
  hex("00 3ff0000000000000 03"),
  text("app"),
  2,
  text("live"),
  text("flashVer"),
  2,
  text("WIN 10,0,45,2"),
  text("tcUrl"),
  2,
  text("rtmp://stream.example.com:1935/live/with/a/path/that/reaches/into/the/second/chunk/of/the/message"),
  text("fpad"),
  hex("01 00 0000 09"),
);
/** Adobe's RTMP 1.0 §5.3.1: chunk stream 3, type 0; chunks of 128 octets, further ones begun by C3. */
const connect = concat(
  hex("03 000000"),
  be24(connectBody.length),
  hex("14 00000000"),
  connectBody.subarray(0, 128),
  0xc3,
  connectBody.subarray(128),
);
const read = {
  "rtmp.application": "live",
  "rtmp.client": "WIN 10,0,45,2",
  "rtmp.url":
    "rtmp://stream.example.com:1935/live/with/a/path/that/reaches/into/the/second/chunk/of/the/message",
  "rtmp.host": "stream.example.com",
};

export const rtmpExamples: readonly Example[] = [
  {
    title: "a player shakes hands and connects",
    transport: "tcp",
    exchange: [
      [">", firstOfPlayer],
      ["<", answer],
      [">", concat(second, connect)],
    ],
    protocol: "rtmp",
    attributes: read,
    decidedAfter: 2,
  },
  {
    title: "the client's side alone",
    transport: "tcp",
    exchange: [[">", concat(first, second, connect)]],
    protocol: "rtmp",
    attributes: read,
  },
  {
    title: "a command that ends within a property is a finding",
    transport: "tcp",
    exchange: [
      [">", first],
      ["<", answer],
      [">", concat(second, hex("03 000000 000019 14 00000000"), connectBody.subarray(0, 25))],
    ],
    protocol: "rtmp",
    attributes: {},
    findings: ["rtmp.command-truncated"],
  },
  {
    title: "a handshake with another field behind its time is nobody's",
    transport: "tcp",
    exchange: [
      [">", concat(3, hex("0007aa57 ffff0000"), random(1))],
      ["<", answer],
    ],
    protocol: undefined,
  },
];
