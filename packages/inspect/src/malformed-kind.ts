import type { Malformed } from "@palisade/base";
import type { FindingKind } from "./finding-kind.js";

const kinds = new Map<Malformed, FindingKind>();

/** The kind of finding that a `Malformed` after the verdict becomes. */
export function malformedKind(malformed: Malformed): FindingKind {
  let kind = kinds.get(malformed);
  if (kind === undefined) {
    const dot = malformed.name.indexOf(".");
    kind = {
      name: malformed.name,
      severity: "low",
      title: `Malformed ${malformed.name.slice(0, dot)}: ${malformed.name.slice(dot + 1).replaceAll("-", " ")}`,
    };
    kinds.set(malformed, kind);
  }
  return kind;
}
