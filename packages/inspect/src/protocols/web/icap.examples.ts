import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const icapExamples: readonly Example[] = [
  {
    title: "a request is shown and let through (RFC 3507 §4.8.3)",
    transport: "tcp",
    exchange: [
      [">", latin1("REQMOD icap://icap-server.net/server?arg=87 ICAP/1.0\r\nHost: icap-server.net\r\n\r\n")],
      ["<", latin1("ICAP/1.0 204 No Content\r\n\r\n")],
    ],
    protocol: "icap",
    attributes: {
      "icap.method": "REQMOD",
      "icap.uri": "icap://icap-server.net/server?arg=87",
      "icap.status": 204,
    },
    decidedAfter: 1,
  },
  {
    title: "an answer that is none",
    transport: "tcp",
    exchange: [
      [">", latin1("OPTIONS icap://icap.server.net/sample-service ICAP/1.0\r\n")],
      ["<", latin1("ICAP/1.0 okay\r\n")],
    ],
    protocol: "icap",
    attributes: { "icap.method": "OPTIONS", "icap.uri": "icap://icap.server.net/sample-service" },
    findings: ["icap.start-line-invalid"],
  },
  {
    title: "another version",
    transport: "tcp",
    exchange: [[">", latin1("OPTIONS icap://icap.server.net/sample-service XCAP/1.0\r\n")]],
    protocol: undefined,
  },
];
