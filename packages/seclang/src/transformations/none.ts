import { copy, octetsOf, sameBytes } from "./octets.js";
import type { Transformation } from "./transformation.js";

/** `none`: takes the transformations before it off the rule. That is the language's doing; as one of a chain it leaves a value as it is. */
export const none: Transformation = {
  name: "none",
  actsOn: octetsOf(""),
  bytesMax: sameBytes,
  apply: copy,
};
