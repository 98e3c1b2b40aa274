import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const header = concat(latin1("RTPS"), hex("02 03 010f 010f45d2b3f5580001000000"));
// Time stamp of eight octets, then a heartbeat of 28.
const heartbeat = concat(
  header,
  hex("09 01 0800 65a1b2c300000000"),
  hex("07 01 1c00 00000000 000003c2 0000000001000000 0000000001000000 01000000"),
);
const ping = concat(latin1("RTPS"), hex("02 01 0101"), latin1("NDDSPING"));

export const rtpsExamples: readonly Example[] = [
  {
    title: "a writer says what it has, and then a submessage that is cut",
    transport: "udp",
    exchange: [
      [">", heartbeat],
      [">", concat(header, hex("15 05 4000 0000"))],
    ],
    protocol: "rtps",
    attributes: { "rtps.version": "2.3", "rtps.vendor-id": [0x010f], "rtps.submessage": [9, 7] },
    findings: ["rtps.submessage-invalid"],
    decidedAfter: 1,
  },
  {
    title: "a ping of RTI's implementation",
    transport: "udp",
    ports: [49152, 7410],
    exchange: [[">", ping]],
    protocol: "rtps",
    attributes: { "rtps.version": "2.1", "rtps.vendor-id": [0x0101] },
  },
  {
    title: "a version that was never published",
    transport: "udp",
    exchange: [[">", concat(latin1("RTPS"), hex("07 03 010f 010f45d2b3f5580001000000"))]],
    protocol: undefined,
  },
];
