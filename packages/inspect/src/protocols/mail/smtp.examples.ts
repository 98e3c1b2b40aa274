import { hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const smtpExamples: readonly Example[] = [
  {
    title: "a message is sent (RFC 5321 appendix D.1)",
    transport: "tcp",
    exchange: [
      ["<", latin1("220 foo.com Simple Mail Transfer Service Ready\r\n")],
      [">", latin1("EHLO bar.com\r\n")],
      ["<", latin1("250-foo.com greets bar.com\r\n250-8BITMIME\r\n250 HELP\r\n")],
      [
        ">",
        latin1("MAIL FROM:<Smith@bar.com> SIZE=99\r\nRCPT TO:<Jones@foo.com>\r\nRCPT TO:<Green@foo.com>\r\n"),
      ],
      ["<", latin1("250 OK\r\n250 OK\r\n550 No such user here\r\n")],
      [">", latin1("DATA\r\n")],
      ["<", latin1("354 Start mail input; end with <CRLF>.<CRLF>\r\n")],
      [">", latin1("Subject: \x01\r\nMAIL FROM:<not@a.command>\r\n..\r\n.\r\nQUIT\r\n")],
      ["<", latin1("250 OK\r\n221 foo.com Service closing transmission channel\r\n")],
    ],
    protocol: "smtp",
    attributes: {
      "smtp.banner": "foo.com Simple Mail Transfer Service Ready",
      "smtp.helo": "bar.com",
      "smtp.from": ["Smith@bar.com"],
      "smtp.to": ["Jones@foo.com", "Green@foo.com"],
      "smtp.reply-code": [220, 250, 550, 354, 221],
    },
    decidedAfter: 2,
  },
  {
    title: "the server alone, which names the protocol",
    transport: "tcp",
    exchange: [["<", latin1("220-mx.example.com ESMTP demo\r\n220 ready\r\n")]],
    protocol: "smtp",
    attributes: { "smtp.banner": "mx.example.com ESMTP demo", "smtp.reply-code": [220] },
    decidedAfter: 1,
  },
  {
    title: "the server alone, whose second reply is 250",
    transport: "tcp",
    exchange: [
      ["<", latin1("220 mx.example.com ready\r\n")],
      ["<", latin1("250 hello\r\n")],
    ],
    protocol: "smtp",
    attributes: { "smtp.banner": "mx.example.com ready", "smtp.reply-code": [220, 250] },
    decidedAfter: 2,
  },
  {
    title: "passwords in clear are findings, and users are kept",
    transport: "tcp",
    exchange: [
      ["<", latin1("220 h ESMTP\r\n")],
      [">", latin1("HELO c\r\nAUTH LOGIN\r\nYWxpY2U=\r\nc2VjcmV0\r\n")],
      ["<", latin1("535 no\r\n")],
      [">", latin1("AUTH PLAIN AGJvYgBzZWNyZXQ=\r\n")],
    ],
    protocol: "smtp",
    attributes: {
      "smtp.banner": "h ESMTP",
      "smtp.helo": "c",
      "smtp.auth-mechanism": "LOGIN",
      "smtp.user": "alice",
      "smtp.reply-code": [220, 535],
    },
    findings: ["smtp.cleartext-credentials"],
  },
  {
    title: "DATA that is refused is followed by commands, and BDAT by as many octets as it says",
    transport: "tcp",
    exchange: [
      [">", latin1("LHLO c\r\nDATA\r\n")],
      ["<", latin1("503 no recipients\r\n")],
      [
        ">",
        latin1("MAIL FROM:a@b BODY=8BITMIME\r\nBDAT 6 LAST\r\n\x00\x01\x02\x03\x04\x05RCPT TO: <c@d>\r\n"),
      ],
    ],
    protocol: "smtp",
    attributes: {
      "smtp.helo": "c",
      "smtp.reply-code": [503],
      "smtp.from": ["a@b"],
      "smtp.to": ["c@d"],
    },
  },
  {
    title: "a line of control characters",
    transport: "tcp",
    exchange: [
      [">", latin1("EHLO c\r\n")],
      [">", hex("00 01 02 0a")],
    ],
    protocol: "smtp",
    attributes: { "smtp.helo": "c" },
    findings: ["smtp.line-invalid"],
  },
  {
    title: "a 220 that nobody follows is neither mail nor FTP",
    transport: "tcp",
    exchange: [["<", latin1("220 hello there\r\n")]],
    protocol: undefined,
  },
];
