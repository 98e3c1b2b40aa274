/** Runs a transformation over a table of values, for tests. */
import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { bytesOf } from "./octets.js";
import type { Transformation } from "./transformation.js";

/** A value and what it becomes, each character U+0000 … U+00FF standing for an octet, and what the row shows. */
export type Vector = readonly [value: string, becomes: string, shows?: string];

/** Fewest rows of a table. */
const ROWS_LEAST = 8;

/** What a transformation makes of a text, each character standing for an octet. */
export function applied(transformation: Transformation, value: string): string {
  const octets = bytesOf(value);
  const out = new Uint8Array(transformation.bytesMax(octets.length));
  const bytes = transformation.apply(octets, 0, octets.length, out, 0);
  return Buffer.from(out.buffer, 0, bytes).toString("latin1");
}

/** Tests of a transformation: one for each row. */
export function testVectors(transformation: Transformation, vectors: readonly Vector[]): void {
  describe(transformation.name, () => {
    it("has a table", () => {
      assert.ok(vectors.length >= ROWS_LEAST);
    });
    for (const [value, becomes, shows] of vectors) {
      const name = `makes ${JSON.stringify(becomes)} of ${JSON.stringify(value)}`;
      it(shows === undefined ? name : `${name}: ${shows}`, () => {
        assert.equal(applied(transformation, value), becomes);
      });
    }
  });
}
