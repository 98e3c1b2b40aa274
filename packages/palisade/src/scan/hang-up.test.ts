/**
 * A terminal that goes away while a scan runs on it, as when a connection to a shell is lost: on listeners of this test on 127.0.0.0/8.
 */
import assert from "node:assert/strict";
import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { COMMAND, run, temporaryFolder } from "../command.build.js";

const folder = temporaryFolder();
const hasPython = run("python3", ["-c", "import pty"]).status === 0;

/** Runs the command on a terminal of its own, takes that away when the scan has drawn something, and tells its exit status. */
const TERMINAL = `
import os, pty, sys
pid, terminal = pty.fork()
if pid == 0:
    os.execv(sys.argv[1], sys.argv[1:])
os.read(terminal, 1)
os.close(terminal)
_, status = os.waitpid(pid, 0)
print(os.waitstatus_to_exitcode(status))
`;

describe("a scan whose terminal goes away", { skip: hasPython ? false : "needs python3" }, () => {
  it("saves what was found, and what it goes on from", async () => {
    const [report, file] = [join(folder, "hung-up.json"), join(folder, "hung-up.resume")];
    const words = [
      "-sT",
      "-p",
      "1000-1999",
      "--max-rate",
      "20",
      "-oJ",
      report,
      "--resume",
      file,
      "127.83.22.1",
    ];
    const child = spawn("python3", ["-c", TERMINAL, process.execPath, COMMAND, "scan", ...words], {
      stdio: ["ignore", "pipe", "inherit"],
    });
    let status = "";
    child.stdout.on("data", (octets: Buffer) => (status += octets.toString()));
    await once(child, "close");
    assert.equal(status, "129\n");
    const { stopped, not_asked: notAsked } = JSON.parse(readFileSync(report, "utf8"));
    assert.equal(stopped, true);
    assert.ok(notAsked.ports > 900 && notAsked.ports <= 1_000);
    assert.ok(existsSync(file));
  });
});
