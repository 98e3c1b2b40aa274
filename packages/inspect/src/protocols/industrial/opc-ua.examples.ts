import { concat, hex, latin1, le32 } from "@palisade/wire";
import type { Example } from "../../example.js";

function message(type: string, body: Uint8Array): Uint8Array {
  return concat(latin1(type), le32(body.length + 8), body);
}

function text(value: string): Uint8Array {
  return concat(le32(value.length), latin1(value));
}

// Version 0, buffers of 65,536 octets, no limits of messages and chunks.
const limits = hex("00000000 00000100 00000100 00000000 00000000");
const hello = message("HELF", concat(limits, text("opc.tcp://plc.example:4840")));
const acknowledge = message("ACKF", limits);
const policy = "http://opcfoundation.org/UA/SecurityPolicy#None";
const open = message(
  "OPNF",
  concat(le32(0), text(policy), hex("ffffffff ffffffff 01000000 01000000"), new Uint8Array(40)),
);
const error = message("ERRF", concat(hex("00008380"), text("unknown endpoint")));
const service = message("MSGF", concat(le32(7), le32(1), le32(2), le32(2), new Uint8Array(16)));

export const opcUaExamples: readonly Example[] = [
  {
    title: "a client opens a channel without protection",
    transport: "tcp",
    exchange: [
      [">", hello],
      ["<", acknowledge],
      [">", open],
    ],
    protocol: "opc-ua",
    attributes: { "opc-ua.endpoint-url": "opc.tcp://plc.example:4840", "opc-ua.security-policy": [policy] },
    findings: ["opc-ua.unprotected"],
    decidedAfter: 1,
  },
  {
    title: "a server refuses",
    transport: "tcp",
    ports: [49152, 4840],
    exchange: [["<", error]],
    protocol: "opc-ua",
    attributes: { "opc-ua.error": ["80830000"] },
  },
  {
    title: "midstream on its port, and then something else",
    transport: "tcp",
    ports: [49152, 4840],
    exchange: [
      [">", service],
      [">", latin1("MSGX")],
    ],
    protocol: "opc-ua",
    findings: ["opc-ua.type-unknown"],
  },
  {
    title: "a Hello with buffers that are too small",
    transport: "tcp",
    ports: [49152, 4840],
    exchange: [[">", message("HELF", concat(new Uint8Array(20), text("opc.tcp://a")))]],
    protocol: undefined,
  },
];
