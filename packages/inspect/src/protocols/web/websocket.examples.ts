import { hex } from "@palisade/wire";
import type { Example } from "../../example.js";

export const websocketExamples: readonly Example[] = [
  {
    title: "frames of both sides without the handshake (RFC 6455 §5.7)",
    transport: "tcp",
    exchange: [
      [">", hex("81 85 37fa213d 7f9f4d5158")],
      ["<", hex("81 05 48656c6c6f")],
      ["<", hex("83 00")],
    ],
    protocol: "websocket",
    // The client's frame lies before the verdict fell, in the server's direction.
    attributes: { "websocket.opcode": [1] },
    findings: ["websocket.frame-invalid"],
    decidedAfter: 2,
  },
  {
    title: "a server's frame that is masked is not WebSocket",
    transport: "tcp",
    exchange: [["<", hex("81 85 37fa213d 7f9f4d5158")]],
    protocol: undefined,
  },
];
