import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const device = new Uint8Array(32).fill(0xb7);
const address = "tcp://192.0.2.1:22000";
const announcement = concat(
  hex("2ea7d90b 0a 20"),
  device,
  0x12,
  address.length,
  latin1(address),
  hex("18 ffffffff0f"),
);
const deviceText = "b7".repeat(32);

export const syncthingExamples: readonly Example[] = [
  {
    title: "a device announces itself",
    transport: "udp",
    exchange: [[">", announcement]],
    protocol: "syncthing",
    attributes: { "syncthing.device": deviceText, "syncthing.address": [address] },
    decidedAfter: 1,
  },
  {
    title: "a session over a relay is joined",
    transport: "tcp",
    exchange: [
      [">", hex("9e79bc40 00000003 00000008 00000004 00112233")],
      ["<", hex("9e79bc40 00000004 00000008 00000000 00000000")],
    ],
    protocol: "syncthing",
    attributes: { "syncthing.relay-message": ["join-session-request", "response"] },
  },
  {
    title: "an address that reaches beyond its announcement is a finding",
    transport: "udp",
    exchange: [
      [">", announcement],
      [">", announcement.subarray(0, 50)],
    ],
    protocol: "syncthing",
    attributes: { "syncthing.device": deviceText, "syncthing.address": [address] },
    findings: ["syncthing.field-overrun"],
  },
  {
    title: "a device of another length is nobody's",
    transport: "udp",
    exchange: [[">", concat(hex("2ea7d90b 0a 1f"), device)]],
    protocol: undefined,
  },
];
