import { be32, concat, hex } from "@palisade/wire";
import type { Example } from "../../example.js";
import { ber, berInt, berText } from "../ber.build.js";

function principal(type: number, ...names: readonly string[]): Uint8Array {
  return ber(
    0x30,
    ber(0xa0, berInt(type)),
    ber(0xa1, ber(0x30, ...names.map((name) => berText(name, 0x1b)))),
  );
}
const realm = berText("EXAMPLE.ORG", 0x1b);
const krbtgt = principal(2, "krbtgt", "EXAMPLE.ORG");

function asRequest(version: number): Uint8Array {
  const body = ber(
    0x30,
    ber(0xa0, hex("03 05 00 40800010")),
    ber(0xa1, principal(1, "alice")),
    ber(0xa2, realm),
    ber(0xa3, krbtgt),
    ber(0xa5, berText("20370913024805Z", 0x18)),
    ber(0xa7, berInt(123_456_789)),
    ber(0xa8, ber(0x30, berInt(18), berInt(23))),
  );
  return ber(0x6a, ber(0x30, ber(0xa1, berInt(version)), ber(0xa2, berInt(10)), ber(0xa4, body)));
}
const error = ber(
  0x7e,
  ber(
    0x30,
    ber(0xa0, berInt(5)),
    ber(0xa1, berInt(30)),
    ber(0xa4, berText("20260101000000Z", 0x18)),
    ber(0xa5, berInt(1)),
    ber(0xa6, berInt(25)),
    ber(0xa9, realm),
    ber(0xaa, krbtgt),
  ),
);
/** Its code is an INTEGER without contents. */
const errorWithoutCode = ber(
  0x7e,
  ber(
    0x30,
    ber(0xa0, berInt(5)),
    ber(0xa1, berInt(30)),
    ber(0xa4, berText("20260101000000Z", 0x18)),
    ber(0xa5, berInt(1)),
    ber(0xa6, hex("02 00")),
    ber(0xa9, realm),
    ber(0xaa, krbtgt),
  ),
);
function encrypted(etype: number): Uint8Array {
  return ber(0x30, ber(0xa0, berInt(etype)), ber(0xa2, berText("\x01\x02\x03\x04")));
}
function reply(etype: number): Uint8Array {
  const ticket = ber(
    0x61,
    ber(
      0x30,
      ber(0xa0, berInt(5)),
      ber(0xa1, realm),
      ber(0xa2, principal(2, "http", "www.example.org")),
      ber(0xa3, encrypted(etype)),
    ),
  );
  return ber(
    0x6d,
    ber(
      0x30,
      ber(0xa0, berInt(5)),
      ber(0xa1, berInt(13)),
      ber(0xa3, realm),
      ber(0xa4, principal(1, "alice")),
      ber(0xa5, ticket),
      ber(0xa6, encrypted(18)),
    ),
  );
}
function framed(message: Uint8Array): Uint8Array {
  return concat(be32(message.length), message);
}

export const kerberosExamples: readonly Example[] = [
  {
    title: "a client asks for a ticket and is told to authenticate first",
    transport: "udp",
    ports: [49152, 88],
    exchange: [
      [">", asRequest(5)],
      ["<", error],
    ],
    protocol: "kerberos",
    attributes: {
      "kerberos.message": ["as-req", "krb-error"],
      "kerberos.client": "alice",
      "kerberos.realm": "EXAMPLE.ORG",
      "kerberos.server": ["krbtgt/EXAMPLE.ORG"],
      "kerberos.encryption-type": [18, 23],
      "kerberos.error": [25],
    },
    decidedAfter: 1,
  },
  {
    title: "an error whose code is no number has none",
    transport: "udp",
    ports: [49152, 88],
    exchange: [["<", errorWithoutCode]],
    protocol: "kerberos",
    attributes: {
      "kerberos.message": ["krb-error"],
      "kerberos.realm": "EXAMPLE.ORG",
      "kerberos.server": ["krbtgt/EXAMPLE.ORG"],
    },
    decidedAfter: 1,
  },
  {
    title: "the same over TCP, and a ticket encrypted with RC4",
    transport: "tcp",
    exchange: [
      [">", framed(asRequest(5))],
      ["<", framed(error)],
      ["<", framed(reply(23))],
    ],
    protocol: "kerberos",
    attributes: {
      "kerberos.message": ["as-req", "krb-error", "tgs-rep"],
      "kerberos.client": "alice",
      "kerberos.realm": "EXAMPLE.ORG",
      "kerberos.server": ["krbtgt/EXAMPLE.ORG", "http/www.example.org"],
      "kerberos.encryption-type": [18, 23],
      "kerberos.error": [25],
      "kerberos.ticket-encryption-type": 23,
    },
    findings: ["kerberos.ticket-weak"],
    decidedAfter: 1,
  },
  {
    title: "the key distribution centre's answer alone is enough",
    transport: "udp",
    exchange: [["<", reply(18)]],
    protocol: "kerberos",
    attributes: {
      "kerberos.message": ["tgs-rep"],
      "kerberos.client": "alice",
      "kerberos.realm": "EXAMPLE.ORG",
      "kerberos.server": ["http/www.example.org"],
      "kerberos.ticket-encryption-type": 18,
    },
  },
  {
    title: "a message that ends early is a finding",
    transport: "tcp",
    ports: [49152, 88],
    exchange: [
      [">", framed(asRequest(5))],
      ["<", concat(be32(8), hex("7e 20 30 1e a003 0201"))],
    ],
    protocol: "kerberos",
    attributes: {
      "kerberos.message": ["as-req"],
      "kerberos.client": "alice",
      "kerberos.realm": "EXAMPLE.ORG",
      "kerberos.server": ["krbtgt/EXAMPLE.ORG"],
      "kerberos.encryption-type": [18, 23],
    },
    findings: ["kerberos.encoding-invalid"],
  },
  {
    title: "the same structure with version 4 is not Kerberos",
    transport: "udp",
    exchange: [[">", asRequest(4)]],
    protocol: undefined,
  },
];
