import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

// RFC 3550 §6.4.1: a sender report without blocks; §6.5: CNAME and TOOL, filled to 32 bits.
const senderReport = hex("80 c8 0006 1234abcd e9a1b2c3 80000000 00003e80 00000064 00003e80");
const names = concat(
  hex("81 ca 0008 1234abcd"),
  hex("01 0f"),
  latin1("alice@192.0.2.1"),
  hex("06 06"),
  latin1("gst1.2"),
  hex("00 00 00"),
);
const receiverReport = hex("81 c9 0007 00000077 1234abcd 00000000 00000010 00000001 b2c38000 00010000");
// RFC 4585 §6.3.1: picture loss indication.
const pictureLoss = hex("81 ce 0002 00000077 1234abcd");

export const rtcpExamples: readonly Example[] = [
  {
    title: "a sender reports and names itself; the receiver answers",
    transport: "udp",
    exchange: [
      [">", concat(senderReport, names)],
      ["<", receiverReport],
    ],
    protocol: "rtcp",
    attributes: {
      "rtcp.packet-type": [200, 202, 201],
      "rtcp.ssrc": ["1234abcd", "00000077"],
      "rtcp.cname": ["alice@192.0.2.1"],
      "rtcp.tool": ["gst1.2"],
    },
    decidedAfter: 1,
  },
  {
    title: "feedback alone, reduced in size",
    transport: "udp",
    exchange: [[">", pictureLoss]],
    protocol: "rtcp",
    attributes: { "rtcp.packet-type": [206], "rtcp.ssrc": ["00000077"] },
  },
  {
    title: "SRTCP, by the index that grows",
    transport: "udp",
    exchange: [5, 6, 7, 8].map((index) => [
      ">",
      hex(`80 c9 0001 734e7b28 8000000${index} 1150ddd7bafeb9cbd7ce`),
    ]),
    protocol: "rtcp",
    attributes: { "rtcp.encrypted": true, "rtcp.ssrc": ["734e7b28"] },
    decidedAfter: 4,
  },
  {
    title: "octets behind the compound are a finding",
    transport: "udp",
    exchange: [
      [">", receiverReport],
      [">", concat(receiverReport, hex("00000000"))],
    ],
    protocol: "rtcp",
    attributes: { "rtcp.packet-type": [201], "rtcp.ssrc": ["00000077"] },
    findings: ["rtcp.length-impossible"],
  },
  {
    title: "a report that counts blocks it does not hold is nobody's",
    transport: "udp",
    exchange: [[">", hex("82 c9 0001 00000077")]],
    protocol: undefined,
  },
];
