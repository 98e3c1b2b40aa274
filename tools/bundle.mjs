/**
 * Bundles the command into packages/palisade/dist: one file for the start, one for each verb and for the worker, so that
 * `palisade --help` reads no more than it needs. All but the entries become scripts with their compiled code beside them
 * (`compiled-chunk.mjs`). With them stand the database of service detection and the base rule set, which are text.
 */
import { cpSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { build } from "rolldown";
import { compiledChunk } from "./compiled-chunk.mjs";

const palisade = fileURLToPath(new URL("../packages/palisade/", import.meta.url));

const { output } = await build({
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
    minify: { compress: false, mangle: false, codegen: { removeWhitespace: true } },
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
cpSync(fileURLToPath(new URL("../rules/", import.meta.url)), `${palisade}dist/bundle/rules`, {
  recursive: true,
});
for (const { fileName, code, isEntry } of output) {
  if (isEntry) continue;
  const file = `${palisade}dist/bundle/${fileName}`;
  const { script, compiled, module } = compiledChunk(fileName, code);
  writeFileSync(file, module);
  writeFileSync(file.replace(/\.js$/, ".script"), script);
  writeFileSync(file.replace(/\.js$/, ".script.code"), compiled);
}
