import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

// RFC 7252 appendix A, figure 16: a confirmable GET of "temperature", answered with 22.3 C.
const get = concat(hex("40 01 7d34 bb"), latin1("temperature"));
const content = concat(hex("60 45 7d34 ff"), latin1("22.3 C"));
// A token, a host, two parts of a path, and a content format in the answer.
const post = concat(
  hex("42 02 0001 aabb 3b"),
  latin1("example.org"),
  hex("81"),
  latin1("a"),
  hex("01"),
  latin1("b"),
  hex("11 32 ff"),
  latin1("{}"),
);

export const coapExamples: readonly Example[] = [
  {
    title: "a temperature is asked for on another port, and told",
    transport: "udp",
    exchange: [
      [">", get],
      ["<", content],
    ],
    protocol: "coap",
    attributes: { "coap.code": ["2.05"] },
    decidedAfter: 2,
  },
  {
    title: "a path of two parts; an option beyond the message is a finding",
    transport: "udp",
    ports: [49152, 5683],
    exchange: [
      [">", post],
      ["<", hex("62 44 0001 aabb")],
      [">", hex("40 01 0002 bf 61")],
    ],
    protocol: "coap",
    attributes: { "coap.code": ["POST", "2.04"], "coap.path": ["/a/b"], "coap.host": "example.org" },
    findings: ["coap.message-invalid"],
    decidedAfter: 1,
  },
  {
    title: "a request elsewhere that nobody answers is nobody's",
    transport: "udp",
    exchange: [[">", get]],
    protocol: undefined,
  },
];
