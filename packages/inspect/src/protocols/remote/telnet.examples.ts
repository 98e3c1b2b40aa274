import { concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

export const telnetExamples: readonly Example[] = [
  {
    title: "a user logs in",
    transport: "tcp",
    exchange: [
      ["<", hex("fffd18 fffd20")],
      [">", hex("fffb18 fffc20")],
      ["<", hex("fffa18 01 fff0")],
      [">", concat(hex("fffa18 00"), latin1("xterm"), hex("fff0"))],
      ["<", latin1("Welcome\r\ndemo login: ")],
      [">", latin1("alice\r\0")],
      ["<", latin1("alice\r\nPassword: ")],
    ],
    protocol: "telnet",
    attributes: {
      "telnet.option": [24, 32],
      "telnet.terminal-type": "xterm",
      "telnet.user": "alice",
    },
    findings: ["telnet.cleartext-credentials"],
    decidedAfter: 1,
  },
  {
    title: "one negotiation of each side",
    transport: "tcp",
    exchange: [
      ["<", hex("fffd01")],
      [">", hex("fffc01")],
    ],
    protocol: "telnet",
    attributes: { "telnet.option": [1] },
    decidedAfter: 2,
  },
  {
    title: "a command that does not exist",
    transport: "tcp",
    exchange: [["<", hex("fffd01 fffb03 ff07")]],
    protocol: "telnet",
    attributes: { "telnet.option": [1, 3] },
    findings: ["telnet.command-invalid"],
  },
  {
    title: "an option that does not exist",
    transport: "tcp",
    exchange: [["<", hex("fffd70 fffd71")]],
    protocol: undefined,
  },
];
