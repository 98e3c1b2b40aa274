/**
 * Installs what package-lock.json names where node_modules is absent or older than the lock file, so that
 * `npm start`, `npm run build` and `npm test` work on a fresh clone without a step before them.
 */
import { spawnSync } from "node:child_process";
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";

const root = fileURLToPath(new URL("..", import.meta.url));

function modifiedMs(path) {
  return statSync(`${root}${path}`, { throwIfNoEntry: false })?.mtimeMs ?? 0;
}

if (modifiedMs("node_modules/.package-lock.json") < modifiedMs("package-lock.json")) {
  process.stderr.write("palisade: installing what package-lock.json names\n");
  // Not `npm ci`: it refuses a lock file without the binaries of platforms that are not this one, which a partial mirror of the registry does not have.
  const { status } = spawnSync("npm", ["install", "--no-save", "--no-progress", "--loglevel=error"], {
    cwd: root,
    stdio: ["ignore", 2, 2],
  });
  if (status !== 0) {
    process.stderr.write("palisade: `npm install` failed; its message is above\n");
    process.exit(status ?? 70);
  }
}
