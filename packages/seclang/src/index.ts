export { detectHtml } from "./detect/html/detect-html.js";
export {
  CAPTURES_MAX,
  Captures,
  type Operator,
  type OperatorFiles,
  type OperatorKind,
} from "./operators/operator.js";
export type { Transformation } from "./transformations/transformation.js";
