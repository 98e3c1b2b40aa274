/** Where each variable of the language is read from. */
/** Variables that hold one text that a message or the connection gave. */
export const TEXTS = [
  "AUTH_TYPE",
  "PATH_INFO",
  "QUERY_STRING",
  "REMOTE_ADDR",
  "REMOTE_HOST",
  "REMOTE_USER",
  "REQBODY_ERROR_MSG",
  "REQBODY_PROCESSOR",
  "REQBODY_PROCESSOR_ERROR_MSG",
  "REQUEST_BASENAME",
  "REQUEST_FILENAME",
  "REQUEST_LINE",
  "REQUEST_METHOD",
  "REQUEST_PROTOCOL",
  "REQUEST_URI",
  "REQUEST_URI_RAW",
  "RESPONSE_CONTENT_TYPE",
  "RESPONSE_PROTOCOL",
  "RESPONSE_STATUS",
  "RES_BODY_PROCESSOR",
  "SERVER_ADDR",
  "SERVER_NAME",
  "SESSIONID",
  "STATUS_LINE",
  "UNIQUE_ID",
  "USERID",
  "WEBAPPID",
] as const;
export type TextVariable = (typeof TEXTS)[number];

/** Variables that hold a number: 0 until something sets it. */
export const NUMBERS = [
  "ARGS_COMBINED_SIZE",
  "FILES_COMBINED_SIZE",
  "HIGHEST_SEVERITY",
  "INBOUND_DATA_ERROR",
  "MSC_PCRE_ERROR",
  "MSC_PCRE_LIMITS_EXCEEDED",
  "MULTIPART_BOUNDARY_QUOTED",
  "MULTIPART_BOUNDARY_WHITESPACE",
  "MULTIPART_CRLF_LF_LINES",
  "MULTIPART_DATA_AFTER",
  "MULTIPART_DATA_BEFORE",
  "MULTIPART_FILE_LIMIT_EXCEEDED",
  "MULTIPART_HEADER_FOLDING",
  "MULTIPART_INVALID_HEADER_FOLDING",
  "MULTIPART_INVALID_PART",
  "MULTIPART_INVALID_QUOTING",
  "MULTIPART_LF_LINE",
  "MULTIPART_MISSING_SEMICOLON",
  "MULTIPART_STRICT_ERROR",
  "MULTIPART_UNMATCHED_BOUNDARY",
  "OUTBOUND_DATA_ERROR",
  "REMOTE_PORT",
  "REQBODY_ERROR",
  "REQBODY_PROCESSOR_ERROR",
  "REQUEST_BODY_LENGTH",
  "RESPONSE_CONTENT_LENGTH",
  "SERVER_PORT",
  "URLENCODED_ERROR",
] as const;
export type NumberVariable = (typeof NUMBERS)[number];

/** Collections that a message fills. */
export const LISTS = [
  "argumentsGet",
  "argumentsPost",
  "cookies",
  "files",
  "fileSizes",
  "partHeaders",
  "requestHeaders",
  "responseArguments",
  "responseHeaders",
  "xmlAttributes",
  "xmlTexts",
] as const;
export type ListName = (typeof LISTS)[number];

/** Collections that rules write. */
export const MAPS = ["TX", "GLOBAL", "IP", "RESOURCE", "SESSION", "USER", "ENV"] as const;
export type MapName = (typeof MAPS)[number];

/** Variables that are made where they are asked for. */
export const COMPUTED = [
  "DURATION",
  "FULL_REQUEST",
  "FULL_REQUEST_LENGTH",
  "MATCHED_VAR",
  "MATCHED_VAR_NAME",
  "MODSEC_BUILD",
  "REQUEST_BODY",
  "RESPONSE_BODY",
  "TIME",
  "TIME_DAY",
  "TIME_EPOCH",
  "TIME_HOUR",
  "TIME_MIN",
  "TIME_MON",
  "TIME_SEC",
  "TIME_WDAY",
  "TIME_YEAR",
] as const;
export type ComputedVariable = (typeof COMPUTED)[number];

export type Reader =
  | { readonly kind: "text" | "number"; readonly index: number }
  /** `names`: the values are the names. */
  | { readonly kind: "lists"; readonly lists: readonly number[]; readonly names: boolean }
  | { readonly kind: "map"; readonly index: number }
  | { readonly kind: "computed"; readonly name: ComputedVariable }
  | { readonly kind: "matched"; readonly names: boolean }
  /** Of the rule that runs. */
  | { readonly kind: "rule" };

function lists(names: boolean, ...wanted: readonly ListName[]): Reader {
  return { kind: "lists", lists: wanted.map((name) => LISTS.indexOf(name)), names };
}

const READERS: ReadonlyMap<string, Reader> = new Map<string, Reader>([
  ...TEXTS.map((name, index) => [name, { kind: "text", index }] as const),
  ...NUMBERS.map((name, index) => [name, { kind: "number", index }] as const),
  ...MAPS.map((name, index) => [name, { kind: "map", index }] as const),
  ...COMPUTED.map((name) => [name, { kind: "computed", name }] as const),
  ["ARGS", lists(false, "argumentsGet", "argumentsPost")],
  ["ARGS_GET", lists(false, "argumentsGet")],
  ["ARGS_GET_NAMES", lists(true, "argumentsGet")],
  ["ARGS_NAMES", lists(true, "argumentsGet", "argumentsPost")],
  ["ARGS_POST", lists(false, "argumentsPost")],
  ["ARGS_POST_NAMES", lists(true, "argumentsPost")],
  ["FILES", lists(false, "files")],
  ["FILES_NAMES", lists(true, "files")],
  ["FILES_SIZES", lists(false, "fileSizes")],
  // Uploads are not written to files on their way.
  ["FILES_TMPNAMES", lists(false)],
  ["FILES_TMP_CONTENT", lists(false)],
  ["MATCHED_VARS", { kind: "matched", names: false }],
  ["MATCHED_VARS_NAMES", { kind: "matched", names: true }],
  ["MULTIPART_FILENAME", lists(false, "files")],
  ["MULTIPART_NAME", lists(true, "files")],
  ["MULTIPART_PART_HEADERS", lists(false, "partHeaders")],
  ["REQUEST_COOKIES", lists(false, "cookies")],
  ["REQUEST_COOKIES_NAMES", lists(true, "cookies")],
  ["REQUEST_HEADERS", lists(false, "requestHeaders")],
  ["REQUEST_HEADERS_NAMES", lists(true, "requestHeaders")],
  ["RESPONSE_ARGS", lists(false, "responseArguments")],
  ["RESPONSE_HEADERS", lists(false, "responseHeaders")],
  ["RESPONSE_HEADERS_NAMES", lists(true, "responseHeaders")],
  ["RULE", { kind: "rule" }],
  ["XML", lists(false, "xmlTexts")],
]);

/** @param path of `XML`: whether the texts (`/*`) or the attributes (`//@*`) */
export function readerOf(variable: string, path?: "/*" | "//@*"): Reader {
  if (path === "//@*") return lists(false, "xmlAttributes");
  return READERS.get(variable)!;
}

/** Variables that have a reader: all of the language. */
export const VARIABLES_READ: ReadonlySet<string> = new Set(READERS.keys());

export function numberIndex(name: NumberVariable): number {
  return NUMBERS.indexOf(name);
}

export function textIndex(name: TextVariable): number {
  return TEXTS.indexOf(name);
}
