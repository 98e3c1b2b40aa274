import { be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

const text = (name: string, value: string): Uint8Array =>
  concat(be32(name.length + 1), latin1(name), be32(2), be32(1), be32(value.length), latin1(value));
const integer = (name: string, value: number): Uint8Array =>
  concat(be32(name.length + 1), latin1(name), be32(0), be32(1), be32(value));
const register = concat(
  be32(4),
  text("host_name", "vpn"),
  text("opcode", "nat_t_register"),
  integer("private_port", 51381),
  text("product_str", "SoftEther OSS"),
);
const answer = latin1("IP=192.0.2.1,PORT=51381");

export const softetherExamples: readonly Example[] = [
  {
    title: "a server learns its address and registers",
    transport: "udp",
    exchange: [
      [">", latin1("A")],
      ["<", answer],
      [">", register],
    ],
    protocol: "softether",
    attributes: {
      "softether.address": "192.0.2.1",
      "softether.host-name": "vpn",
      "softether.operation": ["nat_t_register"],
      "softether.product": "SoftEther OSS",
    },
    decidedAfter: 2,
  },
  {
    title: "a pack that does not fill its datagram is a finding",
    transport: "udp",
    exchange: [
      ["<", answer],
      [">", concat(register, hex("00"))],
    ],
    protocol: "softether",
    attributes: { "softether.address": "192.0.2.1" },
    findings: ["softether.pack-impossible"],
  },
  {
    title: "an address with a part that is no octet is nobody's",
    transport: "udp",
    exchange: [["<", latin1("IP=192.0.2.256,PORT=51381")]],
    protocol: undefined,
  },
];
