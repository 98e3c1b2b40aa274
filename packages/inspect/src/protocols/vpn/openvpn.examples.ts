import { be16, be32, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";

const client = hex("3839fded2daa10a4");
const server = hex("4094219170e72677");
const sealed = (length: number): Uint8Array => Uint8Array.from({ length }, (_, at) => (at * 167 + 13) & 0xff);
/** When the first packet of an example is sent. */
const CLOCK = 1_700_000_000;

const reset = concat(0x38, client, hex("00 00000000"));
const answer = concat(0x40, server, hex("01 00000000"), client, hex("00000000"));
const acknowledgement = concat(0x28, client, hex("01 00000000"), server);
const resetWithHmac = concat(0x38, client, sealed(20), be32(1), be32(CLOCK), hex("00 00000000"));
const resetEncrypted = concat(0x38, client, be32(1), be32(CLOCK), sealed(32 + 5));
const wrapped = sealed(300);
const resetWithKey = concat(0x50, client, be32(1), be32(CLOCK), sealed(32 + 5), wrapped, be16(302));
const framed = (message: Uint8Array): Uint8Array => concat(be16(message.length), message);

export const openvpnExamples: readonly Example[] = [
  {
    title: "a session begins without protection of control messages",
    transport: "udp",
    exchange: [
      [">", reset],
      ["<", answer],
      [">", acknowledgement],
    ],
    protocol: "openvpn",
    attributes: {
      "openvpn.protection": "none",
      "openvpn.opcode": ["hard-reset-client-v2", "hard-reset-server-v2", "ack-v1"],
      "openvpn.session": ["3839fded2daa10a4", "4094219170e72677"],
    },
    decidedAfter: 1,
  },
  {
    title: "the same over TCP",
    transport: "tcp",
    exchange: [
      [">", framed(reset)],
      ["<", framed(answer)],
      [">", framed(acknowledgement)],
    ],
    protocol: "openvpn",
    attributes: {
      "openvpn.protection": "none",
      "openvpn.opcode": ["hard-reset-client-v2", "hard-reset-server-v2", "ack-v1"],
      "openvpn.session": ["3839fded2daa10a4", "4094219170e72677"],
    },
    decidedAfter: 1,
  },
  {
    title: "tls-auth",
    transport: "udp",
    exchange: [[">", resetWithHmac]],
    protocol: "openvpn",
    attributes: {
      "openvpn.protection": "tls-auth",
      "openvpn.opcode": ["hard-reset-client-v2"],
      "openvpn.session": ["3839fded2daa10a4"],
    },
  },
  {
    title: "tls-crypt",
    transport: "udp",
    exchange: [[">", resetEncrypted]],
    protocol: "openvpn",
    attributes: {
      "openvpn.protection": "tls-crypt",
      "openvpn.opcode": ["hard-reset-client-v2"],
      "openvpn.session": ["3839fded2daa10a4"],
    },
  },
  {
    title: "tls-crypt-v2",
    transport: "udp",
    exchange: [[">", resetWithKey]],
    protocol: "openvpn",
    attributes: {
      "openvpn.protection": "tls-crypt-v2",
      "openvpn.opcode": ["hard-reset-client-v3"],
      "openvpn.session": ["3839fded2daa10a4"],
    },
  },
  {
    title: "midstream, each side names the other's session",
    transport: "udp",
    exchange: [
      [">", acknowledgement],
      ["<", concat(0x20, server, hex("01 00000002"), client, hex("00000003"), sealed(40))],
    ],
    protocol: "openvpn",
    attributes: { "openvpn.opcode": ["control-v1"] },
    decidedAfter: 2,
  },
  {
    title: "a message without an opcode is a finding",
    transport: "udp",
    exchange: [
      [">", reset],
      ["<", hex("00 00 00")],
    ],
    protocol: "openvpn",
    attributes: {
      "openvpn.protection": "none",
      "openvpn.opcode": ["hard-reset-client-v2"],
      "openvpn.session": ["3839fded2daa10a4"],
    },
    findings: ["openvpn.message-impossible"],
  },
  {
    title: "messages of sessions that do not know each other are nobody's",
    transport: "udp",
    exchange: [
      [">", acknowledgement],
      ["<", concat(0x28, server, hex("01 00000000"), server)],
    ],
    protocol: undefined,
  },
];
