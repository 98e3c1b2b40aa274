/** Which files the Core Rule Set is, and in which order they are loaded. */
import { existsSync, readdirSync } from "node:fs";
import { join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

export const CRS_DEFAULT = fileURLToPath(new URL("../../shared/corpus/crs", import.meta.url));

/**
 * The rule files of a folder as a release of CRS is unpacked: its set-up, then its rules in the order of their names.
 *
 * @throws {Error} one line, code BENCH_NO_RULES, where there are none
 */
export function crsFiles(folder) {
  const setUp = ["crs-setup.conf", "crs-setup.conf.example"]
    .map((name) => resolve(folder, name))
    .find((path) => existsSync(path));
  const rules = resolve(folder, "rules");
  const names = existsSync(rules)
    ? readdirSync(rules)
        .filter((name) => name.endsWith(".conf"))
        .sort()
    : [];
  if (setUp === undefined || names.length === 0)
    throw Object.assign(
      new Error(`there is no Core Rule Set in ${folder}: give the folder of a release with --crs`),
      {
        code: "BENCH_NO_RULES",
      },
    );
  return [setUp, ...names.map((name) => join(rules, name))];
}
