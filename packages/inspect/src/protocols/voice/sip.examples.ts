import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const crlf = (...lines: readonly string[]): string => `${lines.join("\r\n")}\r\n`;

const description = crlf(
  "v=0",
  "o=alice 2890844526 2890844526 IN IP4 192.0.2.1",
  "s=-",
  "c=IN IP4 192.0.2.1",
  "t=0 0",
  "m=audio 49170 RTP/AVP 0",
  "a=rtpmap:0 PCMU/8000",
);

// After RFC 3261 §24.2, F1 and F3 … F11, shortened.
const inviteText = crlf(
  "INVITE sip:bob@biloxi.example SIP/2.0",
  "Via: SIP/2.0/UDP pc33.atlanta.example;branch=z9hG4bKnashds8",
  "Max-Forwards: 70",
  "To: Bob <sip:bob@biloxi.example>",
  "From: Alice <sip:alice@atlanta.example>;tag=1928301774",
  "Call-ID: a84b4c76e66710",
  "CSeq: 314159 INVITE",
  "User-Agent: Softphone 1.4",
  "Content-Type: application/sdp",
  `Content-Length: ${description.length}`,
  "",
);
const ringing = crlf(
  "SIP/2.0 180 Ringing",
  "Via: SIP/2.0/UDP pc33.atlanta.example;branch=z9hG4bKnashds8",
  "t: Bob <sip:bob@biloxi.example>;tag=a6c85cf",
  "f: Alice <sip:alice@atlanta.example>;tag=1928301774",
  "i: a84b4c76e66710",
  "CSeq: 314159 INVITE",
  "Server: Exchange 7",
  "l: 0",
  "",
);
const bye = crlf(
  "BYE sip:bob@192.0.2.4 SIP/2.0",
  "From: <sip:alice@atlanta.example>;tag=1928301774",
  "To: sip:bob@biloxi.example;tag=a6c85cf",
  "Call-ID: a84b4c76e66710",
  "Content-Length: 0",
  "",
);
const invite = latin1(inviteText + description);

const call = {
  "sip.method": ["INVITE"],
  "sip.request-uri": "sip:bob@biloxi.example",
  "sip.status": [180],
  "sip.from": ["sip:alice@atlanta.example"],
  "sip.to": ["sip:bob@biloxi.example"],
  "sip.call-id": ["a84b4c76e66710"],
  "sip.user-agent": ["Softphone 1.4"],
  "sip.server": ["Exchange 7"],
  "sip.media": ["audio 49170"],
};

export const sipExamples: readonly Example[] = [
  {
    title: "a call is offered with a session description and rings",
    transport: "udp",
    exchange: [
      [">", invite],
      ["<", latin1(ringing)],
    ],
    protocol: "sip",
    attributes: call,
    decidedAfter: 1,
  },
  {
    title: "the same over TCP, then the call ends",
    transport: "tcp",
    exchange: [
      [">", invite],
      ["<", latin1(ringing)],
      [">", latin1(bye)],
    ],
    protocol: "sip",
    attributes: { ...call, "sip.method": ["INVITE", "BYE"] },
    decidedAfter: 1,
  },
  {
    title: "a response alone decides, after a keep-alive",
    transport: "udp",
    exchange: [
      [">", latin1("\r\n\r\n")],
      ["<", latin1(crlf("SIP/2.0 200 OK", "Call-ID: x@y", "Content-Length: 0", ""))],
    ],
    protocol: "sip",
    attributes: { "sip.status": [200], "sip.call-id": ["x@y"] },
  },
  {
    title: "a header line without a colon is a finding",
    transport: "udp",
    exchange: [
      [">", latin1(bye)],
      ["<", latin1(crlf("SIP/2.0 200 OK", "Call-ID a84b4c76e66710", ""))],
    ],
    protocol: "sip",
    attributes: {
      "sip.method": ["BYE"],
      "sip.request-uri": "sip:bob@192.0.2.4",
      "sip.from": ["sip:alice@atlanta.example"],
      "sip.to": ["sip:bob@biloxi.example"],
      "sip.call-id": ["a84b4c76e66710"],
      "sip.status": [200],
    },
    findings: ["sip.header-malformed"],
  },
  {
    title: "a request of an unknown version, with a body that is not there, is two findings",
    transport: "udp",
    exchange: [[">", latin1(crlf("OPTIONS sip:bob@biloxi.example SIP/7.0", "Content-Length: 5", ""))]],
    protocol: "sip",
    attributes: { "sip.method": ["OPTIONS"], "sip.request-uri": "sip:bob@biloxi.example" },
    findings: ["sip.version-unknown", "sip.length-impossible"],
  },
  {
    title: "a request line of another protocol is nobody's",
    transport: "udp",
    exchange: [[">", latin1(crlf("NOTIFY urn:example:thing SIP/7.0", "Call-ID: x", ""))]],
    protocol: undefined,
  },
];
