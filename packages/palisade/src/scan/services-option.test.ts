import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { PalisadeError } from "@palisade/base";
import { servicesOf } from "./services-option.js";

function fileOf(test: TestContext, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "palisade-services-"));
  test.after(() => rmSync(folder, { recursive: true }));
  const file = join(folder, "own.services");
  writeFileSync(file, text);
  return file;
}

const head = "probe null tcp\n\nmatch a\n";

describe("servicesOf", () => {
  it("reads a file of the user's alone", (test) => {
    const database = servicesOf(
      fileOf(test, `${head}  pattern /^a(b)/\n  version "$1"\n  example "ab" version "b"\n`),
    );
    assert.deepEqual(
      database.probes.map(({ name, matches }) => [name, matches.length]),
      [["null", 1]],
    );
  });

  it("refuses a file with a pattern, a template or an example that is wrong, with file, line and column", (test) => {
    for (const [body, place, words] of [
      ["  pattern /a(/\n", "4:11", /a: /],
      ["  pattern /(a)\\1/\n", "4:11", /a: /],
      ['  pattern /a/\n  version "$2"\n', "4:11", /\$2 is used, but the pattern has 0 groups$/],
      ['  pattern /a/\n  example "b"\n', "5:11", /does not fit the example$/],
      ["  pattern /a(/\nmatch b\n  pattern /b(/\n", "4:11", /; 1 more like this$/],
    ] as const) {
      const file = fileOf(test, `${head}${body}`);
      assert.throws(
        () => servicesOf(file),
        (error) =>
          error instanceof PalisadeError &&
          error.code === "SERVICES_MALFORMED" &&
          error.message.startsWith(`${file}:${place}: `) &&
          words.test(error.message) &&
          !error.message.includes("\n"),
        body,
      );
    }
  });
});
