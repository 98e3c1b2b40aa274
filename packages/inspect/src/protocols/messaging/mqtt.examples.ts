import { be16, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function packet(first: number, ...parts: readonly (Uint8Array | number)[]): Uint8Array {
  const body = concat(...parts);
  return concat(first, body.length, body);
}
function field(text: string): Uint8Array {
  return concat(be16(text.length), latin1(text));
}
// MQTT 3.1.1 §3.1: user name and password flags, clean session; keep alive 60 s.
const connect = packet(
  0x10,
  field("MQTT"),
  hex("04 c2 003c"),
  field("sensor-7"),
  field("alice"),
  field("secret"),
);
// MQTT 5.0 §3.1: a session expiry interval among the properties; a will.
const connect5 = packet(
  0x10,
  field("MQTT"),
  hex("05 06 003c"),
  hex("05 1100000e10"),
  field("gate"),
  hex("00"),
  field("gate/lost"),
  field("1"),
);

export const mqttExamples: readonly Example[] = [
  {
    title: "a client connects with a password, subscribes and publishes",
    transport: "tcp",
    ports: [49152, 1883],
    exchange: [
      [">", connect],
      ["<", hex("20 02 0000")],
      [">", packet(0x82, be16(1), field("house/#"), 0)],
      [">", packet(0x30, field("house/door"), latin1("open"))],
      ["<", packet(0x90, be16(1), 0)],
    ],
    protocol: "mqtt",
    attributes: {
      "mqtt.version": "3.1.1",
      "mqtt.client-id": "sensor-7",
      "mqtt.user": "alice",
      "mqtt.connect-code": 0,
      "mqtt.topic-filter": ["house/#"],
      "mqtt.topic": ["house/door"],
    },
    findings: ["mqtt.cleartext-credentials"],
    decidedAfter: 1,
  },
  {
    title: "version 5 with properties and a will, refused",
    transport: "tcp",
    exchange: [
      [">", connect5],
      ["<", hex("20 03 00 87 00")],
    ],
    protocol: "mqtt",
    attributes: { "mqtt.version": "5.0", "mqtt.client-id": "gate", "mqtt.connect-code": 0x87 },
  },
  {
    title: "version 3.1",
    transport: "tcp",
    exchange: [[">", packet(0x10, field("MQIsdp"), hex("03 02 000a"), field("old"))]],
    protocol: "mqtt",
    attributes: { "mqtt.version": "3.1", "mqtt.client-id": "old" },
  },
  {
    title: "midstream, a ping and its answer",
    transport: "tcp",
    exchange: [
      [">", hex("c000")],
      ["<", hex("d000")],
    ],
    protocol: "mqtt",
    attributes: {},
    decidedAfter: 2,
  },
  {
    title: "midstream on the port, a publication alone",
    transport: "tcp",
    ports: [1883, 49152],
    exchange: [[">", packet(0x30, field("house/door"), latin1("open"))]],
    protocol: "mqtt",
    attributes: { "mqtt.topic": ["house/door"] },
    decidedAfter: 1,
  },
  {
    title: "a packet of the reserved type is a finding",
    transport: "tcp",
    exchange: [
      [">", connect5],
      ["<", hex("00 02 0000")],
    ],
    protocol: "mqtt",
    attributes: { "mqtt.version": "5.0", "mqtt.client-id": "gate" },
    findings: ["mqtt.header-invalid"],
  },
  {
    title: "another name in the place of MQTT's is nobody's",
    transport: "tcp",
    exchange: [[">", packet(0x10, field("MQTX"), hex("04 02 003c"), field("x"))]],
    protocol: undefined,
  },
];
