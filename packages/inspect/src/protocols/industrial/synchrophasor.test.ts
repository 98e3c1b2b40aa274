import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { latin1 } from "@palisade/wire";
import { synchrophasorChecksum } from "./synchrophasor.js";

describe("the checksum of C37.118", () => {
  it("has the check value that CRC catalogues give for CRC-16/CCITT-FALSE", () => {
    assert.equal(synchrophasorChecksum(latin1("123456789"), 0, 9), 0x29b1);
  });
});
