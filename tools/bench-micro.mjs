/** Runs the benchmarks beside the code (`*.bench.ts`), each exporting a tinybench `Bench`: `npm run bench:micro`. */
import { readdirSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath, pathToFileURL } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const files = readdirSync(join(root, "packages"))
  .flatMap((name) => {
    const dist = join(root, "packages", name, "dist");
    try {
      return readdirSync(dist, { recursive: true }).map((file) => join(dist, file));
    } catch {
      return [];
    }
  })
  .filter((file) => file.endsWith(".bench.js"))
  .sort();
if (files.length === 0) {
  process.stderr.write("bench: nothing to run; `npm run build` first\n");
  process.exit(2);
}
for (const file of files) {
  for (const bench of Object.values(await import(pathToFileURL(file).href))) {
    await bench.run();
    console.log(bench.name);
    console.table(bench.table());
  }
}
