export { detectSql } from "./detect/sql/index.js";
export {
  CAPTURES_MAX,
  Captures,
  type Operator,
  type OperatorFiles,
  type OperatorKind,
} from "./operators/operator.js";
export type { Transformation } from "./transformations/transformation.js";
