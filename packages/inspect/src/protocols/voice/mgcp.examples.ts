import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

// After RFC 3435 §3.2.1 and appendix F.
const create = latin1(
  "CRCX 1204 aaln/1@rgw-2567.example.net MGCP 1.0\r\nC: A3C47F21456789F0\r\nL: p:10, a:PCMU\r\nM: recvonly\r\n",
);
const created = latin1(
  "200 1204 OK\r\nI: FDE234C8\r\n\r\nv=0\r\no=- 25678 753849 IN IP4 192.0.2.9\r\ns=-\r\nc=IN IP4 192.0.2.9\r\nt=0 0\r\nm=audio 3456 RTP/AVP 0\r\n",
);

export const mgcpExamples: readonly Example[] = [
  {
    title: "a connection is created",
    transport: "udp",
    exchange: [
      [">", create],
      ["<", created],
    ],
    protocol: "mgcp",
    attributes: {
      "mgcp.command": ["CRCX"],
      "mgcp.endpoint": ["aaln/1@rgw-2567.example.net"],
      "mgcp.response": [200],
      "mgcp.media": ["audio 3456"],
    },
    decidedAfter: 1,
  },
  {
    title: "a response alone, on the gateway's port",
    transport: "udp",
    ports: [2727, 2427],
    exchange: [["<", latin1("500 1205 unknown endpoint\r\n")]],
    protocol: "mgcp",
    attributes: { "mgcp.response": [500] },
  },
  {
    title: "a line that is neither command nor response is a finding",
    transport: "udp",
    exchange: [
      [">", create],
      ["<", latin1("200 many OK\r\n")],
    ],
    protocol: "mgcp",
    attributes: { "mgcp.command": ["CRCX"], "mgcp.endpoint": ["aaln/1@rgw-2567.example.net"] },
    findings: ["mgcp.line-malformed"],
  },
  {
    title: "a response on other ports is nobody's",
    transport: "udp",
    exchange: [["<", latin1("500 1205 unknown endpoint\r\n")]],
    protocol: undefined,
  },
];
