import assert from "node:assert/strict";
import { test } from "node:test";
import { concat, hex } from "../octets.js";
import { AH_LENGTH_IMPOSSIBLE } from "./ah.js";
import {
  emitIpv6Extensions,
  IPV6_EXTENSION_TRUNCATED,
  IPV6_EXTENSIONS_MAX,
  IPV6_EXTENSIONS_TOO_MANY,
  parseIpv6Extensions,
} from "./ipv6-extensions.js";

test("the chain is read to the upper layer", () => {
  const octets = hex(`
    2b 00 0502 0000 0100   # hop-by-hop: router alert
    3c 00 04 00 00000000   # routing
    06 00 0104 00000000    # destination options
    1388 0035
  `);
  assert.deepEqual(parseIpv6Extensions(0, octets), {
    extensions: [
      { kind: "hop-by-hop", options: hex("050200000100") },
      { kind: "routing", type: 4, segmentsLeft: 0, data: hex("00000000") },
      { kind: "destination-options", options: hex("010400000000") },
    ],
    nextHeader: 6,
    payload: hex("13880035"),
  });
});

test("a fragment with an offset ends the chain: what follows is no header", () => {
  const octets = hex("3c 00 0009 00000007 0600 0104 00000000");
  assert.deepEqual(parseIpv6Extensions(44, octets), {
    extensions: [{ kind: "fragment", offsetBytes: 8, moreFragments: true, identification: 7 }],
    nextHeader: 60,
    payload: hex("0600 0104 00000000"),
  });
});

test("the fragment header's reserved octet is no length", () => {
  const parsed = parseIpv6Extensions(44, hex("11 ff 0001 00000007 aa"));
  assert.ok("payload" in parsed);
  assert.deepEqual(parsed.payload, hex("aa"));
});

test("names what is wrong", () => {
  assert.equal(parseIpv6Extensions(60, hex("11 01 0104 00000000")), IPV6_EXTENSION_TRUNCATED);
  assert.equal(parseIpv6Extensions(0, hex("11 00")), IPV6_EXTENSION_TRUNCATED);
  assert.equal(parseIpv6Extensions(51, hex("11 00 0000 00000001 00000001")), AH_LENGTH_IMPOSSIBLE);
  const one = hex("3c 00 0104 00000000");
  const many = (count: number) => concat(...Array.from({ length: count }, () => one));
  assert.equal(parseIpv6Extensions(60, many(IPV6_EXTENSIONS_MAX + 1)), IPV6_EXTENSIONS_TOO_MANY);
});

test("options that are no multiple of eight octets are not emitted", () => {
  const chain = {
    extensions: [{ kind: "hop-by-hop", options: hex("0502000001") }],
    nextHeader: 59,
    payload: hex(""),
  } as const;
  assert.throws(() => emitIpv6Extensions(chain, new Uint8Array(64), 0), /hop-by-hop header of 7 octets/);
});
