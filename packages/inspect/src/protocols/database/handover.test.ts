import assert from "node:assert/strict";
import { test } from "node:test";
import { be32, concat, hex, latin1, le32 } from "@palisade/wire";
import { exercise, type Part } from "../../exercise.build.js";
import { Registry } from "../../registry.js";
import { ber, berInt, berText } from "../ber.build.js";
import { protocols } from "../index.js";
import { buildClientHello } from "../security/client-hello.build.js";

const registry = Registry.of(protocols);
const hello = buildClientHello({ sni: "db.example.org" });

function message(id: number, operation: Uint8Array): Uint8Array {
  return ber(0x30, berInt(id), operation);
}

const CASES: readonly (readonly [string, readonly Part[]])[] = [
  [
    "mysql",
    [
      [">", concat(hex("20 00 00 01"), le32(0x0000_0a00), le32(0x0100_0000), new Uint8Array(24))],
      [">", hello],
    ],
  ],
  [
    "postgresql",
    [
      [">", hex("00000008 04d2162f")],
      ["<", latin1("S")],
      [">", hello],
    ],
  ],
  [
    "ldap",
    [
      [">", message(1, ber(0x77, berText("1.3.6.1.4.1.1466.20037", 0x80)))],
      ["<", message(1, ber(0x78, berInt(0, 0x0a), berText(""), berText("")))],
      [">", hello],
    ],
  ],
  [
    "amqp",
    [
      [">", latin1("AMQP\x02\x01\0\0")],
      ["<", latin1("AMQP\x02\x01\0\0")],
      [">", hello],
    ],
  ],
  [
    "nats",
    [
      ["<", latin1('INFO {"server_id":"N1","tls_required":true}\r\n')],
      [">", hello],
    ],
  ],
];

for (const [protocol, parts] of CASES) {
  test(`${protocol} hands the flow over to TLS where both ends agree on it`, () => {
    const result = exercise(registry, { transport: "tcp" }, parts);
    assert.deepEqual(result.path, [protocol, "tls"]);
    assert.equal(result.attributes["tls.sni"], "db.example.org");
  });
}

test("a refusal of TLS leaves PostgreSQL in clear text", () => {
  const parameters = latin1("user\0alice\0\0");
  const startup = concat(be32(8 + parameters.length), hex("00030000"), parameters);
  const parts: readonly Part[] = [
    [">", hex("00000008 04d2162f")],
    ["<", latin1("N")],
    [">", startup],
  ];
  const result = exercise(registry, { transport: "tcp" }, parts);
  assert.deepEqual(result.path, ["postgresql"]);
  assert.equal(result.attributes["postgresql.user"], "alice");
});
