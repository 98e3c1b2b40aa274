import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { latin1 } from "@palisade/wire";
import fc from "fast-check";
import { activePort, extendedPassivePort, extendedPort, passivePort } from "./ftp-address.js";

type Reader = typeof activePort;
const read = (reader: Reader, text: string) => reader(latin1(text), 0, text.length);

describe("FTP data ports", () => {
  for (const [name, reader, text, port] of [
    ["PORT", activePort, "192,0,2,1,4,210", 1234],
    ["PORT with five numbers", activePort, "192,0,2,1,4", -1],
    ["PORT with a number above 255", activePort, "192,0,2,1,4,256", -1],
    ["PORT 0", activePort, "192,0,2,1,0,0", -1],
    ["227 with parentheses", passivePort, "Entering Passive Mode (192,0,2,1,4,210).", 1234],
    ["227 without", passivePort, "Entering Passive Mode 192,0,2,1,4,210", 1234],
    ["227 without address", passivePort, "Entering Passive Mode", -1],
    ["229 (RFC 2428 §3)", extendedPassivePort, "Entering Extended Passive Mode (|||6446|)", 6446],
    ["229 without port", extendedPassivePort, "(||||)", -1],
    ["229 with a port above 65,535", extendedPassivePort, "(|||65536|)", -1],
    ["EPRT over IPv4 (RFC 2428 §2)", extendedPort, "|1|132.235.1.2|6275|", 6275],
    ["EPRT over IPv6 (RFC 2428 §2)", extendedPort, "|2|1080::8:800:200C:417A|5282|", 5282],
    ["EPRT cut short", extendedPort, "|1|132.235.1.2|6275", -1],
    ["EPRT empty", extendedPort, "", -1],
  ] as const) {
    it(`are read from ${name}`, () => assert.equal(read(reader, text), port));
  }

  it("are ports or nothing, whatever the octets", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
        for (const reader of [activePort, passivePort, extendedPassivePort, extendedPort]) {
          const port = reader(octets, 0, octets.length);
          assert.ok(port === -1 || (port >= 1 && port <= 0xffff));
        }
      }),
    );
  });
});
