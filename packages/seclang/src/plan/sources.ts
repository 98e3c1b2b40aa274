/** Where values of messages stand: places whose values are known when a phase begins, and stay as they are while it runs. */
import { LISTS, type Reader, TEXTS, type TextVariable } from "../transaction/variables.js";

/** Texts that rules themselves write. */
const WRITTEN: ReadonlySet<TextVariable> = new Set([
  "REQBODY_PROCESSOR",
  "RES_BODY_PROCESSOR",
  "SESSIONID",
  "USERID",
]);

const TEXT_SOURCES = LISTS.length * 2;
const BODY_SOURCES = TEXT_SOURCES + TEXTS.length;
export const REQUEST_BODY_SOURCE = BODY_SOURCES;
export const RESPONSE_BODY_SOURCE = BODY_SOURCES + 1;
export const SOURCES = BODY_SOURCES + 2;

/** What a source is, so that its values can be gone through. */
export type SourceKind =
  | { readonly kind: "list"; readonly list: number; readonly names: boolean }
  | { readonly kind: "text"; readonly text: number }
  | { readonly kind: "request-body" | "response-body" };

export function sourceKind(source: number): SourceKind {
  if (source < TEXT_SOURCES) return { kind: "list", list: source >>> 1, names: (source & 1) === 1 };
  if (source < BODY_SOURCES) return { kind: "text", text: source - TEXT_SOURCES };
  return { kind: source === REQUEST_BODY_SOURCE ? "request-body" : "response-body" };
}

/** Whether a source is of the response: few rules are about both sides, so each has strings of its own to look for. */
export function isOfResponse(source: number): boolean {
  const kind = sourceKind(source);
  switch (kind.kind) {
    case "list":
      return LISTS[kind.list]!.startsWith("response");
    case "text":
      return TEXTS[kind.text]!.startsWith("RESPONSE_") || TEXTS[kind.text] === "STATUS_LINE";
    case "request-body":
      return false;
    case "response-body":
      return true;
  }
}

/** The sources that a reader reads; undefined where its values come from elsewhere, or may change while a phase runs. */
export function sourcesOf(reader: Reader): readonly number[] | undefined {
  switch (reader.kind) {
    case "lists":
      return reader.lists.map((list) => list * 2 + (reader.names ? 1 : 0));
    case "text":
      return WRITTEN.has(TEXTS[reader.index]!) ? undefined : [TEXT_SOURCES + reader.index];
    case "computed":
      if (reader.name === "REQUEST_BODY") return [REQUEST_BODY_SOURCE];
      return reader.name === "RESPONSE_BODY" ? [RESPONSE_BODY_SOURCE] : undefined;
    default:
      return undefined;
  }
}
