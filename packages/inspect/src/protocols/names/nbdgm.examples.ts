import { be16, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";
import { netbiosName } from "./nbns.examples.js";

function datagram(source: Uint8Array, destination: Uint8Array): Uint8Array {
  const data = concat(source, destination, hex("ff534d4225"));
  return concat(hex("11 0a 1234 c0000209 008a"), be16(data.length), hex("0000"), data);
}

const announcement = datagram(netbiosName("WORKSTATION", 0x00), netbiosName("WORKGROUP", 0x1d));
const read = {
  "nbdgm.type": [17],
  "nbdgm.source-name": "WORKSTATION<00>",
  "nbdgm.destination-name": ["WORKGROUP<1d>"],
  "nbdgm.source-address": "192.0.2.9",
};

export const nbdgmExamples: readonly Example[] = [
  {
    title: "a host announces itself to its group",
    transport: "udp",
    ports: [138, 138],
    exchange: [[">", announcement]],
    protocol: "nbdgm",
    attributes: read,
    decidedAfter: 1,
  },
  {
    title: "an error: the destination name is not present",
    transport: "udp",
    ports: [138, 138],
    exchange: [[">", hex("13 02 1234 c0000209 008a 82")]],
    protocol: "nbdgm",
    attributes: { "nbdgm.type": [19], "nbdgm.source-address": "192.0.2.9" },
  },
  {
    title: "a length beyond the datagram after the verdict",
    transport: "udp",
    ports: [138, 138],
    exchange: [
      [">", announcement],
      [">", announcement.subarray(0, announcement.length - 1)],
    ],
    protocol: "nbdgm",
    attributes: read,
    findings: ["nbdgm.truncated"],
  },
  {
    title: "a name that is not encoded",
    transport: "udp",
    ports: [138, 138],
    exchange: [[">", datagram(hex("03 616263 00"), netbiosName("WORKGROUP", 0x1d))]],
    protocol: undefined,
  },
];
