export { NUMBER_BYTES_MAX } from "./operators/checked-numbers.js";
export { operatorOf, operators } from "./operators/index.js";
export {
  CAPTURES_MAX,
  Captures,
  type Operator,
  type OperatorFiles,
  type OperatorKind,
  type RequiredLiterals,
} from "./operators/operator.js";
export type { Transformation } from "./transformations/transformation.js";
