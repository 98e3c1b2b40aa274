import { hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const ftpExamples: readonly Example[] = [
  {
    title: "a file is fetched in passive mode",
    transport: "tcp",
    exchange: [
      ["<", latin1("220 ready\r\n")],
      [">", latin1("USER alice\r\n")],
      ["<", latin1("331 Password please\r\n")],
      [">", latin1("PASS secret\r\nSYST\r\n")],
      ["<", latin1("230-Welcome\r\nPORT of this place\r\n230 in\r\n215 UNIX Type: L8\r\n")],
      [">", latin1("PASV\r\n")],
      ["<", latin1("227 Entering Passive Mode (192,0,2,1,4,210).\r\n")],
      [">", latin1("RETR a file.txt\r\n")],
      ["<", latin1("229 Entering Extended Passive Mode (|||6446|)\r\n")],
    ],
    protocol: "ftp",
    attributes: {
      "ftp.banner": "ready",
      "ftp.user": "alice",
      "ftp.command": ["USER", "PASS", "SYST", "PASV", "RETR"],
      "ftp.reply-code": [220, 331, 230, 215, 227, 229],
      "ftp.system": "UNIX Type: L8",
      "ftp.file": ["a file.txt"],
    },
    findings: ["ftp.cleartext-credentials"],
    decidedAfter: 2,
  },
  {
    title: "an anonymous user is no finding, an odd port is",
    transport: "tcp",
    exchange: [
      ["<", latin1("220 (demo FTPd 3)\r\n")],
      [
        ">",
        latin1(
          "USER anonymous\r\nPASS a@b\r\nPORT 192,0,2,1,4,210\r\nEPRT |1|192.0.2.1|6275|\r\nPORT 1,2\r\n",
        ),
      ],
    ],
    protocol: "ftp",
    attributes: {
      "ftp.banner": "(demo FTPd 3)",
      "ftp.user": "anonymous",
      "ftp.command": ["USER", "PASS", "PORT", "EPRT"],
      "ftp.reply-code": [220],
    },
    findings: ["ftp.address-invalid"],
    decidedAfter: 1,
  },
  {
    title: "the server alone, whose second reply asks for a password",
    transport: "tcp",
    exchange: [["<", latin1("220-hello\r\n220 ready\r\n331 password?\r\n")]],
    protocol: "ftp",
    attributes: { "ftp.banner": "hello", "ftp.reply-code": [220, 331] },
  },
  {
    title: "the client alone: a command to run, an interrupt, and a line of control characters",
    transport: "tcp",
    exchange: [
      [">", latin1("FEAT\r\nSITE EXEC ls\r\n\xff\xf4\xff\xf2ABOR\r\n")],
      [">", hex("0102030a")],
    ],
    protocol: "ftp",
    attributes: { "ftp.command": ["FEAT", "SITE", "ABOR"] },
    findings: ["ftp.site-exec", "ftp.line-invalid"],
  },
];

export const ftpDataExamples: readonly Example[] = [
  {
    title: "the server connects from port 20",
    transport: "tcp",
    ports: [20, 49152],
    exchange: [[">", hex("00 01 02")]],
    protocol: "ftp-data",
  },
  {
    title: "a listing as Unix writes it",
    transport: "tcp",
    exchange: [["<", latin1("drwxr-xr-t    2 0        0            4096 Jan 01  2024 pub\r\n")]],
    protocol: "ftp-data",
  },
  {
    title: "a listing of facts (RFC 3659 §7.7.4)",
    transport: "tcp",
    exchange: [["<", latin1("type=cdir;unique=AQkAAAAAAAABCAAA; /\r\n")]],
    protocol: "ftp-data",
  },
  {
    title: "a word that only begins like permissions",
    transport: "tcp",
    exchange: [["<", latin1("drwxy says hello\r\n")]],
    protocol: undefined,
  },
];
