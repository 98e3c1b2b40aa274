import type { CompiledSelector } from "../engine/compiled.js";
import { isName, namesEqual } from "./names.js";

/** Whether a selector means a value of a name. */
export function selects(
  { name, prefix, pattern }: CompiledSelector,
  octets: Uint8Array,
  start: number,
  end: number,
): boolean {
  if (name !== undefined) return isName(name, octets, start, end);
  if (prefix !== undefined) {
    const { length } = prefix;
    return start + length <= end && namesEqual(prefix, 0, length, octets, start, start + length);
  }
  return pattern === undefined || pattern.test(octets, start, end);
}
