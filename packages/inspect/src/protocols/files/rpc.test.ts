import assert from "node:assert/strict";
import { test } from "node:test";
import { exercise } from "../../exercise.build.js";
import { Registry } from "../../registry.js";
import { protocols } from "../index.js";
import { rpcExamples } from "./rpc.examples.js";

const registry = Registry.of(protocols);

function expectedBy(title: string): readonly string[] {
  const example = rpcExamples.find((one) => one.title === title)!;
  return exercise(registry, example, example.exchange).expected;
}

test("a port mapper's answer announces the flow that will follow", () => {
  assert.deepEqual(expectedBy("a port mapper is asked for the port of NFS"), ["6:2049 nfs"]);
  // 78.80 ends the address: 78 × 256 + 80.
  assert.deepEqual(expectedBy("a binder of version 4 is asked and answers with an address"), ["6:20048 nfs"]);
});
