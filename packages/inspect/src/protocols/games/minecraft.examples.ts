import { be16, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function packet(...parts: readonly (Uint8Array | number)[]): Uint8Array {
  const body = concat(...parts);
  return concat(body.length, body);
}

function text(value: string): Uint8Array {
  return concat(value.length, latin1(value));
}

// Version 767 as a varint: ff 05.
const handshake = (host: string, intent: number): Uint8Array =>
  packet(0, hex("ff05"), text(host), be16(25565), intent);
const loginStart = packet(0, text("Steve"), hex("069a79f444e94726a5befca90e38aaf5"));

export const minecraftExamples: readonly Example[] = [
  {
    title: "a player logs in",
    transport: "tcp",
    ports: [49152, 25565],
    exchange: [
      [">", concat(handshake("mc.example.com", 2), loginStart)],
      ["<", packet(1, hex("0000"))],
    ],
    protocol: "minecraft",
    attributes: {
      "minecraft.protocol-version": 767,
      "minecraft.host": "mc.example.com",
      "minecraft.intent": "login",
      "minecraft.player": "Steve",
    },
    decidedAfter: 1,
  },
  {
    title: "a client of a mod loader asks for the state, on another port",
    transport: "tcp",
    exchange: [[">", concat(handshake("mc.example.com\0FML3\0", 1), packet(0))]],
    protocol: "minecraft",
    attributes: {
      "minecraft.protocol-version": 767,
      "minecraft.host": "mc.example.com",
      "minecraft.intent": "status",
    },
  },
  {
    title: "a packet with an octet too many is nobody's",
    transport: "tcp",
    exchange: [[">", packet(0, hex("ff05"), text("mc.example.com"), be16(25565), 2, 0)]],
    protocol: undefined,
  },
];
