import { be16, be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function frame(type: number, payload: Uint8Array): Uint8Array {
  return concat(type, be16(0), be32(payload.length), payload, 0xce);
}
function frame1(type: number, performative: Uint8Array): Uint8Array {
  return concat(be32(8 + performative.length), 2, type, be16(0), performative);
}
const plain = latin1("\0alice\0secret");
const startOk = frame(
  1,
  concat(hex("000a 000b 00000000"), 5, latin1("PLAIN"), be32(plain.length), plain, 5, latin1("en_US")),
);
const open = frame(1, concat(hex("000a 0028"), 5, latin1("/shop"), 0, 0));
const publish = frame(1, concat(hex("003c 0028 0000"), 0, 1, latin1("q"), 0));
const init = concat(hex("00 53 41 c0"), 24, 2, hex("a3 05"), latin1("PLAIN"), hex("a0 0d"), plain);

export const amqpExamples: readonly Example[] = [
  {
    title: "0-9-1: a client logs in, opens a virtual host and publishes",
    transport: "tcp",
    ports: [49152, 5672],
    exchange: [
      [">", latin1("AMQP\0\0\x09\x01")],
      ["<", frame(1, hex("000a 000a 00 09 00000000 00000000 00000000"))],
      [">", startOk],
      [">", open],
      [">", publish],
    ],
    protocol: "amqp",
    attributes: {
      "amqp.version": "0-9-1",
      "amqp.method": ["connection.start", "connection.start-ok", "connection.open", "basic.publish"],
      "amqp.mechanism": "PLAIN",
      "amqp.user": "alice",
      "amqp.virtual-host": "/shop",
    },
    findings: ["amqp.cleartext-credentials"],
    decidedAfter: 1,
  },
  {
    title: "1.0: a client logs in and opens",
    transport: "tcp",
    exchange: [
      [">", latin1("AMQP\x03\x01\0\0")],
      ["<", latin1("AMQP\x03\x01\0\0")],
      [">", frame1(1, init)],
      [">", latin1("AMQP\0\x01\0\0")],
      [">", frame1(0, hex("00 53 10 c0 04 01 a1 01 61"))],
    ],
    protocol: "amqp",
    attributes: {
      "amqp.version": "1.0",
      "amqp.method": ["sasl-init", "open"],
      "amqp.mechanism": "PLAIN",
      "amqp.user": "alice",
    },
    findings: ["amqp.cleartext-credentials"],
  },
  {
    title: "midstream, and a frame that is not ended after it",
    transport: "tcp",
    exchange: [
      ["<", frame(1, hex("003c 0050 0000000000000001 00"))],
      ["<", hex("08 0000 00000000 cd")],
    ],
    protocol: "amqp",
    attributes: { "amqp.method": ["basic.ack"] },
    findings: ["amqp.frame-invalid"],
    decidedAfter: 1,
  },
  {
    title: "an unknown method is nobody's",
    transport: "tcp",
    exchange: [[">", frame(1, hex("0aaa 0001 00"))]],
    protocol: undefined,
  },
];
