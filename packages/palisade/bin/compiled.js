/**
 * Runs the bundle's scripts from code that was compiled when they were built (tools/compiled-chunk.mjs). V8 refuses what another
 * version of it has made, and compiles the text then.
 */
const { readFileSync } = process.getBuiltinModule("node:fs");
const { fileURLToPath } = process.getBuiltinModule("node:url");
const { Script } = process.getBuiltinModule("node:vm");

const bundle = new URL("../dist/bundle/", import.meta.url);
const loaded = new Map();

/** What a chunk of the bundle exports; `name` is as it is imported, `./command.js` or `node:fs`. */
export function load(name) {
  if (!name.startsWith("./")) return process.getBuiltinModule(name);
  const known = loaded.get(name);
  if (known !== undefined) return known;
  const url = new URL(name, bundle);
  const filename = fileURLToPath(url).replace(/\.js$/, ".script");
  const script = new Script(readFileSync(filename, "utf8"), { filename, cachedData: codeOf(filename) });
  const made = script.runInThisContext()(load, url.href);
  loaded.set(name, made);
  return made;
}

function codeOf(filename) {
  try {
    return readFileSync(`${filename}.code`);
  } catch {
    return undefined;
  }
}
