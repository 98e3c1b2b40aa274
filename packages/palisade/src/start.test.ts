import assert from "node:assert/strict";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { palisade, type Ran, run, temporaryFolder } from "./command.build.js";
import { exampleCapture } from "./example/example-capture.js";

const START = fileURLToPath(new URL("../../../tools/start.mjs", import.meta.url));

function start(words: readonly string[]): Ran {
  return run(process.execPath, [START, ...words]);
}

describe("npm start", () => {
  it("inspects the example without words, and says on standard error how to go on", () => {
    const { status, stdout, stderr } = start([]);
    assert.equal(status, 0);
    assert.equal(stdout, palisade(["inspect", "--example"]).stdout);
    for (const way of ["npm start -- FILE", "-i eth0", "-i -", "--help"])
      assert.ok(stderr.includes(way), way);
  });

  it("hands words on to the command, and says no more than it", () => {
    const file = join(temporaryFolder(), "a capture.pcap");
    writeFileSync(file, exampleCapture());
    for (const words of [
      [file, "--stats"],
      ["inspect", file, "--stats"],
    ]) {
      const { status, stdout, stderr } = start(words);
      assert.deepEqual([status, stdout], [0, palisade(["inspect", file, "--stats"]).stdout]);
      assert.ok(!stderr.includes("To go on"));
    }
  });

  it("ends with the command's exit status", () => {
    const { status, stderr } = start([join(temporaryFolder(), "absent.pcap")]);
    assert.equal(status, 2);
    assert.match(stderr, /does not exist/);
  });

  it("takes file names from the folder where npm was called", () => {
    const folder = temporaryFolder();
    writeFileSync(join(folder, "here.pcap"), exampleCapture());
    const { status } = run("env", [`INIT_CWD=${folder}`, process.execPath, START, "here.pcap"]);
    assert.equal(status, 0);
  });
});
