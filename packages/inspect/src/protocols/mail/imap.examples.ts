import { hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const imapExamples: readonly Example[] = [
  {
    title: "a mailbox is opened and a message fetched (RFC 3501 §8)",
    transport: "tcp",
    exchange: [
      ["<", latin1("* OK IMAP4rev1 Service Ready\r\n")],
      [">", latin1('a001 login "mrc" secret\r\n')],
      ["<", latin1("* CAPABILITY IMAP4rev1 STARTTLS\r\na001 OK LOGIN completed\r\n")],
      [">", latin1("a002 select inbox\r\n")],
      ["<", latin1("* 18 EXISTS\r\na002 OK [READ-WRITE] SELECT completed\r\n")],
      [">", latin1("a003 fetch 12 rfc822.header\r\n")],
      ["<", latin1("* 12 FETCH (RFC822.HEADER {9}\r\n\x01x LOGIN\r\n)\r\na003 OK FETCH completed\r\n")],
    ],
    protocol: "imap",
    attributes: {
      "imap.banner": "IMAP4rev1 Service Ready",
      "imap.command": ["LOGIN", "SELECT", "FETCH"],
      "imap.user": "mrc",
      "imap.capability": "IMAP4rev1 STARTTLS",
    },
    findings: ["imap.cleartext-credentials"],
    decidedAfter: 1,
  },
  {
    title: "the client alone authenticates with PLAIN",
    transport: "tcp",
    exchange: [[">", latin1(". CAPABILITY\r\n1 AUTHENTICATE PLAIN\r\nAGJvYgBzZWNyZXQ=\r\n")]],
    protocol: "imap",
    attributes: { "imap.command": ["CAPABILITY", "AUTHENTICATE"], "imap.user": "bob" },
    findings: ["imap.cleartext-credentials"],
  },
  {
    title: "a line of control characters",
    transport: "tcp",
    exchange: [["<", hex("2a204f4b20780d0a 2a200102 0a")]],
    protocol: "imap",
    attributes: { "imap.banner": "x" },
    findings: ["imap.line-invalid"],
  },
  {
    title: "a sentence with a command's name",
    transport: "tcp",
    exchange: [[">", latin1("please login now\r\n")]],
    protocol: undefined,
  },
  {
    title: "a tag and a word of another protocol",
    transport: "tcp",
    exchange: [[">", latin1("a1 LOGON mrc\r\n")]],
    protocol: undefined,
  },
];
