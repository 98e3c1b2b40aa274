import { be16, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const field = (text: string): Uint8Array => latin1(text.padEnd(64, "\0"));
const message = (type: number, body: Uint8Array): Uint8Array =>
  concat(be16(12 + body.length), hex("0001 1a2b3c4d"), be16(type), be16(0), body);
const start = (type: number, host: string, vendor: string): Uint8Array =>
  message(type, concat(hex("0100 0100 00000003 00000003 ffff 0001"), field(host), field(vendor)));
const echo = message(5, hex("00000001"));

export const pptpExamples: readonly Example[] = [
  {
    title: "a control connection starts",
    transport: "tcp",
    exchange: [
      [">", start(1, "local", "example")],
      ["<", concat(start(2, "", "Example Inc"), echo)],
    ],
    protocol: "pptp",
    attributes: {
      "pptp.message": ["start-control-connection-request", "start-control-connection-reply", "echo-request"],
      "pptp.host-name": ["local"],
      "pptp.vendor": ["example", "Example Inc"],
    },
    decidedAfter: 1,
  },
  {
    title: "a message with another cookie is a finding",
    transport: "tcp",
    exchange: [
      [">", echo],
      ["<", hex("0014 0001 1a2b3c4e 0006 0000 00000001 01 00 0000")],
    ],
    protocol: "pptp",
    attributes: { "pptp.message": ["echo-request"] },
    findings: ["pptp.message-impossible"],
  },
  {
    title: "a length that the type does not have is nobody's",
    transport: "tcp",
    exchange: [[">", hex("0014 0001 1a2b3c4d 0005 0000 00000001 01000000")]],
    protocol: undefined,
  },
];
