import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { palisade, palisadeInto } from "./command.build.js";
import { version } from "./version.js";

describe("the command", () => {
  it("without words shows what there is, as an error", () => {
    const { status, stdout, stderr } = palisade([]);
    assert.equal(status, 2);
    assert.match(stdout, /^palisade: .*\n\nUsage: palisade COMMAND/);
    assert.equal(stderr, "");
  });

  for (const words of [["--help"], ["-h"], ["help"]]) {
    it(`${words.join(" ")} shows what there is`, () => {
      const { status, stdout, stderr } = palisade(words);
      assert.equal(status, 0);
      assert.match(stdout, /Usage: palisade COMMAND[\s\S]*Exit status: 0 done, 2 bad usage/);
      assert.equal(stderr, "");
    });
  }

  for (const word of ["--version", "-V"]) {
    it(`${word} tells the version`, () => {
      assert.deepEqual(palisade([word]), { status: 0, stdout: `palisade ${version}\n`, stderr: "" });
    });
  }

  for (const word of ["inspct", "--bogus", ""]) {
    it(`refuses "${word}" in one line`, () => {
      const { status, stdout, stderr } = palisade([word]);
      assert.equal(status, 2);
      assert.equal(stdout, "");
      assert.equal(stderr, `palisade: there is no command "${word}"; \`palisade --help\` lists them\n`);
    });
  }

  it("tells in one line that standard output cannot be written", () => {
    const { status, stderr } = palisadeInto("/dev/full", ["inspect", "--example", "--format", "jsonl"]);
    assert.equal(status, 2);
    assert.match(stderr, /^palisade: standard output cannot be written: .*\n$/);
  });

  it("says a hostile word without the terminal's commands in it", () => {
    const { status, stderr } = palisade(["\x1b]0;owned\x07"]);
    assert.equal(status, 2);
    assert.equal(
      stderr,
      'palisade: there is no command "\\x1b]0;owned\\x07"; `palisade --help` lists them\n',
    );
  });
});
