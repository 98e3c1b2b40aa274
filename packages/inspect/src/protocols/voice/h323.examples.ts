import { be16, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const tpkt = (body: Uint8Array): Uint8Array => concat(hex("03 00"), be16(4 + body.length), body);
/** Q.931 §4.5.30 as H.225.0 §7.2 fills it: length, discriminator 5, packed ASN.1 with the identifier of H.225.0. */
const userUser = hex("7e 000d 05 20 a8 06 0008914a0004 014006");

const setup = tpkt(
  concat(
    hex("08 02 77f4 05 04 03 8090a5 28 08"),
    latin1("alice.ex"),
    hex("6c 06 41 81"),
    latin1("1001"),
    hex("70 05 81"),
    latin1("2002"),
    userUser,
  ),
);
const alerting = tpkt(concat(hex("08 02 f7f4 01"), userUser));
const capabilities = tpkt(hex("02 70 01 06 0008817500 07 8013"));
const registration = hex("0e c0 0001 06 0008914a0004 8001");

export const h323Examples: readonly Example[] = [
  {
    title: "a call is set up and rings",
    transport: "tcp",
    exchange: [
      [">", setup],
      ["<", concat(alerting, tpkt(hex("")))],
    ],
    protocol: "h323",
    attributes: {
      "h323.channel": "h225-call",
      "h323.message": ["setup", "alerting"],
      "h323.display": ["alice.ex"],
      "h323.calling-number": "1001",
      "h323.called-number": "2002",
    },
    decidedAfter: 1,
  },
  {
    title: "H.245 on a port of its own",
    transport: "tcp",
    exchange: [
      [">", capabilities],
      ["<", tpkt(hex("01 00 00 80 924fd5"))],
    ],
    protocol: "h323",
    attributes: { "h323.channel": "h245" },
  },
  {
    title: "a terminal registers with its gatekeeper",
    transport: "udp",
    exchange: [
      [">", registration],
      ["<", hex("12 40 0001 06 0008914a0004 00")],
    ],
    protocol: "h323",
    attributes: { "h323.channel": "h225-ras", "h323.ras-message": ["rrq", "rcf"] },
  },
  {
    title: "an element that reaches beyond its message is a finding",
    transport: "tcp",
    exchange: [
      [">", setup],
      ["<", tpkt(hex("08 02 f7f4 01 28 40 41"))],
    ],
    protocol: "h323",
    attributes: {
      "h323.channel": "h225-call",
      "h323.message": ["setup"],
      "h323.display": ["alice.ex"],
      "h323.calling-number": "1001",
      "h323.called-number": "2002",
    },
    findings: ["h323.element-overrun"],
  },
  {
    title: "signalling without H.225.0 is nobody's",
    transport: "tcp",
    exchange: [[">", tpkt(hex("08 02 77f4 05 04 03 8090a5"))]],
    protocol: undefined,
  },
];
