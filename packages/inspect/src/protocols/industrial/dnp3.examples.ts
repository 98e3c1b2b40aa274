import { concat, hex, le16 } from "@palisade/wire";
import type { Example } from "../../example.js";
import { dnp3Checksum } from "./dnp3.js";

/** A frame of at most one block of user data. */
function frame(control: number, destination: number, source: number, userData: Uint8Array): Uint8Array {
  const header = concat(hex("05 64"), userData.length + 5, control, le16(destination), le16(source));
  const block = userData.length === 0 ? userData : concat(userData, checksum(userData));
  return concat(header, checksum(header), block);
}

function checksum(octets: Uint8Array): Uint8Array {
  return le16(dnp3Checksum(octets, 0, octets.length));
}

// Transport octet (FIR, FIN), application control (FIR, FIN, sequence), function code; object headers of class 1 to 0.
const read = frame(0xc4, 10, 1, hex("c0 c1 01 3c02 06 3c03 06 3c04 06 3c01 06"));
const answer = frame(0x44, 1, 10, hex("c0 c1 81 0000"));
const linkStatus = frame(0xc9, 10, 1, hex(""));

export const dnp3Examples: readonly Example[] = [
  {
    title: "a master asks for events and is answered",
    transport: "tcp",
    ports: [49152, 20_000],
    exchange: [
      [">", read],
      ["<", answer],
    ],
    protocol: "dnp3",
    attributes: { "dnp3.source": [1, 10], "dnp3.destination": [10, 1], "dnp3.function": [1, 129] },
    decidedAfter: 1,
  },
  {
    title: "on any port, a request for the link's status, in a datagram",
    transport: "udp",
    exchange: [[">", linkStatus]],
    protocol: "dnp3",
    attributes: { "dnp3.source": [1], "dnp3.destination": [10] },
    decidedAfter: 1,
  },
  {
    title: "an outstation speaks first, and then something else follows",
    transport: "tcp",
    exchange: [
      ["<", answer],
      ["<", hex("05 65 05 c0 0100 0a00 0000")],
    ],
    protocol: "dnp3",
    attributes: { "dnp3.source": [10], "dnp3.destination": [1], "dnp3.function": [129] },
    findings: ["dnp3.start-missing"],
  },
  {
    title: "a checksum that is wrong",
    transport: "udp",
    ports: [49152, 20_000],
    exchange: [[">", hex("05 64 05 c9 0a00 0100 0000")]],
    protocol: undefined,
  },
];
