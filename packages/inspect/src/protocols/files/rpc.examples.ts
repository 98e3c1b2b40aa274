import { be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

// RFC 5531 §9, with AUTH_SYS credentials of machine "ws1", user 1000, group 100.
const system = concat(be32(7), be32(3), latin1("ws1\0"), be32(1000), be32(100), be32(0));
function call(
  program: number,
  version: number,
  procedure: number,
  ...body: readonly Uint8Array[]
): Uint8Array {
  return concat(
    be32(0x1234_5678),
    hex("00000000 00000002"),
    be32(program),
    be32(version),
    be32(procedure),
    be32(1),
    be32(system.length),
    system,
    hex("00000000 00000000"),
    ...body,
  );
}
function reply(...body: readonly Uint8Array[]): Uint8Array {
  return concat(be32(0x1234_5678), hex("00000001 00000000 00000000 00000000 00000000"), ...body);
}
function record(message: Uint8Array): Uint8Array {
  return concat(be32(0x8000_0000 + message.length), message);
}
function xdr(text: string): Uint8Array {
  return concat(be32(text.length), latin1(text.padEnd((text.length + 3) & ~3, "\0")));
}

export const rpcExamples: readonly Example[] = [
  {
    title: "a port mapper is asked for the port of NFS",
    transport: "udp",
    ports: [49152, 111],
    exchange: [
      [">", call(100_000, 2, 3, be32(100_003), be32(3), be32(6), be32(0))],
      ["<", reply(be32(2049))],
    ],
    protocol: "rpc",
    attributes: {
      "rpc.program": ["portmap"],
      "rpc.program-version": [2],
      "rpc.procedure": [3],
      "rpc.machine": "ws1",
      "rpc.uid": [1000],
      "rpc.asked-program": ["nfs"],
    },
    decidedAfter: 1,
  },
  {
    title: "a binder of version 4 is asked and answers with an address",
    transport: "udp",
    exchange: [
      [">", call(100_000, 4, 3, be32(100_005), be32(3), xdr("tcp"), xdr(""), xdr("rpcb"))],
      ["<", reply(xdr("192.0.2.1.78.80"))],
    ],
    protocol: "rpc",
    attributes: {
      "rpc.program": ["portmap"],
      "rpc.program-version": [4],
      "rpc.procedure": [3],
      "rpc.machine": "ws1",
      "rpc.uid": [1000],
      "rpc.asked-program": ["mount"],
    },
  },
  {
    title: "a program without a name over TCP, and what is no message after it",
    transport: "tcp",
    exchange: [
      [">", record(call(200_001, 1, 0))],
      ["<", record(concat(be32(1), be32(7), new Uint8Array(16)))],
    ],
    protocol: "rpc",
    attributes: {
      "rpc.program": ["200001"],
      "rpc.program-version": [1],
      "rpc.procedure": [0],
      "rpc.machine": "ws1",
      "rpc.uid": [1000],
    },
    findings: ["rpc.message-invalid"],
  },
  {
    title: "a directory is mounted",
    transport: "udp",
    exchange: [
      [">", call(100_005, 1, 1, xdr("/export"))],
      ["<", reply(be32(0), new Uint8Array(32))],
    ],
    protocol: "nfs",
    attributes: {
      "nfs.procedure": ["mnt"],
      "nfs.mount": ["/export"],
      "rpc.machine": "ws1",
      "rpc.uid": [1000],
    },
    decidedAfter: 1,
  },
  {
    title: "a name is looked up in a directory, versions 2 and 3",
    transport: "tcp",
    ports: [800, 2049],
    exchange: [
      [">", record(call(100_003, 3, 3, be32(8), latin1("handle.."), xdr("notes")))],
      ["<", record(reply(be32(0), new Uint8Array(40)))],
      [">", record(call(100_003, 2, 4, new Uint8Array(32), xdr("old")))],
    ],
    protocol: "nfs",
    attributes: {
      "nfs.procedure": ["lookup"],
      "nfs.version": 3,
      "nfs.file": ["notes", "old"],
      "rpc.machine": "ws1",
      "rpc.uid": [1000],
    },
  },
  {
    title: "a server's replies alone",
    transport: "udp",
    ports: [2049, 800],
    exchange: [[">", reply(be32(0), new Uint8Array(68))]],
    protocol: "nfs",
    attributes: {},
    decidedAfter: 1,
  },
  {
    title: "another version of RPC is nobody's",
    transport: "udp",
    exchange: [[">", concat(be32(5), be32(0), be32(3), be32(100_003), new Uint8Array(40))]],
    protocol: undefined,
  },
];
