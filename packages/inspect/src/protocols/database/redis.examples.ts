import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const redisExamples: readonly Example[] = [
  {
    title: "a client authenticates, sets and gets",
    transport: "tcp",
    ports: [49152, 6379],
    exchange: [
      [">", latin1("*3\r\n$4\r\nAUTH\r\n$5\r\nalice\r\n$6\r\nsecret\r\n")],
      ["<", latin1("+OK\r\n")],
      [">", latin1("*3\r\n$3\r\nset\r\n$1\r\nk\r\n$1\r\nv\r\n*2\r\n$3\r\nget\r\n$1\r\nk\r\n")],
      ["<", latin1("+OK\r\n$1\r\nv\r\n")],
      [">", latin1("*2\r\n$4\r\nLLEN\r\n$1\r\nk\r\n")],
      ["<", latin1("-WRONGTYPE Operation against a key holding the wrong kind of value\r\n")],
    ],
    protocol: "redis",
    attributes: {
      "redis.command": ["AUTH", "SET", "GET", "LLEN"],
      "redis.user": "alice",
      "redis.error": ["WRONGTYPE"],
    },
    findings: ["redis.cleartext-credentials"],
    decidedAfter: 1,
  },
  {
    title: "RESP3: a client says hello with its name and password",
    transport: "tcp",
    exchange: [
      [">", latin1("*5\r\n$5\r\nHELLO\r\n$1\r\n3\r\n$4\r\nAUTH\r\n$3\r\nbob\r\n$6\r\nsecret\r\n")],
      ["<", latin1("%1\r\n$5\r\nproto\r\n:3\r\n")],
    ],
    protocol: "redis",
    attributes: { "redis.command": ["HELLO"], "redis.user": "bob" },
    findings: ["redis.cleartext-credentials"],
    decidedAfter: 1,
  },
  {
    title: "PING on a line, answered",
    transport: "tcp",
    exchange: [
      [">", latin1("PING\r\n")],
      ["<", latin1("+PONG\r\n")],
    ],
    protocol: "redis",
    attributes: {},
    decidedAfter: 2,
  },
  {
    title: "an answer that begins with no known type is a finding",
    transport: "tcp",
    exchange: [
      [">", latin1("*1\r\n$4\r\nINFO\r\n")],
      ["<", latin1("what?\r\n")],
    ],
    protocol: "redis",
    attributes: { "redis.command": ["INFO"] },
    findings: ["redis.value-invalid"],
  },
  {
    title: "PING that is answered otherwise is nobody's",
    transport: "tcp",
    exchange: [
      [">", latin1("PING\r\n")],
      ["<", latin1("+OK\r\n")],
    ],
    protocol: undefined,
  },
];
