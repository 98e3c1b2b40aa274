export {
  CAPTURES_MAX,
  Captures,
  type Operator,
  type OperatorFiles,
  type OperatorKind,
} from "./operators/operator.js";
export { transformationOf, transformations } from "./transformations/index.js";
export type { Transformation } from "./transformations/transformation.js";
