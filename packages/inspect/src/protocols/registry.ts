import { Registry } from "../registry.js";
import { protocols } from "./index.js";

let compiled: Registry | undefined;

/** The table of all built-in protocols, compiled when first asked for. */
export function builtInRegistry(): Registry {
  compiled ??= Registry.of(protocols);
  return compiled;
}
