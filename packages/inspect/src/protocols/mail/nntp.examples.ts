import { hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const nntpExamples: readonly Example[] = [
  {
    title: "a reader logs in and selects a group",
    transport: "tcp",
    exchange: [
      ["<", latin1("200 news.example.com InterNetNews NNRP server ready\r\n")],
      [">", latin1("AUTHINFO USER alice\r\n")],
      ["<", latin1("381 Enter passphrase\r\n")],
      [">", latin1("AUTHINFO PASS secret\r\n")],
      ["<", latin1("281 Authentication accepted\r\n")],
      [">", latin1("GROUP misc.test\r\n")],
      ["<", latin1("211 1234 3000234 3002322 misc.test\r\n")],
    ],
    protocol: "nntp",
    attributes: {
      "nntp.banner": "news.example.com InterNetNews NNRP server ready",
      "nntp.user": "alice",
      "nntp.group": ["misc.test"],
    },
    findings: ["nntp.cleartext-credentials"],
    decidedAfter: 1,
  },
  {
    title: "a reader alone, and a command of control characters",
    transport: "tcp",
    exchange: [
      [">", latin1("MODE READER\r\n")],
      [">", hex("01020a")],
    ],
    protocol: "nntp",
    findings: ["nntp.line-invalid"],
  },
  {
    title: "a 200 that names nothing",
    transport: "tcp",
    exchange: [["<", latin1("200 ready\r\n")]],
    protocol: undefined,
  },
];
