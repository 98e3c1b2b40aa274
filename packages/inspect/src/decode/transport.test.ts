import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { concat, ethernet, hex, ipv4, sctp, sctpData, udp, udpLite } from "@palisade/wire";
import {
  CLIENT,
  decode,
  keepsToTheFrame,
  type Lie,
  type Named,
  names,
  namesLies,
  outer,
  PAYLOAD,
  SERVER,
  segment,
  TEXT,
} from "./decoder.build.js";
import {
  SCTP_TRUNCATED,
  TCP_OFFSET_IMPOSSIBLE,
  TCP_TRUNCATED,
  UDP_LENGTH_IMPOSSIBLE,
  UDP_TRUNCATED,
} from "./transport.js";

const named: readonly Named[] = [
  {
    title: "TCP",
    octets: ethernet({ payload: ipv4({ source: CLIENT, destination: SERVER, payload: segment() }) }),
    path: "eth.ip.tcp",
    protocol: 6,
    ports: [40_001, 40_002],
  },
  {
    title: "SCTP",
    octets: outer(sctp({ sourcePort: 1, destinationPort: 2, chunks: [sctpData({ payload: PAYLOAD })] })),
    path: "eth.ip.sctp",
    protocol: 132,
    ports: [1, 2],
  },
  {
    title: "UDP-Lite",
    octets: outer(udpLite({ sourcePort: 1, destinationPort: 2, payload: PAYLOAD })),
    path: "eth.ip.udp-lite",
    protocol: 136,
    ports: [1, 2],
  },
];

/** A segment without payload whose data offset says `words`. */
const tcpHeader = (words: number) =>
  concat(hex("9c41 9c42 00000001 00000000"), new Uint8Array([words << 4, 0x10]), hex("ffff 0000 0000"));

const lies: readonly Lie[] = [
  ["options past the packet's end", outer(tcpHeader(15), 6), TCP_OFFSET_IMPOSSIBLE, "eth.ip.tcp"],
  ["a data offset inside the fixed header", outer(tcpHeader(4), 6), TCP_OFFSET_IMPOSSIBLE, "eth.ip.tcp"],
  [
    "a TCP header that is cut by the IP length",
    outer(tcpHeader(5).subarray(0, 19), 6),
    TCP_TRUNCATED,
    "eth.ip.tcp",
  ],
  [
    "a UDP length below the header's",
    outer(udp({ sourcePort: 1, destinationPort: 2, length: 7, payload: PAYLOAD })),
    UDP_LENGTH_IMPOSSIBLE,
    "eth.ip.udp",
  ],
  [
    "a UDP length past the IP packet",
    outer(udp({ sourcePort: 1, destinationPort: 2, length: 8 + PAYLOAD.length + 1, payload: PAYLOAD })),
    UDP_TRUNCATED,
    "eth.ip.udp",
  ],
  [
    "a UDP header that is cut by the IP length",
    outer(hex("0001 0002 0008"), 17),
    UDP_TRUNCATED,
    "eth.ip.udp",
  ],
  ["an SCTP header that is cut", outer(hex("0001 0002 00000000 000000"), 132), SCTP_TRUNCATED, "eth.ip.sctp"],
];

describe("a transport", () => {
  names(named);
  namesLies(lies);

  it("says how much payload was sent where the snap length cut it", () => {
    const whole = ethernet({ payload: ipv4({ source: CLIENT, destination: SERVER, payload: segment() }) });
    const got = decode(whole.subarray(0, whole.length - 5));
    assert.equal(got.payload, TEXT.slice(0, -5));
    assert.equal(got.payloadBytes, TEXT.length);
    assert.equal(got.malformed, undefined);
  });

  keepsToTheFrame(named);
});
