export {
  BODY_ARGUMENTS_MAX,
  BODY_ARGUMENTS_TOO_MANY,
  BODY_BYTES_MAX,
  BODY_TOO_LONG,
  type BodyError,
  type BodyOptions,
  type BodyProcessor,
  type BodySink,
} from "./bodies/body.js";
export { type BodyProcessorOptions, bodyProcessorOf } from "./bodies/index.js";
export { JsonBody, type JsonOptions } from "./bodies/json.js";
export { MultipartBody, type MultipartOptions } from "./bodies/multipart.js";
export { multipartStrict } from "./bodies/multipart-errors.js";
export { RawBody } from "./bodies/raw.js";
export { UrlencodedBody, type UrlencodedOptions } from "./bodies/urlencoded.js";
export { XmlBody } from "./bodies/xml.js";
export { detectHtml } from "./detect/html/detect-html.js";
export {
  CAPTURES_MAX,
  Captures,
  type Operator,
  type OperatorFiles,
  type OperatorKind,
} from "./operators/operator.js";
export type { Transformation } from "./transformations/transformation.js";
