import type { OperatorKind, Work } from "./operator.js";

const NONE: Work = { steps: 0 };

/** `@unconditionalMatch`: holds for every value. */
export const unconditionalMatch: OperatorKind = {
  name: "unconditionalMatch",
  compile: () => ({ engine: "constant", work: NONE, test: () => true }),
};

/** `@noMatch`: holds for none. */
export const noMatch: OperatorKind = {
  name: "noMatch",
  compile: () => ({ engine: "constant", work: NONE, test: () => false }),
};
