import { concat, hex, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";

const sealed = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 167 + 13) & 0xff);
const noCookie = new Uint8Array(16);

// Whitepaper §5.4.2: type, reserved, sender, ephemeral, static, timestamp, mac1, mac2.
const initiation = concat(hex("01000000 a1b2c3d4"), sealed(32 + 48 + 28 + 16), noCookie);
// §5.4.3: type, reserved, sender, receiver, ephemeral, empty, mac1, mac2.
const response = concat(hex("02000000 0a0b0c0d a1b2c3d4"), sealed(32 + 16 + 16), noCookie);
const data = (counter: number, length = 80): Uint8Array =>
  concat(hex("04000000 0a0b0c0d"), le32(counter), le32(0), sealed(length + 16));
// §5.4.7: type, reserved, receiver, nonce, cookie.
const cookieReply = concat(hex("03000000 a1b2c3d4"), sealed(24 + 32));

export const wireguardExamples: readonly Example[] = [
  {
    title: "a handshake and data",
    transport: "udp",
    exchange: [
      [">", initiation],
      ["<", response],
      [">", data(0)],
    ],
    protocol: "wireguard",
    attributes: {
      "wireguard.message": ["initiation", "response", "data"],
      "wireguard.index": ["a1b2c3d4", "0a0b0c0d"],
    },
    decidedAfter: 1,
  },
  {
    title: "a server under load asks for a cookie",
    transport: "udp",
    exchange: [
      [">", concat(initiation.subarray(0, 132), sealed(16))],
      ["<", cookieReply],
    ],
    protocol: "wireguard",
    attributes: { "wireguard.message": ["cookie-reply"] },
    decidedAfter: 2,
  },
  {
    title: "data of one direction, midstream",
    transport: "udp",
    exchange: [
      [">", data(19)],
      [">", data(21, 0)],
    ],
    protocol: "wireguard",
    attributes: { "wireguard.message": ["data"] },
    decidedAfter: 2,
  },
  {
    title: "a response of another length is a finding",
    transport: "udp",
    exchange: [
      [">", initiation],
      ["<", response.subarray(0, 88)],
    ],
    protocol: "wireguard",
    attributes: { "wireguard.message": ["initiation"], "wireguard.index": ["a1b2c3d4"] },
    findings: ["wireguard.length-impossible"],
  },
  {
    title: "data that are repeated are nobody's",
    transport: "udp",
    exchange: [
      [">", data(19)],
      [">", data(19)],
    ],
    protocol: undefined,
  },
];
