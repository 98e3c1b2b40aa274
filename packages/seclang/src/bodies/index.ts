/** The body processors, by the names that `REQBODY_PROCESSOR` and `ctl:requestBodyProcessor` have for them. */
import type { BodyProcessor, BodySink } from "./body.js";
import { JsonBody, type JsonOptions } from "./json.js";
import { MultipartBody, type MultipartOptions } from "./multipart.js";
import { RawBody } from "./raw.js";
import { UrlencodedBody, type UrlencodedOptions } from "./urlencoded.js";
import { XmlBody } from "./xml.js";

export interface BodyProcessorOptions extends UrlencodedOptions, JsonOptions, MultipartOptions {}

/**
 * A processor for one body; undefined: there is none of that name.
 *
 * @param name without regard to case
 * @param contentType the value of the request's Content-Type, in which a multipart body's boundary stands
 */
export function bodyProcessorOf(
  name: string,
  contentType: Uint8Array,
  sink: BodySink,
  options: BodyProcessorOptions = {},
): BodyProcessor | undefined {
  switch (name.toUpperCase()) {
    case "URLENCODED":
      return new UrlencodedBody(sink, options);
    case "MULTIPART":
      return new MultipartBody(contentType, sink, options);
    case "JSON":
      return new JsonBody(sink, options);
    case "XML":
      return new XmlBody(sink, options);
    case "RAW":
      return new RawBody(sink, options);
    default:
      return undefined;
  }
}
