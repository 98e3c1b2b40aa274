/**
 * Bundles the command into packages/palisade/dist: one file for the start, one for each verb and for the worker, so that
 * `palisade --help` reads no more than it needs. Beside them the database of service detection, which is text.
 */
import { cpSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";

const palisade = fileURLToPath(new URL("../packages/palisade/", import.meta.url));

await build({
  input: { palisade: `${palisade}dist/main.js`, "inspect-worker": `${palisade}dist/inspect-worker.js` },
  platform: "node",
  external: [/^node:/, "koffi"],
  logLevel: "warn",
  // No module is there for what it does when loaded, so what is not used is left out: the examples of the dissectors.
  treeshake: { moduleSideEffects: false },
  // Constants as literals: shorter code before it is compiled, and less to compile.
  optimization: { inlineConst: { mode: "all", pass: 2 } },
  output: {
    dir: `${palisade}dist/bundle`,
    format: "esm",
    entryFileNames: "[name].js",
    chunkFileNames: "[name]-[hash].js",
    cleanDir: true,
  },
});

cpSync(
  fileURLToPath(new URL("../packages/scan/services/", import.meta.url)),
  `${palisade}dist/bundle/services`,
  {
    recursive: true,
  },
);
