import type { OperatorKind } from "./operator.js";

/** `@unconditionalMatch`: holds for every value. */
export const unconditionalMatch: OperatorKind = {
  name: "unconditionalMatch",
  needsArgument: false,
  compile: () => ({ test: () => true }),
};

/** `@noMatch`: holds for none. */
export const noMatch: OperatorKind = {
  name: "noMatch",
  needsArgument: false,
  compile: () => ({ test: () => false }),
};
