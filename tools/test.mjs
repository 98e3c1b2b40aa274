/**
 * Runs the tests of what is built: every file named `*.test.js` below a package's dist whose source is there.
 *
 *   node tools/test.mjs [PACKAGE…] [OPTIONS OF node --test]
 *
 * Exit status: that of `node --test`; 2 where there is nothing to run.
 */
import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { availableParallelism } from "node:os";
import { join, sep } from "node:path";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));
const words = process.argv.slice(2);
const options = words.filter((word) => word.startsWith("-"));
const wanted = words.filter((word) => !word.startsWith("-"));

function fail(message) {
  process.stderr.write(`palisade: ${message}\n`);
  process.exit(2);
}

const packages = readdirSync(join(root, "packages")).sort();
for (const name of wanted) {
  if (!packages.includes(name)) fail(`there is no package "${name}"; there are ${packages.join(", ")}`);
}

/** Built tests of a package; one whose source is gone was left by an earlier build. */
function testsOf(name) {
  const built = join(root, "packages", name, "dist");
  if (!existsSync(built)) return [];
  return readdirSync(built, { recursive: true })
    .filter((path) => path.endsWith(".test.js"))
    .filter((path) => existsSync(join(root, "packages", name, "src", path.replace(/\.js$/, ".ts"))))
    .map((path) => ["packages", name, "dist", path].join(sep));
}

const files = packages
  .filter((name) => wanted.length === 0 || wanted.includes(name))
  .flatMap(testsOf)
  .sort();
if (files.length === 0) fail("no tests were found; `npm run build` makes them");

const { status, signal } = spawnSync(
  process.execPath,
  [
    "--test",
    `--test-concurrency=${availableParallelism()}`,
    `--test-reporter=${new URL("./test-reporter.mjs", import.meta.url)}`,
    "--test-reporter-destination=stdout",
    ...options,
    ...files,
  ],
  { cwd: root, stdio: "inherit" },
);
process.exitCode = signal === null ? (status ?? 1) : 1;
