import { be16, be24, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function text(value: string): Uint8Array {
  return concat(be16(value.length), latin1(value));
}

/** RFC 2608 §8: version, function, length, flags, extension, identifier, language. */
function version2(code: number, flags: number, body: Uint8Array): Uint8Array {
  const rest = concat(be16(flags), be24(0), hex("1234"), text("en"), body);
  return concat(2, code, be24(5 + rest.length), rest);
}

const request = version2(
  1,
  0x2000,
  concat(text(""), text("service:directory-agent"), text("DEFAULT"), text(""), text("")),
);
const reply = version2(
  2,
  0,
  concat(hex("0000 0001 00 ffff"), text("service:printer:lpr://192.0.2.7/queue"), 0),
);
// RFC 2165 §4.2: version, function, length, flags, dialect, language, encoding (3, US-ASCII), identifier.
const version1 = concat(hex("01 06 0014 00 00"), latin1("en"), hex("0003 1234 0000000000000000"));

export const slpExamples: readonly Example[] = [
  {
    title: "a directory agent is looked for",
    transport: "udp",
    ports: [49152, 427],
    exchange: [[">", request]],
    protocol: "slp",
    attributes: {
      "slp.version": 2,
      "slp.function": [1],
      "slp.service-type": ["service:directory-agent"],
      "slp.scope": ["DEFAULT"],
    },
    decidedAfter: 1,
  },
  {
    title: "asked and answered over TCP",
    transport: "tcp",
    exchange: [
      [">", request],
      ["<", reply],
    ],
    protocol: "slp",
    attributes: {
      "slp.version": 2,
      "slp.function": [1, 2],
      "slp.service-type": ["service:directory-agent"],
      "slp.scope": ["DEFAULT"],
      "slp.url": ["service:printer:lpr://192.0.2.7/queue"],
    },
  },
  {
    title: "version 1, then a function that does not exist",
    transport: "udp",
    ports: [49152, 427],
    exchange: [
      [">", version1],
      [">", concat(1, 11, version1.subarray(2))],
    ],
    protocol: "slp",
    attributes: { "slp.version": 1, "slp.function": [6] },
    findings: ["slp.function-unknown"],
  },
  {
    title: "a length that is not the datagram's",
    transport: "udp",
    exchange: [[">", concat(request, 0)]],
    protocol: undefined,
  },
];
