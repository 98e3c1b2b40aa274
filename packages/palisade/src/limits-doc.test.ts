/** Holds docs/limits.md against the code: no exported bound is missing there, and no value is another. */
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join, sep } from "node:path";
import { describe, it } from "node:test";
import { fileURLToPath } from "node:url";
import { runInNewContext } from "node:vm";
import { engineDefaults } from "@palisade/inspect";

const root = fileURLToPath(new URL("../../../", import.meta.url));

/** `| [`NAME`](../packages/x/src/y.ts) | 1,024 octets | …` */
const ROW = /^\| \[`([\w.]+)`\]\(\.\.\/([^)]+)\) +\| ([\d,]+)[^|]*\|/gm;
const CONSTANT = /^(export )?const ([A-Z][A-Z0-9_]*)(?:: \w+)? = ([-+*<>()\s\w]+);/gm;
const NUMBER = /^(?:0x[\da-f_]+|\d[\d_]*)$/;
const NAME = /^[A-Z][A-Z0-9_]*$/;

/** Paths of the code that users run, from the root. */
function sources(): string[] {
  return readdirSync(join(root, "packages")).flatMap((name) =>
    readdirSync(join(root, "packages", name, "src"), { recursive: true, encoding: "utf8" })
      .map((path) => `packages/${name}/src/${path.split(sep).join("/")}`)
      .filter((path) => path.endsWith(".ts") && !/\.(?:test|build|bench|fuzz|examples)\.ts$/.test(path))
      .filter((path) => !path.includes("/fuzz/")),
  );
}

/** Numbers that a file's constants stand for, as far as they are made of numbers of the same file. */
function numbersOf(path: string): Map<string, { readonly value: number; readonly exported: boolean }> {
  const numbers = new Map<string, { readonly value: number; readonly exported: boolean }>();
  const known: Record<string, number> = {};
  for (const [, exported, name, expression] of readFileSync(join(root, path), "utf8").matchAll(CONSTANT)) {
    const words = expression!.match(/\w+/g) ?? [];
    if (!words.every((word) => NUMBER.test(word) || (NAME.test(word) && word in known))) continue;
    const value = NUMBER.test(expression!)
      ? Number(expression!.replaceAll("_", ""))
      : (runInNewContext(expression!, { ...known }) as number);
    known[name!] = value;
    numbers.set(name!, { value, exported: exported !== undefined });
  }
  return numbers;
}

/** An engine option by its name with dots. */
function optionOf(name: string): unknown {
  return name
    .split(".")
    .reduce<unknown>((value, part) => (value as Record<string, unknown> | undefined)?.[part], engineDefaults);
}

const rows = [...readFileSync(join(root, "docs/limits.md"), "utf8").matchAll(ROW)].map(
  ([, name, path, value]) => ({ name: name!, path: path!, value: Number(value!.replaceAll(",", "")) }),
);

describe("docs/limits.md", () => {
  it("has rows", () => {
    assert.ok(rows.length > 0);
  });

  it("names every exported bound", () => {
    const documented = new Set(rows.map(({ name, path }) => `${path} ${name}`));
    const missing = sources().flatMap((path) =>
      [...numbersOf(path)]
        .filter(([name, { exported }]) => exported && name.endsWith("_MAX"))
        .map(([name]) => `${path} ${name}`)
        .filter((bound) => !documented.has(bound)),
    );
    assert.deepEqual(missing, []);
  });

  it("gives each bound the value that it has in the code", () => {
    const wrong = rows
      .map(({ name, path, value }) => ({
        name,
        said: value,
        held: /^[a-z]/.test(name) ? optionOf(name) : numbersOf(path).get(name)?.value,
      }))
      .filter(({ said, held }) => said !== held);
    assert.deepEqual(wrong, []);
  });
});
