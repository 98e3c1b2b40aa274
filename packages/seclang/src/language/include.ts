/** Which files `Include` names: paths relative to the file that it stands in, with `*`, `?` and `[…]` in any part. */
import { type Place, ruleError } from "./place.js";

/** Reads rule files, for the loader that itself touches no disk. Paths have `/` between their parts. */
export interface RuleReader {
  /** The octets of a file. @throws where it cannot be read */
  read(path: string): Uint8Array;
  /** Names of what is in a directory, in any order. @throws where it cannot be read */
  list(directory: string): readonly string[];
}

/** Most files that one load reads. */
export const RULE_FILES_MAX = 4_096;
/** Most files inside each other. */
export const INCLUDE_DEPTH_MAX = 32;

/**
 * The files that an `Include` names, in the order of their names' octets.
 *
 * @param from the file that it stands in
 * @throws {PalisadeError} `SECLANG_INCLUDE` where a directory cannot be read, or no file is named
 */
export function expandInclude(pattern: string, from: string, reader: RuleReader, place: Place): string[] {
  const whole = normalPath(pattern.startsWith("/") ? pattern : `${directoryOf(from)}${pattern}`);
  const absolute = whole.startsWith("/");
  let paths = [absolute ? "/" : ""];
  for (const part of whole.split("/").filter((name) => name !== "")) {
    if (!/[*?[]/.test(part)) {
      paths = paths.map((path) => joined(path, part));
      continue;
    }
    paths = paths.flatMap((path) =>
      listed(path === "" ? "." : path, reader, place)
        .filter((name) => globMatches(part, name))
        .map((name) => joined(path, name)),
    );
    if (paths.length > RULE_FILES_MAX)
      throw ruleError("SECLANG_LIMIT", place, `more than ${RULE_FILES_MAX} files, expected fewer`);
  }
  if (paths.length > 0) return paths;
  throw ruleError("SECLANG_INCLUDE", place, `no file is named by ${pattern}, expected one at least`);
}

function listed(directory: string, reader: RuleReader, place: Place): string[] {
  try {
    return [...reader.list(directory)].sort((a, b) => (a < b ? -1 : a > b ? 1 : 0));
  } catch (cause) {
    throw ruleError(
      "SECLANG_INCLUDE",
      place,
      `cannot list ${directory}, expected a directory to read`,
      cause,
    );
  }
}

function joined(path: string, name: string): string {
  return path === "" || path.endsWith("/") ? `${path}${name}` : `${path}/${name}`;
}

/** Up to and with the last slash; empty where there is none. */
function directoryOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/") + 1);
}

/** Without `.` and empty parts, and without `..` where something stands before it. */
export function normalPath(path: string): string {
  const parts: string[] = [];
  for (const part of path.split("/")) {
    if (part === "" || part === ".") continue;
    if (part === ".." && parts.length > 0 && parts.at(-1) !== "..") parts.pop();
    else if (part !== ".." || !path.startsWith("/")) parts.push(part);
  }
  return `${path.startsWith("/") ? "/" : ""}${parts.join("/")}`;
}

/**
 * Whether a name matches a pattern of the shell: `*` any characters, `?` one, `[a-z]` one of these, `[!a-z]` one of the others.
 * A dot at a name's beginning is matched by a dot alone (POSIX.1-2024, XCU 2.14). Time: the product of both lengths at most.
 */
export function globMatches(pattern: string, name: string): boolean {
  if (name.startsWith(".") && !pattern.startsWith(".")) return false;
  const items = globItems(pattern);
  let item = 0;
  let at = 0;
  let star = -1;
  let starAt = 0;
  while (at < name.length) {
    const wanted = items[item];
    if (wanted === "*") {
      star = item;
      starAt = at;
      item += 1;
    } else if (wanted?.(name[at]!)) {
      item += 1;
      at += 1;
    } else if (star >= 0) {
      starAt += 1;
      at = starAt;
      item = star + 1;
    } else return false;
  }
  while (items[item] === "*") item += 1;
  return item === items.length;
}

type GlobItem = "*" | ((character: string) => boolean);

function globItems(pattern: string): GlobItem[] {
  const items: GlobItem[] = [];
  for (let at = 0; at < pattern.length; at += 1) {
    const character = pattern[at]!;
    // A bracket right behind the opening one, or behind the mark, belongs to the set.
    const marked = character === "[" && (pattern[at + 1] === "!" || pattern[at + 1] === "^");
    const close = character === "[" ? pattern.indexOf("]", at + (marked ? 3 : 2)) : -1;
    if (character === "*") items.push("*");
    else if (character === "?") items.push(() => true);
    else if (close > 0) {
      const set = pattern.slice(at + (marked ? 2 : 1), close);
      items.push((given) => inSet(set, given) !== marked);
      at = close;
    } else items.push((given) => given === character);
  }
  return items;
}

function inSet(set: string, given: string): boolean {
  for (let at = 0; at < set.length; at += 1) {
    if (set[at + 1] === "-" && at + 2 < set.length) {
      if (given >= set[at]! && given <= set[at + 2]!) return true;
      at += 2;
    } else if (set[at] === given) return true;
  }
  return false;
}
