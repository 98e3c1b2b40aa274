import assert from "node:assert/strict";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, it, type TestContext } from "node:test";
import { PalisadeError } from "@palisade/base";
import { servicesOf } from "./services-option.js";

function fileOf(test: TestContext, text: string | Uint8Array): string {
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

  it("reads over a mark of byte order, and other octets in comments", (test) => {
    for (const text of [`${head}  pattern /a/\n`, "Probe TCP NULL q||\nmatch a m|a|\n"]) {
      const octets = Buffer.concat([
        Buffer.from("\uFEFF# caf"),
        Uint8Array.of(0xe9, 0x0a),
        Buffer.from(text),
      ]);
      assert.equal(servicesOf(fileOf(test, octets)).probes[0]!.matches.length, 1);
    }
  });

  it("refuses octets that are no text, which a probe would send as others", (test) => {
    const torn = Buffer.from("# a\nProbe TCP A q|\xff|\n", "latin1");
    for (const [octets, why] of [
      [torn, /:2:1: an octet in it is no UTF-8: write it as in \\xff$/],
      [Buffer.from("\uFEFFProbe TCP A q|a|\n", "utf16le"), /: it is UTF-16: save it as UTF-8$/],
    ] as const)
      assert.throws(() => servicesOf(fileOf(test, octets)), why);
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
