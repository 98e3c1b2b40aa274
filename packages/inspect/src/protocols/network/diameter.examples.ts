import { be24, be32, concat, hex, latin1 } from "@palisade/wire";
import type { Example } from "../../example.js";

function message(flags: number, command: number, application: number, ...avps: Uint8Array[]): Uint8Array {
  const body = concat(...avps);
  return concat(
    1,
    be24(20 + body.length),
    flags,
    be24(command),
    be32(application),
    hex("00000001 00000002"),
    body,
  );
}

function avp(code: number, value: Uint8Array): Uint8Array {
  return concat(be32(code), 0x40, be24(8 + value.length), value, new Uint8Array(-value.length & 3));
}

const capabilities = message(
  0x80,
  257,
  0,
  avp(264, latin1("mme.example")),
  avp(296, latin1("example")),
  avp(257, hex("0001 c0000201")),
  avp(266, be32(10415)),
  avp(269, latin1("Example MME")),
);
const capable = message(0, 257, 0, avp(268, be32(2001)), avp(264, latin1("hss.example")));
const update = message(
  0xc0,
  316,
  16777251,
  avp(263, latin1("mme.example;1;2")),
  avp(1, latin1("001010123456789")),
);
const broken = concat(hex("01 00001c 80 000118 00000000 00000001 00000002"), hex("00000108 40 00ff00"));

export const diameterExamples: readonly Example[] = [
  {
    title: "peers exchange capabilities, a location is updated",
    transport: "tcp",
    exchange: [
      [">", capabilities],
      ["<", capable],
      [">", update],
    ],
    protocol: "diameter",
    attributes: {
      "diameter.command": [257, 316],
      "diameter.application": [0, 16777251],
      "diameter.origin-host": ["mme.example", "hss.example"],
      "diameter.origin-realm": ["example"],
      "diameter.product": ["Example MME"],
      "diameter.result": [2001],
      "diameter.user": ["001010123456789"],
    },
    decidedAfter: 1,
  },
  {
    title: "an attribute that reaches beyond its message",
    transport: "tcp",
    ports: [49152, 3868],
    exchange: [
      ["<", capable],
      ["<", broken],
    ],
    protocol: "diameter",
    attributes: {
      "diameter.command": [257],
      "diameter.application": [0],
      "diameter.origin-host": ["hss.example"],
      "diameter.result": [2001],
    },
    findings: ["diameter.avp-invalid"],
  },
  {
    title: "a first attribute that no message begins with",
    transport: "tcp",
    ports: [49152, 3868],
    exchange: [[">", message(0x80, 257, 0, avp(500, be32(1)))]],
    protocol: undefined,
  },
];
