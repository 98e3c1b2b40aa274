import { be16, be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function request(
  key: number,
  version: number,
  correlation: number,
  client: string,
  body: Uint8Array,
): Uint8Array {
  const message = concat(
    be16(key),
    be16(version),
    be32(correlation),
    be16(client.length),
    latin1(client),
    body,
  );
  return concat(be32(message.length), message);
}
const versions = request(18, 3, 7, "shop-1", hex("00 05 6c6f6369 02 31 00"));
const answer = concat(be32(14), be32(7), hex("0000 02 0012 0000 0003 00"));

export const kafkaExamples: readonly Example[] = [
  {
    title: "a client asks for the versions on the broker's port",
    transport: "tcp",
    ports: [49152, 9092],
    exchange: [
      [">", versions],
      ["<", answer],
      [">", request(3, 9, 8, "shop-1", hex("00 01 00 00"))],
    ],
    protocol: "kafka",
    attributes: { "kafka.request": ["ApiVersions", "Metadata"], "kafka.client-id": ["shop-1"] },
    decidedAfter: 1,
  },
  {
    title: "elsewhere the answer decides, and an impossible request after it is a finding",
    transport: "tcp",
    exchange: [
      [">", versions],
      ["<", answer],
      [">", request(3000, 9, 8, "shop-1", hex("00"))],
    ],
    protocol: "kafka",
    attributes: { "kafka.request": ["ApiVersions"], "kafka.client-id": ["shop-1"] },
    findings: ["kafka.request-invalid"],
    decidedAfter: 2,
  },
  {
    title: "an answer with another correlation is nobody's",
    transport: "tcp",
    exchange: [
      [">", versions],
      ["<", concat(be32(10), be32(8), hex("0000 0000 0000"))],
    ],
    protocol: undefined,
  },
];
