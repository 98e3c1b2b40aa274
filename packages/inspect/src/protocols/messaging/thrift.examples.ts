import { be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function binary(type: number, name: string, fields: Uint8Array): Uint8Array {
  return concat(hex("8001 00"), type, be32(name.length), latin1(name), be32(1), fields);
}
function frame(message: Uint8Array): Uint8Array {
  return concat(be32(message.length), message);
}
const call = binary(1, "getUser", hex("08 0001 00000007 00"));
const reply = binary(2, "getUser", hex("0b 0000 00000001 61 00"));
const batch = concat(hex("82 21 01 09"), latin1("emitBatch"), hex("1c 1c 18 01 61 00 00 00"));

export const thriftExamples: readonly Example[] = [
  {
    title: "a method is called and answered, without frames",
    transport: "tcp",
    exchange: [
      [">", call],
      ["<", reply],
    ],
    protocol: "thrift",
    attributes: {
      "thrift.method": ["getUser"],
      "thrift.message": ["call", "reply"],
      "thrift.encoding": "binary",
    },
    decidedAfter: 1,
  },
  {
    title: "in frames, and one without a message",
    transport: "tcp",
    exchange: [
      [">", frame(call)],
      ["<", frame(binary(3, "getUser", hex("0b 0001 00000001 61 00")))],
      [">", frame(latin1("no message"))],
    ],
    protocol: "thrift",
    attributes: {
      "thrift.method": ["getUser"],
      "thrift.message": ["call", "exception"],
      "thrift.encoding": "binary",
    },
    findings: ["thrift.message-invalid"],
  },
  {
    title: "a batch of spans in the compact encoding",
    transport: "udp",
    ports: [49152, 6831],
    exchange: [[">", batch]],
    protocol: "thrift",
    attributes: {
      "thrift.method": ["emitBatch"],
      "thrift.message": ["call"],
      "thrift.encoding": "compact",
    },
  },
  {
    title: "a method whose name is none is nobody's",
    transport: "tcp",
    exchange: [[">", binary(1, "get user", hex("00"))]],
    protocol: undefined,
  },
];
