import { be16, be32, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const EXPORTED = be32(1_600_000_000);

function set(id: number, body: Uint8Array): Uint8Array {
  return concat(be16(id), be16(4 + body.length), body);
}

function ipfix(...sets: readonly Uint8Array[]): Uint8Array {
  const body = concat(...sets);
  return concat(be16(10), be16(16 + body.length), EXPORTED, be32(1), be32(77), body);
}

// Template 256: source and destination address (8 and 12), octets (1).
const template = hex("0100 0003 0008 0004 000c 0004 0001 0004");
const record = hex("c0000207 c6336407 00000400");
const message = ipfix(set(2, template), set(256, record));
const version5 = concat(
  be16(5),
  be16(1),
  be32(60_000),
  EXPORTED,
  be32(0),
  be32(1),
  hex("00 00 0000"),
  new Uint8Array(48),
);
const version9 = concat(
  be16(9),
  be16(2),
  be32(60_000),
  EXPORTED,
  be32(1),
  be32(5),
  set(0, template),
  set(256, record),
);

export const netflowExamples: readonly Example[] = [
  {
    title: "IPFIX: a template and a record, then a set without length",
    transport: "udp",
    exchange: [
      [">", message],
      [">", ipfix(hex("0100 0000"))],
    ],
    protocol: "netflow",
    attributes: { "netflow.version": 10, "netflow.domain": [77], "netflow.template": [256] },
    findings: ["netflow.set-wrong"],
    decidedAfter: 1,
  },
  {
    title: "version 5",
    transport: "udp",
    exchange: [[">", version5]],
    protocol: "netflow",
    attributes: { "netflow.version": 5, "netflow.records": 1 },
  },
  {
    title: "version 9",
    transport: "udp",
    ports: [49152, 2055],
    exchange: [[">", version9]],
    protocol: "netflow",
    attributes: {
      "netflow.version": 9,
      "netflow.domain": [5],
      "netflow.template": [256],
      "netflow.records": 2,
    },
  },
  {
    title: "one octet more than the count of records",
    transport: "udp",
    ports: [49152, 2055],
    exchange: [[">", concat(version5, 0)]],
    protocol: undefined,
  },
];
