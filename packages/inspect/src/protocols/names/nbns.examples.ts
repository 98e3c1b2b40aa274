import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";
import { header } from "./dns.examples.js";

/** A name in first-level encoding with the root behind it: `netbiosName("FILESERVER", 0x20)`. */
export function netbiosName(text: string, suffix: number): Uint8Array {
  const plain = concat(latin1(text.padEnd(15, " ")), suffix);
  const letters = new Uint8Array(32);
  for (let index = 0; index < 16; index += 1) {
    letters[index * 2] = 0x41 + (plain[index]! >>> 4);
    letters[index * 2 + 1] = 0x41 + (plain[index]! & 0b1111);
  }
  return concat(32, letters, 0);
}

// RFC 1002 §4.2.12: recursion desired, broadcast; NB (0x20), class IN.
const query = concat(header(0x0110, 1, 0, 0, 0), netbiosName("FILESERVER", 0x20), hex("0020 0001"));
// §4.2.13: the record has the name in full, flags and address.
const answer = concat(
  header(0x8500, 0, 1, 0, 0),
  netbiosName("FILESERVER", 0x20),
  hex("0020 0001 0000012c 0006 0000 c0000209"),
);
// §4.2.2: registration; the additional record points at the question's name.
const registration = concat(
  header(0x2910, 1, 0, 0, 1),
  netbiosName("WORKGROUP", 0x00),
  hex("0020 0001"),
  hex("c00c 0020 0001 000493e0 0006 8000 c0000209"),
);
const statusQuery = concat(
  header(0x0000, 1, 0, 0, 0),
  concat(32, latin1(`CK${"A".repeat(30)}`), 0),
  hex("0021 0001"),
);
const status = concat(
  header(0x8400, 0, 1, 0, 0),
  concat(32, latin1(`CK${"A".repeat(30)}`), 0),
  hex("0021 0001 00000000 0025 02"),
  concat(latin1("FILESERVER     "), hex("00 0400")),
  concat(latin1("WORKGROUP      "), hex("1e 8400")),
);

export const nbnsExamples: readonly Example[] = [
  {
    title: "a name is asked for",
    transport: "udp",
    ports: [137, 137],
    exchange: [[">", query]],
    protocol: "nbns",
    attributes: { "nbns.opcode": [0], "nbns.name": ["FILESERVER<20>"] },
    decidedAfter: 1,
  },
  {
    title: "the answer alone",
    transport: "udp",
    ports: [137, 137],
    exchange: [[">", answer]],
    protocol: "nbns",
    attributes: { "nbns.opcode": [0], "nbns.name": ["FILESERVER<20>"], "nbns.address": ["192.0.2.9"] },
  },
  {
    title: "a registration",
    transport: "udp",
    ports: [137, 137],
    exchange: [[">", registration]],
    protocol: "nbns",
    attributes: { "nbns.opcode": [5], "nbns.name": ["WORKGROUP<00>"], "nbns.address": ["192.0.2.9"] },
  },
  {
    title: "a node's status",
    transport: "udp",
    ports: [49152, 137],
    exchange: [
      [">", statusQuery],
      ["<", status],
    ],
    protocol: "nbns",
    attributes: {
      "nbns.opcode": [0],
      "nbns.name": ["*<00>"],
      "nbns.node-name": ["FILESERVER<00>", "WORKGROUP<1e>"],
    },
  },
  {
    title: "a name that is not encoded, after the verdict",
    transport: "udp",
    ports: [137, 137],
    exchange: [
      [">", query],
      [">", concat(header(0x0110, 1, 0, 0, 0), 10, latin1("FILESERVER"), hex("00 0020 0001"))],
    ],
    protocol: "nbns",
    attributes: { "nbns.opcode": [0], "nbns.name": ["FILESERVER<20>"] },
    findings: ["nbns.name-wrong"],
  },
  {
    title: "an opcode that is nobody's",
    transport: "udp",
    ports: [137, 137],
    exchange: [[">", concat(header(0x1110, 1, 0, 0, 0), netbiosName("FILESERVER", 0x20), hex("0020 0001"))]],
    protocol: undefined,
  },
];
