/**
 * The variables that rules test and macros expand: ModSecurity's reference manual (v2.x and v3.x, "Variables") and Coraza's
 * documentation.
 */
import { names } from "./names.js";

/** `single`: one value; `collection`: values by name, so that a selector may follow; `xml`: an XPath may. */
export type VariableKind = "single" | "collection" | "xml";

export interface VariableName {
  /** In capital letters. */
  readonly name: string;
  readonly kind: VariableKind;
}

const COLLECTIONS = [
  "ARGS",
  "ARGS_GET",
  "ARGS_GET_NAMES",
  "ARGS_NAMES",
  "ARGS_POST",
  "ARGS_POST_NAMES",
  "ENV",
  "FILES",
  "FILES_NAMES",
  "FILES_SIZES",
  "FILES_TMPNAMES",
  "FILES_TMP_CONTENT",
  "GLOBAL",
  "IP",
  "MATCHED_VARS",
  "MATCHED_VARS_NAMES",
  "MULTIPART_FILENAME",
  "MULTIPART_NAME",
  "MULTIPART_PART_HEADERS",
  "REQUEST_COOKIES",
  "REQUEST_COOKIES_NAMES",
  "REQUEST_HEADERS",
  "REQUEST_HEADERS_NAMES",
  "RESOURCE",
  "RESPONSE_ARGS",
  "RESPONSE_HEADERS",
  "RESPONSE_HEADERS_NAMES",
  "RULE",
  "SESSION",
  "TX",
  "USER",
];

const SINGLES = [
  "ARGS_COMBINED_SIZE",
  "AUTH_TYPE",
  "DURATION",
  "FILES_COMBINED_SIZE",
  "FULL_REQUEST",
  "FULL_REQUEST_LENGTH",
  "HIGHEST_SEVERITY",
  "INBOUND_DATA_ERROR",
  "MATCHED_VAR",
  "MATCHED_VAR_NAME",
  "MODSEC_BUILD",
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
  "PATH_INFO",
  "QUERY_STRING",
  "REMOTE_ADDR",
  "REMOTE_HOST",
  "REMOTE_PORT",
  "REMOTE_USER",
  "REQBODY_ERROR",
  "REQBODY_ERROR_MSG",
  "REQBODY_PROCESSOR",
  "REQBODY_PROCESSOR_ERROR",
  "REQBODY_PROCESSOR_ERROR_MSG",
  "REQUEST_BASENAME",
  "REQUEST_BODY",
  "REQUEST_BODY_LENGTH",
  "REQUEST_FILENAME",
  "REQUEST_LINE",
  "REQUEST_METHOD",
  "REQUEST_PROTOCOL",
  "REQUEST_URI",
  "REQUEST_URI_RAW",
  "RESPONSE_BODY",
  "RESPONSE_CONTENT_LENGTH",
  "RESPONSE_CONTENT_TYPE",
  "RESPONSE_PROTOCOL",
  "RESPONSE_STATUS",
  "RES_BODY_PROCESSOR",
  "SERVER_ADDR",
  "SERVER_NAME",
  "SERVER_PORT",
  "SESSIONID",
  "STATUS_LINE",
  "TIME",
  "TIME_DAY",
  "TIME_EPOCH",
  "TIME_HOUR",
  "TIME_MIN",
  "TIME_MON",
  "TIME_SEC",
  "TIME_WDAY",
  "TIME_YEAR",
  "UNIQUE_ID",
  "URLENCODED_ERROR",
  "USERID",
  "WEBAPPID",
];

const SCRIPT = "there is no script file behind a proxy";
const PERFORMANCE = "what rules cost is told by the explain command, not to rules";

export const VARIABLES = names<VariableName>(
  "variable",
  [
    ...COLLECTIONS.map((name): VariableName => ({ name, kind: "collection" })),
    ...SINGLES.map((name): VariableName => ({ name, kind: "single" })),
    { name: "XML", kind: "xml" },
  ],
  {
    GEO: "there is no database of places; use @ipMatchFromFile with the prefixes that you mean",
    JSON: "what JSON holds is in ARGS and ARGS_NAMES; use these",
    MODSEC_BUILD_NAME: "use MODSEC_BUILD",
    PERF_ALL: PERFORMANCE,
    PERF_COMBINED: PERFORMANCE,
    PERF_GC: PERFORMANCE,
    PERF_LOGGING: PERFORMANCE,
    PERF_PHASE1: PERFORMANCE,
    PERF_PHASE2: PERFORMANCE,
    PERF_PHASE3: PERFORMANCE,
    PERF_PHASE4: PERFORMANCE,
    PERF_PHASE5: PERFORMANCE,
    PERF_RULES: PERFORMANCE,
    PERF_SREAD: PERFORMANCE,
    PERF_SWRITE: PERFORMANCE,
    SCRIPT_BASENAME: SCRIPT,
    SCRIPT_FILENAME: SCRIPT,
    SCRIPT_GID: SCRIPT,
    SCRIPT_GROUPNAME: SCRIPT,
    SCRIPT_MODE: SCRIPT,
    SCRIPT_UID: SCRIPT,
    SCRIPT_USERNAME: SCRIPT,
    SDBM_DELETE_ERROR: "collections are not kept in SDBM files",
    STREAM_INPUT_BODY: "bodies are not changed on their way; test REQUEST_BODY",
    STREAM_OUTPUT_BODY: "bodies are not changed on their way; test RESPONSE_BODY",
    USERAGENT_IP: "use REMOTE_ADDR",
  },
);

/** Collections that `setvar` writes. */
export const WRITABLE_COLLECTIONS = ["TX", "GLOBAL", "IP", "RESOURCE", "SESSION", "USER"] as const;
/** Collections that outlive a transaction: `initcol`, `setsid`, `setuid` and `setrsc` open them. */
export const PERSISTENT_COLLECTIONS = ["GLOBAL", "IP", "RESOURCE", "SESSION", "USER"] as const;

export type WritableCollection = (typeof WRITABLE_COLLECTIONS)[number];
export type PersistentCollection = (typeof PERSISTENT_COLLECTIONS)[number];
