import { be16, be32, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

/** RFC 3550 §5.1: version 2, payload type 0 (PCMU), 20 ms of silence. */
function packet(sequence: number, ssrc = 0x1234abcd, first = 0x80, type = 0): Uint8Array {
  return concat(
    Uint8Array.of(first, type),
    be16(sequence),
    be32(160 * sequence),
    be32(ssrc),
    new Uint8Array(160).fill(0xff),
  );
}

export const rtpExamples: readonly Example[] = [
  {
    title: "a direction's second packet decides, over the wrap of the sequence number",
    transport: "udp",
    exchange: [
      [">", packet(0xffff)],
      [">", packet(0)],
    ],
    protocol: "rtp",
    attributes: { "rtp.payload-type": [0], "rtp.payload-name": ["PCMU"], "rtp.ssrc": ["1234abcd"] },
    decidedAfter: 2,
  },
  {
    title: "both directions, with a contributing source, an extension and padding",
    transport: "udp",
    exchange: [
      [">", packet(7, 1, 0x80, 111)],
      ["<", concat(hex("b1 6f 0009 00000100 00000002 00000003 bede 0001 10ff0000"), hex("aabb 0003 03"))],
      ["<", concat(hex("b1 6f 000a 00000200 00000002 00000003 bede 0001 10ff0000"), hex("aabb 0003 03"))],
      [">", packet(8, 1, 0x80, 111)],
    ],
    protocol: "rtp",
    attributes: { "rtp.payload-type": [111], "rtp.ssrc": ["00000002", "00000001"] },
    decidedAfter: 3,
  },
  {
    title: "more padding than payload is a finding",
    transport: "udp",
    exchange: [
      [">", packet(1)],
      [">", packet(2)],
      [">", packet(3, 0x1234abcd, 0xa0)],
    ],
    protocol: "rtp",
    attributes: { "rtp.payload-type": [0], "rtp.payload-name": ["PCMU"], "rtp.ssrc": ["1234abcd"] },
    findings: ["rtp.padding-impossible"],
  },
  {
    title: "another source every time is nobody's",
    transport: "udp",
    exchange: [
      [">", packet(1, 1)],
      [">", packet(2, 2)],
      [">", packet(3, 3)],
    ],
    protocol: undefined,
  },
];
