import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const socksExamples: readonly Example[] = [
  {
    title: "version 5: a name is asked for with user and password, and SSH is relayed",
    transport: "tcp",
    exchange: [
      [">", hex("05 02 00 02")],
      ["<", hex("05 02")],
      [">", hex("01 05 616c696365 03 707764")],
      ["<", hex("01 00")],
      [">", concat(hex("05 01 00 03 0b"), latin1("example.com"), hex("0016"))],
      ["<", hex("05 00 00 01 c0000201 1f90")],
      [">", latin1("SSH-2.0-client\r\n")],
    ],
    protocol: "ssh",
    path: ["socks", "ssh"],
    attributes: {
      "socks.version": 5,
      "socks.user": "alice",
      "socks.command": 1,
      "socks.host": "example.com",
      "socks.port": 22,
      "socks.reply": 0,
      "ssh.version": "2.0",
      "ssh.client-software": "client",
    },
    findings: ["socks.cleartext-credentials"],
  },
  {
    title: "version 5: the client does not wait, and is refused",
    transport: "tcp",
    exchange: [
      [">", hex("05 01 00  05 01 00 01 c6336407 0050")],
      ["<", hex("05 00  05 02 00 01 00000000 0000")],
    ],
    protocol: "socks",
    attributes: {
      "socks.version": 5,
      "socks.command": 1,
      "socks.address": "198.51.100.7",
      "socks.port": 80,
      "socks.reply": 2,
    },
    decidedAfter: 1,
  },
  {
    title: "version 4A: a name",
    transport: "tcp",
    exchange: [
      [">", concat(hex("04 01 0050 00000001"), latin1("me\0example.com\0"))],
      ["<", hex("00 5b 0000 00000000")],
    ],
    protocol: "socks",
    attributes: {
      "socks.version": 4,
      "socks.command": 1,
      "socks.port": 80,
      "socks.user": "me",
      "socks.host": "example.com",
      "socks.reply": 91,
    },
    decidedAfter: 1,
  },
  {
    title: "version 4: an address",
    transport: "tcp",
    exchange: [[">", hex("04 01 0050 c6336407 00")]],
    protocol: "socks",
    attributes: {
      "socks.version": 4,
      "socks.command": 1,
      "socks.port": 80,
      "socks.address": "198.51.100.7",
    },
    decidedAfter: 1,
  },
  {
    title: "a request with a reserved octet that is not zero",
    transport: "tcp",
    exchange: [
      [">", hex("05 01 00")],
      ["<", hex("05 00")],
      [">", hex("05 01 01 01 c6336407 0050")],
    ],
    protocol: "socks",
    attributes: { "socks.version": 5 },
    findings: ["socks.message-invalid"],
  },
  {
    title: "a greeting that nobody answers",
    transport: "tcp",
    exchange: [[">", hex("05 01 00")]],
    protocol: undefined,
  },
];
