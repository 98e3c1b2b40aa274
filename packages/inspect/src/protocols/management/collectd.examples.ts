import { be16, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function part(type: number, body: Uint8Array): Uint8Array {
  return concat(be16(type), be16(4 + body.length), body);
}

function text(type: number, value: string): Uint8Array {
  return part(type, latin1(`${value}\0`));
}

const values = concat(
  text(0, "attic.example.com"),
  part(8, hex("1a2b3c4d5e6f7081")),
  part(9, hex("0000000280000000")),
  text(2, "cpu"),
  text(3, "0"),
  text(4, "cpu"),
  text(5, "idle"),
  part(6, hex("0001 02 0000000000000064")),
);
const encrypted = part(0x0210, concat(be16(8), latin1("operator"), new Uint8Array(16 + 20 + 64).fill(0xa5)));
const signed = concat(part(0x0200, concat(new Uint8Array(32).fill(0x5a), latin1("operator"))), values);
const read = { "collectd.host": ["attic.example.com"], "collectd.plugin": ["cpu"] };

export const collectdExamples: readonly Example[] = [
  {
    title: "values in the clear, on any port",
    transport: "udp",
    exchange: [[">", values]],
    protocol: "collectd",
    attributes: read,
    decidedAfter: 1,
  },
  {
    title: "values that are signed",
    transport: "udp",
    exchange: [[">", signed]],
    protocol: "collectd",
    attributes: { "collectd.security": "signed", "collectd.user": ["operator"], ...read },
  },
  {
    title: "values that are encrypted, then a length that is not the datagram's",
    transport: "udp",
    ports: [49152, 25826],
    exchange: [
      [">", encrypted],
      [">", concat(encrypted, 0)],
    ],
    protocol: "collectd",
    attributes: { "collectd.security": "encrypted", "collectd.user": ["operator"] },
    findings: ["collectd.part-wrong"],
  },
  {
    title: "a last part cut short, as the first datagram on the port",
    transport: "udp",
    ports: [49152, 25826],
    exchange: [[">", values.subarray(0, values.length - 1)]],
    protocol: "collectd",
    attributes: read,
    findings: ["collectd.part-wrong"],
  },
  {
    title: "a last part cut short on another port",
    transport: "udp",
    exchange: [[">", values.subarray(0, values.length - 1)]],
    protocol: undefined,
  },
];
