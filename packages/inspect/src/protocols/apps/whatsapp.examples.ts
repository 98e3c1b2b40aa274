import { be24, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const key = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 73 + 5) & 0xff);

// HandshakeMessage { clientHello { ephemeral: 32 octets, static: 48, payload: 60 } }
const hello = concat(hex("0a 20"), key(32), hex("12 30"), key(48), hex("1a 3c"), key(60));
const handshake = concat(hex("12 9201"), hello);
const noise = concat(hex("5741 06 03"), be24(handshake.length), handshake);
const routing = concat(hex("45440001 000004 08090802"), noise);
// A list of five tokens, as version 1 began its stream.
const binaryXml = concat(hex("5741 01 05 00001a f805"), key(24));

export const whatsappExamples: readonly Example[] = [
  {
    title: "a client's Noise handshake",
    transport: "tcp",
    exchange: [
      [">", noise],
      ["<", concat(be24(8), hex("1a06 0a04 01020304"))],
    ],
    protocol: "whatsapp",
    attributes: { "whatsapp.version": "6.3" },
    decidedAfter: 1,
  },
  {
    title: "routing data go before the prologue",
    transport: "tcp",
    exchange: [[">", routing]],
    protocol: "whatsapp",
    attributes: { "whatsapp.version": "6.3" },
  },
  {
    title: "a stream of the version before Noise",
    transport: "tcp",
    exchange: [[">", binaryXml]],
    protocol: "whatsapp",
    attributes: { "whatsapp.version": "1.5" },
  },
  {
    title: "a hello that does not fill its frame is nobody's",
    transport: "tcp",
    exchange: [[">", concat(hex("5741 06 03"), be24(handshake.length + 9), handshake, key(9))]],
    protocol: undefined,
  },
  {
    title: "words that begin with the same letters are nobody's",
    transport: "tcp",
    exchange: [[">", hex("5741 4954 2d434845 434b0d0a 57414954")]],
    protocol: undefined,
  },
];
