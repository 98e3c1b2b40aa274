/** A reader of files that a test holds in memory. */
import type { RuleReader } from "./include.js";

/** Text is UTF-8. */
export function memoryReader(files: Readonly<Record<string, string | Uint8Array>>): RuleReader {
  const held = new Map(
    Object.entries(files).map(([path, text]) => [path, typeof text === "string" ? octets(text) : text]),
  );
  return {
    read(path) {
      const found = held.get(path);
      if (found === undefined) throw new Error(`no such file: ${path}`);
      return found;
    },
    list(directory) {
      const prefix = directory === "." ? "" : directory.endsWith("/") ? directory : `${directory}/`;
      const names = [...held.keys()]
        .filter((path) => path.startsWith(prefix))
        .map((path) => path.slice(prefix.length).split("/", 1)[0]!);
      if (names.length === 0) throw new Error(`no such directory: ${directory}`);
      return [...new Set(names)];
    },
  };
}

export function octets(text: string): Uint8Array {
  return new TextEncoder().encode(text);
}

/** A syntax tree without its places, to compare what two texts mean. */
export function withoutPlaces(node: unknown): unknown {
  if (Array.isArray(node)) return node.map(withoutPlaces);
  if (node instanceof Uint8Array) return Buffer.from(node).toString("latin1");
  if (typeof node !== "object" || node === null) return node;
  return Object.fromEntries(
    Object.entries(node)
      .filter(([name]) => name !== "place")
      .map(([name, value]) => [name, withoutPlaces(value)]),
  );
}
