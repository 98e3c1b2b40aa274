import { be32, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

function datagram(address: Uint8Array, ...samples: readonly Uint8Array[]): Uint8Array {
  const kind = address.length === 4 ? 1 : 2;
  return concat(be32(5), be32(kind), address, be32(0), be32(7), be32(1000), be32(samples.length), ...samples);
}

const flowSample = concat(be32(1), be32(8), hex("0000000100000002"));
const counters = concat(be32(2), be32(12), new Uint8Array(12));
const sampled = datagram(hex("c0000207"), flowSample, counters);
const read = { "sflow.agent": ["192.0.2.7"], "sflow.sub-agent": [0], "sflow.sample-type": [1, 2] };

export const sflowExamples: readonly Example[] = [
  {
    title: "two samples",
    transport: "udp",
    exchange: [[">", sampled]],
    protocol: "sflow",
    attributes: read,
    decidedAfter: 1,
  },
  {
    title: "an agent with an IPv6 address, then a sample cut short",
    transport: "udp",
    exchange: [
      [">", datagram(hex("20010db8000000000000000000000007"), counters)],
      [">", sampled.subarray(0, sampled.length - 4)],
    ],
    protocol: "sflow",
    attributes: { "sflow.agent": ["2001:db8::7"], "sflow.sub-agent": [0], "sflow.sample-type": [2] },
    findings: ["sflow.truncated"],
  },
  {
    title: "fewer samples than octets",
    transport: "udp",
    ports: [49152, 6343],
    exchange: [[">", concat(sampled, counters)]],
    protocol: undefined,
  },
];
