/**
 * Makes of a chunk of the bundle a script whose compiled code can be kept in a file, which a module's cannot (node:vm): what
 * it imports it asks `load` for, what it exports it returns. `packages/palisade/bin/compiled.js` runs it.
 */
import { setFlagsFromString } from "node:v8";
import { Script } from "node:vm";
import { parseAst } from "rolldown/parseAst";

/**
 * @param name file name of the chunk
 * @param code the chunk: imports, statements, and one list of exports
 * @returns the script; its compiled code; and the module that stands for it where a module imports the chunk
 */
export function compiledChunk(name, code) {
  const { body } = parseAst(code);
  const [list, ...others] = body.filter(({ type }) => type.startsWith("Export"));
  if (others.length > 0 || list?.type !== "ExportNamedDeclaration" || list.declaration || list.source)
    throw new Error(`${name}: a chunk is expected to export by one list`);
  const imports = body.filter(({ type }) => type === "ImportDeclaration");
  let rest = code;
  for (const { start, end } of [...imports, list].sort((a, b) => b.start - a.start))
    rest = rest.slice(0, start) + rest.slice(end);
  const made = list.specifiers.map(({ local, exported }) => `${exported.name}:${local.name}`);
  const script = [
    '(function(load,importMetaUrl){"use strict";',
    ...imports.map(loading),
    rest
      .replaceAll("import.meta.url", "importMetaUrl")
      .replaceAll(/\bimport\((["`][^"`]+["`])\)/g, "(async()=>load($1))()"),
    `;return{${made.join(",")}}})`,
  ].join("");
  const names = list.specifiers.map(({ exported }) => exported.name);
  const module = `import{load}from"../../bin/compiled.js";export const{${names.join(",")}}=load(${JSON.stringify(`./${name}`)});\n`;
  return { script, compiled: codeOf(script, name), module };
}

/** What stands for an import. */
function loading({ specifiers, source }) {
  const from = `load(${JSON.stringify(source.value)})`;
  return specifiers
    .map(({ type, imported, local }) =>
      type === "ImportSpecifier"
        ? `const{${imported.name}:${local.name}}=${from};`
        : `const ${local.name}=${from};`,
    )
    .join("");
}

/** The code of a script with all its functions, also those that nobody has called. */
function codeOf(script, filename) {
  setFlagsFromString("--no-lazy");
  const compiled = new Script(script, { filename });
  // V8 refuses code that was made under other flags than those of the moment.
  setFlagsFromString("--lazy");
  return compiled.createCachedData();
}
