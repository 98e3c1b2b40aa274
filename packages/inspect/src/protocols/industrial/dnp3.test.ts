import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { latin1 } from "@palisade/wire";
import { dnp3Checksum } from "./dnp3.js";

describe("the DNP3 checksum", () => {
  it("has the check value that CRC catalogues give for CRC-16/DNP", () => {
    assert.equal(dnp3Checksum(latin1("123456789"), 0, 9), 0xea82);
  });
});
