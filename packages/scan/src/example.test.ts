import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { createServer } from "node:net";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

const example = fileURLToPath(new URL("../../../examples/scan.mjs", import.meta.url));
const run = promisify(execFile);

/** Nobody else listens here. */
const HOST = "127.83.32.1";

describe("examples/scan.mjs", () => {
  it("tells an open port from a closed one", async () => {
    const open = createServer((socket) => socket.on("error", () => socket.destroy()));
    const closed = createServer();
    const portOf = (server: typeof open): Promise<number> =>
      new Promise((resolve) =>
        server.listen(0, HOST, () => resolve((server.address() as { readonly port: number }).port)),
      );
    const ports = [await portOf(open), await portOf(closed)];
    await new Promise((resolve) => closed.close(resolve));
    try {
      const { stdout } = await run(process.execPath, [example, HOST, ports.join(",")]);
      const [listed, others] = stdout.split("\n");
      assert.equal(listed!.trimEnd(), `${HOST} ${ports[0]} open`);
      assert.equal(others, `${HOST} 1 closed conn-refused`);
    } finally {
      open.close();
    }
  });

  it("is what the README shows", () => {
    const readme = readFileSync(new URL("../README.md", import.meta.url), "utf8");
    const [, shown] = /```js\n([\s\S]*?)```/.exec(readme) ?? [];
    assert.equal(shown, readFileSync(example, "utf8"));
  });
});
