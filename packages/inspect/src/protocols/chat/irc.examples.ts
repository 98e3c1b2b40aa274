import { latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const ircExamples: readonly Example[] = [
  {
    title: "a user comes in and joins two channels",
    transport: "tcp",
    exchange: [
      [">", latin1("PASS secret\r\nNICK alice\r\nUSER al 0 * :Alice A\r\n")],
      ["<", latin1(":irc.example.com 001 alice :Welcome\r\nPING :1\r\n")],
      [">", latin1("JOIN #a,#b\r\nPRIVMSG #a :\x01ACTION waves\x01\r\n")],
    ],
    protocol: "irc",
    attributes: {
      "irc.nick": "alice",
      "irc.user": "al",
      "irc.server": "irc.example.com",
      "irc.channel": ["#a", "#b"],
    },
    findings: ["irc.cleartext-credentials"],
    decidedAfter: 1,
  },
  {
    title: "the server alone",
    transport: "tcp",
    exchange: [["<", latin1(":irc.example.com NOTICE * :*** Looking up your hostname...\r\n")]],
    protocol: "irc",
    attributes: { "irc.server": "irc.example.com" },
  },
  {
    title: "the server alone, in the middle of a session",
    transport: "tcp",
    exchange: [["<", latin1(":bob!b@host.example.com PRIVMSG #a :hello\r\n")]],
    protocol: "irc",
  },
  {
    title: "a line without end",
    transport: "tcp",
    exchange: [
      [">", latin1("CAP LS 302\r\n")],
      ["<", latin1(`:${"x".repeat(8_800)}`)],
    ],
    protocol: "irc",
    findings: ["irc.line-invalid"],
  },
  {
    title: "a user and password alone could be FTP's or POP3's",
    transport: "tcp",
    exchange: [[">", latin1("USER alice\r\nPASS secret\r\n")]],
    protocol: undefined,
  },
];
