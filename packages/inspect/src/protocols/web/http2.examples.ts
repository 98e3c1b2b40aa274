import { be24, be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function frame(type: number, flags: number, stream: number, payload: Uint8Array): Uint8Array {
  return concat(be24(payload.length), type, flags, be32(stream), payload);
}

const preface = latin1("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n");
const settings = frame(4, 0, 0, hex("0003 00000064 0004 00010000"));
const acknowledgement = frame(4, 1, 0, new Uint8Array(0));

export const http2Examples: readonly Example[] = [
  {
    title: "a request with padding and priority, and its answer (fields of RFC 7541 appendix C.4)",
    transport: "tcp",
    exchange: [
      [
        ">",
        concat(
          preface,
          settings,
          frame(1, 0x2d, 1, hex("02 00000000 0f 828684418cf1e3c2e5f23a6ba0ab90f4ff 0000")),
          frame(1, 5, 3, hex("828684be5886a8eb10649cbf")),
          frame(0x30, 0, 0, hex("00")),
        ),
      ],
      [
        "<",
        concat(settings, acknowledgement, frame(1, 4, 1, hex("88 0f0d0132")), frame(0, 1, 1, latin1("ok"))),
      ],
    ],
    protocol: "http2",
    attributes: {
      "http2.frame-type": [4, 1, 48, 0],
      "http.method": ["GET"],
      "http.uri": ["/"],
      "http.host": "www.example.com",
      "http.status": [200],
    },
    decidedAfter: 1,
  },
  {
    title: "a field that stands twice in a block, where none may: the first counts, in each block anew",
    transport: "tcp",
    exchange: [
      [
        ">",
        concat(
          preface,
          settings,
          // Path /, then the same path added to the table, and referred to.
          frame(1, 5, 1, hex("82 84 44 02 2f61 be be")),
          frame(1, 5, 3, hex("82 be 84")),
        ),
      ],
    ],
    protocol: "http2",
    attributes: { "http2.frame-type": [4, 1], "http.method": ["GET"], "http.uri": ["/", "/a"] },
  },
  {
    title: "the server alone, and a PING of a wrong size",
    transport: "tcp",
    exchange: [["<", concat(settings, acknowledgement, frame(6, 0, 0, hex("00")))]],
    protocol: "http2",
    attributes: { "http2.frame-type": [4] },
    findings: ["http2.frame-invalid"],
  },
  {
    title: "a header block that is none",
    transport: "tcp",
    exchange: [[">", concat(preface, settings, frame(1, 4, 1, hex("ff")))]],
    protocol: "http2",
    attributes: { "http2.frame-type": [4] },
    findings: ["http2.compression-invalid"],
  },
  {
    title: "SETTINGS with a setting that does not exist",
    transport: "tcp",
    exchange: [["<", concat(frame(4, 0, 0, hex("0f0f 00000001")), acknowledgement)]],
    protocol: undefined,
  },
];
