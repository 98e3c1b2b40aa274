import { be16, be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function packet(code: number, ...attributes: readonly Uint8Array[]): Uint8Array {
  const body = concat(...attributes);
  return concat(code, 7, be16(20 + body.length), hex("000102030405060708090a0b0c0d0e0f"), body);
}

function attribute(type: number, value: Uint8Array): Uint8Array {
  return concat(type, value.length + 2, value);
}

const user = attribute(1, latin1("operator"));
const server = attribute(4, hex("c0000201"));
const request = packet(
  1,
  user,
  attribute(2, hex("00112233445566778899aabbccddeeff")),
  server,
  attribute(32, latin1("attic-ap")),
  attribute(30, latin1("02-00-00-00-00-01:guests")),
  attribute(31, latin1("02-00-00-00-00-07")),
);
const accept = packet(2, attribute(8, hex("c0000207")), attribute(18, latin1("welcome")));
const accounting = packet(4, user, server, attribute(40, be32(1)));

export const radiusExamples: readonly Example[] = [
  {
    title: "access is asked for and granted",
    transport: "udp",
    ports: [49152, 1812],
    exchange: [
      [">", request],
      ["<", accept],
    ],
    protocol: "radius",
    attributes: {
      "radius.code": [1, 2],
      "radius.user": ["operator"],
      "radius.nas-address": ["192.0.2.1"],
      "radius.nas-identifier": ["attic-ap"],
      "radius.called-station": ["02-00-00-00-00-01:guests"],
      "radius.calling-station": ["02-00-00-00-00-07"],
      "radius.framed-address": ["192.0.2.7"],
      "radius.reply-message": ["welcome"],
    },
    decidedAfter: 1,
  },
  {
    title: "accounting on a foreign port",
    transport: "udp",
    exchange: [[">", accounting]],
    protocol: "radius",
    attributes: {
      "radius.code": [4],
      "radius.user": ["operator"],
      "radius.nas-address": ["192.0.2.1"],
      "radius.accounting-status": [1],
    },
  },
  {
    title: "an attribute without length, in the first packet on the port",
    transport: "udp",
    ports: [49152, 1812],
    exchange: [[">", packet(1, user, hex("0400"))]],
    protocol: "radius",
    attributes: { "radius.code": [1], "radius.user": ["operator"] },
    findings: ["radius.attribute-length"],
  },
  {
    title: "a length beyond the datagram, after the verdict",
    transport: "udp",
    ports: [49152, 1812],
    exchange: [
      [">", accounting],
      ["<", packet(5, user).subarray(0, 24)],
    ],
    protocol: "radius",
    attributes: {
      "radius.code": [4],
      "radius.user": ["operator"],
      "radius.nas-address": ["192.0.2.1"],
      "radius.accounting-status": [1],
    },
    findings: ["radius.truncated"],
  },
  {
    title: "one attribute on a foreign port",
    transport: "udp",
    exchange: [[">", packet(1, user)]],
    protocol: undefined,
  },
];
