import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { builtInServices } from "./built-in.js";
import { checkDatabase } from "./database.js";

describe("the built-in database", () => {
  const database = builtInServices();

  it("has probes and matches", () => {
    assert.ok(database.probe("null"));
    assert.ok(database.probes.length > 1);
  });

  it("claims every example as the match beside it says", () => {
    assert.deepEqual(checkDatabase(database), []);
  });

  it("has an example for every match", () => {
    const without = database.probes.flatMap(({ matches }) =>
      matches
        .filter(({ examples }) => examples.length === 0)
        .map(({ place, service }) => `${place}: ${service}`),
    );
    assert.deepEqual(without, []);
  });
});
